//! Tiers: a pure function of the qualifying amounts and of the time.
//!
//! Each calendar year's spend stands by itself: what it reaches is held in that year and as many years more as the
//! programme carries it. A return lowers the amount of its order's year, and so may lower the tier at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Program,
    document::{Ladder, Level, TierWindow},
    earning::HeldTier,
    expiry::start_of_day,
};
use crate::clock::Instant;

/// Where a member stands on the ladder, as of the last command that touched the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The tier held; none where the programme has no ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Since when.
    pub since: Instant,
    /// Qualifying amount by window: the calendar year, or 0 for a lifetime.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<i32, Decimal>,
}

/// What a member sees of the tier at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct TierReading<'a> {
    pub level: &'a Level,
    pub since: Instant,
    /// When it ends if nothing more is bought; none where it stays.
    pub until: Option<Instant>,
    /// The qualifying amount of the window that runs now.
    pub qualifying: Decimal,
    pub next: Option<&'a Level>,
    /// What is missing in this window for the next tier.
    pub to_next: Option<Decimal>,
    /// What is missing in this window to keep the tier after `until`; none for the lowest.
    pub to_keep: Option<Decimal>,
}

impl Standing {
    /// Where a member begins at an instant that has come.
    pub fn new(program: &Program, at: Instant) -> Self {
        let lowest = program.document().tiers.as_ref().map(|ladder| ladder.levels[0].id.clone());
        Self { tier: lowest, since: at, amounts: BTreeMap::new() }
    }

    /// Writes down what time has done: the tiers that ended with a year up to `now`.
    pub fn settle(&mut self, program: &Program, now: Instant) {
        let Some(ladder) = &program.document().tiers else { return };
        if let TierWindow::CalendarYear { .. } = ladder.window {
            for year in program.year(self.since) + 1..=program.year(now) {
                self.move_to(ladder.level_in(&self.amounts, year), start_of_year(program, year));
            }
        }
    }

    /// The year in which a member is at a moment: a clock that runs behind does not take back what is written.
    fn year(&self, program: &Program, now: Instant) -> i32 {
        program.year(now.max(self.since))
    }

    /// Counts an amount (negative for a return) towards a window, and moves the member to the tier that this makes as of
    /// `now`. Settle first. `at` is when it happened, or will have by a clock that runs ahead: nobody has a tier since then.
    pub fn count(&mut self, program: &Program, window: i32, amount: Decimal, (at, now): (Instant, Instant)) {
        let sum = self.amounts.entry(window).or_default();
        *sum = (*sum + amount).normalize();
        let since = at.min(now).max(self.since);
        if let Some(ladder) = &program.document().tiers {
            self.move_to(ladder.level_in(&self.amounts, self.year(program, now)), since);
        }
    }

    fn move_to(&mut self, level: &Level, at: Instant) {
        if self.tier.as_deref() != Some(&level.id) {
            self.tier = Some(level.id.clone());
            self.since = at;
        }
    }

    /// The tier that an order placed at an instant earns at.
    pub fn held_at(&self, program: &Program, at: Instant) -> HeldTier {
        program.document().tiers.as_ref().map_or_else(HeldTier::default, |ladder| {
            let level = ladder.level_in(&self.amounts, program.year(at));
            HeldTier { tier: Some(level.id.clone()), multiplier: level.multiplier }
        })
    }

    /// The tier held now, and nothing else of the reading; none where the programme has no ladder.
    pub fn level<'a>(&self, program: &'a Program, now: Instant) -> Option<&'a Level> {
        let ladder = program.document().tiers.as_ref()?;
        Some(ladder.level_in(&self.amounts, self.year(program, now)))
    }

    /// What the member sees now; none where the programme has no ladder.
    pub fn reading<'a>(&self, program: &'a Program, now: Instant) -> Option<TierReading<'a>> {
        let ladder = program.document().tiers.as_ref()?;
        let mut settled = self.clone();
        settled.settle(program, now);
        let now = now.max(settled.since);
        let year = program.year(now);
        let index = ladder.index_in(&settled.amounts, year);
        let level = &ladder.levels[index];
        let qualifying =
            settled.amounts.get(&ladder.window_of(program, now)).copied().unwrap_or_default().normalize();
        let missing = |level: &Level| (level.threshold - qualifying).max(Decimal::ZERO).normalize();
        let next = ladder.levels.get(index + 1);
        Some(TierReading {
            level,
            since: settled.since,
            until: ladder
                .last_year(&settled.amounts, index, year)
                .map(|last| start_of_year(program, last + 1)),
            qualifying,
            next,
            to_next: next.map(missing),
            to_keep: (index > 0).then(|| missing(level)),
        })
    }
}

impl Program {
    /// The window towards which an order counts; none where the programme has no ladder.
    pub fn window_of(&self, placed_at: Instant) -> Option<i32> {
        self.document().tiers.as_ref().map(|ladder| ladder.window_of(self, placed_at))
    }

    /// The tier that a customer who is not a member yet earns at.
    pub fn lowest_tier(&self) -> HeldTier {
        self.document().tiers.as_ref().map_or_else(HeldTier::default, |ladder| HeldTier {
            tier: Some(ladder.levels[0].id.clone()),
            multiplier: ladder.levels[0].multiplier,
        })
    }
}

impl Ladder {
    fn window_of(&self, program: &Program, at: Instant) -> i32 {
        match self.window {
            TierWindow::CalendarYear { .. } => program.year(at),
            TierWindow::Lifetime => 0,
        }
    }

    /// The windows whose amounts count in a year.
    fn counting(&self, year: i32) -> std::ops::RangeInclusive<i32> {
        match self.window {
            TierWindow::CalendarYear { carry_years } => year - i32::from(carry_years)..=year,
            TierWindow::Lifetime => 0..=0,
        }
    }

