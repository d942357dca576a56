//! Answers, written from snapshots. A field shows what its resolver answers; scalars are written by the resolvers' own types.

use std::{cell::LazyCell, sync::Arc};

use async_graphql::{ScalarType as _, resolver_utils::enum_value};
use serde::Serialize;

use super::{
    Asked,
    known::{
        BalanceField, CurrencyField, CustomerField, Known, LevelField, MemberField, ProgramField,
        StandingField,
    },
    plan::{Call, Selection, Shown},
};
use crate::{
    clock::Instant,
    commands::MemberSnapshot,
    graphql::{
        member::LoyaltyMemberStatus,
        program::text,
        scalars::{DateTime, Decimal},
    },
    program::{
        Program,
        document::{Currency, Level},
    },
};

/// What one call is answered from.
pub(super) struct Found<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) members: &'a [Option<Arc<MemberSnapshot>>],
    pub(super) now: Instant,
}

/// A member as its fields need it.
pub(super) struct Member<'a> {
    pub(super) snapshot: &'a MemberSnapshot,
    pub(super) program: &'a Program,
    pub(super) now: Instant,
}

/// JSON under way.
pub(super) type Json = Vec<u8>;

/// The whole body of an answer.
pub(super) fn body<'a>(calls: &[Call], found: impl Iterator<Item = Found<'a>>) -> Json {
    let mut json = Json::with_capacity(1024);
    json.extend(b"{\"data\":{");
    for (i, (call, found)) in calls.iter().zip(found).enumerate() {
        separate(&mut json, i);
        json.extend(call.key.as_bytes());
        list(&mut json, 0..found.asked.customers.len(), |json, i| customer(json, &call.customer, &found, i));
    }
    json.extend(b"}}");
    json
}

fn customer(json: &mut Json, selection: &Selection<CustomerField>, found: &Found<'_>, index: usize) {
    object(json, selection, |json, field| match field {
        CustomerField::Id => write(json, &found.asked.customers[index]),
        CustomerField::Loyalty(program, selection) => {
            optional(json, found.member(index, *program), |json, it| member(json, selection, &it));
        }
        CustomerField::Memberships(selection) => {
            optional(json, found.memberships(index), |json, members| {
                list(json, members, |json, it| member(json, selection, &it));
            });
        }
    });
}

impl<'a> Found<'a> {
    fn place(&self, customer: usize, program: usize) -> Option<usize> {
        self.asked.places[customer * self.asked.programs.len() + program]
    }

    /// None where the customer is no member, or none that the caller may see.
    fn member(&self, customer: usize, program: usize) -> Option<Member<'a>> {
        let snapshot = self.members[self.place(customer, program)?].as_deref()?;
        Some(Member { snapshot, program: self.asked.programs[program], now: self.now })
    }

    /// None where the caller may see none.
    fn memberships(&self, customer: usize) -> Option<impl Iterator<Item = Member<'a>>> {
        let programs = self.asked.programs.len();
        let all = programs - self.asked.all_programs..programs;
        let allowed = all.clone().any(|program| self.place(customer, program).is_some());
        allowed.then(|| all.filter_map(move |program| self.member(customer, program)))
    }
}

pub(super) fn member(json: &mut Json, selection: &Selection<MemberField>, member: &Member<'_>) {
    object(json, selection, |json, field| match field {
        MemberField::Id => write(json, &member.snapshot.id.to_string()),
        MemberField::Program(selection) => program(json, selection, member.program),
        MemberField::Status => {
            write(json, &enum_value(LoyaltyMemberStatus::from(member.snapshot.status)));
        }
        MemberField::EnrolledAt => instant(json, member.snapshot.enrolled_at),
        MemberField::Balance(selection) => {
            balance(json, selection, member, &member.program.document().currencies[0]);
        }
        MemberField::Wallets(selection) => {
            list(json, &member.program.document().currencies, |json, currency| {
                balance(json, selection, member, currency);
            });
        }
        MemberField::Tier(selection) => {
            optional(json, member.snapshot.standing.level(member.program, member.now), |json, held| {
                standing(json, selection, member, held);
            });
        }
    });
}

