//! What a screen shows of a member: small enough to keep hot, whole enough to be right at any later moment.
//!
//! A snapshot is taken of a member after a change. It knows what time will still do (lots by the instant at which they
//! activate and end, spend by year), so a reading is right to the second with nothing having run in between.

mod hold;

use serde::{Deserialize, Serialize};

pub use self::hold::HoldSnapshot;
use self::hold::open_holds;

use super::{Member, MemberKey, MemberStatus, PartnerLink};
use crate::{
    clock::Instant,
    ids::MemberId,
    ledger::{Allocation, Hold, HoldState, Lot, Points, Stored, Totals, Wallet},
    program::{Program, Standing, TierReading},
};

/// Coming changes that a snapshot knows of each wallet. Beyond them it says until when it is right, and whoever reads later
/// reads the database: so a member of ten thousand lots has no larger snapshot than anybody.
pub const CHANGES_MAX: usize = 8;

/// A member as of the last change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberSnapshot {
    pub id: MemberId,
    pub key: MemberKey,
    pub status: MemberStatus,
    pub merged_into: Option<MemberId>,
    pub enrolled_at: Instant,
    pub version: i64,
    pub standing: Standing,
    pub wallets: Vec<WalletSnapshot>,
    pub partners: Vec<PartnerLink>,
}

/// A wallet as of the last change: lots of one fate are one bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalletSnapshot {
    pub currency: String,
    pub version: i64,
    pub deficit: Points,
    pub lifetime_earned: Points,
    /// Active points that none of the buckets holds.
    pub lasting: Points,
    /// Waiting points that none of the buckets holds.
    pub waiting: Points,
    /// What time will change next, soonest first.
    pub buckets: Vec<Bucket>,
    /// The open holds.
    pub holds: Vec<HoldSnapshot>,
    /// From then on it is no longer right; for ever where there is none.
    pub until: Option<Instant>,
}

/// Points that become active and end together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub points: Points,
    /// None where they are active.
    pub activates_at: Option<Instant>,
    /// Whether they are called off at `activates_at` instead.
    pub awaits_event: bool,
    pub expires_at: Option<Instant>,
}

impl Bucket {
    fn due_at(&self) -> Option<Instant> {
        self.activates_at.or(self.expires_at)
    }
}

/// A member at one moment.
#[derive(Clone, Debug)]
pub struct MemberReading<'a> {
    pub snapshot: &'a MemberSnapshot,
    pub wallets: Vec<WalletReading>,
    pub tier: Option<TierReading<'a>>,
}

/// A wallet at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletReading {
    pub currency: String,
    pub version: i64,
    pub available: Points,
    pub pending: Points,
    pub held: Points,
    pub lifetime_earned: Points,
    /// Coming expiries of active points, soonest first. Points that a deficit will swallow are not among them.
    pub expiries: Vec<(Instant, Points)>,
    /// Coming activations, soonest first.
    pub activations: Vec<(Instant, Points)>,
    /// Both lists are whole up to then; altogether where there is none.
    pub listed_until: Option<Instant>,
}

impl MemberSnapshot {
    pub fn of(member: &Member) -> Self {
        Self {
            id: member.id,
            key: member.key.clone(),
            status: member.status,
            merged_into: member.merged_into,
            enrolled_at: member.enrolled_at,
            version: member.version,
            standing: member.standing.clone(),
            wallets: member.wallets.iter().map(|wallet| WalletSnapshot::of(wallet, member)).collect(),
            partners: member.partners.clone(),
        }
    }

    /// The member as time has left it at a moment, with nothing of that written down.
    pub fn settled(mut member: Member, now: Instant) -> Self {
        for wallet in &mut member.wallets {
            wallet.settle(now, &mut 0);
        }
        Self::of(&member)
    }

    /// Whether it is right at a moment. One that is not must be read from the database.
    pub fn reaches(&self, now: Instant) -> bool {
        self.wallets.iter().all(|wallet| wallet.until.is_none_or(|until| now < until))
    }

    /// The first instant after another at which time changes something of its wallets, as far as it knows.
    pub fn due_after(&self, now: Instant) -> Option<Instant> {
        let of_wallet = |wallet: &WalletSnapshot| {
            let holds = wallet.holds.iter().map(|hold| hold.expires_at);
            let due = wallet.buckets.iter().filter_map(Bucket::due_at).chain(holds).chain(wallet.until);
            due.filter(|due| *due > now).min()
        };
        self.wallets.iter().filter_map(of_wallet).min()
    }

