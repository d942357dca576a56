//! What a command is about, for the audit log.

use std::borrow::Cow;

use super::{Command, LotChange};

/// What a command names. What its outcome names beside (the new hold, the member) is not here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject<'a> {
    pub customer: Option<&'a str>,
    pub order: Option<&'a str>,
    /// The return, fulfilment, hold, redemption or partner, the other customer, or the number of the credit.
    pub other: Option<Cow<'a, str>>,
}

impl<'a> Subject<'a> {
    fn of_customer(customer: &'a str) -> Self {
        Self { customer: Some(customer), ..Self::default() }
    }

    fn of_order(order: &'a str) -> Self {
        Self { order: Some(order), ..Self::default() }
    }

    fn of_thing(id: &impl ToString) -> Self {
        Self { other: Some(Cow::Owned(id.to_string())), ..Self::default() }
    }

    fn with_order(self, order: Option<&'a str>) -> Self {
        Self { order, ..self }
    }

    fn with_other(self, other: impl Into<Cow<'a, str>>) -> Self {
        Self { other: Some(other.into()), ..self }
    }
}

impl Command {
    /// What it is about.
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Enroll(c) => Subject::of_customer(&c.customer),
            Self::SetStatus(c) => Subject::of_customer(&c.customer),
            Self::LinkPartner(c) => Subject::of_customer(&c.customer).with_other(c.partner.as_str()),
            Self::Adjust(c) => Subject::of_customer(&c.customer),
            Self::Expire(c) => Subject::of_customer(&c.customer),
            Self::Merge(c) => Subject::of_customer(&c.into).with_other(c.from.as_str()),
            Self::Unmerge(c) => Subject::of_customer(&c.customer),
            Self::Transfer(c) => Subject::of_customer(&c.from).with_other(c.to.as_str()),
            Self::HoldPoints(c) => Subject::of_customer(&c.customer).with_order(c.order.as_deref()),
            Self::Redeem(c) => Subject::of_customer(&c.customer).with_order(c.order.as_deref()),
            Self::ChangeLot(c) => {
                let subject = Subject::of_customer(&c.customer).with_order(c.order.as_deref());
                subject.with_other(c.lot.to_string())
            }
            Self::RecordOrder(c) => {
                Subject { customer: c.order.customer.as_deref(), ..Subject::of_order(&c.order.id) }
            }
            Self::ClaimOrder(c) => Subject { customer: Some(&c.customer), ..Subject::of_order(&c.order_id) },
            Self::CancelOrder(c) => Subject::of_order(&c.order_id),
            Self::RecordReturn(c) => Subject::of_order(&c.order_id).with_other(c.id.as_str()),
            Self::RecordFulfilment(c) => Subject::of_order(&c.order_id).with_other(c.id.as_str()),
            Self::CaptureHold(c) => Subject::of_thing(&c.hold).with_order(c.order.as_deref()),
            Self::ReleaseHold(c) => Subject::of_thing(&c.hold),
            Self::ReverseRedemption(c) => Subject::of_thing(&c.redemption),
        }
    }

    /// What it does, in the words of the audit log: its [name](Self::name), or which of two things that have one.
    pub fn deed(&self) -> &'static str {
        match self {
            Self::SetStatus(c) if c.blocked => "block",
            Self::SetStatus(_) => "unblock",
            Self::LinkPartner(c) if !c.linked => "unlink_partner",
            Self::ChangeLot(c) => match c.change {
                LotChange::Activate => "activate_lot",
                LotChange::Cancel => "cancel_lot",
            },
            _ => self.name(),
        }
    }
}
