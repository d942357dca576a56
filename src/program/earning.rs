//! What an order's lines earn. The same code rewards an order, values what is left of it after a return, and quotes.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde::{Deserialize, Serialize};

use super::{
    Explanation, Program, RuleTrace,
    document::{EarnRule, Eligible, LineKind, Rounding},
};
use crate::{ledger::Points, money::Money};

/// One line of an order, with what has come back of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub id: String,
    pub sku: String,
    pub kind: LineKind,
    pub quantity: i64,
    /// How many of `quantity` have been returned.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: i64,
    /// How many of `quantity` have been handed over.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fulfilled: i64,
    pub unit_price: Decimal,
    /// Taken off the whole line.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub discount: Decimal,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl Line {
    /// What the kept quantity costs after its share of the discount.
    pub fn amount(&self) -> Decimal {
        let kept = Decimal::from(self.quantity - self.returned);
        if kept.is_zero() {
            return Decimal::ZERO;
        }
        self.unit_price * kept - self.discount * kept / Decimal::from(self.quantity)
    }
}

/// The tier that an order earns at: the one held just before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldTier {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    pub multiplier: Decimal,
}

impl Default for HeldTier {
    fn default() -> Self {
        Self { tier: None, multiplier: Decimal::ONE }
    }
}

/// What lines earn in one currency of the programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// Code of the programme's currency.
    pub currency: String,
    pub points: Points,
    pub explanation: Explanation,
}

/// Why lines cannot be valued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unvaluable {
    #[error("the programme has no rate for {currency}; it has rates for {known}")]
    UnknownCurrency { currency: String, known: String },
    #[error("the order would earn more points than a number can carry exactly (2^53)")]
    TooManyPoints,
}

impl Program {
    /// What lines earn, currency by currency in the programme's order. Currencies that no rule gives are left out.
    pub fn awards(&self, money: &str, lines: &[Line], held: &HeldTier) -> Result<Vec<Award>, Unvaluable> {
        let rules = &self.document().earning.rules;
        if !rules.iter().any(|rule| rule.rates.contains_key(money)) {
            let mut known: Vec<&str> =
                rules.iter().flat_map(|rule| rule.rates.keys()).map(String::as_str).collect();
            known.sort_unstable();
            known.dedup();
            return Err(Unvaluable::UnknownCurrency { currency: money.to_owned(), known: known.join(", ") });
        }
        self.document()
            .currencies
            .iter()
            .filter(|currency| rules.iter().any(|rule| rule.currency == currency.code))
            .map(|currency| self.award(&currency.code, money, lines, held))
            .collect()
    }

    fn award(&self, code: &str, money: &str, lines: &[Line], held: &HeldTier) -> Result<Award, Unvaluable> {
        let rounding = self.document().earning.rounding;
        let mut exact = Decimal::ZERO;
        let mut rounded = Points::ZERO;
        let mut widest = Decimal::ZERO;
        let mut traces = Vec::new();
        for rule in self.document().earning.rules.iter().filter(|rule| rule.currency == code) {
            let basis = rule.eligible.amount(lines);
            widest = widest.max(basis);
            let multiplier = if rule.tier_multiplier { held.multiplier } else { Decimal::ONE };
            let gives = rule.rates.get(money).map(|rate| basis * rate * multiplier);
            exact += gives.unwrap_or_default();
            // Rounding happens once, on the sum: a rule's share is what the sum grows by, so that shares sum to the whole.
            let sum = round(exact, rounding).ok_or(Unvaluable::TooManyPoints)?;
            let points = sum - rounded;
            rounded = sum;
            traces.push(trace(rule, money, basis, multiplier, gives, points));
        }
        let explanation = Explanation {
            basis: Money { amount: widest.normalize(), currency: money.to_owned() },
            multiplier: held.multiplier,
            tier: held.tier.clone(),
            rules: traces,
        };
        Ok(Award { currency: code.to_owned(), points: rounded, explanation })
    }

    /// What of an order counts towards its tier.
    pub fn qualifying_amount(&self, lines: &[Line]) -> Decimal {
        let ladder = self.document().tiers.as_ref();
        ladder.map_or(Decimal::ZERO, |ladder| ladder.eligible.amount(lines).round_dp(QUALIFYING_SCALE))
    }
}

impl Eligible {
    /// The sum of the lines that count.
    fn amount(&self, lines: &[Line]) -> Decimal {
        lines.iter().filter(|line| self.counts(line)).map(Line::amount).sum()
    }

    fn counts(&self, line: &Line) -> bool {
        let among = |list: &[String]| line.categories.iter().any(|category| list.contains(category));
        self.line_kinds.contains(&line.kind)
            && (self.categories.is_empty() || among(&self.categories))
            && !among(&self.excluded_categories)
            && !self.excluded_skus.contains(&line.sku)
    }
}

fn trace(
    rule: &EarnRule,
    money: &str,
    basis: Decimal,
    multiplier: Decimal,
    gives: Option<Decimal>,
    points: Points,
) -> RuleTrace {
    let basis = basis.normalize();
    let (matched, detail) = match (rule.rates.get(money), gives) {
        (Some(_), _) if basis.is_zero() => (false, "no line of the order is eligible".to_owned()),
        (Some(rate), Some(exact)) => {
            let sum = exact.normalize();
            let how = if rule.tier_multiplier {
                format!(" x {} (tier)", multiplier.normalize())
            } else {
                String::new()
            };
            (true, format!("{basis} {money} x {}{how} = {sum}", rate.normalize()))
        }
        _ => (false, format!("it has no rate for {money}")),
    };
    RuleTrace { rule: rule.id.clone(), matched, points, detail }
}

