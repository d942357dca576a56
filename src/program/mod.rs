//! 5. The rule book (pure): a brand's programme as a versioned document, and what it makes of orders.
//!
//! [`document`] is the JSON that a brand writes; [`version`] is that document checked and ready for use; [`earning`],
//! [`tier`], [`expiry`] and [`floor`] answer questions about it; [`explain`] is what is kept of an answer.

mod check;
pub mod document;
pub mod earning;
pub mod expiry;
pub mod explain;
pub mod floor;
pub mod registry;
mod spending;
pub mod tier;
pub mod version;

pub use document::ProgramDocument;
pub use explain::{Explanation, RuleTrace};
pub use registry::Programs;
pub use tier::{Standing, TierReading};
pub use version::{InvalidProgram, Program};
