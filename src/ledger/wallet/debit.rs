//! Points that a wallet gives.

use super::{Draft, Sequence, Wallet};
use crate::{
    clock::Instant,
    ledger::{Account, Kind, Movement, Points},
};

impl Wallet {
    /// Takes points that the caller has checked to be there: `points` must not exceed [`Wallet::available`] and the floor
    /// below it.
    pub fn debit(
        &mut self,
        kind: Kind,
        to: Account,
        points: Points,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        debug_assert!(points.is_positive(), "a debit of nothing is no movement");
        self.version += 1;
        let (allocations, deficit) = self.spend(points);
        self.deficit += deficit;
        match kind {
            Kind::Redeem => self.totals.redeemed += points,
            Kind::TransferOut => self.totals.transferred -= points,
            _ => self.totals.adjusted -= points,
        }
        let draft = Draft { kind, sides: (Account::Available, to), amount: points, at, allocations, deficit };
        self.movement(draft, next_seq)
    }
}
