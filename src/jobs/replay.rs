//! Replays a feed through the same commands as live orders; time is the event's.

use std::{
    io::{self, Write},
    path::Path,
};

use super::feed::{self, FeedError, FeedEvent};
use crate::{
    auth::Allowed,
    clock::Instant,
    commands::{Member, MemberSnapshot},
    journal::{AnswerWith, CommandError, Envelope, Journal},
    program::Program,
    store::{Pages, StoreError},
};

/// Commands handed to the journal at once.
const CHUNK_COMMANDS: usize = 1_000;
/// Members of one page of balances.
const PAGE_MEMBERS: u64 = 500;

/// What a replay did.
#[derive(Clone, Debug, Default)]
pub struct ReplayReport {
    pub recorded: usize,
    /// Were there already and changed nothing.
    pub replayed: usize,
    /// Refused, each with its reason.
    pub refused: Vec<String>,
    pub last_event_at: Option<Instant>,
}

impl ReplayReport {
    pub fn events(&self) -> usize {
        self.recorded + self.replayed + self.refused.len()
    }
}

/// Why a replay stopped. What came before is recorded; the same feed goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error("the journal failed: {0}")]
    Journal(CommandError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write the balances: {0}")]
    Balances(#[from] io::Error),
}

/// Replays a feed. `progress` hears the feed's size in bytes and how many of them have been read.
pub async fn replay(
    path: &Path,
    program: &str,
    journal: &Journal,
    bytes_read: impl Fn(u64) + Send + 'static,
) -> Result<ReplayReport, ReplayError> {
    let (reader, _) = feed::open(path, bytes_read)?;
    let mut report = ReplayReport::default();
    let mut chunk = Vec::with_capacity(CHUNK_COMMANDS);
    for event in feed::events(reader) {
        let event = event?;
        report.last_event_at = report.last_event_at.max(Some(event.occurred_at()));
        chunk.push(event);
        if chunk.len() == CHUNK_COMMANDS {
            submit(std::mem::take(&mut chunk), program, journal, &mut report).await?;
        }
    }
    submit(chunk, program, journal, &mut report).await?;
    Ok(report)
}

async fn submit(
    events: Vec<FeedEvent>,
    program: &str,
    journal: &Journal,
    report: &mut ReplayReport,
) -> Result<(), ReplayError> {
    let envelope = |event: FeedEvent| Envelope {
        key: None,
        command: Allowed::by_operator(event.into_command(program), "replay"),
        answer_with: AnswerWith::Nothing,
    };
    for answer in journal.submit(events.into_iter().map(envelope).collect()).await {
        match answer {
            Ok(receipt) if receipt.replayed => report.replayed += 1,
            Ok(_) => report.recorded += 1,
            Err(CommandError::Refused(refusal)) => report.refused.push(refusal.to_string()),
            Err(error) => return Err(ReplayError::Journal(error)),
        }
    }
    Ok(())
}

/// One line of the balances.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceLine {
    customer_id: String,
    balance: i64,
    earned: i64,
    clawed_back: i64,
    expired: i64,
    tier: String,
}

/// Writes every member's balance in the programme's first currency as of an instant, as CSV, by customer id. Nothing is
/// written to the ledger: what time will have done by then is reckoned on the way.
pub async fn write_balances(
    out: impl Write,
    program: &Program,
    as_of: Instant,
    pages: &Pages,
) -> Result<usize, ReplayError> {
    let mut lines = Vec::new();
    let mut after = None;
    loop {
        let members = pages.members_of(program.id(), after, PAGE_MEMBERS).await?;
        let Some(last) = members.last() else { break };
        after = Some(last.id);
        lines.extend(members.into_iter().map(|member| line(member, program, as_of)));
    }
    lines.sort_by(|a, b| a.customer_id.cmp(&b.customer_id));
    let mut csv = csv::Writer::from_writer(out);
    for line in &lines {
        csv.serialize(line).map_err(io::Error::other)?;
    }
    csv.flush()?;
    Ok(lines.len())
}

fn line(member: Member, program: &Program, as_of: Instant) -> BalanceLine {
    let tier = MemberSnapshot::of(&member).at(program, as_of).tier.map(|tier| tier.level.id.clone());
    let code = &program.first_currency().code;
    let wallet = member.wallets.into_iter().find(|wallet| wallet.currency == *code).map(|mut wallet| {
        wallet.settle(as_of, &mut 0);
        wallet
    });
    let totals = wallet.as_ref().map(|wallet| wallet.totals).unwrap_or_default();
    BalanceLine {
        customer_id: member.key.customer,
        balance: wallet.map_or(0, |wallet| wallet.available().0),
        earned: totals.earned.0,
        clawed_back: totals.clawed_back.0,
        expired: totals.expired.0,
        tier: tier.unwrap_or_default(),
    }
}
