//! What something costs, whether a member has it, and how it is spent.

use serde::Serialize;

use super::{Context, MemberKey, Redemption, Refusal, World, world::EntryContext};
use crate::{
    clock::Instant,
    ids::RedemptionId,
    ledger::{Account, Kind, Movement, Points},
    program::Program,
};

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Price {
    /// A number of points of a currency; of the programme's first where none is named.
    #[serde(rename_all = "camelCase")]
    Points { points: Points, currency: Option<String> },
    /// A reward, for its price and one of its stock.
    #[serde(rename_all = "camelCase")]
    Reward { reward: String },
}

/// A price in numbers.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub currency: String,
    pub points: Points,
    /// Of a reward that is limited.
    pub stock: Option<Stock>,
    /// How far below zero spending may bring each tier is the currency's to say.
    terms: crate::program::document::Currency,
}

/// The counter of a limited reward.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    /// (program, name of the counter).
    pub place: (String, String),
    pub limit: i64,
    reward: String,
}

/// What the names of the counters of rewards' stock start with.
pub const STOCK_PREFIX: &str = "reward/";

/// The counter of a reward's stock.
pub fn stock_counter(reward: &str) -> String {
    format!("{STOCK_PREFIX}{reward}")
}

impl Price {
    pub(crate) fn reward(&self) -> Option<&str> {
        match self {
            Self::Reward { reward } => Some(reward),
            Self::Points { .. } => None,
        }
    }

    pub(crate) fn cost(&self, program: &Program) -> Result<Cost, Refusal> {
        match self {
            Self::Points { points, currency } => {
                if !points.is_positive() || !points.in_range() {
                    return Err(Refusal::bad_input("points", "must be from 1 to 2^53"));
                }
                let terms = match currency {
                    None => program.first_currency(),
                    Some(code) => program.currency(code).ok_or_else(|| {
                        Refusal::bad_input("currency", format!("the programme has no currency `{code}`"))
                    })?,
                };
                let currency = terms.code.clone();
                Ok(Cost { currency, points: *points, stock: None, terms: terms.clone() })
            }
            Self::Reward { reward: id } => {
                let reward =
                    program.reward(id).ok_or_else(|| Refusal::RewardNotFound { reward: id.clone() })?;
                let terms = program.currency_of(reward);
                let stock = reward.stock.map(|limit| Stock {
                    place: (program.id().to_owned(), stock_counter(id)),
                    limit: limit.cast_signed(),
                    reward: id.clone(),
                });
                let points = Points(reward.points.cast_signed());
                Ok(Cost { currency: terms.code.clone(), points, stock, terms: terms.clone() })
            }
        }
    }
}

impl Cost {
    /// Whether the member has the points, and the reward is still there.
    pub(crate) fn check(&self, world: &World, key: &MemberKey, now: Instant) -> Result<(), Refusal> {
        let program = world.program(&key.program)?;
        let member = world.members.get(key).expect("the caller has found it");
        if let Some(stock) = &self.stock {
            let left = world.counter(&stock.place, now).left(stock.limit);
            if left < 1 {
                return Err(Refusal::OutOfStock { reward: stock.reward.clone(), left });
            }
        }
        let (available, _) = member.balance_at(&self.currency, now);
        let tier = member.standing.level(&program, now).map(|level| level.id.as_str());
        let floor = Program::spending_floor(&self.terms, tier);
        if available + floor < self.points {
            return Err(Refusal::InsufficientPoints { required: self.points, available });
        }
        Ok(())
    }
}

/// Points that were just spent.
pub(crate) struct Spent<'a> {
    pub movement: &'a Movement,
    pub currency: &'a str,
    pub order: Option<&'a str>,
    pub reward: Option<&'a str>,
    pub counted: bool,
}

impl World {
    /// Points are not spent on an order that is known to be somebody else's.
    pub(crate) fn check_order_of(&self, key: &MemberKey, order: Option<&str>) -> Result<(), Refusal> {
        let Some(id) = order else { return Ok(()) };
        let place = (key.program.clone(), id.to_owned());
        let owner = self.orders.get(&place).and_then(|order| order.member);
        match owner.and_then(|owner| self.resolve_id(owner)) {
            Some(owner) if owner != *key => {
                Err(Refusal::bad_input("orderId", format!("order `{id}` is another customer's")))
            }
            _ => Ok(()),
        }
    }

