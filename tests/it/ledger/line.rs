//! The words in which a table tells of events.
//!
//!     2011-01-05 enrol alice
//!     2011-01-05 order o1 alice 100.00                                       one product for 100 GBP; `-` is a guest
//!     2011-01-05 order o1 alice 2x10.00 b:1x5.00-1.00 4.50/other             lines: id, quantity, price, discount, kind
//!     2011-01-09 order o1 alice 100.00 placed 2011-01-05 in EUR              told of late; in another currency
//!     2011-01-09 order o1 alice 90.00 placed 2011-01-05 revision 2           corrected
//!     2011-01-09 return r1 o1 1:2 b:1                                        line and quantity; `at` as `placed`
//!     2011-01-09 fulfil f1 o1 1:2 b:1                                        the same, handed over
//!     2011-01-09 cancel o1
//!     2011-01-09 claim o1 alice
//!     2011-01-09 adjust alice -50                                            `until` is when given points end
//!     2011-01-09 hold h1 alice 50 for 60s on o1                              points, or a reward's id
//!     2011-01-09 capture h1 30 as x1 on o1                                   part of it; `as` names what was redeemed
//!     2011-01-09 release h1
//!     2011-01-09 redeem x1 alice 50 on o1                                    points, or a reward's id
//!     2011-01-09 reverse x1
//!     2011-01-09 transfer alice bob 50
//!     2011-01-09 merge alice into bob
//!     2011-01-09 unmerge alice
//!     2011-01-09 block alice                                                 and `unblock`
//!     2011-01-09 activate alice lot 3 of o1                                  the order that the lot came from, if any
//!     2011-01-09 call-off alice lot 3 of o1
//!     2011-01-09 expire alice                                                write down what time has done
//!     2011-01-09 look alice                                                  no command: only what is seen
//!
//! A day is its midnight in UTC; a moment is written in full, as `2011-01-05T10:00:00.000001Z`.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use loyalty::{
    clock::Instant,
    commands::{
        Adjust, CancelOrder, CaptureHold, ChangeLot, ClaimOrder, Command, Enroll, Expire, HoldPoints,
        LotChange, Merge, OrderInput, Price, RecordFulfilment, RecordOrder, RecordReturn, Redeem,
        ReleaseHold, ReturnLine, ReverseRedemption, SetStatus, Transfer, Unmerge,
    },
    ids::{HoldId, RedemptionId},
    ledger::Points,
    program::{Program, document::LineKind, earning},
};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What a line tells of.
pub(super) struct Line {
    pub(super) now: Instant,
    /// None where it only looks.
    pub(super) command: Option<Command>,
    pub(super) customer: Option<String>,
    pub(super) order: Option<String>,
    /// The name that the table gives to what the line holds or redeems.
    pub(super) named: Option<String>,
}

/// The names that a table has given.
#[derive(Default)]
pub(super) struct Names {
    pub(super) holds: HashMap<String, HoldId>,
    pub(super) redemptions: HashMap<String, RedemptionId>,
}

/// What may stand at the end of a line, in any order.
struct Options {
    placed: Option<Instant>,
    at: Option<Instant>,
    until: Option<Instant>,
    currency: String,
    revision: u32,
    order: Option<String>,
    named: Option<String>,
    ttl_seconds: Option<u32>,
}

impl Options {
    /// Takes them out of the words.
    fn take(words: &mut Vec<&str>) -> Self {
        let mut option = |name: &str| {
            let place = words.iter().skip(3).position(|word| *word == name)? + 3;
            let value = words.remove(place + 1);
            words.remove(place);
            Some(value)
        };
        Self {
            placed: option("placed").map(when),
            at: option("at").map(when),
            until: option("until").map(when),
            currency: option("in").unwrap_or("GBP").to_owned(),
            revision: option("revision").map_or(1, |text| text.parse().expect("a revision")),
            order: option("on").or_else(|| option("of")).map(str::to_owned),
            named: option("as").map(str::to_owned),
            ttl_seconds: option("for").map(|text| text.trim_end_matches('s').parse().expect("seconds")),
        }
    }
}

/// Reads an event.
pub(super) fn read(text: &str, program: &Program, names: &Names) -> Line {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let now = when(words[0]);
    let options = Options::take(&mut words);
    let reader = Reader { text, program: program.id().to_owned(), now, options, names };
    let words = &words[1..];
    let found =
        reader.of_order(words).or_else(|| reader.of_points(words)).or_else(|| reader.of_member(words));
    found.unwrap_or_else(|| panic!("nothing happens by `{text}`"))
}

