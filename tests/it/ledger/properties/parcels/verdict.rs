//! What a command must be answered.

use loyalty::commands::{
    Adjust, CaptureHold, ClaimOrder, Command, Merge, Price, Refusal, SetStatus, Transfer,
};

use super::Parcels;

/// Done, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    BadInput,
    NotAMember,
    NotMerged,
    AlreadyMember,
    MemberBlocked,
    OutOfStock,
    InsufficientPoints,
    HoldNotOpen,
    HoldExceeded,
    RedemptionReversed,
    OrderNotFound,
    OrderClaimed,
    OrderCancelled,
    ClaimWindowClosed,
}

impl Verdict {
    /// What the ledger answered, in these words; nothing for what is wrong with an order.
    pub(crate) fn of<T>(decided: &Result<T, Refusal>) -> Option<Self> {
        Some(match decided {
            Ok(_) => Self::Done,
            Err(Refusal::BadInput { .. }) => Self::BadInput,
            Err(Refusal::NotAMember { .. }) => Self::NotAMember,
            Err(Refusal::NotMerged { .. }) => Self::NotMerged,
            Err(Refusal::AlreadyMember { .. }) => Self::AlreadyMember,
            Err(Refusal::MemberBlocked { .. }) => Self::MemberBlocked,
            Err(Refusal::OutOfStock { .. }) => Self::OutOfStock,
            Err(Refusal::InsufficientPoints { .. }) => Self::InsufficientPoints,
            Err(Refusal::HoldNotOpen { .. }) => Self::HoldNotOpen,
            Err(Refusal::HoldExceeded { .. }) => Self::HoldExceeded,
            Err(Refusal::RedemptionReversed { .. }) => Self::RedemptionReversed,
            Err(Refusal::OrderNotFound { .. }) => Self::OrderNotFound,
            Err(Refusal::OrderClaimed { .. }) => Self::OrderClaimed,
            Err(Refusal::OrderCancelled { .. }) => Self::OrderCancelled,
            Err(Refusal::ClaimWindowClosed { .. }) => Self::ClaimWindowClosed,
            Err(_) => return None,
        })
    }
}

/// The first that is no yes.
fn first(checks: &[(bool, Verdict)]) -> Verdict {
    checks.iter().find(|(wrong, _)| *wrong).map_or(Verdict::Done, |(_, verdict)| *verdict)
}

