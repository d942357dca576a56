//! Events: orders, returns and fulfilments in bulk.

mod mutation;
mod outcome;

pub(crate) use self::mutation::EventMutation;
