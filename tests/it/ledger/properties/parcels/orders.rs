//! Orders: what they are worth, and what follows from that.

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{ClaimOrder, LotChange, OrderInput, RecordFulfilment, RecordReturn},
    ids::RedemptionId,
    program::document::{LineKind, RecreditPolicy, TakeBack},
};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{Lot, Parcels, Place};

/// An order as it stands.
pub(super) struct Bought {
    pub(super) person: Option<usize>,
    pub(super) customer: Option<String>,
    pub(super) placed: Instant,
    /// Hundredths.
    multiplier: i64,
    lines: Vec<Line>,
    pub(super) cancelled: bool,
    pub(super) given: [Given; 2],
}

#[derive(Clone)]
struct Line {
    id: String,
    cents: i64,
    product: bool,
    quantity: i64,
    returned: i64,
    fulfilled: i64,
}

/// What an order gave in one currency, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) earned: i64,
    pub(crate) clawed_back: i64,
    pub(crate) forgiven: i64,
    pub(crate) uncollected: i64,
    pub(crate) activated: i64,
}

impl Given {
    fn kept(&self) -> i64 {
        self.earned - self.clawed_back - self.forgiven - self.uncollected
    }
}

fn lines(order: &OrderInput) -> Vec<Line> {
    let cents = |amount: Decimal| (amount * Decimal::ONE_HUNDRED).to_i64().expect("whole cents");
    let line = |line: &loyalty::program::earning::Line| Line {
        id: line.id.clone(),
        cents: cents(line.unit_price) - cents(line.discount) / line.quantity,
        product: line.kind == LineKind::Product,
        quantity: line.quantity,
        returned: 0,
        fulfilled: 0,
    };
    order.lines.iter().map(line).collect()
}

/// Cents of what is kept of the products.
fn basis(lines: &[Line]) -> i64 {
    let products = lines.iter().filter(|line| line.product);
    products.map(|line| (line.quantity - line.returned) * line.cents).sum()
}

