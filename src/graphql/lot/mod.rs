//! Lots: the points of one credit, by the entry that gave them.

mod mutation;

pub(crate) use self::mutation::LotMutation;
