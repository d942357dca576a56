//! 4. The desk (pure): one file a command. Each says what it touches and decides what happens, in memory.
//!
//! A decision has two parts in this order: everything that could refuse it, then the changes. So a refused command has
//! changed nothing, and costs the others in its batch nothing. Time and ids come in as [`Context`].

pub mod adjust;
pub mod cancel_order;
pub mod enroll;
pub mod expire;
pub mod order;
pub mod outcome;
pub mod record_order;
pub mod record_return;
pub mod refusal;
pub mod snapshot;
pub mod world;

use serde::Serialize;

pub use self::{
    adjust::Adjust,
    cancel_order::CancelOrder,
    enroll::Enroll,
    expire::Expire,
    order::{Order, OrderAward, OrderInput, OrderState, ReturnRecord},
    outcome::{Decision, Outcome},
    record_order::RecordOrder,
    record_return::{RecordReturn, ReturnLine},
    refusal::{OrderFault, Refusal, ReturnFault},
    snapshot::{MemberReading, MemberSnapshot, WalletReading},
    world::{Context, Entry, Member, MemberKey, MemberStatus, World},
};

/// A request that may change state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "command", rename_all = "camelCase")]
pub enum Command {
    Enroll(Enroll),
    RecordOrder(RecordOrder),
    RecordReturn(RecordReturn),
    CancelOrder(CancelOrder),
    Adjust(Adjust),
    Expire(Expire),
}

/// What a command needs loaded (and locked) before it can be decided.
#[derive(Clone, Debug, Default)]
pub struct Touches {
    pub members: Vec<MemberKey>,
    /// (program, order id).
    pub orders: Vec<(String, String)>,
    /// Orders whose member is touched, whoever that is.
    pub members_of_orders: Vec<(String, String)>,
    /// (program, return id).
    pub returns: Vec<(String, String)>,
}

impl Touches {
    fn order_and_member(&mut self, program: &str, order_id: &str) {
        self.orders.push((program.to_owned(), order_id.to_owned()));
        self.members_of_orders.push((program.to_owned(), order_id.to_owned()));
    }
}

impl Command {
    /// When what it tells of happened; none for what happens by being asked for.
    pub fn occurred_at(&self) -> Option<crate::clock::Instant> {
        match self {
            Self::RecordOrder(c) => Some(c.order.placed_at),
            Self::RecordReturn(c) => Some(c.returned_at),
            Self::Enroll(_) | Self::CancelOrder(_) | Self::Adjust(_) | Self::Expire(_) => None,
        }
    }

    /// Its name, for counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Enroll(_) => "enroll",
            Self::RecordOrder(_) => "record_order",
            Self::RecordReturn(_) => "record_return",
            Self::CancelOrder(_) => "cancel_order",
            Self::Adjust(_) => "adjust",
            Self::Expire(_) => "expire",
        }
    }

    /// The programme whose rules it asks for.
    pub fn program(&self) -> &str {
        match self {
            Self::Enroll(c) => &c.program,
            Self::RecordOrder(c) => &c.program,
            Self::RecordReturn(c) => &c.program,
            Self::CancelOrder(c) => &c.program,
            Self::Adjust(c) => &c.program,
            Self::Expire(c) => &c.program,
        }
    }

    /// Adds what it touches.
    pub fn touch(&self, touches: &mut Touches) {
        let mut member =
            |program: &str, customer: &str| touches.members.push(MemberKey::new(program, customer));
        match self {
            Self::Enroll(c) => member(&c.program, &c.customer),
            Self::Adjust(c) => member(&c.program, &c.customer),
            Self::Expire(c) => member(&c.program, &c.customer),
            Self::RecordOrder(c) => {
                if let Some(customer) = &c.order.customer {
                    member(&c.program, customer);
                }
                touches.orders.push((c.program.clone(), c.order.id.clone()));
            }
            Self::RecordReturn(c) => {
                touches.order_and_member(&c.program, &c.order_id);
                touches.returns.push((c.program.clone(), c.id.clone()));
            }
            Self::CancelOrder(c) => touches.order_and_member(&c.program, &c.order_id),
        }
    }

    /// Decides it over the world, which is changed only if it is not refused.
    pub fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        match self {
            Self::Enroll(c) => c.decide(world, context),
            Self::RecordOrder(c) => c.decide(world, context),
            Self::RecordReturn(c) => c.decide(world, context),
            Self::CancelOrder(c) => c.decide(world, context),
            Self::Adjust(c) => c.decide(world, context),
            Self::Expire(c) => c.decide(world, context),
        }
    }

    /// Fingerprint of what it asks for: two commands with one fingerprint ask for the same.
    pub fn content_hash(&self) -> String {
        crate::fingerprint::fingerprint(self)
    }
}
