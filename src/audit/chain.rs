//! The chain: each record's hash is over its place, itself and the hash before it.

use super::Record;
use crate::fingerprint::fingerprint;

/// The hash before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A place in the chain, and the hash there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: String,
}

/// A record in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub record: Record,
    /// From 1, without a gap.
    pub seq: i64,
    /// The hash before it.
    pub previous: String,
    pub hash: String,
}

/// What is wrong at a place of the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("record {expected} is missing: the next that is there is {found}")]
    Missing { expected: i64, found: i64 },
    #[error("record {seq} does not follow the one before it")]
    Detached { seq: i64 },
    #[error("record {seq} is not as it was sealed")]
    Changed { seq: i64 },
}

impl Head {
    /// Before the first record.
    pub fn start() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }

    /// Puts a record behind it.
    pub fn seal(&mut self, record: Record) -> Sealed {
        let (seq, previous) = (self.seq + 1, std::mem::take(&mut self.hash));
        let hash = hash(&previous, seq, &record);
        *self = Self { seq, hash: hash.clone() };
        Sealed { record, seq, previous, hash }
    }

    /// Goes on to the next record, if it is the next and is what was sealed.
    pub fn follow(&mut self, next: &Sealed) -> Result<(), Broken> {
        let expected = self.seq + 1;
        let before = std::mem::replace(self, Self { seq: next.seq, hash: next.hash.clone() });
        if next.seq != expected {
            return Err(Broken::Missing { expected, found: next.seq });
        }
        if next.previous != before.hash {
            return Err(Broken::Detached { seq: next.seq });
        }
        if hash(&next.previous, next.seq, &next.record) != next.hash {
            return Err(Broken::Changed { seq: next.seq });
        }
        Ok(())
    }
}

/// SHA-256 of a JSON list, in which no two records look alike.
fn hash(previous: &str, seq: i64, record: &Record) -> String {
    let Record { id, recorded_at, program, actor, actions } = record;
    let (kind, at) = (actor.kind.name(), recorded_at.timestamp_micros());
    fingerprint(&(
        previous,
        seq,
        id,
        at,
        program,
        kind,
        &actor.name,
        &actor.partner,
        &actor.token_id,
        actions,
    ))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::{collection::vec, prelude::*};
    use uuid::Uuid;

    use super::*;
    use crate::{
        audit::{Action, Actor, ActorKind},
        clock::Instant,
    };

    fn record(number: u128, name: &str) -> Record {
        let actor = Actor {
            kind: ActorKind::Service,
            name: name.to_owned(),
            partner: None,
            token_id: Some("t-1".to_owned()),
        };
        let actions = [Action { operation: "adjust".into(), ..Action::default() }];
        Record::new(Uuid::from_u128(number), Instant::UNIX_EPOCH, (actor, "classic"), &actions)
    }

    fn chain(names: &[String]) -> Vec<Sealed> {
        let mut head = Head::start();
        (0..).zip(names).map(|(number, name)| head.seal(record(number, name))).collect()
    }

    fn broken(chain: &[Sealed]) -> Vec<Broken> {
        let mut head = Head::start();
        chain.iter().filter_map(|next| head.follow(next).err()).collect()
    }

    #[test]
    fn a_hash_is_the_same_for_ever() {
        let sealed = Head::start().seal(record(1, "oms"));
        // By another program: the SHA-256 of ["000…0",1,"00000000-0000-0000-0000-000000000001",0,"classic","service","oms",null,"t-1","[{\"operation\":\"adjust\"}]"].
        let expected = "5cef926cd77089e10c1a3d6329326d5b4c98c3aa7d3210c7d8ac941865bfa44e";
        assert_eq!(sealed.hash, expected);
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_chain_shows(names in vec("[a-c]{0,2}", 2..8), at in 0..8_usize, what in 0..6_u8) {
            let whole = chain(&names);
            prop_assert_eq!(broken(&whole), vec![]);
            let mut other = whole.clone();
            let at = at % other.len();
            match what {
                // The last one's absence shows only against a head that is kept elsewhere.
                0 => drop(other.remove(at.min(names.len() - 2))),
                1 => other[at].record.actor.name.push('x'),
                2 => other[at].record.actions = "[]".to_owned(),
                3 => other[at].record.actor.token_id = None,
                4 => other[at].hash = GENESIS.to_owned(),
                _ => other.swap(0, 1),
            }
            prop_assert_ne!(broken(&other), vec![]);
        }
    }
}
