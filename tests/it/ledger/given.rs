//! The programme of a table, as its first line names it:
//!
//!     given classic, expiry 3 months, activation 14 days, deficitMax 0, reward mug 50 stock 3
//!
//! It is the published tiered programme without tiers and without an end of points, and with what is named.

use loyalty::program::{
    Program, ProgramDocument,
    document::{
        Activation, Currency, Expiry, Period, RecreditPolicy, Reward, Rounding, TakeBack, TierWindow,
    },
};

/// Reads the line that names the programme.
pub(super) fn program(text: &str) -> Program {
    let published = include_str!("../../../schema/programs/tiered.json");
    let tiered = Program::from_json(published).expect("the published one");
    let mut document = tiered.document().clone();
    document.tiers = None;
    document.currencies[0].expiry = Expiry::Never;
    for choice in text.strip_prefix("given ").expect("`given` and a programme").split(", ") {
        let words: Vec<&str> = choice.split(' ').collect();
        let known = of_programme(&words, &mut document, tiered.document())
            || of_currency(&words, &mut document.currencies[0])
            || of_spending(&words, &mut document);
        assert!(known, "no programme has `{choice}`");
    }
    Program::new(document).expect("a table's programme is a sound one")
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

fn of_programme(words: &[&str], document: &mut ProgramDocument, tiered: &ProgramDocument) -> bool {
    match *words {
        ["classic"] => {}
        ["tiers"] => document.tiers.clone_from(&tiered.tiers),
        ["lifetime"] => {
            document.tiers.clone_from(&tiered.tiers);
            document.tiers.as_mut().expect("just put in").window = TierWindow::Lifetime;
        }
        ["zone", zone] => zone.clone_into(&mut document.time_zone),
        ["enrolment", "off"] => document.enrolment.on_first_order = false,
        ["claims", days, "days"] => document.enrolment.claim_days = number(days),
        ["rounding", "up"] => document.earning.rounding = Rounding::Up,
        ["stars"] => {
            // A second currency, earned at half the rate, that always comes at once and never ends.
            let (mut currency, mut rule) =
                (document.currencies[0].clone(), document.earning.rules[0].clone());
            "STARS".clone_into(&mut currency.code);
            "stars".clone_into(&mut rule.id);
            "STARS".clone_into(&mut rule.currency);
            rule.rates.values_mut().for_each(|rate| *rate = number("0.5"));
            document.currencies.push(currency);
            document.earning.rules.push(rule);
        }
        _ => return false,
    }
    true
}

fn of_currency(words: &[&str], currency: &mut Currency) -> bool {
    match *words {
        ["deficitMax", max] => currency.deficit_max = Some(number(max)),
        ["deficitMax", max, "at", tier] => {
            currency.deficit_max_by_tier.insert(tier.to_owned(), number(max));
        }
        ["spendingDeficitMax", max] => currency.spending_deficit_max = number(max),
        ["spendingDeficitMax", max, "at", tier] => {
            currency.spending_deficit_max_by_tier.insert(tier.to_owned(), number(max));
        }
        ["clamped"] => currency.take_back = TakeBack::ClampAtZero,
        ["pending", "only"] => currency.take_back = TakeBack::PendingOnly,
        ["activation", days, "days"] => currency.activation = Activation::After { days: number(days) },
        ["on", "fulfilment", "within", days, "days"] => {
            currency.activation = Activation::OnFulfilment { cancel_after_days: number(days) };
        }
        ["expiry", days, "days"] => currency.expiry = Expiry::AfterDays { days: number(days) },
        ["expiry", months, "months"] => {
            currency.expiry = Expiry::AfterMonths { months: number(months), until_end_of: Period::Month };
        }
        _ => return false,
    }
    true
}

fn of_spending(words: &[&str], document: &mut ProgramDocument) -> bool {
    let spending = &mut document.spending;
    match *words {
        ["holds", seconds, "seconds"] => spending.hold_ttl_seconds = number(seconds),
        ["recredit", "on", "full", "return"] => spending.recredit = RecreditPolicy::OnFullReturn,
        ["recredit", "never"] => spending.recredit = RecreditPolicy::Never,
        ["grace", days, "days"] => spending.recredit_grace_days = number(days),
        ["reward", id, points] => document.rewards.push(reward(id, points, None)),
        ["reward", id, points, "stock", stock] => {
            document.rewards.push(reward(id, points, Some(number(stock))));
        }
        _ => return false,
    }
    true
}

fn reward(id: &str, points: &str, stock: Option<u64>) -> Reward {
    Reward {
        id: id.to_owned(),
        name: [("en".to_owned(), id.to_owned())].into(),
        currency: None,
        points: number(points),
        stock,
        sku: None,
    }
}
