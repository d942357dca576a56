//! Points by hand.

mod mutation;

pub(crate) use self::mutation::PointsMutation;
