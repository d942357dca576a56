//! What a screen shows of a member: small enough to keep hot, whole enough to be right at any later moment.
//!
//! A snapshot is taken of a member after a change. It knows what time will still do (lots by the instant at which they
//! activate and end, spend by year), so a reading is right to the second with nothing having run in between.

use serde::{Deserialize, Serialize};

use super::{Member, MemberKey, MemberStatus};
use crate::{
    clock::Instant,
    ids::MemberId,
    ledger::{Lot, Points, Wallet},
    program::{Program, Standing, TierReading},
};

/// A member as of the last change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberSnapshot {
    pub id: MemberId,
    pub key: MemberKey,
    pub status: MemberStatus,
    pub enrolled_at: Instant,
    pub version: i64,
    pub standing: Standing,
    pub wallets: Vec<WalletSnapshot>,
}

/// A wallet as of the last change: lots of one fate are one bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalletSnapshot {
    pub currency: String,
    pub version: i64,
    pub deficit: Points,
    pub lifetime_earned: Points,
    pub buckets: Vec<Bucket>,
}

/// Points that become active and end together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub points: Points,
    /// None where they are active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activates_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
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
    pub lifetime_earned: Points,
    /// Coming expiries of active points, soonest first. Points that a deficit will swallow are not among them.
    pub expiries: Vec<(Instant, Points)>,
    /// Coming activations, soonest first.
    pub activations: Vec<(Instant, Points)>,
}

impl MemberSnapshot {
    pub fn of(member: &Member) -> Self {
        Self {
            id: member.id,
            key: member.key.clone(),
            status: member.status,
            enrolled_at: member.enrolled_at,
            version: member.version,
            standing: member.standing.clone(),
            wallets: member.wallets.iter().map(WalletSnapshot::of).collect(),
        }
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
}

impl WalletSnapshot {
    fn of(wallet: &Wallet) -> Self {
        let mut buckets: Vec<Bucket> = Vec::new();
        for lot in wallet.lots().iter().filter(|lot| lot.remaining.is_positive()) {
            let activates_at = (!lot.active).then_some(lot.activates_at);
            let alike = |b: &&mut Bucket| b.expires_at == lot.expires_at && b.activates_at == activates_at;
            match buckets.iter_mut().find(alike) {
                Some(bucket) => bucket.points += lot.remaining,
                None => {
                    buckets.push(Bucket { points: lot.remaining, activates_at, expires_at: lot.expires_at });
                }
            }
        }
        Self {
            currency: wallet.currency.clone(),
            version: wallet.version,
            deficit: wallet.deficit,
            lifetime_earned: wallet.totals.earned,
            buckets,
        }
    }

    /// Lets time pass over a copy, by the ledger's own rule: buckets are lots of their own.
    fn at(&self, now: Instant) -> WalletReading {
        let lot = |(i, bucket): (usize, &Bucket)| Lot {
            seq: i64::try_from(i).expect("a wallet has few buckets"),
            issued: bucket.points,
            remaining: bucket.points,
            expired: Points::ZERO,
            issued_at: Instant::UNIX_EPOCH,
            activates_at: bucket.activates_at.unwrap_or(Instant::UNIX_EPOCH),
            active: bucket.activates_at.is_none(),
            expires_at: bucket.expires_at,
        };
        let lots = self.buckets.iter().enumerate().map(lot).collect();
        let totals = crate::ledger::Totals { earned: self.lifetime_earned, ..Default::default() };
        let mut wallet = Wallet::restore(self.currency.clone(), self.version, self.deficit, totals, lots);
        wallet.settle(now, &mut 0);
        WalletReading::of(&wallet)
    }
}

impl WalletReading {
    fn empty(currency: String) -> Self {
        Self::of(&Wallet::new(currency))
    }

    /// Reads a settled wallet.
    fn of(wallet: &Wallet) -> Self {
        let mut expiries = Vec::new();
        let mut activations = Vec::new();
        for lot in wallet.lots().iter().filter(|lot| lot.remaining.is_positive()) {
            if !lot.active {
                add(&mut activations, lot.activates_at, lot.remaining);
            } else if let Some(at) = lot.expires_at {
                add(&mut expiries, at, lot.remaining);
            }
        }
        expiries.sort_unstable();
        activations.sort_unstable();
        Self {
            currency: wallet.currency.clone(),
            version: wallet.version,
            available: wallet.available(),
            pending: wallet.pending(),
            lifetime_earned: wallet.totals.earned,
            expiries,
            activations,
        }
    }
}

fn add(list: &mut Vec<(Instant, Points)>, at: Instant, points: Points) {
    match list.iter_mut().find(|(instant, _)| *instant == at) {
        Some((_, sum)) => *sum += points,
        None => list.push((at, points)),
    }
}
