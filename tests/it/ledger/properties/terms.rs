//! Random programmes: first as plain numbers, which the models reckon with, and from these the document.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Duration, Months, NaiveDate};
use loyalty::{
    clock::Instant,
    program::{
        Program,
        document::{
            Activation, Currency, EarnRule, Eligible, Expiry, Ladder, Level, Period, RecreditPolicy, Reward,
            Rounding, Spending, TakeBack, TierWindow,
        },
    },
};
use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;

/// A programme in numbers: hundredths of points, of multipliers and of money.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Of zones without summer time, hours east of Greenwich; none is London.
    pub(super) hours_east: Option<i64>,
    pub(super) on_first_order: bool,
    pub(super) claim_days: u32,
    pub(super) rounding: Rounding,
    pub(super) ladder: Option<Rungs>,
    pub(super) currencies: Vec<Coin>,
    pub(super) spending: Spending,
    pub(super) rewards: Vec<Prize>,
}

#[derive(Clone, Debug)]
pub(super) struct Rungs {
    /// None is a lifetime.
    pub(super) carry_years: Option<u8>,
    /// (threshold in cents, multiplier in hundredths), rising from 0.
    pub(super) levels: Vec<(i64, i64)>,
}

#[derive(Clone, Debug)]
pub(super) struct Coin {
    /// Hundredths of a point for a pound.
    pub(super) rate: i64,
    pub(super) multiplied: bool,
    pub(super) activation: Activation,
    pub(super) expiry: Expiry,
    pub(super) take_back: TakeBack,
    pub(super) deficit_max: Option<u64>,
    /// What spending may lend.
    pub(super) lends: u64,
    /// Both, at the highest rung where there is more than one.
    pub(super) at_top: Option<(u64, u64)>,
}

/// A reward: its price in one of the currencies, and how many there are.
#[derive(Clone, Debug)]
pub(super) struct Prize {
    pub(super) coin: usize,
    pub(super) points: u64,
    pub(super) stock: Option<u64>,
}

/// How much of what a programme may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where the calendar can be reckoned by hand, and points never depend on other orders'.
    Plain,
    /// Where the calendar can be reckoned by hand.
    NoSummer,
    Any,
}

pub(super) const CODES: [&str; 2] = ["POINTS", "STARS"];
pub(super) const REWARDS: [&str; 2] = ["mug", "pen"];

/// A programme of a kind.
pub(super) fn of(kind: Kind) -> impl Strategy<Value = Terms> {
    let hours = prop_oneof![
        2 => Just(Some(0)),
        1 => Just(Some(4)),
        1 => Just(if kind == Kind::Any { None } else { Some(-5) }),
    ];
    let rounding = prop_oneof![Just(Rounding::Down), Just(Rounding::HalfUp), Just(Rounding::Up)];
    let first = (hours, prop::bool::weighted(0.8), 0..20_u32, rounding);
    let second = (option::of(rungs()), vec(coin(kind), 1..=2), spending(), vec(prize(), 2));
    (first, second).prop_map(
        |((hours_east, on_first_order, claim_days, rounding), (ladder, currencies, spending, rewards))| {
            Terms { hours_east, on_first_order, claim_days, rounding, ladder, currencies, spending, rewards }
        },
    )
}

fn rungs() -> impl Strategy<Value = Rungs> {
    let steps = vec((1..60_000_i64, 50..300_i64), 0..3);
    (option::of(0..=2_u8), 50..200_i64, steps).prop_map(|(carry_years, first, steps)| {
        let mut levels = vec![(0, first)];
        for (step, multiplier) in steps {
            levels.push((levels[levels.len() - 1].0 + step, multiplier));
        }
        Rungs { carry_years, levels }
    })
}

