//! Transfers: points that go from one member to another.

mod mutation;

pub(crate) use self::mutation::TransferMutation;
