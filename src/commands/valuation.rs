//! What an order is worth, and how that reaches its member: what it gives, what is taken back when it is worth less, what
//! becomes active when it is fulfilled, and what comes back of the points that were spent on it.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{Context, Entry, Member, Order, OrderAward, Redemption, World, world::EntryContext};
use crate::{
    clock::Instant,
    ids::{MemberId, RedemptionId},
    ledger::{Account, Clawback, Credit, Kind, Points},
    program::{
        Program,
        document::RecreditPolicy,
        earning::{Award, Line},
    },
};

/// What came of valuing an order again.
pub(crate) struct Revalued {
    pub entries: Vec<i64>,
    pub uncollected: Points,
}

/// An order's lines as they will stand, and why.
pub(crate) struct Change<'a> {
    pub lines: Vec<Line>,
    pub at: Instant,
    pub reason: &'a str,
    /// Whether all points that were spent on the order come back, whatever the policy.
    pub undoes: bool,
}

impl World {
    /// Values an order again, by the version that rewarded it: what is worth less is taken back, what is worth more is
    /// given, points that were spent on what came back come back. The member stands where today's version says.
    pub(crate) fn revalue(
        &mut self,
        place: &(String, String),
        change: &Change<'_>,
        context: &Context<'_>,
    ) -> Revalued {
        let mut order = self.orders.remove(place).expect("the caller has found it");
        let program = self.version(&place.0, order.program_version).expect("the caller has found it");
        let today = self.program(&place.0).expect("the caller has found it");
        let first = self.entries.len();
        let before = program.qualifying_amount(&order.lines);
        order.lines.clone_from(&change.lines);
        order.changed = true;
        self.recredit_order(&order, &program, change, context.now);
        let mut uncollected = Points::ZERO;
        let mut shares = Vec::new();
        let owner = order.member.and_then(|id| self.resolve_id(id));
        if let Some(key) = &owner {
            let gone = self.expired_elsewhere(&order, key);
            let member = self.members.get_mut(key).expect("it was just resolved");
            let mut entries = member.settle(&today, context.now);
            let grown = program.qualifying_amount(&order.lines) - before;
            if let Some(window) = program.window_of(order.placed_at).filter(|_| !grown.is_zero()) {
                member.standing.count(&today, window, grown, (change.at, context.now));
                shares.push((window, grown));
            }
            let (taken, lost) = order.follow_worth(member, (&program, &today), &gone, change, context);
            let beyond = order.taken_beyond(member, &taken);
            entries.extend(taken);
            uncollected = lost;
            member.touched();
            self.entries.extend(entries);
            self.lessen_filled(&order, beyond);
        }
        for (window, grown) in shares {
            self.count_for_those_on_the_way(&order, window, grown);
        }
        let id = owner.and_then(|key| self.members.get(&key)).map(|member| member.id);
        let own = self.entries[first..]
            .iter()
            .filter(|entry| Some(entry.member) == id && entry.order.as_deref() == Some(order.id.as_str()));
        let entries = own.map(|entry| entry.movement.seq).collect();
        self.orders.insert(place.clone(), order);
        Revalued { entries, uncollected }
    }

    /// What an order counts towards the tier of whoever its member has become is that member's share, should the merge be
    /// undone.
    fn count_for_those_on_the_way(&mut self, order: &Order, window: i32, grown: Decimal) {
        let mut next = order.member;
        while let Some(member) = next {
            if let Some(merged) = self.merge_of(member) {
                let share = merged.moved.amounts.entry(window).or_default();
                *share = (*share + grown).normalize();
                merged.changed = true;
            }
            next = self.key_of(member).and_then(|key| self.members.get(key)?.merged_into);
        }
    }

    /// Gives back what was spent on an order, in the measure in which it came back.
    fn recredit_order(&mut self, order: &Order, program: &Program, change: &Change<'_>, now: Instant) {
        let of_order = |redemption: &&Redemption| {
            redemption.program == order.program && redemption.order.as_deref() == Some(order.id.as_str())
        };
        let mut spent: Vec<(RedemptionId, Points)> =
            self.redemptions.values().filter(of_order).map(|spent| (spent.id, spent.points)).collect();
        spent.sort_unstable();
        for (id, points) in spent {
            let target = match program.document().spending.recredit {
                _ if change.undoes => points,
                RecreditPolicy::ProRata => returned_part(points, &order.lines),
                RecreditPolicy::OnFullReturn
                    if order.lines.iter().all(|line| line.returned == line.quantity) =>
                {
                    points
                }
                RecreditPolicy::OnFullReturn | RecreditPolicy::Never => Points::ZERO,
            };
            self.recredit(id, target, (Some(&order.id), change.reason), (change.at, now));
        }
    }
}

/// Digits of a part of points below which it can only differ from the exact one.
const SHARE_SCALE: u32 = 9;

