//! What can be seen after a line of a table, in the words of the table:
//!
//!     available 10, pending 5, held 0, deficit 0                 as a screen shows it at that moment
//!     earned 10, adjusted 0, transferred 0, clawed back 0, expired 0, cancelled 0, redeemed 0
//!     forgiven 5, uncollected 5, waiting 5                       of the order that the line names
//!     bob's available 10                                         of somebody else
//!     h1 is Open, recredited x1 5, left mug 2                    of holds, redemptions and stocks
//!     ends 2011-03-01:10/2011-04-01:5                            what is to come: `starts` for what waits
//!     wrote Earn+Expire, paid 1:10/2:5/deficit:5+3:7             the entries of the line: kinds, and who paid for them
//!     told alice, entries 1+2                                    whom the answer names, and the entries of its ledger
//!     tier silver, earned at bronze, status Blocked, nobody, replayed
//!     version 3                                                  of the member: grows with whatever changes it

use loyalty::{
    clock::Instant,
    commands::{
        Decision, Entry, Member, Order, OrderAward, snapshot::WalletReading, spending::stock_counter,
    },
    ledger::{Movement, Points, Wallet},
};

use super::line::Names;
use crate::desk::Desk;

/// What the last line did, and to whom.
pub(super) struct Seen<'a> {
    pub(super) desk: &'a Desk,
    pub(super) names: &'a Names,
    pub(super) member: Option<&'a Member>,
    pub(super) order: Option<&'a Order>,
    pub(super) decision: Option<&'a Decision>,
    pub(super) written_before: usize,
    pub(super) now: Instant,
}

