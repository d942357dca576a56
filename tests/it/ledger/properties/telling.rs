//! Tells a script to a desk, and finds what the script has no names for.

use loyalty::{
    clock::Instant,
    commands::{
        CaptureHold, ChangeLot, Command, Decision, Member, Order, OrderAward, Outcome, Refusal, ReleaseHold,
        ReverseRedemption,
    },
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Lot, Points},
    program::Program,
};

use super::{
    script::{Intent, PROGRAM, Said},
    terms::CODES,
};
use crate::desk::Desk;

/// A desk to which something is told.
pub(super) struct Teller {
    pub(super) desk: Desk,
    pub(super) known: Known,
}

/// What the ledger has named so far.
#[derive(Default)]
pub(super) struct Known {
    holds: Vec<HoldId>,
    redemptions: Vec<RedemptionId>,
}

/// A command that was decided.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) command: Command,
    pub(super) now: Instant,
    pub(super) decided: Result<Decision, Refusal>,
}

impl Told {
    pub(super) fn command(&self) -> &Command {
        &self.command
    }

    /// Whether it changed something.
    pub(super) fn is_new(&self) -> bool {
        self.decided.as_ref().is_ok_and(|decision| !decision.replayed)
    }
}

impl Teller {
    pub(super) fn new(program: Program) -> Self {
        Self { desk: Desk::new(program), known: Known::default() }
    }

    /// Has something decided, watched by the desk; nothing where there is nothing yet that it could be about.
    pub(super) fn tell(&mut self, said: &Said) -> Option<Told> {
        let command = self.command(&said.intent, said.now)?;
        let decided = self.desk.decide_watched(&command, said.now);
        self.known.learn(&decided);
        Some(Told { command, now: said.now, decided })
    }

    /// Has all of it decided in one batch, at the time of the last: it can be about nothing that the batch makes.
    pub(super) fn tell_together(&mut self, said: &[Said]) {
        let Some(now) = said.last().map(|last| last.now) else { return };
        let commands: Vec<Command> = said.iter().filter_map(|said| self.command(&said.intent, now)).collect();
        let decided = self.desk.decide_together(&commands.iter().collect::<Vec<_>>(), now);
        for decided in &decided {
            self.known.learn(decided);
        }
    }

    fn command(&self, intent: &Intent, now: Instant) -> Option<Command> {
        let program = PROGRAM.to_owned();
        Some(match intent {
            Intent::Command(command) => command.clone(),
            Intent::Capture { hold, points, order } => {
                let (hold, points) = (one_of(&self.known.holds, *hold)?, points.map(Points));
                Command::CaptureHold(CaptureHold { program, hold, points, order: order.clone() })
            }
            Intent::Release { hold } => {
                Command::ReleaseHold(ReleaseHold { program, hold: one_of(&self.known.holds, *hold)? })
            }
            Intent::Reverse { redemption } => {
                let redemption = one_of(&self.known.redemptions, *redemption)?;
                Command::ReverseRedemption(ReverseRedemption { program, redemption })
            }
            Intent::ChangeLot { order, currency, change } => {
                let (customer, lot) = self.waiting_lot(order, CODES[*currency], now)?;
                let (order, reason) = (Some(order.clone()), "by hand".to_owned());
                Command::ChangeLot(ChangeLot { program, customer, lot, order, change: *change, reason })
            }
        })
    }

    /// The first lot of an order that waits at a moment, and whose it is now.
    fn waiting_lot(&self, order: &str, currency: &str, now: Instant) -> Option<(String, i64)> {
        let world = &self.desk.world;
        let order = world.orders.get(&(PROGRAM.to_owned(), order.to_owned()))?;
        let mut member: &Member = &world.members[world.key_of(order.member?)?];
        while let Some(into) = member.merged_into {
            member = &world.members[world.key_of(into)?];
        }
        let award = order.awards.iter().find(|award| award.currency == currency)?;
        let lots = member.wallet(currency)?.lots().iter();
        let waits = |lot: &&Lot| !lot.active && lot.remaining.is_positive() && lot.activates_at > now;
        let lot =
            lots.filter(waits).filter(|lot| is_own(lot, order, award, member.id)).map(|lot| lot.seq).min();
        Some((member.key.customer.clone(), lot?))
    }
}

impl Known {
    /// What an answer names.
    fn learn(&mut self, decided: &Result<Decision, Refusal>) {
        match decided.as_ref().map(|decision| &decision.outcome) {
            Ok(Outcome::Held { hold, .. }) => self.holds.push(*hold),
            Ok(Outcome::Redeemed { redemption, .. } | Outcome::HoldCaptured { redemption, .. }) => {
                self.redemptions.push(*redemption);
            }
            _ => {}
        }
    }
}

/// One of those that there are, whatever the number: 0 is the last.
fn one_of<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.iter().rev().nth(number.checked_rem(all.len())?).copied()
}

fn is_own(lot: &Lot, order: &Order, award: &OrderAward, member: MemberId) -> bool {
    let home = award.home.or(order.member);
    let own = |seq: i64| award.lots().any(|lot| lot == seq);
    let came = lot.origin.is_some_and(|(owner, seq)| Some(MemberId(owner)) == home && own(seq));
    came || home == Some(member) && own(lot.seq)
}
