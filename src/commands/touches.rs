//! What commands need loaded (and locked) before they can be decided.

use std::collections::BTreeMap;

use super::{Command, MemberKey, Price, spending::stock_counter};
use crate::ids::{HoldId, RedemptionId};

/// What commands need loaded (and locked) before they can be decided.
#[derive(Clone, Debug, Default)]
pub struct Touches {
    /// Members, and how much of their wallets.
    pub members: BTreeMap<MemberKey, Depth>,
    /// Members whose merge is to be undone: every lot of theirs, and of whom they have become, whatever it holds.
    pub partings: Vec<MemberKey>,
    /// (program, order id).
    pub orders: Vec<(String, String)>,
    /// Orders whose member is touched, whoever that is, with those who spent points on them.
    pub members_of_orders: Vec<(String, String)>,
    /// (program, return id).
    pub returns: Vec<(String, String)>,
    /// Holds whose member is touched, whoever that is.
    pub holds: Vec<HoldId>,
    /// Redemptions whose member is touched, whoever that is.
    pub redemptions: Vec<RedemptionId>,
    /// (program, reward or other name): counters.
    pub counters: Vec<(String, String)>,
}

/// How much of a member's wallets a command needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What time changes next: enough to give points.
    #[default]
    Front,
    /// Every lot that holds something: points may be taken.
    Whole,
}

impl Touches {
    /// A member, at least as deep.
    pub fn member(&mut self, program: &str, customer: &str, depth: Depth) {
        let known = self.members.entry(MemberKey::new(program, customer)).or_default();
        *known = depth.max(*known);
    }

    fn order(&mut self, program: &str, order_id: &str) {
        self.orders.push((program.to_owned(), order_id.to_owned()));
    }

    fn order_and_members(&mut self, program: &str, order_id: &str) {
        self.order(program, order_id);
        self.members_of_orders.push((program.to_owned(), order_id.to_owned()));
    }

    /// An order that points are spent on: whose it is, whoever that has become, decides whether they may be.
    fn order_spent_on(&mut self, program: &str, order_id: Option<&str>) {
        if let Some(order_id) = order_id {
            self.order_and_members(program, order_id);
        }
    }

    fn price(&mut self, program: &str, price: &Price) {
        if let Some(reward) = price.reward() {
            self.counters.push((program.to_owned(), stock_counter(reward)));
        }
    }
}

impl Command {
    /// Adds what it touches.
    pub fn touch(&self, touches: &mut Touches) {
        let program = self.program();
        match self {
            Self::Enroll(c) => touches.member(program, &c.customer, Depth::Front),
            Self::Expire(c) => touches.member(program, &c.customer, Depth::Front),
            Self::SetStatus(c) => touches.member(program, &c.customer, Depth::Front),
            Self::LinkPartner(c) => touches.member(program, &c.customer, Depth::Front),
            Self::Adjust(c) => {
                let depth = if c.points.is_positive() { Depth::Front } else { Depth::Whole };
                touches.member(program, &c.customer, depth);
            }
            Self::RecordOrder(c) => self.touch_order(&c.order, touches),
            Self::RecordReturn(c) => {
                touches.order_and_members(program, &c.order_id);
                touches.returns.push((program.to_owned(), c.id.clone()));
            }
            Self::CancelOrder(c) => touches.order_and_members(program, &c.order_id),
            Self::RecordFulfilment(c) => touches.order_and_members(program, &c.order_id),
            Self::ClaimOrder(c) => {
                touches.order_and_members(program, &c.order_id);
                touches.member(program, &c.customer, Depth::Front);
            }
            Self::HoldPoints(c) => {
                touches.member(program, &c.customer, Depth::Whole);
                touches.price(program, &c.price);
                touches.order_spent_on(program, c.order.as_deref());
            }
            Self::CaptureHold(c) => {
                touches.holds.push(c.hold);
                touches.order_spent_on(program, c.order.as_deref());
            }
            Self::ReleaseHold(c) => touches.holds.push(c.hold),
            Self::Redeem(c) => {
                touches.member(program, &c.customer, Depth::Whole);
                touches.price(program, &c.price);
                touches.order_spent_on(program, c.order.as_deref());
            }
            Self::ReverseRedemption(c) => touches.redemptions.push(c.redemption),
            Self::Transfer(c) => {
                touches.member(program, &c.from, Depth::Whole);
                touches.member(program, &c.to, Depth::Front);
            }
            Self::Merge(c) => {
                touches.member(program, &c.from, Depth::Whole);
                touches.member(program, &c.into, Depth::Whole);
            }
            Self::Unmerge(c) => {
                touches.member(program, &c.customer, Depth::Whole);
                touches.partings.push(MemberKey::new(program, &c.customer));
            }
            Self::ChangeLot(c) => {
                touches.member(program, &c.customer, Depth::Whole);
                c.order.iter().for_each(|order| touches.order(program, order));
            }
        }
    }

    /// A first revision can only give; a correction may take back from whoever has the order's points.
    fn touch_order(&self, order: &super::OrderInput, touches: &mut Touches) {
        let corrects = order.revision > 1;
        if let Some(customer) = &order.customer {
            let depth = if corrects { Depth::Whole } else { Depth::Front };
            touches.member(self.program(), customer, depth);
        }
        if corrects {
            touches.order_and_members(self.program(), &order.id);
        } else {
            touches.order(self.program(), &order.id);
        }
    }
}
