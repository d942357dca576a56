//! Spent points that come back.

use uuid::Uuid;

use super::{Draft, Sequence, Wallet, sum};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, Kind, Movement, Points},
};

/// Spent points to be given back.
#[derive(Clone, Debug)]
pub struct Recredit {
    /// The lots that had given them.
    pub parts: Vec<Allocation>,
    /// Whose lots these are, where they are another wallet's, which was merged into this one.
    pub owner: Option<Uuid>,
    /// What no lot had given.
    pub deficit: Points,
    /// What comes out of lots that have ended meanwhile comes back with a last grace: until then. Without one it ends at
    /// once.
    pub grace_until: Option<Instant>,
    pub occurred_at: Instant,
}

impl Wallet {
    /// Gives spent points back to their lots, with the end that those have; a deficit is filled first. Points whose lot is
    /// not this wallet's go to what it has become here, or get one of their own, with the same end.
    pub fn recredit(&mut self, claim: Recredit, now: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let Recredit { parts, owner, deficit: unpaid, grace_until, occurred_at: at } = claim;
        self.version += 1;
        let over = |part: &Allocation| part.expires_at.is_some_and(|end| end <= now);
        let has_grace = |part: &Allocation| over(part) && grace_until.is_some();
        let (mut here, mut anew) = (Vec::new(), Vec::new());
        for part in parts {
            let origin = owner.map(|owner| (owner, part.lot));
            let known = match origin {
                Some((owner, lot)) => self.lots_out_of(owner, lot).next(),
                None => self.lots.iter().find(|lot| lot.seq == part.lot),
            };
            match known.filter(|_| !has_grace(&part)) {
                Some(lot) => here.push(Allocation { lot: lot.seq, ..part }),
                None => anew.push((part, origin.filter(|_| !has_grace(&part)))),
            }
        }
        let mut movements = Vec::new();
        if sum(&here).is_positive() || unpaid.is_positive() {
            let amount = sum(&here) + unpaid;
            let given = self.give_back(here, unpaid, (at, now), *next_seq);
            let made = given.new_lot.then_some(at);
            let movement = self.returned(amount, given.parts, given.filled, at, next_seq);
            movements.push(Movement { activates_at: made, ..movement });
            movements.extend(given.over.into_iter().map(|lot| self.expire(lot, now, next_seq)));
        }
        for (part, origin) in anew {
            let expires_at = if over(&part) { grace_until.or(part.expires_at) } else { part.expires_at };
            let gone = expires_at.is_some_and(|end| end <= now);
            let filled = if gone { Points::ZERO } else { part.points.min(self.deficit) };
            self.deficit -= filled;
            let left = part.points - filled;
            let seq = *next_seq;
            let parts: Vec<_> = left
                .is_positive()
                .then(|| self.lot_of_returned(left, (expires_at, origin), at, seq))
                .into_iter()
                .collect();
            let made = left.is_positive().then_some(at);
            let movement = self.returned(part.points, parts, filled, at, next_seq);
            movements.push(Movement { activates_at: made, expires_at, ..movement });
            if gone {
                movements.push(self.expire(seq, now, next_seq));
            }
        }
        movements
    }

    fn returned(
        &mut self,
        amount: Points,
        allocations: Vec<Allocation>,
        deficit: Points,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        self.totals.redeemed -= amount;
        let sides = (Account::Redeemed, Account::Available);
        self.movement(Draft { kind: Kind::Recredit, sides, amount, at, allocations, deficit }, next_seq)
    }
}