    /// The member at a moment: one wallet for each currency of the programme, in its order.
    pub fn at<'a>(&'a self, program: &'a Program, now: Instant) -> MemberReading<'a> {
        let currencies = program.document().currencies.iter();
        MemberReading {
            snapshot: self,
            wallets: currencies.map(|currency| self.wallet_at(&currency.code, now)).collect(),
            tier: self.standing.reading(program, now),
        }
    }

    /// One wallet at a moment; an empty one where the currency has never moved.
    pub fn wallet_at(&self, currency: &str, now: Instant) -> WalletReading {
        let wallet = self.wallets.iter().find(|wallet| wallet.currency == currency);
        wallet.map_or_else(|| WalletReading::empty(currency.to_owned()), |wallet| wallet.at(now))
    }

    /// The holds that are open at a moment.
    pub fn holds_at(&self, now: Instant) -> impl Iterator<Item = &HoldSnapshot> {
        let holds = self.wallets.iter().flat_map(|wallet| &wallet.holds);
        holds.filter(move |hold| hold.expires_at > now)
    }
}

impl WalletSnapshot {
    fn of(wallet: &Wallet, member: &Member) -> Self {
        let rest = wallet.rest();
        let mut until = rest.due_at;
        let timed = |lot: &&Lot| {
            let due = lot.due_at();
            due.is_some() && until.is_none_or(|until| due < Some(until))
        };
        let mut buckets: Vec<Bucket> = Vec::new();
        for lot in wallet.lots().iter().filter(timed) {
            add_lot(&mut buckets, lot);
        }
        buckets.sort_by_key(Bucket::due_at);
        if let Some(beyond) = buckets.get(CHANGES_MAX) {
            let end = beyond.due_at();
            until = end;
            // Buckets that change together stay together.
            buckets.retain(|bucket| bucket.due_at() < end);
        }
        let listed = |active: bool| -> Points {
            let of_kind = buckets.iter().filter(|bucket| bucket.activates_at.is_none() == active);
            of_kind.map(|bucket| bucket.points).sum()
        };
        Self {
            currency: wallet.currency.clone(),
            version: wallet.version,
            deficit: wallet.deficit,
            lifetime_earned: wallet.totals.earned,
            lasting: wallet.available() + wallet.deficit - listed(true),
            waiting: wallet.pending() - listed(false),
            holds: open_holds(wallet, member),
            buckets,
            until,
        }
    }

    /// What it holds while time changes nothing: active, waiting and held points.
    pub fn sums(&self) -> [Points; 3] {
        let sum = |active: bool| -> Points {
            let of_kind = self.buckets.iter().filter(|bucket| bucket.activates_at.is_none() == active);
            of_kind.map(|bucket| bucket.points).sum()
        };
        [self.lasting + sum(true), self.waiting + sum(false), self.holds.iter().map(|hold| hold.points).sum()]
    }

    /// The next instant at which time changes something of it.
    fn due_at(&self) -> Option<Instant> {
        let buckets = self.buckets.first().and_then(Bucket::due_at);
        buckets.into_iter().chain(self.holds.iter().map(|hold| hold.expires_at)).min()
    }

    fn at(&self, now: Instant) -> WalletReading {
        if self.due_at().is_none_or(|due| now < due) { self.unchanged() } else { self.changed(now) }
    }

    /// The reading while time has changed nothing.
    fn unchanged(&self) -> WalletReading {
        let [active, waiting, held] = self.sums();
        let mut reading = WalletReading {
            currency: self.currency.clone(),
            version: self.version,
            available: active - self.deficit,
            pending: waiting,
            held,
            lifetime_earned: self.lifetime_earned,
            expiries: Vec::new(),
            activations: Vec::new(),
            listed_until: self.until,
        };
        // What is called off where its event does not come is no activation.
        for bucket in self.buckets.iter().filter(|bucket| !bucket.awaits_event) {
            reading.list(bucket.activates_at, bucket.expires_at, bucket.points);
        }
        reading
    }

    /// Lets time pass over a copy, by the ledger's own rule: buckets are lots of their own.
    fn changed(&self, now: Instant) -> WalletReading {
        let reading = WalletReading::settled(self.as_wallet(), now);
        WalletReading { lifetime_earned: self.lifetime_earned, listed_until: self.until, ..reading }
    }