    fn index_in(&self, amounts: &BTreeMap<i32, Decimal>, year: i32) -> usize {
        let best = amounts.range(self.counting(year)).map(|(_, amount)| *amount).max().unwrap_or_default();
        self.levels.iter().rposition(|level| level.threshold <= best).unwrap_or(0)
    }

    fn level_in(&self, amounts: &BTreeMap<i32, Decimal>, year: i32) -> &Level {
        &self.levels[self.index_in(amounts, year)]
    }

    /// The last year in which a tier is held; none for the lowest, and where nothing ends.
    fn last_year(&self, amounts: &BTreeMap<i32, Decimal>, index: usize, year: i32) -> Option<i32> {
        let TierWindow::CalendarYear { carry_years } = self.window else { return None };
        if index == 0 {
            return None;
        }
        let reached = |(_, amount): &(&i32, &Decimal)| **amount >= self.levels[index].threshold;
        let (latest, _) = amounts.range(self.counting(year)).rev().find(reached)?;
        Some(latest + i32::from(carry_years))
    }
}

fn start_of_year(program: &Program, year: i32) -> Instant {
    let day = NaiveDate::from_ymd_opt(year, 1, 1).expect("years of instants are years of dates");
    start_of_day(program.time_zone(), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn tiered() -> Program {
        Program::from_json(include_str!("../../schema/programs/tiered.json")).unwrap()
    }

    /// Counts purchases and returns one after another, each at its own time.
    fn standing(program: &Program, events: &[(&str, &str)]) -> Standing {
        let mut standing = Standing::new(program, at(events[0].0));
        for (when, amount) in events {
            standing.settle(program, at(when));
            standing.count(
                program,
                program.window_of(at(when)).unwrap(),
                amount.parse().unwrap(),
                (at(when), at(when)),
            );
        }
        standing
    }

    #[test]
    fn a_year_makes_a_tier_for_itself_and_the_next() {
        let program = tiered();
        // bought (when, how much) | seen at | tier, since, until, to next, to keep
        let table = [
            (vec![("2010-12-01T00:00:00Z", "499.99")], "2010-12-31T00:00:00Z", "bronze 2010-12-01 - 0.01 -"),
            (
                vec![("2010-12-01T00:00:00Z", "500")],
                "2010-12-31T00:00:00Z",
                "silver 2010-12-01 2012-01-01 1500 0",
            ),
            (
                vec![("2010-12-01T00:00:00Z", "500")],
                "2011-12-31T23:59:59Z",
                "silver 2010-12-01 2012-01-01 2000 500",
            ),
            (vec![("2010-12-01T00:00:00Z", "500")], "2012-01-01T00:00:00Z", "bronze 2012-01-01 - 500 -"),
            // Two years do not add up.
            (
                vec![("2010-12-01T00:00:00Z", "1500"), ("2011-02-01T00:00:00Z", "1500")],
                "2011-03-01T00:00:00Z",
                "silver 2010-12-01 2013-01-01 500 0",
            ),
            // Gold of one year, silver of the next: down to what is earned.
            (
                vec![("2010-12-01T00:00:00Z", "2500"), ("2011-02-01T00:00:00Z", "600")],
                "2012-06-01T00:00:00Z",
                "silver 2012-01-01 2013-01-01 2000 500",
            ),
            // A return lowers the tier at once.
            (
                vec![("2010-12-01T00:00:00Z", "2500"), ("2010-12-09T00:00:00Z", "-2100")],
                "2010-12-31T00:00:00Z",
                "bronze 2010-12-09 - 100 -",
            ),
        ];
        for (bought, seen_at, expected) in table {
            let standing = standing(&program, &bought);
            let reading = standing.reading(&program, at(seen_at)).unwrap();
            let day = |at: Instant| at.date_naive().to_string();
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
            let next = or_dash(reading.to_next.map(|d| d.to_string()));
            let keep = or_dash(reading.to_keep.map(|d| d.to_string()));
            let until = or_dash(reading.until.map(day));
            let got = format!("{} {} {until} {next} {keep}", reading.level.id, day(reading.since));
            assert_eq!(got, expected, "{bought:?} at {seen_at}");
        }
    }

    #[test]
    fn what_is_stored_is_what_is_seen_whatever_clocks_say() {
        let program = tiered();
        let (before, after) = (at("2010-12-31T23:00:00Z"), at("2011-01-01T01:00:00Z"));
        // (told at, of when)
        for (now, placed_at) in [(before, after), (after, after), (after, before)] {
            let mut standing = Standing::new(&program, placed_at.min(now));
            standing.count(&program, program.year(placed_at), 500.into(), (placed_at, now));
            // Once the year has begun, what is told as of before it changes that year's tier as well.
            standing.settle(&program, after);
            standing.count(&program, 2011, 1500.into(), (before, before));
            standing.settle(&program, after);
            let reading = standing.reading(&program, after).unwrap();
            assert_eq!(standing.tier.as_ref(), Some(&reading.level.id), "told at {now} of {placed_at}");
            assert!(standing.since <= after, "nobody has a tier since a moment to come");
        }
    }

    #[test]
    fn a_lifetime_tier_does_not_end() {
        let mut document = tiered().document().clone();
        document.tiers.as_mut().unwrap().window = TierWindow::Lifetime;
        let program = Program::new(document).unwrap();
        let standing =
            standing(&program, &[("2010-12-01T00:00:00Z", "300"), ("2014-12-01T00:00:00Z", "300")]);
        let reading = standing.reading(&program, at("2030-01-01T00:00:00Z")).unwrap();
        assert_eq!((reading.level.id.as_str(), reading.until), ("silver", None));
        assert_eq!(reading.since, at("2014-12-01T00:00:00Z"));
    }
}
