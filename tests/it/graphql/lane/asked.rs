//! Random requests: what gateways send, and what they might.

use std::fmt::Write as _;

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

/// A request as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) variables: String,
    /// Whether the lane must answer it where the caller has a token and no limit is passed.
    pub(super) usual: bool,
}

/// A field below a type: with its arguments, the type that it selects on, and whether the lane knows it.
type Field = (&'static str, Option<&'static str>, bool);

const CUSTOMER: &[Field] = &[
    ("id", None, true),
    ("loyalty", Some("LoyaltyMember"), true),
    ("loyalty(program: \"classic\")", Some("LoyaltyMember"), true),
    ("loyalty(program: \"double\")", Some("LoyaltyMember"), true),
    ("loyalty(program: $p)", Some("LoyaltyMember"), true),
    ("loyaltyMemberships", Some("LoyaltyMember"), true),
    ("loyalty(program: \"none\")", Some("LoyaltyMember"), false),
    ("loyalty(program: null)", Some("LoyaltyMember"), false),
];
const MEMBER: &[Field] = &[
    ("id", None, true),
    ("status", None, true),
    ("enrolledAt", None, true),
    ("program", Some("LoyaltyProgram"), true),
    ("balance", Some("LoyaltyBalance"), true),
    ("wallets", Some("LoyaltyBalance"), true),
    ("tier", Some("LoyaltyTierStatus"), true),
    ("tier", Some("LoyaltyTierStatus"), true),
    ("customer", Some("Customer"), false),
    ("entries(first: 1)", Some("LoyaltyEntryConnection"), false),
];
const BALANCE: &[Field] = &[
    ("currency", Some("LoyaltyCurrency"), true),
    ("available", None, true),
    ("pending", None, true),
    ("held", None, true),
    ("lifetimeEarned", None, true),
    ("version", None, true),
    ("expiries(first: 1)", Some("LoyaltyExpiry"), false),
    ("activations", Some("LoyaltyExpiry"), false),
];
const STANDING: &[Field] = &[
    ("tier", Some("LoyaltyTier"), true),
    ("since", None, true),
    ("until", None, true),
    ("qualifying", None, true),
    ("next", Some("LoyaltyTier"), true),
    ("toNext", None, true),
    ("toKeep", None, true),
];
const TIER: &[Field] = &[
    ("id", None, true),
    ("name", None, true),
    ("name(language: \"fr\")", None, true),
    ("threshold", None, true),
    ("multiplier", None, true),
    ("benefits", None, true),
    ("name(language: $p)", None, false),
];
const CURRENCY: &[Field] = &[
    ("code", None, true),
    ("name", None, true),
    ("name(language: \"fr-CA\")", None, true),
    ("scale", None, true),
];
const PROGRAM: &[Field] = &[
    ("id", None, true),
    ("name(language: \"fr\")", None, true),
    ("version", None, true),
    ("timeZone", None, true),
    ("currencies", Some("LoyaltyCurrency"), true),
    ("tiers", Some("LoyaltyTier"), true),
];

fn fields(name: &str) -> &'static [Field] {
    match name {
        "Customer" => CUSTOMER,
        "LoyaltyMember" => MEMBER,
        "LoyaltyBalance" => BALANCE,
        "LoyaltyTierStatus" => STANDING,
        "LoyaltyTier" => TIER,
        "LoyaltyCurrency" => CURRENCY,
        "LoyaltyProgram" => PROGRAM,
        "LoyaltyExpiry" => &[("at", None, false), ("points", None, false)],
        _ => &[("totalCount", None, false)],
    }
}

/// Numbers out of which selections are made: one strategy for all types.
#[derive(Clone, Debug)]
struct Seed {
    pick: usize,
    manner: u8,
    below: Vec<Seed>,
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let leaf = (any::<usize>(), any::<u8>()).prop_map(|(pick, manner)| Seed { pick, manner, below: vec![] });
    let seed = leaf.prop_recursive(5, 40, 4, |below| {
        (any::<usize>(), any::<u8>(), vec(below, 0..4)).prop_map(|(pick, manner, below)| Seed {
            pick,
            manner,
            below,
        })
    });
    vec(seed, 1..5)
}

/// Writes a document down.
#[derive(Default)]
struct Writer {
    fragments: String,
    fragments_count: usize,
    unusual: bool,
    /// Whether unusual fields may be chosen.
    wild: bool,
}

impl Writer {
    /// A selection set on a type. Nothing below means its first field.
    fn set(&mut self, on: &'static str, seeds: &[Seed]) -> String {
        let first = [Seed { pick: 0, manner: 0, below: Vec::new() }];
        let seeds = if seeds.is_empty() { &first } else { seeds };
        let selected: Vec<String> = seeds.iter().map(|seed| self.one(on, seed)).collect();
        format!("{{ {} }}", selected.join(" "))
    }