struct Reader<'a> {
    text: &'a str,
    program: String,
    now: Instant,
    options: Options,
    names: &'a Names,
}

impl Reader<'_> {
    fn line(&self, command: Command) -> Line {
        Line { now: self.now, command: Some(command), customer: None, order: None, named: None }
    }

    fn about(&self, customer: &str, command: Command) -> Line {
        Line { customer: Some(customer.to_owned()), ..self.line(command) }
    }

    /// What its OMS tells of an order.
    fn of_order(&self, words: &[&str]) -> Option<Line> {
        let program = self.program.clone();
        let (order, customer, command) = match *words {
            ["order", id, customer, ref lines @ ..] => {
                let customer = Some(customer.to_owned()).filter(|customer| *customer != "-");
                let order = self.bought(id, customer.clone(), lines);
                (id, customer, Command::RecordOrder(RecordOrder { program, order }))
            }
            ["return", id, order_id, ref lines @ ..] => {
                let (id, order, lines) = (id.to_owned(), order_id.to_owned(), pieces(lines));
                let returned_at = self.options.at.unwrap_or(self.now);
                let command = RecordReturn { program, id, order_id: order, returned_at, lines };
                (order_id, None, Command::RecordReturn(command))
            }
            ["fulfil", id, order_id, ref lines @ ..] => {
                let (id, order, lines) = (id.to_owned(), order_id.to_owned(), pieces(lines));
                let fulfilled_at = self.options.at.unwrap_or(self.now);
                let command = RecordFulfilment { program, id, order_id: order, fulfilled_at, lines };
                (order_id, None, Command::RecordFulfilment(command))
            }
            ["cancel", order_id] => {
                let command = CancelOrder { program, order_id: order_id.to_owned() };
                (order_id, None, Command::CancelOrder(command))
            }
            ["claim", order_id, customer] => {
                let customer = customer.to_owned();
                let command =
                    ClaimOrder { program, order_id: order_id.to_owned(), customer: customer.clone() };
                (order_id, Some(customer), Command::ClaimOrder(command))
            }
            _ => return None,
        };
        Some(Line { order: Some(order.to_owned()), customer, ..self.line(command) })
    }

    fn bought(&self, id: &str, customer: Option<String>, lines: &[&str]) -> OrderInput {
        OrderInput {
            id: id.to_owned(),
            customer,
            placed_at: self.options.placed.unwrap_or(self.now),
            currency: self.options.currency.clone(),
            channel: None,
            store: None,
            revision: self.options.revision,
            lines: lines.iter().enumerate().map(|(i, text)| bought_line(i, text)).collect(),
        }
    }

    /// What is spent, set aside and given back.
    fn of_points(&self, words: &[&str]) -> Option<Line> {
        let (program, order) = (self.program.clone(), self.options.order.clone());
        Some(match *words {
            ["hold", name, customer, price] => {
                let ttl_seconds = self.options.ttl_seconds;
                let command = HoldPoints {
                    program,
                    customer: customer.to_owned(),
                    price: paid(price),
                    ttl_seconds,
                    order,
                };
                Line { named: Some(name.to_owned()), ..self.about(customer, Command::HoldPoints(command)) }
            }
            ["capture", name, ref points @ ..] => {
                let points = points.first().map(|text| self.points(text));
                let command = CaptureHold { program, hold: self.hold(name), points, order };
                let named = self.options.named.clone().or_else(|| Some(name.to_owned()));
                Line { named, ..self.line(Command::CaptureHold(command)) }
            }
            ["release", name] => {
                self.line(Command::ReleaseHold(ReleaseHold { program, hold: self.hold(name) }))
            }
            ["redeem", name, customer, price] => {
                let (customer, reason) = (customer.to_owned(), None);
                let line = self.about(
                    &customer.clone(),
                    Command::Redeem(Redeem { program, customer, price: paid(price), order, reason }),
                );
                Line { named: Some(name.to_owned()), ..line }
            }
            ["reverse", name] => {
                let redemption =
                    self.names.redemptions.get(name).copied().unwrap_or(RedemptionId(Uuid::nil()));
                self.line(Command::ReverseRedemption(ReverseRedemption { program, redemption }))
            }
            _ => return None,
        })
    }

    /// What is done to members and their lots.
    fn of_member(&self, words: &[&str]) -> Option<Line> {
        let (program, own) = (self.program.clone(), |text: &str| text.to_owned());
        let reason = own("by hand");
        let (customer, command) = match *words {
            ["look", customer] => {
                return Some(Line {
                    now: self.now,
                    command: None,
                    customer: Some(own(customer)),
                    order: self.options.order.clone(),
                    named: None,
                });
            }
            ["enrol", customer] => {
                let command = Enroll { program, customer: own(customer), channel: None, store: None };
                (customer, Command::Enroll(command))
            }
            ["expire", customer] => (customer, Command::Expire(Expire { program, customer: own(customer) })),
            ["adjust", customer, points] => {
                let (points, expires_at) = (self.points(points), self.options.until);
                let command =
                    Adjust { program, customer: own(customer), currency: None, points, reason, expires_at };
                (customer, Command::Adjust(command))
            }
            ["transfer", from, to, points] => {
                let (points, currency) = (self.points(points), None);
                let command = Transfer { program, from: own(from), to: own(to), points, currency };
                (from, Command::Transfer(command))
            }
            ["merge", from, "into", into] => {
                (into, Command::Merge(Merge { program, from: own(from), into: own(into) }))
            }
            ["unmerge", customer] => {
                (customer, Command::Unmerge(Unmerge { program, customer: own(customer) }))
            }
            [how @ ("block" | "unblock"), customer] => {
                let blocked = how == "block";
                (
                    customer,
                    Command::SetStatus(SetStatus { program, customer: own(customer), blocked, reason }),
                )
            }
            [how @ ("activate" | "call-off"), customer, "lot", lot] => {
                let change = if how == "activate" { LotChange::Activate } else { LotChange::Cancel };
                let (lot, order) = (lot.parse().expect("a lot's number"), self.options.order.clone());
                let command = ChangeLot { program, customer: own(customer), lot, order, change, reason };
                let line = self.about(customer, Command::ChangeLot(command));
                return Some(Line { order: self.options.order.clone(), ..line });
            }
            _ => return None,
        };
        Some(self.about(customer, command))
    }

    fn hold(&self, name: &str) -> HoldId {
        self.names.holds.get(name).copied().unwrap_or(HoldId(Uuid::nil()))
    }

    fn points(&self, text: &str) -> Points {
        Points(text.parse().unwrap_or_else(|error| panic!("`{text}` in `{}`: {error}", self.text)))
    }
}

