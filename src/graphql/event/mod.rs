//! Events: orders and returns in bulk.

mod mutation;
mod outcome;

pub(crate) use self::mutation::EventMutation;
