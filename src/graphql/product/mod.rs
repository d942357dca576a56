//! Products: the inventory's, with what they would earn.

mod r#type;

pub(crate) use self::r#type::Product;