impl Parcels<'_> {
    /// What the ledger must answer; nothing where it is for the order's own checks to say.
    pub(crate) fn verdict(&self, command: &Command) -> Option<Verdict> {
        Some(match command {
            Command::HoldPoints(c) => self.may_spend(&c.customer, &c.price, c.order.as_deref()),
            Command::Redeem(c) => self.may_spend(&c.customer, &c.price, c.order.as_deref()),
            Command::CaptureHold(c) => self.may_capture(c),
            Command::ReleaseHold(c) => first(&[(!self.holds[&c.hold].open, Verdict::HoldNotOpen)]),
            Command::ReverseRedemption(c) => {
                first(&[(self.redeemed[&c.redemption].reversed, Verdict::RedemptionReversed)])
            }
            Command::Adjust(c) => self.may_adjust(c),
            Command::Transfer(c) => self.may_transfer(c),
            Command::Merge(Merge { from, into, .. }) => first(&[
                (self.find(from).is_none() || self.find(into).is_none(), Verdict::NotAMember),
                (self.find(from) == self.find(into), Verdict::BadInput),
            ]),
            Command::Unmerge(c) => {
                let became = self.named(&c.customer).map(|person| self.people[person].became);
                first(&[
                    (became.is_none(), Verdict::NotAMember),
                    (became == Some(None), Verdict::NotMerged),
                    (
                        became.flatten().is_some_and(|into| self.people[into].became.is_some()),
                        Verdict::BadInput,
                    ),
                ])
            }
            Command::SetStatus(SetStatus { customer, .. }) => {
                first(&[(self.find(customer).is_none(), Verdict::NotAMember)])
            }
            Command::Enroll(c) => first(&[(self.find(&c.customer).is_some(), Verdict::AlreadyMember)]),
            Command::Expire(c) => first(&[(self.find(&c.customer).is_none(), Verdict::NotAMember)]),
            Command::ClaimOrder(c) => self.may_claim(c),
            Command::ChangeLot(_) => Verdict::Done,
            _ => return None,
        })
    }

    fn available(&self, person: usize, coin: usize) -> i64 {
        self.account(person, coin).available
    }

    fn may_spend(&self, customer: &str, price: &Price, order: Option<&str>) -> Verdict {
        let cost = self.cost(price);
        let Some(person) = self.find(customer) else { return Verdict::NotAMember };
        let terms = &self.terms.currencies[cost.coin];
        let at_top = terms.at_top.filter(|_| self.is_at_top(person)).map(|(_, lends)| lends);
        let lends = at_top.unwrap_or(terms.lends).cast_signed();
        let sold_out = cost.reward.is_some_and(|(reward, limited)| limited && self.left(reward) < 1);
        first(&[
            (self.people[person].blocked, Verdict::MemberBlocked),
            (sold_out, Verdict::OutOfStock),
            (self.available(person, cost.coin) + lends < cost.points, Verdict::InsufficientPoints),
            (self.is_anothers(order, person), Verdict::BadInput),
        ])
    }

    fn is_anothers(&self, order: Option<&str>, person: usize) -> bool {
        let owner = order.and_then(|order| self.orders.get(order)?.person);
        owner.is_some_and(|owner| self.is_now(owner) != person)
    }

    fn may_capture(&self, command: &CaptureHold) -> Verdict {
        let hold = &self.holds[&command.hold];
        let points = command.points.map_or(hold.points, |points| points.0);
        first(&[
            (!hold.open, Verdict::HoldNotOpen),
            (points > hold.points, Verdict::HoldExceeded),
            (hold.reward.is_some() && points != hold.points, Verdict::BadInput),
            (self.is_anothers(command.order.as_deref(), hold.person), Verdict::BadInput),
        ])
    }

    fn may_adjust(&self, command: &Adjust) -> Verdict {
        let coin = Self::coin(command.currency.as_deref());
        let points = command.points.0;
        let person = self.find(&command.customer);
        let available = person.map(|person| self.available(person, coin));
        first(&[
            (points == 0 || command.expires_at.is_some_and(|ends| ends <= self.now), Verdict::BadInput),
            (person.is_none(), Verdict::NotAMember),
            (points < 0 && available < Some(-points), Verdict::InsufficientPoints),
        ])
    }

    fn may_transfer(&self, command: &Transfer) -> Verdict {
        let coin = Self::coin(command.currency.as_deref());
        let (from, to) = (self.find(&command.from), self.find(&command.to));
        let blocked = |person: Option<usize>| person.is_some_and(|person| self.people[person].blocked);
        let available = from.map(|from| self.available(from, coin));
        first(&[
            (from.is_none(), Verdict::NotAMember),
            (blocked(from), Verdict::MemberBlocked),
            (to.is_none(), Verdict::NotAMember),
            (blocked(to), Verdict::MemberBlocked),
            (from == to, Verdict::BadInput),
            (available < Some(command.points.0), Verdict::InsufficientPoints),
        ])
    }

    fn may_claim(&self, command: &ClaimOrder) -> Verdict {
        let Some(order) = self.orders.get(&command.order_id) else { return Verdict::OrderNotFound };
        let Some(person) = self.find(&command.customer) else { return Verdict::NotAMember };
        if let Some(owner) = order.person {
            return first(&[(self.is_now(owner) != person, Verdict::OrderClaimed)]);
        }
        let named = order.customer.as_ref().is_some_and(|customer| *customer != command.customer);
        let until = order.placed + chrono::Duration::days(self.terms.claim_days.into());
        first(&[
            (named, Verdict::OrderClaimed),
            (order.cancelled, Verdict::OrderCancelled),
            (self.now > until, Verdict::ClaimWindowClosed),
        ])
    }
}