/// Digits that a qualifying amount keeps: differences of rounded amounts cancel out, those of thirds would not.
const QUALIFYING_SCALE: u32 = 9;
/// Digits below which a difference can only come from a share of a discount that has no end (thirds of it).
const EXACT_SCALE: u32 = 18;

fn round(exact: Decimal, rounding: Rounding) -> Option<Points> {
    let exact = exact.round_dp(EXACT_SCALE);
    let strategy = match rounding {
        Rounding::Down => RoundingStrategy::ToZero,
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::Up => RoundingStrategy::AwayFromZero,
    };
    exact.round_dp_with_strategy(0, strategy).to_i64().map(Points).filter(|points| points.in_range())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{ProgramDocument, document::Rounding};

    fn line(kind: LineKind, quantity: i64, returned: i64, price: &str, discount: &str) -> Line {
        Line {
            id: "1".into(),
            sku: "A".into(),
            kind,
            quantity,
            returned,
            fulfilled: 0,
            unit_price: price.parse().unwrap(),
            discount: discount.parse().unwrap(),
            categories: Vec::new(),
        }
    }

    fn program(edit: impl FnOnce(&mut ProgramDocument)) -> Program {
        let mut document =
            Program::from_json(include_str!("../../schema/programs/tiered.json")).unwrap().document().clone();
        edit(&mut document);
        Program::new(document).unwrap()
    }

    #[test]
    fn an_order_earns_its_eligible_amount_times_rate_and_multiplier_rounded_once() {
        use LineKind::{Other, Product};
        let table = [
            // lines, multiplier, rounding, points
            (vec![line(Product, 6, 0, "2.55", "0")], "1", Rounding::Down, 15),
            (
                vec![line(Product, 6, 0, "2.55", "0"), line(Product, 1, 0, "0.70", "0")],
                "1",
                Rounding::Down,
                16,
            ),
            (
                vec![line(Product, 6, 0, "2.55", "0"), line(Other, 1, 0, "18.00", "0")],
                "1",
                Rounding::Down,
                15,
            ),
            (vec![line(Product, 6, 0, "2.55", "0")], "1.25", Rounding::Down, 19),
            (vec![line(Product, 6, 0, "2.55", "0")], "1.25", Rounding::Up, 20),
            (vec![line(Product, 1, 0, "0.50", "0")], "1", Rounding::HalfUp, 1),
            (vec![line(Product, 6, 4, "2.55", "0")], "1", Rounding::Down, 5),
            (vec![line(Product, 4, 0, "10", "4")], "1", Rounding::Down, 36),
            (vec![line(Product, 4, 1, "10", "4")], "1", Rounding::Down, 27),
            (vec![line(Product, 4, 4, "10", "4")], "1", Rounding::Up, 0),
            (vec![], "1", Rounding::Up, 0),
        ];
        for (lines, multiplier, rounding, points) in table {
            let program = program(|document| document.earning.rounding = rounding);
            let held = HeldTier { tier: None, multiplier: multiplier.parse().unwrap() };
            let awards = program.awards("GBP", &lines, &held).unwrap();
            assert_eq!(awards[0].points, Points(points), "{lines:?} x {multiplier} {rounding:?}");
        }
    }

    /// A discount of 2 on three pieces is two thirds a piece: three lines with one piece kept of each are worth 28, not a
    /// hair less.
    #[test]
    fn thirds_lose_no_point_and_no_tier() {
        let program = program(|_| ());
        let lines: Vec<Line> = (0..3).map(|_| line(LineKind::Product, 3, 2, "10", "2")).collect();
        let awards = program.awards("GBP", &lines, &HeldTier::default()).unwrap();
        assert_eq!(awards[0].points, Points(28));

        let mut returned = line(LineKind::Product, 3, 0, "10", "1");
        let mut left = Decimal::from(500) + program.qualifying_amount(&[returned.clone()]);
        for _ in 0..3 {
            let before = program.qualifying_amount(&[returned.clone()]);
            returned.returned += 1;
            left += program.qualifying_amount(&[returned.clone()]) - before;
        }
        assert_eq!(left, Decimal::from(500));
    }

    #[test]
    fn shares_of_rules_sum_to_the_whole() {
        let program = program(|document| {
            let mut second = document.earning.rules[0].clone();
            "extra".clone_into(&mut second.id);
            second.tier_multiplier = false;
            document.earning.rules.push(second);
        });
        let held = HeldTier { tier: Some("silver".into()), multiplier: "1.25".parse().unwrap() };
        let awards = program.awards("GBP", &[line(LineKind::Product, 1, 0, "2.55", "0")], &held).unwrap();
        // 3.1875 + 2.55 = 5.7375
        assert_eq!(awards[0].points, Points(5));
        let shares: Vec<i64> = awards[0].explanation.rules.iter().map(|rule| rule.points.0).collect();
        assert_eq!(shares, [3, 2]);
        assert_eq!(awards[0].explanation.rules[0].detail, "2.55 GBP x 1 x 1.25 (tier) = 3.1875");
    }

    #[test]
    fn an_order_in_a_currency_without_a_rate_is_refused() {
        let refused = program(|_| ()).awards("EUR", &[], &HeldTier::default()).unwrap_err();
        assert_eq!(refused.to_string(), "the programme has no rate for EUR; it has rates for GBP");
    }
}