fn coin(kind: Kind) -> impl Strategy<Value = Coin> {
    let period =
        prop_oneof![Just(Period::Day), Just(Period::Month), Just(Period::Quarter), Just(Period::Year)];
    let expiry = prop_oneof![
        1 => Just(Expiry::Never),
        2 => (1..60_u32).prop_map(|days| Expiry::AfterDays { days }),
        2 => (1..4_u32, period).prop_map(|(months, until_end_of)| Expiry::AfterMonths { months, until_end_of }),
    ];
    let rate = prop_oneof![Just(100), Just(33), Just(250), 1..1000_i64];
    let waits = (0..3_u8, 1..40_u32).prop_map(move |(which, days)| match which {
        0 => Activation::Immediate,
        2 if kind != Kind::Plain => Activation::OnFulfilment { cancel_after_days: days },
        _ => Activation::After { days },
    });
    let take_back = (0..6_u8).prop_map(move |which| match which {
        4 if kind != Kind::Plain => TakeBack::ClampAtZero,
        5 if kind != Kind::Plain => TakeBack::PendingOnly,
        _ => TakeBack::DownToFloor,
    });
    let floors =
        (option::of(0..150_u64), option::weighted(0.3, 1..100_u64), option::of((0..99_u64, 0..99_u64)));
    (rate, prop::bool::ANY, waits, expiry, take_back, floors).prop_map(
        |(rate, multiplied, activation, expiry, take_back, (deficit_max, lends, at_top))| {
            let lends = lends.unwrap_or_default();
            Coin { rate, multiplied, activation, expiry, take_back, deficit_max, lends, at_top }
        },
    )
}

fn spending() -> impl Strategy<Value = Spending> {
    let recredit = prop_oneof![
        3 => Just(RecreditPolicy::ProRata),
        1 => Just(RecreditPolicy::OnFullReturn),
        1 => Just(RecreditPolicy::Never),
    ];
    (1..200_000_u32, recredit, prop_oneof![Just(0), 1..20_u32]).prop_map(
        |(hold_ttl_seconds, recredit, recredit_grace_days)| Spending {
            hold_ttl_seconds,
            recredit,
            recredit_grace_days,
        },
    )
}

fn prize() -> impl Strategy<Value = Prize> {
    (0..2_usize, 1..150_u64, option::weighted(0.8, 0..4_u64)).prop_map(|(coin, points, stock)| Prize {
        coin,
        points,
        stock,
    })
}

impl Coin {
    /// For how many days points wait that nothing else makes active.
    pub(super) fn waits_days(&self) -> u32 {
        match self.activation {
            Activation::Immediate => 0,
            Activation::After { days } | Activation::OnFulfilment { cancel_after_days: days } => days,
        }
    }

    pub(super) fn awaits_event(&self) -> bool {
        matches!(self.activation, Activation::OnFulfilment { .. })
    }
}

impl Terms {
    /// The currency that a reward costs.
    pub(super) fn coin_of(&self, reward: usize) -> usize {
        self.rewards[reward].coin.min(self.currencies.len() - 1)
    }

    /// Hundredths of hundredths of hundredths of points, as points.
    pub(super) fn rounded(&self, millionths: i64) -> i64 {
        let one = 100 * 100 * 100;
        match self.rounding {
            Rounding::Down => millionths / one,
            Rounding::HalfUp => (millionths + one / 2) / one,
            Rounding::Up => (millionths + one - 1) / one,
        }
    }

    fn hours(&self) -> Duration {
        Duration::hours(self.hours_east.expect("the models' zones have no summer time"))
    }

    /// The programme's day at an instant.
    pub(super) fn local(&self, at: Instant) -> NaiveDate {
        (at + self.hours()).date_naive()
    }

    /// The window towards which an order counts.
    pub(super) fn window(&self, placed_at: Instant) -> Option<i32> {
        let ladder = self.ladder.as_ref()?;
        Some(ladder.carry_years.map_or(0, |_| self.local(placed_at).year()))
    }

    /// The rung that is held at a moment by what was spent in each window.
    pub(super) fn rung(&self, spend: &BTreeMap<i32, i64>, at: Instant) -> Option<usize> {
        let ladder = self.ladder.as_ref()?;
        let year = self.local(at).year();
        let counts = |window: i32| {
            ladder.carry_years.is_none_or(|carry| (year - i32::from(carry)..=year).contains(&window))
        };
        let best = spend.iter().filter(|(window, _)| counts(**window)).map(|(_, sum)| *sum).max();
        ladder.levels.iter().rposition(|(threshold, _)| *threshold <= best.unwrap_or_default())
    }