fn balance(json: &mut Json, selection: &Selection<BalanceField>, member: &Member<'_>, of: &Currency) {
    let wallet = member.snapshot.wallet_at(&of.code, member.now);
    object(json, selection, |json, field| match field {
        BalanceField::Currency(selection) => currency(json, selection, of),
        BalanceField::Available => write(json, &wallet.available.0),
        BalanceField::Pending => write(json, &wallet.pending.0),
        BalanceField::Held => write(json, &wallet.held.0),
        BalanceField::LifetimeEarned => write(json, &wallet.lifetime_earned.0),
        BalanceField::Version => write(json, &wallet.version),
    });
}

fn standing(json: &mut Json, selection: &Selection<StandingField>, member: &Member<'_>, held: &Level) {
    // Most screens show the tier alone, which is a fraction of the reading.
    let reading = LazyCell::new(|| {
        let reading = member.snapshot.standing.reading(member.program, member.now);
        reading.expect("where there is a tier, there is a reading")
    });
    object(json, selection, |json, field| match field {
        StandingField::Tier(selection) => level(json, selection, held),
        StandingField::Since => instant(json, reading.since),
        StandingField::Until => optional(json, reading.until, instant),
        StandingField::Qualifying => decimal(json, reading.qualifying),
        StandingField::Next(selection) => {
            optional(json, reading.next, |json, next| level(json, selection, next));
        }
        StandingField::ToNext => optional(json, reading.to_next, decimal),
        StandingField::ToKeep => optional(json, reading.to_keep, decimal),
    });
}

fn level(json: &mut Json, selection: &Selection<LevelField>, level: &Level) {
    object(json, selection, |json, field| match field {
        LevelField::Id => write(json, &level.id),
        LevelField::Name(language) => write(json, text(&level.name, language.as_deref())),
        LevelField::Threshold => decimal(json, level.threshold),
        LevelField::Multiplier => decimal(json, level.multiplier),
        LevelField::Benefits => write(json, &level.benefits),
    });
}

fn currency(json: &mut Json, selection: &Selection<CurrencyField>, currency: &Currency) {
    object(json, selection, |json, field| match field {
        CurrencyField::Code => write(json, &currency.code),
        CurrencyField::Name(language) => write(json, text(&currency.name, language.as_deref())),
        CurrencyField::Scale => write(json, &currency.scale),
    });
}

fn program(json: &mut Json, selection: &Selection<ProgramField>, program: &Program) {
    let document = program.document();
    object(json, selection, |json, field| match field {
        ProgramField::Id => write(json, program.id()),
        ProgramField::Name(language) => write(json, text(&document.name, language.as_deref())),
        ProgramField::Version => write(json, &program.version()),
        ProgramField::TimeZone => write(json, &document.time_zone),
        ProgramField::Currencies(selection) => {
            list(json, &document.currencies, |json, it| currency(json, selection, it));
        }
        ProgramField::Tiers(selection) => {
            let levels = document.tiers.iter().flat_map(|ladder| &ladder.levels);
            list(json, levels, |json, it| level(json, selection, it));
        }
    });
}

pub(super) fn object<K: Known>(
    json: &mut Json,
    selection: &Selection<K>,
    mut field: impl FnMut(&mut Json, &K),
) {
    json.push(b'{');
    for (i, (key, shown)) in selection.iter().enumerate() {
        separate(json, i);
        json.extend(key.as_bytes());
        match shown {
            Shown::Typename => write(json, K::TYPE),
            Shown::Field(known) => field(json, known),
        }
    }
    json.push(b'}');
}

fn list<T>(json: &mut Json, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Json, T)) {
    json.push(b'[');
    for (i, it) in items.into_iter().enumerate() {
        separate(json, i);
        item(json, it);
    }
    json.push(b']');
}

pub(super) fn optional<T>(json: &mut Json, value: Option<T>, some: impl FnOnce(&mut Json, T)) {
    match value {
        Some(value) => some(json, value),
        None => json.extend(b"null"),
    }
}

fn separate(json: &mut Json, index: usize) {
    if index > 0 {
        json.push(b',');
    }
}

fn instant(json: &mut Json, at: Instant) {
    write(json, &DateTime(at).to_value());
}

fn decimal(json: &mut Json, number: rust_decimal::Decimal) {
    write(json, &Decimal(number).to_value());
}

pub(super) fn write<T: Serialize + ?Sized>(json: &mut Json, value: &T) {
    serde_json::to_writer(json, value)
        .expect("texts and whole numbers are JSON, and a vector takes everything");
}