fn when(text: &str) -> Instant {
    match text.parse::<NaiveDate>() {
        Ok(day) => day.and_time(NaiveTime::MIN).and_utc(),
        Err(_) => text.parse().unwrap_or_else(|error| panic!("`{text}` is no time: {error}")),
    }
}

/// Points, with the currency behind them where it is not the first (`50STARS`), or the id of a reward.
fn paid(text: &str) -> Price {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_uppercase());
    match digits.parse() {
        Ok(points) => {
            let currency = Some(text[digits.len()..].to_owned()).filter(|code| !code.is_empty());
            Price::Points { points: Points(points), currency }
        }
        Err(_) => Price::Reward { reward: text.to_owned() },
    }
}

fn bought_line(i: usize, text: &str) -> earning::Line {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap_or_else(|error| panic!("`{text}`: {error}"));
    let (text, kind) = match text.strip_suffix("/other") {
        Some(text) => (text, LineKind::Other),
        None => (text, LineKind::Product),
    };
    let (id, text) = match text.split_once(':') {
        Some((id, text)) => (id.to_owned(), text),
        None => ((i + 1).to_string(), text),
    };
    let (quantity, text) = text.split_once('x').unwrap_or(("1", text));
    let (price, discount) = text.split_once('-').unwrap_or((text, "0"));
    earning::Line {
        sku: format!("SKU-{id}"),
        id,
        kind,
        quantity: quantity.parse().expect("a quantity"),
        returned: 0,
        fulfilled: 0,
        unit_price: decimal(price),
        discount: decimal(discount),
        categories: Vec::new(),
    }
}

fn pieces(texts: &[&str]) -> Vec<ReturnLine> {
    let piece = |text: &&str| {
        let (line, quantity) = text.split_once(':').expect("line:quantity");
        ReturnLine { line_id: line.to_owned(), quantity: quantity.parse().expect("a quantity") }
    };
    texts.iter().map(piece).collect()
}