impl Parcels<'_> {
    /// An order that was told of: a new one, or another revision of one that is known.
    pub(super) fn order(&mut self, told: &OrderInput) {
        let member = told.customer.as_ref().and_then(|customer| self.find(customer));
        let Some(known) = self.orders.get(&told.id) else {
            let new = || told.customer.as_ref().filter(|_| self.terms.on_first_order);
            let new = if member.is_none() { new().cloned() } else { None };
            let earner = member.or_else(|| new.map(|customer| self.enrol(&customer)));
            let bought = Bought {
                person: None,
                customer: told.customer.clone(),
                placed: told.placed_at,
                multiplier: self.multiplier(earner, told.placed_at),
                lines: lines(told),
                cancelled: false,
                given: [Given::default(); 2],
            };
            self.orders.insert(told.id.clone(), bought);
            if let Some(earner) = earner {
                self.earn(&told.id, earner);
            }
            return;
        };
        let mut corrected = lines(told);
        for line in &mut corrected {
            if let Some(old) = known.lines.iter().find(|old| old.id == line.id) {
                line.returned = old.returned;
                line.fulfilled = old.fulfilled.min(line.quantity);
            }
        }
        let nobodys = known.person.is_none();
        self.orders.get_mut(&told.id).expect("it is known").customer.clone_from(&told.customer);
        match member.filter(|_| nobodys) {
            Some(member) => {
                let multiplier = self.multiplier(Some(member), told.placed_at);
                let order = self.orders.get_mut(&told.id).expect("it is known");
                (order.lines, order.multiplier) = (corrected, multiplier);
                self.earn(&told.id, member);
            }
            None => self.revalue(&told.id, &corrected, self.now, false),
        }
    }

    /// That of the rung which is held when the order is placed.
    fn multiplier(&self, member: Option<usize>, placed: Instant) -> i64 {
        let Some(ladder) = &self.terms.ladder else { return 100 };
        let rung = member.and_then(|member| self.terms.rung(&self.people[member].spend, placed));
        ladder.levels[rung.unwrap_or_default()].1
    }

    fn worth(&self, id: &str, lines: &[Line], coin: usize) -> i64 {
        let terms = &self.terms.currencies[coin];
        let multiplier = if terms.multiplied { self.orders[id].multiplier } else { 100 };
        self.terms.rounded(basis(lines) * terms.rate * multiplier)
    }

    fn earn(&mut self, id: &str, earner: usize) {
        let order = self.orders.get_mut(id).expect("an order");
        order.person = Some(earner);
        let (lines, placed) = (order.lines.clone(), order.placed);
        for coin in 0..self.terms.currencies.len() {
            self.give(id, coin, self.worth(id, &lines, coin));
        }
        self.count(earner, placed, basis(&lines));
        self.activate(id, self.now);
    }

    fn count(&mut self, person: usize, placed: Instant, cents: i64) {
        if let Some(window) = self.terms.window(placed) {
            *self.people[person].spend.entry(window).or_default() += cents;
        }
    }

    fn give(&mut self, id: &str, coin: usize, points: i64) {
        if points <= 0 {
            return;
        }
        let order = self.orders.get_mut(id).expect("an order");
        let placed = order.placed;
        order.given[coin].earned += points;
        let person = self.is_now(self.orders[id].person.expect("an earner"));
        self.people[person].sums[coin].earned += points;
        let terms = &self.terms.currencies[coin];
        let (event, until) = (terms.awaits_event(), placed + Duration::days(terms.waits_days().into()));
        let ends = if event { None } else { self.terms.ends(terms.expiry, until) };
        let waits = terms.waits_days() > 0;
        // More of what somebody else earned is of that.
        let root = match self.first_lot(id, coin).map(|first| self.lots[first].root) {
            Some(root) if self.lots[root].person != person => root,
            _ => self.next_lot(),
        };
        let lot = Lot { person, coin, born: placed, ends, order: Some(id.to_owned()), root };
        if waits {
            self.put(lot, points, Place::Waiting { until, event });
        } else {
            let given = self.put(lot, points, Place::Free);
            self.set_free(given);
        }
    }

    pub(super) fn give_back(&mut self, told: &RecordReturn) {
        let mut lines = self.orders[&told.order_id].lines.clone();
        for back in &told.lines {
            let line = lines.iter_mut().find(|line| line.id == back.line_id).expect("a line");
            line.returned += back.quantity;
        }
        self.revalue(&told.order_id, &lines, told.returned_at, false);
    }

    pub(super) fn cancel(&mut self, id: &str) {
        let order = self.orders.get_mut(id).expect("an order");
        order.cancelled = true;
        let mut lines = order.lines.clone();
        for line in &mut lines {
            line.returned = line.quantity;
        }
        self.revalue(id, &lines, self.now, true);
    }

    /// The order's lines stand otherwise: what was spent on it comes back, then it is worth less, or more.
    fn revalue(&mut self, id: &str, lines: &[Line], at: Instant, undone: bool) {
        let before = std::mem::replace(&mut self.orders.get_mut(id).expect("an order").lines, lines.to_vec());
        let of_order = |spent: &super::Redeemed| spent.order.as_deref() == Some(id);
        let spent: Vec<(RedemptionId, i64)> = self
            .redeemed
            .iter()
            .filter(|(_, spent)| of_order(spent))
            .map(|(redemption, spent)| (*redemption, spent.points))
            .collect();
        for (redemption, points) in spent {
            self.come_back(redemption, self.part_back(lines, points, undone), at);
        }
        let (order, coins) = (&self.orders[id], self.terms.currencies.len());
        let (Some(person), placed) = (order.person, order.placed) else { return };
        let person = self.is_now(person);
        let grown = basis(lines) - basis(&before);
        self.count(person, placed, grown);
        if let (Some(earner), Some(window)) = (self.orders[id].person, self.terms.window(placed)) {
            self.share(earner, window, grown);
        }
        for coin in 0..coins {
            let less = self.orders[id].given[coin].kept() - self.worth(id, lines, coin);
            self.take_back(id, coin, less);
        }
        for coin in 0..coins {
            let more = self.worth(id, lines, coin) - self.orders[id].given[coin].kept();
            let given = &mut self.orders.get_mut(id).expect("an order").given[coin];
            // What could not be taken back is still there.
            let there = more.clamp(0, given.uncollected);
            given.uncollected -= there;
            self.give(id, coin, more - there);
        }
        self.activate(id, at);
    }

    fn part_back(&self, lines: &[Line], points: i64, undone: bool) -> i64 {
        let whole: i128 = lines.iter().map(|line| i128::from(line.quantity * line.cents)).sum();
        let back: i128 = lines.iter().map(|line| i128::from(line.returned * line.cents)).sum();
        let pieces: i128 = lines.iter().map(|line| i128::from(line.quantity)).sum();
        let returned: i128 = lines.iter().map(|line| i128::from(line.returned)).sum();
        let part = |of: i128, whole: i128| i64::try_from(i128::from(points) * of / whole).expect("a part");
        match self.terms.spending.recredit {
            _ if undone => points,
            RecreditPolicy::ProRata if whole == 0 => part(returned, pieces),
            RecreditPolicy::ProRata => part(back, whole),
            RecreditPolicy::OnFullReturn if returned == pieces => points,
            RecreditPolicy::OnFullReturn | RecreditPolicy::Never => 0,
        }
    }

    /// First what waits of the order, then what is free of it; then what of it is gone already; then anything; then debt.
    fn take_back(&mut self, id: &str, coin: usize, points: i64) {
        if points <= 0 {
            return;
        }
        let person = self.is_now(self.orders[id].person.expect("an earner"));
        let is_of_order = |parcel: &super::Parcel| {
            let lot = &self.lots[parcel.lot];
            lot.coin == coin && lot.order.as_deref() == Some(id)
        };
        let is_own = |parcel: &super::Parcel| is_of_order(parcel) && self.lots[parcel.lot].person == person;
        let on_the_way = self.on_the_way(id, coin, person);
        let waiting = self.sorted(|p| is_own(p) && matches!(p.place, Place::Waiting { .. }));
        let free = self.sorted(|p| is_own(p) && p.place == Place::Free);
        let has_ended = |p: &super::Parcel| matches!(p.place, Place::Ended { .. });
        let was_there = |p: &super::Parcel| on_the_way.contains(&self.lots[p.lot].person);
        let ended = self.sorted(|p| is_of_order(p) && has_ended(p) && was_there(p));
        let ended: i64 = ended.iter().map(|i| self.all[*i].points).sum();
        let policy = self.terms.currencies[coin].take_back;
        let (_, mut due) = self.take(&waiting, points, Place::Gone);
        if policy != TakeBack::PendingOnly {
            (_, due) = self.take(&free, due, Place::Gone);
        }
        let forgiven = due.min(ended - self.orders[id].given[coin].forgiven).max(0);
        due -= forgiven;
        if policy != TakeBack::PendingOnly {
            let before = due;
            (_, due) = self.spend(person, coin, due, Place::Gone);
            let lent = due.min(self.room(person, coin));
            self.people[person].debts[coin] += lent;
            due -= lent;
            self.forget_paid(id, coin, before - due);
        }
        let given = &mut self.orders.get_mut(id).expect("an order").given[coin];
        let taken = points - forgiven - due;
        given.clawed_back += taken;
        given.forgiven += forgiven;
        given.uncollected += due;
        self.people[person].sums[coin].clawed_back += taken;
    }

    /// How much more may be owed for what is taken back.
    fn room(&self, person: usize, coin: usize) -> i64 {
        let terms = &self.terms.currencies[coin];
        let at_top = terms.at_top.filter(|_| self.is_at_top(person)).map(|(floor, _)| floor);
        let floor = match terms.take_back {
            TakeBack::DownToFloor => at_top.or(terms.deficit_max),
            _ => Some(0),
        };
        floor.map_or(i64::MAX, |floor| (floor.cast_signed() - self.people[person].debts[coin]).max(0))
    }

    pub(super) fn hand_over(&mut self, told: &RecordFulfilment) {
        let order = self.orders.get_mut(&told.order_id).expect("an order");
        for piece in &told.lines {
            let line = order.lines.iter_mut().find(|line| line.id == piece.line_id).expect("a line");
            line.fulfilled += piece.quantity;
        }
        if order.person.is_some() {
            self.activate(&told.order_id, told.fulfilled_at);
        }
    }

    /// What awaited its fulfilment is free in the measure in which that has come.
    fn activate(&mut self, id: &str, at: Instant) {
        let kept = |line: &Line| line.quantity - line.returned;
        let order = &self.orders[id];
        if order.lines.iter().all(|line| line.fulfilled == 0) {
            return;
        }
        let whole = order.lines.iter().all(|line| line.fulfilled >= kept(line));
        let mut handed_over = order.lines.clone();
        for line in &mut handed_over {
            line.returned = line.quantity - line.fulfilled.min(kept(line));
        }
        for coin in 0..self.terms.currencies.len() {
            if !self.terms.currencies[coin].awaits_event() {
                continue;
            }
            let target = if whole { i64::MAX } else { self.worth(id, &handed_over, coin) };
            let mut due = target - self.orders[id].given[coin].activated;
            for lot in self.waiting_lots(id, coin) {
                due -= self.start(id, lot, due.max(0), at);
            }
        }
    }

    fn waiting_lots(&self, id: &str, coin: usize) -> Vec<usize> {
        let waits = |lot: &usize| {
            self.all.iter().any(|parcel| {
                parcel.lot == *lot && parcel.points > 0 && matches!(parcel.place, Place::Waiting { .. })
            })
        };
        let person = self.orders[id].person.map(|person| self.is_now(person));
        let own = |lot: &usize| {
            let lot = &self.lots[*lot];
            lot.coin == coin && lot.order.as_deref() == Some(id) && Some(lot.person) == person
        };
        (0..self.lots.len()).filter(own).filter(waits).collect()
    }

    /// Lets so many points of a lot wait no longer, or all that do.
    fn start(&mut self, id: &str, lot: usize, points: i64, at: Instant) -> i64 {
        let coin = self.lots[lot].coin;
        let terms = &self.terms.currencies[coin];
        let ends = if terms.awaits_event() { self.terms.ends(terms.expiry, at) } else { self.lots[lot].ends };
        let waiting = self.sorted(|p| p.lot == lot && matches!(p.place, Place::Waiting { .. }));
        let all: i64 = waiting.iter().map(|i| self.all[*i].points).sum();
        let (started, missing) = self.take(&waiting, points, Place::Free);
        let points = points - missing;
        if points == all {
            self.lots[lot].ends = ends;
        } else if points > 0 {
            let own = self.lots[lot].root == lot;
            let root = if own { self.next_lot() } else { self.lots[lot].root };
            let part = self.add_lot(Lot { ends, root, ..self.lots[lot].clone() });
            for i in &started {
                self.all[*i].lot = part;
            }
        }
        for i in started {
            self.set_free(i);
        }
        self.orders.get_mut(id).expect("an order").given[coin].activated += points;
        points
    }

    pub(super) fn claim(&mut self, told: &ClaimOrder) {
        let member = self.find(&told.customer).expect("a member");
        let multiplier = self.multiplier(Some(member), self.orders[&told.order_id].placed);
        let order = self.orders.get_mut(&told.order_id).expect("an order");
        order.multiplier = multiplier;
        order.customer = Some(told.customer.clone());
        self.earn(&told.order_id, member);
    }

    /// The first lot that waits of an order is hastened or called off.
    pub(super) fn change_lot(&mut self, id: &str, coin: usize, change: LotChange) {
        let lot = self.waiting_lots(id, coin)[0];
        let Lot { person, coin, .. } = self.lots[lot];
        match change {
            LotChange::Activate => {
                self.start(id, lot, i64::MAX, self.now);
            }
            LotChange::Cancel => {
                let waiting = self.sorted(|p| p.lot == lot && matches!(p.place, Place::Waiting { .. }));
                for i in waiting {
                    self.all[i].place = Place::Ended { called_off: true };
                    self.people[person].sums[coin].cancelled += self.all[i].points;
                }
            }
        }
    }
}
