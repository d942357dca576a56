use std::time::Duration;

use hashbrown::HashMap;
use pretty_assertions::assert_eq;
use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::{
    commands::{MemberStatus, PartnerLink},
    ids::MemberId,
    ledger::{Hold, HoldState, Lot, Points, Stored, Totals, Wallet},
    program::Standing,
    store::place::Place,
};

fn at(second: i64) -> Instant {
    Instant::from_timestamp(second, 0).unwrap()
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..2_000_000_i64).prop_map(|micros| Instant::from_timestamp_micros(micros * 1_000_001).unwrap())
}

prop_compose! {
    fn lot()(
        seq in 1..1_000_i64, sizes in (1..500_i64, 0..500_i64, 0..9_i64), times in (instant(), instant()),
        flags: (bool, bool), expires_at in option::of(instant()), origin: Option<(u128, i64)>,
    ) -> Lot {
        let (remaining, more, expired) = sizes;
        Lot {
            seq,
            issued: Points(remaining + more + expired),
            remaining: Points(remaining),
            expired: Points(expired),
            issued_at: times.0,
            activates_at: times.1,
            awaits_event: flags.0,
            active: flags.1,
            expires_at,
            origin: origin.map(|(owner, seq)| (Uuid::from_u128(owner), seq)),
        }
    }
}

prop_compose! {
    fn wallet()(
        currency: String, version: i64, sums in (0..1_000_i64, 0..1_000_i64, 0..9_i64), totals: [i64; 7],
        lots in vec(lot(), 0..5), rest_due_at in option::of(instant()),
    ) -> Wallet {
        let [earned, adjusted, transferred, clawed_back, expired, cancelled, redeemed] = totals.map(Points);
        let totals = Totals { earned, adjusted, transferred, clawed_back, expired, cancelled, redeemed };
        let sum = |active: bool| -> Points {
            lots.iter().filter(|lot| lot.active == active).map(|lot| lot.remaining).sum()
        };
        let available = sum(true) + Points(sums.0) - Points(sums.2);
        let (pending, deficit, holds) = (sum(false) + Points(sums.1), Points(sums.2), Vec::new());
        Wallet::restore(Stored {
            currency, version, available, pending, deficit, totals, lots, holds, rest_due_at,
        })
    }
}

prop_compose! {
    fn member()(
        id: u128, names: (String, String), times in (instant(), instant()), blocked: bool,
        origin: (Option<String>, Option<String>), numbers: (i64, i64), tier: Option<String>,
        amounts in vec((any::<i32>(), any::<i64>(), 0..10_u32), 0..4), wallets in vec(wallet(), 0..3),
        links in vec((any::<String>(), instant()), 0..3),
    ) -> Member {
        let amount = |(window, digits, scale)| (window, Decimal::new(digits, scale));
        let link = |(partner, linked_at)| PartnerLink { partner, linked_at };
        Member {
            id: MemberId(Uuid::from_u128(id)),
            key: MemberKey::new(&names.0, &names.1),
            status: if blocked { MemberStatus::Blocked } else { MemberStatus::Active },
            enrolled_at: times.0,
            channel: origin.0,
            store: origin.1,
            version: numbers.0,
            standing: Standing { tier, since: times.1, amounts: amounts.into_iter().map(amount).collect() },
            next_seq: numbers.1,
            wallets,
            merged_into: None,
            holds: Vec::new(),
            partners: links.into_iter().map(link).collect(),
            changed: false,
        }
    }
}

proptest! {
    #[test]
    fn who_is_remembered_is_who_was_kept(
        member in member(), updated_at in instant(), place: [u8; 6], of_wallets in vec(any::<[u8; 6]>(), 0..3),
    ) {
        let places = Places { member: Place(place), wallets: of_wallets.into_iter().map(Place).collect() };
        let bytes = form::write(&member, updated_at, &places).unwrap();
        let known = form::read(&bytes, &member.key).unwrap();
        prop_assert_eq!(&known, &Known { member: member.clone(), updated_at, places });
        let other = MemberKey::new(&member.key.program, &format!("{} too", member.key.customer));
        prop_assert_eq!(form::read(&bytes, &other), None);
    }
}

/// What is done with records: put in with so many bytes, or taken out.
fn doings(names: u64, bytes_max: usize) -> impl Strategy<Value = Vec<(u64, Option<usize>)>> {
    vec((0..names, option::weighted(0.8, 0..bytes_max)), 1..500)
}

