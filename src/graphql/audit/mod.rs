//! The audit log: who did and read what. Reading it, and writing down what staff and administrators read.

mod connection;
mod query;
mod reads;
mod r#type;

pub(crate) use self::query::AuditQuery;
use self::{connection::LoyaltyAuditRecordConnection, r#type::LoyaltyAuditRecord};