/// As much of points as of an order's worth has come back; all of them when everything has. Rounded down, so that parts
/// never make more than the whole.
fn returned_part(points: Points, lines: &[Line]) -> Points {
    let whole = |line: &Line| Line { returned: 0, ..line.clone() }.amount();
    let total: Decimal = lines.iter().map(whole).sum();
    let kept: Decimal = lines.iter().map(Line::amount).sum();
    let (part, whole) = if total.is_zero() {
        let bought: i64 = lines.iter().map(|line| line.quantity).sum();
        let returned: i64 = lines.iter().map(|line| line.returned).sum();
        (Decimal::from(returned), Decimal::from(bought))
    } else {
        (total - kept, total)
    };
    if part == whole {
        return points;
    }
    // A share first, then the points: the product of both could be more than a decimal carries. Thirds of a share lose no
    // point: what is less than a billionth below a whole number is that number.
    let share = part / whole;
    let exact = (Decimal::from(points.0) * share).round_dp(SHARE_SCALE);
    Points(exact.floor().to_i64().unwrap_or(points.0).min(points.0))
}

impl Order {
    /// Gives a member what the order earns, and counts it towards the tier.
    pub(super) fn earn(
        &mut self,
        member: &mut Member,
        awards: Vec<Award>,
        (program, today): (&Program, &Program),
        context: &Context<'_>,
    ) -> Vec<Entry> {
        self.member = Some(member.id);
        let mut entries = member.settle(today, context.now);
        for award in awards.into_iter().filter(|award| award.points.is_positive()) {
            entries.extend(self.give(member, award, program, context));
        }
        if let Some(window) = program.window_of(self.placed_at) {
            let amount = program.qualifying_amount(&self.lines);
            member.standing.count(today, window, amount, (self.placed_at, context.now));
        }
        if self.is_handed_over() {
            entries.extend(self.activate_fulfilled(member, (program, today), context.now, context));
        }
        member.touched();
        entries
    }

    /// Gives points of one currency: the first of an order, or more after a correction.
    fn give(
        &mut self,
        member: &mut Member,
        award: Award,
        program: &Program,
        context: &Context<'_>,
    ) -> Vec<Entry> {
        let currency =
            program.currency(&award.currency).expect("awards are in the programme's own currencies");
        let activates_at = Program::activates_at(currency, self.placed_at);
        let awaits_event = Program::awaits_event(currency);
        let expires_at = if awaits_event { None } else { program.expires_at(currency, activates_at) };
        let (place, origin) = self.place_of_award(&award.currency, member);
        let credit = Credit {
            kind: Kind::Earn,
            from: Account::Issued,
            points: award.points,
            occurred_at: self.placed_at,
            activates_at,
            awaits_event,
            expires_at,
            origin: origin.map(|(home, lot)| (home.0, lot)),
        };
        let known = &mut self.awards[place];
        known.earned += award.points;
        let lot = origin.map_or(member.next_seq, |(_, lot)| lot);
        known.add_lot(lot);
        // Active at once is now, even where the till's clock runs ahead of ours: nothing of it waits.
        if activates_at > self.placed_at || awaits_event {
            known.wait(lot, activates_at, award.points);
        }
        let cause = EntryContext {
            order: Some(&self.id),
            reason: None,
            program_version: program.version(),
            explanation: Some(award.explanation),
        };
        // Points that are told of late may have come to the end of their waiting: before that is written, what their order's
        // fulfilments have earlier made active is.
        let told_until =
            if awaits_event && self.is_handed_over() { self.placed_at.min(context.now) } else { context.now };
        let (wallet, next_seq) = member.wallet_mut(&award.currency);
        let movements = wallet.credit(&credit, told_until, next_seq);
        member.entries(&award.currency, movements, &cause, context.now)
    }

    /// The award in a currency, a new one where there is none, and which of its lots a further one of the member's is to be
    /// known by, where the award is at home in another ledger.
    fn place_of_award(&mut self, currency: &str, member: &Member) -> (usize, Option<(MemberId, i64)>) {
        if let Some(place) = self.awards.iter().position(|known| known.currency == currency) {
            let award = &self.awards[place];
            let home = self.home(award).filter(|home| *home != member.id);
            return (place, home.map(|home| (home, award.lot)));
        }
        let home = Some(member.id).filter(|id| self.member != Some(*id));
        self.awards.push(OrderAward { home, ..OrderAward::new(currency, member.next_seq) });
        (self.awards.len() - 1, None)
    }

    /// Takes back or gives what the order's lines are worth less or more than what the member has had for them.
    fn follow_worth(
        &mut self,
        member: &mut Member,
        (program, today): (&Program, &Program),
        expired_elsewhere: &[Points],
        change: &Change<'_>,
        context: &Context<'_>,
    ) -> (Vec<Entry>, Points) {
        let worth = program
            .awards(&self.currency, &self.lines, &self.held)
            .expect("the caller has seen that the lines can be valued");
        let (mut entries, mut uncollected) = (Vec::new(), Points::ZERO);
        for i in 0..self.awards.len() {
            let award = &self.awards[i];
            let now_worth = worth.iter().find(|worth| worth.currency == award.currency);
            let points = award.kept() - now_worth.map_or(Points::ZERO, |worth| worth.points);
            if points.is_positive() {
                let gone = expired_elsewhere.get(i).copied().unwrap_or_default();
                let (taken, lost) =
                    self.take_back(i, points, member, (program, today), gone, change, context);
                entries.extend(taken);
                uncollected += lost;
            }
        }
        for award in worth {
            let known = self.awards.iter_mut().find(|known| known.currency == award.currency);
            let more = known.map_or(award.points, |known| known.grow_to(award.points));
            if more.is_positive() {
                entries.extend(self.give(member, Award { points: more, ..award }, program, context));
            }
        }
        if self.is_handed_over() {
            entries.extend(self.activate_fulfilled(member, (program, today), change.at, context));
        }
        (entries, uncollected)
    }