/// Does it with records of memory and with a map of all, and hands both to the check after each.
fn do_all(
    doings: Vec<(u64, Option<usize>)>,
    bytes_max: u64,
    check: impl Fn(&mut Records, &HashMap<u64, Vec<u8>>, u64) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let (mut records, mut all) = (Records::new(bytes_max).unwrap(), HashMap::new());
    // As a hash would have them.
    let names: Vec<u64> = (0..64).map(|name: u64| name.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
    for (number, (name, put)) in doings.into_iter().enumerate() {
        let name = names[usize::try_from(name).unwrap()];
        if let Some(length) = put {
            let bytes = vec![number.to_le_bytes()[0]; length];
            records.put(name, &bytes);
            all.insert(name, bytes);
        } else {
            let (taken, known) = (records.take(name), all.remove(&name));
            prop_assert!(taken.is_none() || taken == known.as_deref());
        }
        check(&mut records, &all, name)?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_found_is_what_was_put_in_last(doings in doings(60, 7_000)) {
        // Two segments, where all records would fill up to six.
        do_all(doings, 230_000, |records, all, name| {
            prop_assert!(records.bytes() <= 230_000);
            let known = all.get(&name);
            prop_assert_eq!(records.take(name), known.map(Vec::as_slice));
            if let Some(bytes) = known {
                records.put(name, bytes);
            }
            Ok(())
        })?;
    }

    #[test]
    fn nothing_goes_where_all_has_room(doings in doings(36, 7_000)) {
        // More segments than all records fill, so that none need go.
        do_all(doings, 700_000, |records, all, _| {
            prop_assert_eq!(records.len(), all.len());
            for (name, bytes) in all {
                prop_assert_eq!(records.take(*name), Some(&bytes[..]));
                records.put(*name, bytes);
            }
            Ok(())
        })?;
    }
}

#[test]
fn who_is_not_worked_on_makes_room_for_who_is() {
    let mut records = Records::new(1 << 20).unwrap();
    let name = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // Two thirds of what there is room for.
    for idle in 3_000..7_000 {
        records.put(name(idle), &[0; 100]);
    }
    // The others begin with half of it and grow to all of it but a fifth, in an order of their own.
    for round in 0..20 {
        for number in 0..3_000 {
            let name = name(number * 7_919 % 3_000);
            let is_known = records.take(name).is_some();
            assert!(is_known || round == 0, "round {round}");
            records.put(name, &vec![1; 100 + 4 * round]);
        }
    }
}

fn sample(lots: Vec<Lot>) -> Member {
    let available = lots.iter().filter(|lot| lot.active).map(|lot| lot.remaining).sum();
    let pending = lots.iter().filter(|lot| !lot.active).map(|lot| lot.remaining).sum();
    let wallet = Wallet::restore(Stored {
        currency: "points".to_owned(),
        version: 1,
        available,
        pending,
        deficit: Points::ZERO,
        totals: Totals::default(),
        lots,
        holds: Vec::new(),
        rest_due_at: None,
    });
    Member {
        id: MemberId(Uuid::from_u128(1)),
        key: MemberKey::new("classic", "c-1"),
        status: MemberStatus::Active,
        enrolled_at: at(0),
        channel: None,
        store: None,
        version: 1,
        standing: Standing { tier: None, since: at(0), amounts: [].into() },
        next_seq: 1,
        wallets: vec![wallet],
        merged_into: None,
        holds: Vec::new(),
        partners: Vec::new(),
        changed: true,
    }
}

fn active(seq: i64, expires_at: Option<Instant>) -> Lot {
    Lot {
        seq,
        issued: Points(10),
        remaining: Points(10),
        expired: Points::ZERO,
        issued_at: at(0),
        activates_at: at(0),
        awaits_event: false,
        active: true,
        expires_at,
        origin: None,
    }
}

#[test]
fn of_many_lots_those_are_remembered_that_time_changes_next() {
    let recall = Recall::new(1 << 20);
    // Forty that expire, of which the last ten at once, and ten that never do.
    let expiring = (1..=40).map(|seq| active(seq, Some(at(1_000 + seq.min(31)))));
    let member = sample(expiring.chain((41..=50).map(|seq| active(seq, None))).collect());
    let keep = || recall.keep(&member, at(1), &Places::default());
    let take = |depth, now| recall.take(&member.key, depth, now);

    keep();
    let known = take(Depth::Front, at(1_030)).unwrap().member;
    let seqs: Vec<i64> = known.wallets[0].lots().iter().map(|lot| lot.seq).collect();
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>(), "those of one instant stay together");
    assert_eq!(known.wallets[0].available(), Points(500));
    assert_eq!(known.wallets[0].due_at(), Some(at(1_001)));
    assert_eq!(known.wallets[0].rest().due_at, Some(at(1_031)));

    assert_eq!(take(Depth::Front, at(1)), None, "taken out");
    keep();
    assert_eq!(take(Depth::Whole, at(1)), None, "not all of them are known");
    keep();
    assert_eq!(take(Depth::Front, at(1_031)), None, "more is due than is known");
}

#[test]
fn what_is_empty_is_not_remembered_and_a_small_wallet_is_whole() {
    let recall = Recall::new(1 << 20);
    let spent = Lot { remaining: Points::ZERO, ..active(1, None) };
    let member = sample(vec![spent, active(2, Some(at(9))), active(3, None)]);
    recall.keep(&member, at(1), &Places::default());
    let known = recall.take(&member.key, Depth::Whole, at(20)).unwrap();
    assert_eq!(known.updated_at, at(1));
    let seqs: Vec<i64> = known.member.wallets[0].lots().iter().map(|lot| lot.seq).collect();
    assert_eq!(seqs, [2, 3]);
}

#[test]
fn who_is_more_than_can_be_remembered_is_forgotten() {
    let recall = Recall::new(1 << 20);
    let usual = sample(vec![active(1, None)]);
    let mut merged = usual.clone();
    merged.merged_into = Some(MemberId(Uuid::from_u128(2)));
    let mut holder = usual.clone();
    let wallet = &holder.wallets[0];
    let hold = Hold {
        seq: 2,
        points: Points(4),
        captured: Points::ZERO,
        parts: Vec::new(),
        deficit: Points(4),
        state: HoldState::Open,
        expires_at: at(100),
    };
    holder.wallets = vec![Wallet::restore(Stored {
        currency: wallet.currency.clone(),
        version: 2,
        available: wallet.available(),
        pending: Points::ZERO,
        deficit: Points::ZERO,
        totals: Totals::default(),
        lots: wallet.lots().to_vec(),
        holds: vec![hold],
        rest_due_at: None,
    })];
    for unusual in [merged, holder] {
        recall.keep(&usual, at(1), &Places::default());
        recall.keep(&unusual, at(2), &Places::default());
        assert_eq!(recall.take(&usual.key, Depth::Front, at(3)), None, "{unusual:?}");
    }
}

#[test]
fn memory_has_a_bound_and_none_is_none() {
    let nobody = Recall::new(0);
    nobody.keep(&sample(Vec::new()), at(1), &Places::default());
    assert_eq!(nobody.take(&sample(Vec::new()).key, Depth::Front, at(1)), None);

    let (mut small, bytes_max) = (Records::new(1 << 20).unwrap(), 250_000);
    for name in 0..20_000_u64 {
        small.put(name.wrapping_mul(0x9E37_79B9_7F4A_7C15), b"small");
        assert!(small.bytes() <= 1 << 20);
    }
    // The same again and again, as members are.
    for name in (0..7_000_u64).cycle().take(20_000) {
        small.take(name);
        small.put(name, b"small");
        assert!(small.bytes() <= 1 << 20);
    }
    let recall = Recall::new(bytes_max);
    let named = |number: u32| {
        let mut member = sample(vec![active(1, None)]);
        member.key.customer = format!("c-{number}");
        member
    };
    for number in 0..5_000 {
        recall.keep(&named(number), at(1), &Places::default());
        assert!(recall.members().unwrap().bytes() as u64 <= bytes_max);
    }
    let known = |number| recall.take(&named(number).key, Depth::Front, at(1) + Duration::from_secs(1));
    let count = (0..4_000).filter(|number| known(*number).is_some()).count();
    assert!((1..1_500).contains(&count), "{count}");
    // The last to come are the last to go, however many came before.
    let last = (4_700..5_000).filter(|number| known(*number).is_some()).count();
    assert_eq!(last, 300);
    recall.keep(&named(1), at(1), &Places::default());
    assert!(known(1).is_some());
    recall.keep(&named(1), at(1), &Places::default());
    recall.forget(&named(1).key);
    assert_eq!(known(1), None);
    recall.keep(&named(1), at(1), &Places::default());
    recall.forget_all();
    assert_eq!(known(1), None);
}