    /// Spends points that were checked to be there, and keeps what paid for them.
    pub(crate) fn spend(
        &mut self,
        key: &MemberKey,
        cost: &Cost,
        (order, reward, reason): (Option<&str>, Option<&str>, Option<&str>),
        context: &Context<'_>,
    ) -> (RedemptionId, Vec<i64>) {
        let program = self.program(&key.program).expect("the caller has found it");
        if let Some(stock) = &cost.stock {
            let mut counter = self.counter(&stock.place, context.now);
            counter.take(1, stock.limit).expect("what is left was checked before");
            self.counters.insert(stock.place.clone(), counter);
        }
        let member = self.members.get_mut(key).expect("the caller has found it");
        let mut entries = member.settle(&program, context.now);
        let (wallet, next_seq) = member.wallet_mut(&cost.currency);
        let movement = wallet.debit(Kind::Redeem, Account::Redeemed, cost.points, context.now, next_seq);
        let seq = movement.seq;
        let cause = EntryContext {
            order,
            reason: reason.or(reward),
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&cost.currency, vec![movement.clone()], &cause, context.now));
        member.touched();
        self.entries.extend(entries);
        let counted = cost.stock.is_some();
        let spent = Spent { movement: &movement, currency: &cost.currency, order, reward, counted };
        (self.redeemed(key, &spent, context), vec![seq])
    }

    /// Keeps what was spent, so that it can come back.
    pub(crate) fn redeemed(
        &mut self,
        key: &MemberKey,
        spent: &Spent<'_>,
        context: &Context<'_>,
    ) -> RedemptionId {
        let id = RedemptionId(context.ids.new_uuid(context.now));
        let member = self.members.get(key).expect("the caller has found it").id;
        let redemption = Redemption {
            id,
            program: key.program.clone(),
            member,
            currency: spent.currency.to_owned(),
            seq: spent.movement.seq,
            points: spent.movement.amount,
            parts: spent.movement.allocations.clone(),
            deficit: spent.movement.deficit,
            recredited: Points::ZERO,
            order: spent.order.map(str::to_owned),
            reward: spent.reward.map(str::to_owned),
            counted: spent.counted,
            redeemed_at: context.now,
            reversed: false,
            partner: context.partner.map(str::to_owned),
            new: true,
            changed: true,
        };
        self.redemptions.insert(id, redemption);
        id
    }

    /// Lets what has come back of a redemption grow to `target`. Numbers of the entries are answered.
    pub(crate) fn recredit(
        &mut self,
        id: RedemptionId,
        target: Points,
        (order, reason): (Option<&str>, &str),
        (at, now): (Instant, Instant),
    ) -> Vec<i64> {
        let Some(redemption) = self.redemptions.get(&id) else { return Vec::new() };
        if target <= redemption.recredited {
            return Vec::new();
        }
        let (parts, deficit) = redemption.next_back(target);
        let (spender, currency, program) =
            (redemption.member, redemption.currency.clone(), redemption.program.clone());
        let program = self.program(&program).expect("the caller has found it");
        let Some(key) = self.resolve_id(spender) else { return Vec::new() };
        let member = self.members.get_mut(&key).expect("it was just resolved");
        let mut entries = member.settle(&program, now);
        // The lots are those of the member that was merged into this one.
        let owner = Some(spender.0).filter(|_| member.id != spender);
        let grace = program.document().spending.recredit_grace_days;
        let (wallet, next_seq) = member.wallet_mut(&currency);
        let claim = crate::ledger::Recredit {
            parts,
            owner,
            deficit,
            grace_until: (grace > 0).then(|| now + chrono::Duration::days(i64::from(grace))),
            occurred_at: at,
        };
        let movements = wallet.recredit(claim, now, next_seq);
        let numbers = movements.iter().filter(|m| m.kind == Kind::Recredit).map(|m| m.seq).collect();
        let cause = EntryContext {
            order,
            reason: Some(reason),
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&currency, movements, &cause, now));
        member.touched();
        self.entries.extend(entries);
        let redemption = self.redemptions.get_mut(&id).expect("it was found above");
        redemption.recredited = target;
        redemption.changed = true;
        numbers
    }
}
