//! What a run found: figures, how they compare, and whether that is enough.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    contest::Figure,
    settings::Settings,
    table::{
        Column::{Figures, Words},
        Table, figure,
    },
};

pub(crate) struct Report {
    machine: Vec<(&'static str, String)>,
    figures: Vec<Figure>,
    verdicts: Vec<Verdict>,
    notes: Vec<String>,
}

/// A comparison, and what it must be.
pub(crate) struct Verdict {
    what: String,
    reached: f64,
    unit: &'static str,
    must: Option<Must>,
    /// Enough for another reason.
    or: Option<(String, bool)>,
}

#[derive(Clone, Copy)]
pub(crate) enum Must {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

impl Must {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Below(end) => value < end,
        }
    }
}

impl fmt::Display for Must {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "at least {}", figure(*least)),
            Self::AtMost(most) => write!(f, "at most {}", figure(*most)),
            Self::Below(end) => write!(f, "below {}", figure(*end)),
        }
    }
}

impl Verdict {
    /// How many times one figure is another. Not a figure where there is none to compare with.
    pub(crate) fn ratio(what: impl Into<String>, one: f64, other: f64) -> Self {
        Self::of(what, one / other, "x")
    }

    pub(crate) fn of(what: impl Into<String>, reached: f64, unit: &'static str) -> Self {
        Self { what: what.into(), reached, unit, must: None, or: None }
    }

    pub(crate) fn must(self, must: Must) -> Self {
        Self { must: Some(must), ..self }
    }

    /// Met as well where something else holds.
    pub(crate) fn or(self, what: impl Into<String>, holds: bool) -> Self {
        Self { or: Some((what.into(), holds)), ..self }
    }

    /// None where nothing is asked of it.
    fn is_met(&self) -> Option<bool> {
        let other = self.or.as_ref().is_some_and(|(_, holds)| *holds);
        self.must.map(|must| must.is_met(self.reached) || other)
    }

    fn target(&self) -> String {
        let must = self.must.map(|must| must.to_string()).unwrap_or_default();
        let or = self.or.as_ref().map(|(what, _)| format!(" or {what}")).unwrap_or_default();
        must + &or
    }

    fn word(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        }
    }
}

impl Report {
    pub(crate) fn new(machine: Vec<(&'static str, String)>) -> Self {
        Self { machine, figures: Vec::new(), verdicts: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn figures(&mut self, figures: Vec<Figure>) {
        self.figures.extend(figures);
    }

    pub(crate) fn verdict(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }

    /// A line for what was left out, and why. Said at once as well.
    pub(crate) fn note(&mut self, note: String) {
        eprintln!("   {note}");
        self.notes.push(note);
    }

    pub(crate) fn json(&self, settings: &Settings) -> Value {
        let machine: serde_json::Map<String, Value> =
            self.machine.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let samples = |figure: &Figure| -> Vec<Value> {
            let sample = |sample: &crate::sample::Sample| {
                json!({
                    "perSecond": sample.per_second * f64::from(figure.each),
                    "p50Ms": sample.p50_ms, "p99Ms": sample.p99_ms, "requests": sample.requests
                })
            };
            figure.samples.iter().map(sample).collect()
        };
        let figures = self.figures.iter().map(|figure| {
            json!({
                "workload": figure.workload, "name": figure.name, "perSecond": figure.per_second(),
                "p50Ms": figure.p50_ms(), "p99Ms": figure.p99_ms(), "rounds": samples(figure)
            })
        });
        let verdicts = self.verdicts.iter().map(|verdict| {
            json!({
                "what": verdict.what, "reached": verdict.reached, "unit": verdict.unit,
                "target": verdict.target(), "met": verdict.is_met()
            })
        });
        json!({
            "machine": machine,
            "run": {"seconds": settings.seconds, "rounds": settings.rounds, "members": settings.members},
            "figures": figures.collect::<Vec<_>>(),
            "verdicts": verdicts.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    fn figure_table(&self) -> Table {
        let mut table = Table::new(&[Words, Figures, Figures, Figures]);
        let mut workload = "";
        for figure in &self.figures {
            if figure.workload != workload {
                workload = &figure.workload;
                table.row([workload.to_owned(), "a second".into(), "p50 ms".into(), "p99 ms".into()]);
            }
            let [per_second, p50, p99] =
                [figure.per_second(), figure.p50_ms(), figure.p99_ms()].map(crate::table::figure);
            table.row([format!("  {}", figure.name), per_second, p50, p99]);
        }
        table
    }

    fn verdict_table(&self) -> Table {
        let mut table = Table::new(&[Words, Figures, Words, Words]);
        table.row([String::new(), "reached".into(), "target".into(), "verdict".into()]);
        for verdict in &self.verdicts {
            let reached = format!("{} {}", figure(verdict.reached), verdict.unit);
            table.row([
                verdict.what.clone(),
                reached.trim_end().to_owned(),
                verdict.target(),
                verdict.word().into(),
            ]);
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.machine {
            writeln!(f, "{name:<16}{value}")?;
        }
        write!(f, "\n{}\n{}", self.figure_table(), self.verdict_table())?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_what_its_target_makes_of_it() {
        let ratio = |one: f64, must| Verdict::ratio("", one, 2.0).must(must);
        for (verdict, target, word) in [
            (ratio(2.0, Must::AtLeast(1.0)), "at least 1.00", "met"),
            (ratio(1.9, Must::AtLeast(1.0)), "at least 1.00", "MISSED"),
            (ratio(6.0, Must::Below(3.0)), "below 3.00", "MISSED"),
            (ratio(2.6, Must::AtMost(1.3)), "at most 1.30", "met"),
            (ratio(f64::NAN, Must::AtMost(1.3)), "at most 1.30", "MISSED"),
            (
                ratio(0.1, Must::AtLeast(0.12)).or("10,000 a second", true),
                "at least 0.12 or 10,000 a second",
                "met",
            ),
            (ratio(0.1, Must::AtLeast(0.12)).or("more", false), "at least 0.12 or more", "MISSED"),
            (Verdict::of("memory", 40.0, "MiB"), "", ""),
        ] {
            assert_eq!((verdict.target(), verdict.word()), (target.to_owned(), word), "{}", verdict.reached);
        }
    }
}