    #[expect(clippy::too_many_arguments, reason = "taking back depends on as many things")]
    fn take_back(
        &mut self,
        place: usize,
        points: Points,
        member: &mut Member,
        (program, today): (&Program, &Program),
        expired_elsewhere: Points,
        change: &Change<'_>,
        context: &Context<'_>,
    ) -> (Vec<Entry>, Points) {
        let lots = self.own_lots(&self.awards[place], member);
        let award = &self.awards[place];
        let tier = member.standing.level(today, context.now).map(|level| level.id.as_str());
        let currency =
            program.currency(&award.currency).expect("awards are in the programme's own currencies");
        let claim = Clawback {
            lots,
            points,
            expired_elsewhere,
            forgiven_before: award.forgiven,
            floor: Program::take_back_floor(currency, tier),
            occurred_at: change.at,
        };
        let (wallet, next_seq) = member.wallet_mut(&award.currency);
        let taken = wallet.claw_back(&claim, next_seq);
        for part in
            taken.movements.iter().filter(|m| m.debit == Account::Pending).flat_map(|m| &m.allocations)
        {
            self.waits_less(place, member, part.lot, part.points);
        }
        let award = &mut self.awards[place];
        award.clawed_back += taken.movements.iter().map(|movement| movement.amount).sum();
        award.forgiven += taken.forgiven;
        award.uncollected += taken.uncollected;
        let cause = EntryContext {
            order: Some(&self.id),
            reason: Some(change.reason),
            program_version: self.program_version,
            explanation: None,
        };
        let currency = award.currency.clone();
        let entries = member.entries(&currency, taken.movements, &cause, context.now);
        (entries, taken.uncollected)
    }

    /// Points of a lot of the member's wait no longer.
    pub(super) fn waits_less(&mut self, place: usize, member: &Member, lot: i64, points: Points) {
        if let Some(lot) = self.known_as(&self.awards[place], member, lot) {
            self.awards[place].lessen(lot, points);
        }
    }

    /// Whether any of it has been handed over.
    fn is_handed_over(&self) -> bool {
        self.lines.iter().any(|line| line.fulfilled > 0)
    }

    /// Makes active what awaited the fulfilment of lines, in the measure in which they are fulfilled: all of it when
    /// everything that is kept is. The member is settled up to what this gave.
    pub(super) fn activate_fulfilled(
        &mut self,
        member: &mut Member,
        (program, today): (&Program, &Program),
        at: Instant,
        context: &Context<'_>,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        let handed_over = |line: &Line| line.fulfilled.min(line.quantity - line.returned);
        let whole = self.lines.iter().all(|line| handed_over(line) == line.quantity - line.returned);
        let lines: Vec<Line> = self
            .lines
            .iter()
            .map(|line| Line { returned: line.quantity - handed_over(line), ..line.clone() })
            .collect();
        let worth = program
            .awards(&self.currency, &lines, &self.held)
            .expect("fewer of the same lines have the same currency and fewer points");
        for i in 0..self.awards.len() {
            let code = self.awards[i].currency.clone();
            let Some(currency) = program.currency(&code).filter(|currency| Program::awaits_event(currency))
            else {
                continue;
            };
            let reached =
                worth.iter().find(|worth| worth.currency == code).map_or(Points::ZERO, |worth| worth.points);
            let target = if whole { Points::MAX } else { reached };
            let mut due = target - self.awards[i].activated;
            let expires_at = program.expires_at(currency, at);
            for lot in self.own_lots(&self.awards[i], member) {
                let (wallet, next_seq) = member.wallet_mut(&code);
                let times = (at, context.now);
                let movements =
                    wallet.activate_early(lot, due.max(Points::ZERO), expires_at, times, next_seq);
                let Some(first) = movements.first() else { continue };
                let (points, part) = (first.amount, first.makes_lot().then_some(first.seq));
                due -= points;
                self.waits_less(i, member, lot, points);
                let known_here = self.home(&self.awards[i]) == Some(member.id);
                let award = &mut self.awards[i];
                award.activated += points;
                part.into_iter().filter(|_| known_here).for_each(|part| award.add_lot(part));
                let cause = EntryContext {
                    order: Some(&self.id),
                    reason: Some("fulfilled"),
                    program_version: program.version(),
                    explanation: None,
                };
                entries.extend(member.entries(&code, movements, &cause, context.now));
            }
        }
        entries.extend(member.settle(today, context.now));
        if !entries.is_empty() {
            member.touched();
        }
        entries
    }
}