    /// When points end that are active from an instant on.
    pub(super) fn ends(&self, expiry: Expiry, from: Instant) -> Option<Instant> {
        let day = self.local(from);
        let month_after = |day: NaiveDate, months: u32| {
            let month = day.month0() + months;
            let year = day.year() + (month / 12).cast_signed();
            NaiveDate::from_ymd_opt(year, month % 12 + 1, 1).expect("a first of a month")
        };
        let first_day_after = match expiry {
            Expiry::Never => return None,
            Expiry::AfterDays { days } => day + Duration::days(i64::from(days) + 1),
            Expiry::AfterMonths { months, until_end_of } => {
                let last = day + Months::new(months);
                match until_end_of {
                    Period::Day => last + Duration::days(1),
                    Period::Month => month_after(last, 1),
                    Period::Quarter => month_after(last, 3 - last.month0() % 3),
                    Period::Year => month_after(last, 12 - last.month0()),
                }
            }
        };
        Some(first_day_after.and_hms_opt(0, 0, 0).expect("midnight").and_utc() - self.hours())
    }

    /// The same as a document.
    pub(super) fn program(&self) -> Program {
        let published = include_str!("../../../../schema/programs/classic.json");
        let mut document = Program::from_json(published).expect("the published one").document().clone();
        let zone = match self.hours_east {
            None => "Europe/London",
            Some(0) => "UTC",
            Some(4) => "Asia/Dubai",
            Some(_) => "America/Bogota",
        };
        zone.clone_into(&mut document.time_zone);
        document.enrolment.on_first_order = self.on_first_order;
        document.enrolment.claim_days = self.claim_days;
        document.earning.rounding = self.rounding;
        document.tiers = self.ladder.as_ref().map(Rungs::ladder);
        document.spending = self.spending;
        let name = document.currencies[0].name.clone();
        document.currencies.clear();
        document.earning.rules.clear();
        for (coin, code) in self.currencies.iter().zip(CODES) {
            document.currencies.push(self.currency(coin, code));
            document.earning.rules.push(EarnRule {
                id: code.to_lowercase(),
                currency: code.to_owned(),
                rates: [("GBP".to_owned(), Decimal::new(coin.rate, 2))].into(),
                eligible: Eligible::default(),
                tier_multiplier: coin.multiplied,
            });
        }
        for (i, (prize, id)) in self.rewards.iter().zip(REWARDS).enumerate() {
            document.rewards.push(Reward {
                id: id.to_owned(),
                name: name.clone(),
                currency: Some(CODES[self.coin_of(i)].to_owned()),
                points: prize.points,
                stock: prize.stock,
                sku: None,
            });
        }
        Program::new(document).expect("every programme of random terms is a sound one")
    }

    fn currency(&self, coin: &Coin, code: &str) -> Currency {
        let top = self.ladder.as_ref().map(|ladder| format!("t{}", ladder.levels.len() - 1));
        let at_top = |floor: Option<u64>| top.clone().zip(floor).into_iter().collect();
        Currency {
            code: code.to_owned(),
            name: [("en".to_owned(), code.to_owned())].into(),
            scale: 0,
            activation: coin.activation,
            expiry: coin.expiry,
            take_back: coin.take_back,
            deficit_max: coin.deficit_max,
            deficit_max_by_tier: at_top(coin.at_top.map(|(deficit, _)| deficit)),
            spending_deficit_max: coin.lends,
            spending_deficit_max_by_tier: at_top(coin.at_top.map(|(_, lends)| lends)),
        }
    }
}

impl Rungs {
    fn ladder(&self) -> Ladder {
        let level = |(i, &(threshold, multiplier)): (usize, &(i64, i64))| Level {
            id: format!("t{i}"),
            name: [("en".to_owned(), format!("Tier {i}"))].into(),
            threshold: Decimal::new(threshold, 2),
            multiplier: Decimal::new(multiplier, 2),
            benefits: Vec::new(),
        };
        Ladder {
            eligible: Eligible::default(),
            window: match self.carry_years {
                Some(carry_years) => TierWindow::CalendarYear { carry_years },
                None => TierWindow::Lifetime,
            },
            levels: self.levels.iter().enumerate().map(level).collect(),
        }
    }
}