    fn as_wallet(&self) -> Wallet {
        let mut lots: Vec<Lot> = Vec::new();
        let mut number = 0;
        let mut lot = |points: Points, bucket: &Bucket| {
            number += 1;
            Lot {
                seq: number,
                issued: points,
                remaining: points,
                expired: Points::ZERO,
                issued_at: Instant::UNIX_EPOCH,
                activates_at: bucket.activates_at.unwrap_or(Instant::UNIX_EPOCH),
                awaits_event: bucket.awaits_event,
                active: bucket.activates_at.is_none(),
                expires_at: bucket.expires_at,
                origin: None,
            }
        };
        lots.extend(self.buckets.iter().map(|bucket| lot(bucket.points, bucket)));
        let mut holds = Vec::new();
        for hold in &self.holds {
            let ends = |(_, expires_at): &(Points, Option<Instant>)| Bucket {
                points: Points::ZERO,
                activates_at: None,
                awaits_event: false,
                expires_at: *expires_at,
            };
            let mut parts = Vec::new();
            for part in &hold.parts {
                let empty = lot(Points::ZERO, &ends(part));
                parts.push(Allocation { lot: empty.seq, points: part.0, expires_at: part.1 });
                lots.push(empty);
            }
            holds.push(Hold {
                seq: -i64::try_from(holds.len()).expect("a member has few holds"),
                points: hold.points,
                captured: Points::ZERO,
                parts,
                deficit: hold.deficit,
                expires_at: hold.expires_at,
                state: HoldState::Open,
            });
        }
        let sum = |active: bool| -> Points {
            lots.iter().filter(|lot| lot.active == active).map(|lot| lot.remaining).sum()
        };
        Wallet::restore(Stored {
            currency: self.currency.clone(),
            version: self.version,
            available: self.lasting + sum(true) - self.deficit,
            pending: self.waiting + sum(false),
            deficit: self.deficit,
            totals: Totals::default(),
            lots,
            holds,
            rest_due_at: self.until,
        })
    }
}

fn add_lot(buckets: &mut Vec<Bucket>, lot: &Lot) {
    let bucket = Bucket {
        points: lot.remaining,
        activates_at: (!lot.active).then_some(lot.activates_at),
        awaits_event: !lot.active && lot.awaits_event,
        expires_at: lot.expires_at,
    };
    // A wallet is in spending order, so lots of one fate stand side by side but for those that wait.
    let alike = |b: &&mut Bucket| {
        b.expires_at == bucket.expires_at
            && b.activates_at == bucket.activates_at
            && b.awaits_event == bucket.awaits_event
    };
    match buckets.iter_mut().rev().take(2 * CHANGES_MAX).find(alike) {
        Some(known) => known.points += bucket.points,
        None => buckets.push(bucket),
    }
}

impl WalletReading {
    fn empty(currency: String) -> Self {
        Self {
            currency,
            version: 0,
            available: Points::ZERO,
            pending: Points::ZERO,
            held: Points::ZERO,
            lifetime_earned: Points::ZERO,
            expiries: Vec::new(),
            activations: Vec::new(),
            listed_until: None,
        }
    }

    /// A wallet of which every lot is known, at a moment.
    pub fn whole(wallet: &Wallet, now: Instant) -> Self {
        Self::settled(wallet.clone(), now)
    }

    fn settled(mut wallet: Wallet, now: Instant) -> Self {
        wallet.settle(now, &mut 0);
        let mut reading = Self {
            version: wallet.version,
            available: wallet.available(),
            pending: wallet.pending(),
            held: wallet.held(),
            lifetime_earned: wallet.totals.earned,
            ..Self::empty(wallet.currency.clone())
        };
        let told = |lot: &&Lot| lot.due_at().is_some() && (lot.active || !lot.awaits_event);
        for lot in wallet.lots().iter().filter(told) {
            reading.list((!lot.active).then_some(lot.activates_at), lot.expires_at, lot.remaining);
        }
        reading.expiries.sort_unstable();
        reading.activations.sort_unstable();
        reading
    }

    fn list(&mut self, activates_at: Option<Instant>, expires_at: Option<Instant>, points: Points) {
        match (activates_at, expires_at) {
            (Some(at), _) => add(&mut self.activations, at, points),
            (None, Some(at)) => add(&mut self.expiries, at, points),
            (None, None) => {}
        }
    }
}

fn add(list: &mut Vec<(Instant, Points)>, at: Instant, points: Points) {
    match list.iter_mut().find(|(instant, _)| *instant == at) {
        Some((_, sum)) => *sum += points,
        None => list.push((at, points)),
    }
}
