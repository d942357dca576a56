//! The audit log's keeper: seals what waits, says in the log how far the chain has come, and forgets what is old. And the
//! check of the chain.

use std::time::Duration;

use metrics::counter;
use tokio::sync::watch;

use crate::{
    audit::{Action, Actor, Head, Record},
    clock::SharedClock,
    ids::SharedIds,
    store::{Pages, StoreError, Trail},
    telemetry::AUDIT_SEALED_TOTAL,
};

/// How often the chain's head is said: whoever keeps the log elsewhere can tell by it whether the chain's end was cut off.
const SAID_EVERY: Duration = Duration::from_mins(1);
/// How often it is looked for what is old.
const FORGOTTEN_EVERY: Duration = Duration::from_hours(1);
/// Records of one page of a check.
const PAGE_RECORDS: u64 = 1_000;
/// What the record of a forgotten stretch is called.
const FORGET: &str = "forget_audit";
/// Who forgets.
const RETENTION: &str = "retention";

/// One a process. What one leaves, another seals: the chain is one.
pub struct Keeper {
    pub trail: Trail,
    pub ids: SharedIds,
    pub clock: SharedClock,
    /// The programme in whose log it stands that old records were forgotten.
    pub program: String,
    /// How long records are kept; for ever where there is none.
    pub retention: Option<Duration>,
}

/// What the keeper is up to, beside sealing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Seal,
    Forget,
    Say,
    Stop,
}

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFindings {
    pub records: usize,
    pub head: Head,
    /// What is not as it must be, one line each.
    pub differences: Vec<String>,
}

impl Keeper {
    /// Works until `stop` turns true, and once more then.
    pub async fn run(self, interval: Duration, mut stop: watch::Receiver<bool>) {
        let mut rounds = tokio::time::interval(interval);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut cleaning = tokio::time::interval(FORGOTTEN_EVERY);
        let mut saying = tokio::time::interval(SAID_EVERY);
        let mut unsaid = None;
        loop {
            let due = tokio::select! {
                _ = rounds.tick() => Due::Seal,
                _ = cleaning.tick() => Due::Forget,
                _ = saying.tick() => Due::Say,
                _ = stop.wait_for(|stop| *stop) => Due::Stop,
            };
            match due {
                Due::Forget => self.forget().await,
                Due::Say => say(unsaid.take()),
                Due::Seal | Due::Stop => {}
            }
            match self.trail.seal().await {
                Ok((0, _)) => {}
                Ok((sealed, head)) => {
                    counter!(AUDIT_SEALED_TOTAL).increment(sealed);
                    unsaid = Some(head);
                }
                // What waits goes on waiting: the next round finds it.
                Err(error) => tracing::warn!(%error, "the audit log was not sealed"),
            }
            if due == Due::Stop {
                say(unsaid);
                return;
            }
        }
    }

    /// Forgets what is older than records are kept.
    pub async fn forget(&self) {
        let Some(retention) = self.retention else { return };
        let now = self.clock.now();
        let record = |gone: &Head| {
            let action = Action {
                operation: FORGET.into(),
                subject: Some(gone.seq.to_string().into()),
                before: Some(gone.hash.clone().into()),
                ..Action::default()
            };
            Record::new(self.ids.new_uuid(now), now, (Actor::operator(RETENTION), &self.program), &[action])
        };
        loop {
            match self.trail.forget(now - retention, record).await {
                Ok(None) => return,
                Ok(Some(gone)) => {
                    tracing::info!(seq = gone.seq, hash = gone.hash, "forgot the audit log up to here");
                }
                Err(error) => {
                    tracing::warn!(%error, "old records of the audit log are still there");
                    return;
                }
            }
        }
    }
}

fn say(head: Option<Head>) {
    if let Some(head) = head {
        tracing::info!(seq = head.seq, hash = head.hash, "the audit log is sealed up to here");
    }
}

/// Follows the chain from its beginning, or from where it was forgotten, to its end. A head that was said elsewhere must be in
/// it, unless it has been forgotten since. Nothing is written: the disk may be full.
pub async fn check_chain(pages: &Pages, said: Option<&Head>) -> Result<ChainFindings, StoreError> {
    loop {
        let mark = pages.audit_mark().await?;
        let findings = follow(pages, mark.as_ref(), said).await?;
        // Whatever was forgotten meanwhile was not to be found.
        if pages.audit_mark().await? == mark {
            return Ok(findings);
        }
    }
}

async fn follow(
    pages: &Pages,
    mark: Option<&Head>,
    said: Option<&Head>,
) -> Result<ChainFindings, StoreError> {
    // Before the chain: what waits no longer is in it by then.
    let waiting = pages.audit_pending_by(&Actor::operator(RETENTION)).await?;
    let mut head = mark.cloned().unwrap_or_else(Head::start);
    let (mut records, mut differences) = (0, Vec::new());
    let says = |mark: &Head| waiting.iter().any(|record| tells(record, mark));
    let mut is_told = mark.is_none_or(says);
    let mut met = said.is_none_or(|said| said.seq < head.seq || *said == head);
    loop {
        let page = pages.audit_chain(head.seq, PAGE_RECORDS).await?;
        if page.is_empty() {
            break;
        }
        for sealed in &page {
            records += 1;
            if let Err(broken) = head.follow(sealed) {
                differences.push(format!("audit log: {broken}"));
            }
            met |= said == Some(&head);
            is_told |= mark.is_some_and(|mark| tells(&sealed.record, mark));
        }
    }
    if let Some(mark) = mark.filter(|_| !is_told) {
        differences.push(format!("audit log: nobody says that it was forgotten up to record {}", mark.seq));
    }
    if let Some(said) = said.filter(|_| !met) {
        differences.push(format!("audit log: record {} with the hash {} is not in it", said.seq, said.hash));
    }
    Ok(ChainFindings { records, head, differences })
}

/// Whether a record says that the log was forgotten up to a place.
fn tells(record: &Record, mark: &Head) -> bool {
    let says = |action: &Action<'_>| {
        action.operation == FORGET
            && action.subject.as_deref() == Some(&*mark.seq.to_string())
            && action.before.as_deref() == Some(&*mark.hash)
    };
    record.actions().is_ok_and(|actions| actions.iter().any(says))
}
