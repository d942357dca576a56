//! Random programmes: first as plain numbers, which the model reckons with, and from these the document.

use std::collections::BTreeMap;

use loyalty::program::{
    Program,
    document::{
        Activation, Currency, EarnRule, Eligible, Expiry, Ladder, Level, Period, Rounding, TakeBack,
        TierWindow,
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
    pub(super) rounding: Rounding,
    pub(super) ladder: Option<Rungs>,
    pub(super) currencies: Vec<Coin>,
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
    pub(super) activation_days: Option<u32>,
    pub(super) expiry: Expiry,
    pub(super) deficit_max: Option<u64>,
}

pub(super) const CODES: [&str; 2] = ["POINTS", "STARS"];

/// Any programme; in London too where the calendar is not to be reckoned by hand.
pub(super) fn any(with_london: bool) -> impl Strategy<Value = Terms> {
    let hours = prop_oneof![
        2 => Just(Some(0)),
        1 => Just(Some(4)),
        1 => Just(if with_london { None } else { Some(-5) }),
    ];
    let rounding = prop_oneof![Just(Rounding::Down), Just(Rounding::HalfUp), Just(Rounding::Up)];
    (hours, prop::bool::weighted(0.8), rounding, option::of(rungs()), vec(coin(), 1..=2)).prop_map(
        |(hours_east, on_first_order, rounding, ladder, currencies)| Terms {
            hours_east,
            on_first_order,
            rounding,
            ladder,
            currencies,
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

fn coin() -> impl Strategy<Value = Coin> {
    let period =
        prop_oneof![Just(Period::Day), Just(Period::Month), Just(Period::Quarter), Just(Period::Year)];
    let expiry = prop_oneof![
        1 => Just(Expiry::Never),
        2 => (1..60_u32).prop_map(|days| Expiry::AfterDays { days }),
        2 => (1..4_u32, period).prop_map(|(months, until_end_of)| Expiry::AfterMonths { months, until_end_of }),
    ];
    let rate = prop_oneof![Just(100), Just(33), Just(250), 1..1000_i64];
    (rate, any_bool(), option::of(1..40_u32), expiry, option::of(0..150_u64)).prop_map(
        |(rate, multiplied, activation_days, expiry, deficit_max)| Coin {
            rate,
            multiplied,
            activation_days,
            expiry,
            deficit_max,
        },
    )
}

fn any_bool() -> impl Strategy<Value = bool> {
    prop::bool::ANY
}

impl Terms {
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
        document.earning.rounding = self.rounding;
        document.tiers = self.ladder.as_ref().map(Rungs::ladder);
        let name = document.currencies[0].name.clone();
        document.currencies.clear();
        document.earning.rules.clear();
        for (coin, code) in self.currencies.iter().zip(CODES) {
            document.currencies.push(Currency {
                code: code.to_owned(),
                name: name.clone(),
                scale: 0,
                activation: coin
                    .activation_days
                    .map_or(Activation::Immediate, |days| Activation::After { days }),
                expiry: coin.expiry,
                take_back: TakeBack::DownToFloor,
                deficit_max: coin.deficit_max,
                deficit_max_by_tier: BTreeMap::new(),
                spending_deficit_max: 0,
                spending_deficit_max_by_tier: BTreeMap::new(),
            });
            document.earning.rules.push(EarnRule {
                id: code.to_lowercase(),
                currency: code.to_owned(),
                rates: [("GBP".to_owned(), Decimal::new(coin.rate, 2))].into(),
                eligible: Eligible::default(),
                tier_multiplier: coin.multiplied,
            });
        }
        Program::new(document).expect("every programme of random terms is a sound one")
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
