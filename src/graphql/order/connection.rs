//! A member's orders, page by page.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use hashbrown::HashMap;

use super::{LoyaltyOrder, r#type::main_award};
use crate::{
    clock::Instant,
    commands::{self, MemberSnapshot, Redemption},
    graphql::{
        federation::Preloaded,
        page::{PageInfo, cursors},
        problem::Problem,
        visit::{Place, Visit},
    },
    program::{Explanation, Program},
    store::{Page, Slice},
};

/// A page of orders.
pub(crate) struct LoyaltyOrderConnection {
    cursors: Vec<String>,
    orders: Vec<Arc<commands::Order>>,
    /// By the number of the entry that gave the points; empty where nobody asks.
    explanations: HashMap<i64, Explanation>,
    /// What was spent on them; empty where nobody asks.
    spent: HashMap<Place, Arc<[Redemption]>>,
    program: Arc<Program>,
    known: Arc<Preloaded>,
    page_info: PageInfo,
}

/// An order in its list.
#[derive(SimpleObject)]
struct LoyaltyOrderEdge {
    /// Names the order's place, for `after` and `before`.
    cursor: String,
    /// The order.
    node: LoyaltyOrder,
}

impl LoyaltyOrderConnection {
    /// Reads a page, and for all its orders together what their fields will ask for.
    pub(crate) async fn read(
        context: &Context<'_>,
        visit: &Visit,
        member: &Arc<MemberSnapshot>,
        program: &Arc<Program>,
        slice: Slice<(Instant, String)>,
    ) -> Result<Self, Problem> {
        let page = visit.services.pages.orders_of(member.id, slice).await;
        let page = page.map_err(|error| visit.fault(&error))?;
        let (cursors, page_info) = cursors(&page, |order| (order.placed_at, order.id.clone()));
        let looked_at = context.look_ahead();
        let asks = |field: &str| {
            looked_at.field("nodes").field(field).exists()
                || looked_at.field("edges").field("node").field(field).exists()
        };
        let explains = asks("explanation");
        let spent = if ["spent", "recredited", "redemptions"].into_iter().any(asks) {
            visit.spent_on(&page.items.iter().map(place).collect::<Vec<_>>()).await?
        } else {
            HashMap::new()
        };
        let lots = page.items.iter().filter_map(|order| main_award(order, program)).map(|award| award.lot);
        let lots: Vec<i64> = lots.filter(|_| explains).collect();
        let entries = if lots.is_empty() {
            Vec::new()
        } else {
            let entries = visit.services.pages.entries_by_number(member.id, &lots).await;
            entries.map_err(|error| visit.fault(&error))?
        };
        Ok(Self {
            cursors,
            orders: page.items.into_iter().map(Arc::new).collect(),
            explanations: entries
                .into_iter()
                .filter_map(|e| Some((e.movement.seq, e.explanation?)))
                .collect(),
            spent,
            program: Arc::clone(program),
            known: Preloaded::of_member(member),
            page_info,
        })
    }

    /// Nothing, to whoever sees none.
    pub(crate) fn empty(member: &Arc<MemberSnapshot>, program: &Arc<Program>) -> Self {
        let page = Page { items: Vec::new(), has_previous: false, has_next: false };
        let (cursors, page_info) =
            cursors(&page, |order: &commands::Order| (order.placed_at, order.id.clone()));
        Self {
            cursors,
            orders: Vec::new(),
            explanations: HashMap::new(),
            spent: HashMap::new(),
            program: Arc::clone(program),
            known: Preloaded::of_member(member),
            page_info,
        }
    }

    fn shown(&self, visit: &Visit) -> impl Iterator<Item = LoyaltyOrder> {
        self.orders.iter().filter_map(move |order: &Arc<commands::Order>| {
            let award = main_award(order, &self.program);
            let explained = award.and_then(|award| self.explanations.get(&award.lot)).cloned().map(Box::new);
            let spent = self.spent.get(&place(order)).cloned();
            Some(
                LoyaltyOrder::new(visit, Arc::clone(order), &self.known)?
                    .explained_by(explained)
                    .paid_with(spent),
            )
        })
    }
}

fn place(order: &commands::Order) -> Place {
    (order.program.clone(), order.id.clone())
}

/// A page of orders.
#[Object]
impl LoyaltyOrderConnection {
    /// The orders with their cursors, newest first.
    async fn edges(&self, context: &Context<'_>) -> Vec<LoyaltyOrderEdge> {
        let nodes = self.shown(Visit::of(context));
        let edge = |(cursor, node): (&String, _)| LoyaltyOrderEdge { cursor: cursor.clone(), node };
        self.cursors.iter().zip(nodes).map(edge).collect()
    }

    /// The orders alone, newest first.
    async fn nodes(&self, context: &Context<'_>) -> Vec<LoyaltyOrder> {
        self.shown(Visit::of(context)).collect()
    }

    /// Where the page stands in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }
}
