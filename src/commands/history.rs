//! What a member was at an instant of the past, from what had been recorded by then.

use hashbrown::HashMap;

use super::{Entry, WalletReading};
use crate::{
    clock::Instant,
    ledger::{Lot, Movement, Wallet},
    program::Standing,
};

/// Everything that had been recorded of a member by an instant.
#[derive(Clone, Debug)]
pub struct History {
    /// In the order of their numbers.
    pub entries: Vec<Entry>,
    /// When holds end, by the numbers of the entries that set their points aside.
    pub hold_ends: HashMap<i64, Instant>,
    /// Where the member stood after the last change by then.
    pub standing: Option<Standing>,
    /// Whether any change of the standing has ever been noted: the first release noted none.
    pub is_standing_noted: bool,
}

/// A wallet at an instant of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastWallet {
    pub reading: WalletReading,
    /// The lots that held something, in spending order.
    pub lots: Vec<Lot>,
}

impl History {
    /// One wallet at the instant up to which it was recorded; an empty one where the currency had never moved.
    pub fn wallet_at(&self, currency: &str, at: Instant) -> PastWallet {
        let of_currency = self.entries.iter().filter(|entry| entry.currency == currency);
        let movements: Vec<&Movement> = of_currency.map(|entry| &entry.movement).collect();
        // A hold that has moved to another member since was open all the time that it was here.
        let ends = |seq: i64| Some(self.hold_ends.get(&seq).copied().unwrap_or(Instant::MAX_UTC));
        let mut wallet = Wallet::replay(currency.to_owned(), movements, ends);
        wallet.settle(at, &mut 0);
        let lots = wallet.lots().iter().filter(|lot| lot.remaining.is_positive()).cloned().collect();
        PastWallet { reading: WalletReading::whole(&wallet, at), lots }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::MemberId,
        ledger::{Account, Credit, Kind, Points},
    };

    fn at(hour: i64) -> Instant {
        Instant::UNIX_EPOCH + chrono::TimeDelta::hours(hour)
    }

    /// Points given at 1 that end at 9, of which some are held from 2 to 5 and some are spent at 3.
    fn history(until: i64) -> History {
        let (mut wallet, mut seq) = (Wallet::new("POINTS".to_owned()), 1);
        let credit = Credit {
            points: Points(100),
            kind: Kind::Earn,
            from: Account::Issued,
            occurred_at: at(1),
            activates_at: at(1),
            awaits_event: false,
            expires_at: Some(at(9)),
            origin: None,
        };
        let mut movements = wallet.credit(&credit, at(1), &mut seq);
        movements.push(wallet.hold(Points(30), &[], (at(2), at(5)), &mut seq));
        movements.push(wallet.debit(Kind::Redeem, Account::Redeemed, Points(20), at(3), &mut seq));
        movements.extend(wallet.settle(at(6), &mut seq));
        let entry = |movement: Movement| Entry {
            partner: None,
            member: MemberId(Uuid::nil()),
            currency: "POINTS".to_owned(),
            recorded_at: movement.occurred_at,
            order: None,
            reason: None,
            program_version: 1,
            explanation: None,
            movement,
        };
        let entries = movements.into_iter().map(entry).filter(|entry| entry.recorded_at <= at(until));
        let hold_ends = HashMap::from([(2, at(5))]);
        History { entries: entries.collect(), hold_ends, standing: None, is_standing_noted: false }
    }

    #[test]
    fn a_wallet_is_what_it_was_with_time_let_pass() {
        for (hour, available, held, lots) in [
            (0, 0, 0, 0),
            (1, 100, 0, 1),
            (2, 70, 30, 1),
            (3, 50, 30, 1),
            (5, 80, 0, 1),
            (8, 80, 0, 1),
            (9, 0, 0, 0),
        ] {
            let wallet = history(hour).wallet_at("POINTS", at(hour));
            let WalletReading { available: got, held: set_aside, .. } = wallet.reading;
            assert_eq!((got.0, set_aside.0, wallet.lots.len()), (available, held, lots), "at {hour}");
        }
        assert_eq!(history(8).wallet_at("STARS", at(8)).lots, []);
    }

    #[test]
    fn a_hold_whose_end_is_not_known_here_any_more_was_open() {
        let history = History { hold_ends: HashMap::new(), ..history(4) };
        assert_eq!(history.wallet_at("POINTS", at(8)).reading.held, Points(30));
    }
}
