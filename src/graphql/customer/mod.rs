//! Customers: the CRM's, with what loyalty adds to them.

mod r#type;

pub(crate) use self::r#type::Customer;