    fn one(&mut self, on: &'static str, seed: &Seed) -> String {
        match seed.manner % 16 {
            0 => return "__typename".to_owned(),
            1 => return format!("... on {on} {}", self.set(on, &seed.below)),
            2 => return format!("... {}", self.set(on, &seed.below)),
            3 => return self.spread(on, &seed.below),
            4 if self.wild => {
                self.unusual = true;
                return format!("... @include(if: true) {}", self.set(on, &seed.below));
            }
            _ => {}
        }
        let wild = self.wild;
        let fields: Vec<&Field> = fields(on).iter().filter(|(.., known)| *known || wild).collect();
        let fields = if fields.is_empty() { self::fields(on).iter().collect() } else { fields };
        let (place, (field, below, known)) = (seed.pick % fields.len(), fields[seed.pick % fields.len()]);
        self.unusual |= !known;
        // One name for one field with the same arguments, so that those of one name can be merged.
        let bare = field.split('(').next().unwrap_or(field);
        let alias = if seed.manner.is_multiple_of(3) || bare != *field {
            format!("{bare}_{place}: ")
        } else {
            String::new()
        };
        match below {
            Some(below) => format!("{alias}{field} {}", self.set(below, &seed.below)),
            None => format!("{alias}{field}"),
        }
    }

    fn spread(&mut self, on: &'static str, seeds: &[Seed]) -> String {
        self.fragments_count += 1;
        let name = format!("F{}", self.fragments_count);
        let set = self.set(on, seeds);
        write!(self.fragments, " fragment {name} on {on} {set}").unwrap();
        format!("...{name}")
    }
}

const CUSTOMERS: [&str; 7] = ["c-1", "c-2", "c-3", "c \"4\"\\é", "c-5", "nobody", "c-1"];

fn representations(wild: bool) -> impl Strategy<Value = (Vec<Value>, bool)> {
    let usual = || select(&CUSTOMERS[..]).prop_map(|id| json!({"__typename": "Customer", "id": id}));
    let odd = select(vec![
        json!({"__typename": "Customer", "id": 7}),
        json!({"__typename": "Customer", "id": ""}),
        json!({"__typename": "Customer", "id": "a\u{0}b"}),
        json!({"__typename": "Customer", "id": null}),
        json!({"__typename": "Customer", "id": "c-1", "email": "x"}),
        json!({"__typename": "Customer"}),
        json!({"__typename": "LoyaltyProgram", "id": "classic"}),
        json!({"__typename": "Order", "id": "c-1"}),
        json!({"__typename": "Nothing", "id": "c-1"}),
        json!({"id": "c-1"}),
        json!("c-1"),
        json!(null),
    ]);
    let odd = option::weighted(0.3, (odd, any::<prop::sample::Index>()));
    (vec(usual(), 0..40), odd.prop_map(move |odd| odd.filter(|_| wild))).prop_map(|(mut all, odd)| {
        let is_usual = odd.is_none();
        if let Some((odd, place)) = odd {
            all.insert(place.index(all.len() + 1), odd);
        }
        (all, is_usual)
    })
}

/// The programme's variable: whether it is declared, and what is given.
fn program() -> impl Strategy<Value = (&'static str, Option<Value>, bool)> {
    select(vec![
        ("ID", Some(json!("double")), true),
        ("ID", Some(json!("classic")), true),
        ("ID", None, true),
        ("ID", Some(json!(null)), true),
        ("ID!", Some(json!("tiered")), true),
        ("ID!", None, false),
        ("ID", Some(json!("none")), false),
        ("ID", Some(json!(5)), false),
        ("ID = \"classic\"", None, false),
    ])
}

/// Any request; without wildness one that is answered and that the lane must know.
pub(super) fn any_request(wild: bool) -> impl Strategy<Value = Asked> {
    let calls = vec((seeds(), 0..2_usize), 1..3);
    let program = program().prop_filter("must be usual", move |(.., usual)| wild || *usual);
    (calls, representations(wild), representations(wild), program).prop_map(move |(calls, a, b, program)| {
        let mut writer = Writer { wild, ..Writer::default() };
        let mut selected = String::new();
        for (i, (seeds, variable)) in calls.iter().enumerate() {
            let variable = ["a", "b"][*variable];
            let set = writer.set("Customer", seeds);
            write!(selected, " e{i}: _entities(representations: ${variable}) {{ ... on Customer {set} }}")
                .unwrap();
        }
        let text = format!("{selected}{}", writer.fragments);
        let (kind, given, usual_program) = program;
        let mut declared = Vec::new();
        let mut variables = serde_json::Map::new();
        let mut usual = !writer.unusual;
        for (name, (list, is_usual)) in [("a", a), ("b", b)] {
            if text.contains(&format!(": ${name})")) {
                declared.push(format!("${name}: [_Any!]!"));
                variables.insert(name.to_owned(), Value::Array(list));
                usual &= is_usual;
            }
        }
        if text.contains(": $p)") {
            declared.push(format!("$p: {kind}"));
            usual &= usual_program;
            if let Some(given) = given {
                variables.insert("p".to_owned(), given);
            }
        }
        let query = format!("query Q({}) {{{selected} }}{}", declared.join(", "), writer.fragments);
        Asked { query, variables: Value::Object(variables).to_string(), usual }
    })
}