impl Seen<'_> {
    /// The facts that were expected, as they are.
    pub(super) fn tell(&self, expected: &str) -> String {
        let mut texts: Vec<String> = expected.split(", ").map(|fact| self.fact(fact.trim())).collect();
        if self.replayed() && !texts.iter().any(|text| text == "replayed") {
            texts.insert(0, "replayed".to_owned());
        }
        texts.join(", ")
    }

    fn replayed(&self) -> bool {
        self.decision.is_some_and(|decision| decision.replayed)
    }

    /// The fact as it is, in the words in which it was expected.
    fn fact(&self, expected: &str) -> String {
        if let Some((customer, fact)) = expected.split_once("'s ") {
            let other = Seen { member: self.desk.member(customer), order: None, ..*self };
            return format!("{customer}'s {}", other.fact(fact));
        }
        let name = expected.rsplit_once(' ').map_or(expected, |(name, _)| name);
        match self.number(name) {
            Some(number) => format!("{name} {number}"),
            None => self.words(name),
        }
    }

    fn number(&self, name: &str) -> Option<i64> {
        let totals = self.wallet().map(|wallet| wallet.totals).unwrap_or_default();
        let points = match name {
            "available" => self.reading(|wallet| wallet.available),
            "pending" => self.reading(|wallet| wallet.pending),
            "held" => self.reading(|wallet| wallet.held),
            "earned" => totals.earned,
            "adjusted" => totals.adjusted,
            "transferred" => totals.transferred,
            "expired" => totals.expired,
            "cancelled" => totals.cancelled,
            "redeemed" => totals.redeemed,
            "clawed back" => totals.clawed_back,
            "deficit" => self.wallet().map_or(Points::ZERO, |wallet| wallet.deficit),
            "stars" => self.reading_of("STARS", |wallet| wallet.available),
            "waiting" => self.awards(OrderAward::pending),
            "forgiven" => self.awards(|award, _| award.forgiven),
            "uncollected" => self.awards(|award, _| award.uncollected),
            "version" => Points(self.member.map_or(0, |member| member.version)),
            _ => return self.number_of(name),
        };
        Some(points.0)
    }

    /// A number about what the name names.
    fn number_of(&self, name: &str) -> Option<i64> {
        match name.split_once(' ')? {
            ("recredited", name) => {
                let id = self.names.redemptions.get(name).expect("a redemption of the table");
                Some(self.desk.world.redemptions[id].recredited.0)
            }
            ("left", reward) => {
                let limit = self.desk.program.reward(reward).and_then(|reward| reward.stock);
                let place = (self.desk.program.id().to_owned(), stock_counter(reward));
                let mut counter = self.desk.world.counters.get(&place).cloned().unwrap_or_default();
                counter.settle(self.now);
                Some(counter.left(limit.expect("a limited reward").cast_signed()))
            }
            _ => None,
        }
    }

    fn words(&self, name: &str) -> String {
        match name {
            "nobody" => if self.member.is_none() { "nobody" } else { "a member" }.to_owned(),
            "replayed" => if self.replayed() { "replayed" } else { "done anew" }.to_owned(),
            "tier" => {
                let read = |member| {
                    self.desk.reading(member, self.now, |reading| {
                        reading.tier.as_ref().map(|tier| tier.level.id.clone())
                    })
                };
                format!("tier {}", self.member.and_then(read).unwrap_or("none".into()))
            }
            "status" => format!("status {:?}", self.member.map(|member| member.status).expect("a member")),
            "earned at" => {
                let held = self.order.and_then(|order| order.held.tier.clone());
                format!("earned at {}", held.unwrap_or("none".into()))
            }
            "told" => {
                let told = self.decision.and_then(|decision| decision.outcome.member());
                format!("told {}", told.map_or("nobody", |key| &key.customer))
            }
            "entries" => {
                let numbers = self.decision.map_or(&[][..], |decision| decision.outcome.entries());
                let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
                format!("entries {}", if numbers.is_empty() { "none".to_owned() } else { numbers.join("+") })
            }
            "wrote" => format!("wrote {}", self.written(|entry| format!("{:?}", entry.movement.kind))),
            "paid" => format!("paid {}", self.written(|entry| paid(&entry.movement))),
            "ends" => format!("ends {}", self.coming(|wallet| &wallet.expiries)),
            "starts" => format!("starts {}", self.coming(|wallet| &wallet.activations)),
            other => match other.strip_suffix(" is") {
                Some(hold) => format!("{hold} is {}", self.state_of(hold)),
                None => panic!("no fact is called `{other}`"),
            },
        }
    }

    /// Where a hold stands, whoever has it now.
    fn state_of(&self, name: &str) -> String {
        let id = *self.names.holds.get(name).expect("a hold of the table");
        let holds = self.desk.world.members.values().filter_map(|member| member.hold(id));
        let states: Vec<String> = holds.map(|(_, hold)| format!("{:?}", hold.state_at(self.now))).collect();
        states.join(" and ")
    }

    fn wallet(&self) -> Option<&Wallet> {
        self.member?.wallet("POINTS")
    }

    fn reading(&self, read: impl FnOnce(&WalletReading) -> Points) -> Points {
        self.reading_of("POINTS", read)
    }

    fn reading_of(&self, currency: &str, read: impl FnOnce(&WalletReading) -> Points) -> Points {
        let Some(member) = self.member else { return Points::ZERO };
        self.desk.reading(member, self.now, |reading| {
            let wallet = reading.wallets.iter().find(|wallet| wallet.currency == currency);
            wallet.map_or(Points::ZERO, read)
        })
    }

    fn coming(&self, which: fn(&WalletReading) -> &Vec<(Instant, Points)>) -> String {
        let told = |(at, points): &(Instant, Points)| format!("{}:{}", at.date_naive(), points.0);
        let texts = self.member.map_or(Vec::new(), |member| {
            self.desk.reading(member, self.now, |reading| {
                which(&reading.wallets[0]).iter().map(told).collect::<Vec<_>>()
            })
        });
        if texts.is_empty() { "never".to_owned() } else { texts.join("/") }
    }

    fn awards(&self, read: fn(&OrderAward, Instant) -> Points) -> Points {
        let awards = self.order.map_or(&[][..], |order| &order.awards);
        awards.iter().filter(|award| award.currency == "POINTS").map(|award| read(award, self.now)).sum()
    }

    /// The entries that the line wrote, joined by `+`.
    fn written(&self, text: impl Fn(&Entry) -> String) -> String {
        let entries = self.desk.world.entries[self.written_before..].iter();
        let texts: Vec<String> = entries.filter(|entry| entry.currency == "POINTS").map(text).collect();
        if texts.is_empty() { "nothing".to_owned() } else { texts.join("+") }
    }
}

/// The lots that paid (or got points back) and by how much, and what became deficit (or filled one):
/// `1:40/2:60/deficit:5`.
fn paid(movement: &Movement) -> String {
    let lots = movement.allocations.iter().map(|part| format!("{}:{}", part.lot, part.points.0));
    let deficit = Some(movement.deficit.0).filter(|points| *points > 0);
    let parts: Vec<String> = lots.chain(deficit.map(|points| format!("deficit:{points}"))).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join("/") }
}
