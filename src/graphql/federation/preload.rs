//! What one `_entities` call will need, read before its fields resolve: all customers in one read of the hot balances, all
//! orders in one of the store. Fields that find nothing here read for themselves.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use async_graphql::{Context, ID, SelectionField, Value};
use futures_util::future::join3;
use hashbrown::HashMap;

use super::{Fields, entity::Named};
use crate::{
    commands::{self, MemberKey, MemberSnapshot, Redemption},
    graphql::{
        problem::Problem,
        reward::Stocks,
        visit::{Place, Visit},
    },
    ids::MemberId,
    program::Program,
};

/// A member, and the name that leave to read it is asked for.
pub(super) type NamedMember = (MemberKey, Arc<MemberSnapshot>);

/// What has been read already.
#[derive(Default)]
pub(crate) struct Preloaded {
    members: HashMap<MemberKey, Option<Arc<MemberSnapshot>>>,
    by_id: HashMap<MemberId, NamedMember>,
    orders: HashMap<Place, Option<Arc<commands::Order>>>,
    spent: HashMap<Place, Arc<[Redemption]>>,
    stocks: Option<Arc<Stocks>>,
    /// Why something of it is missing.
    problem: Option<Problem>,
}

impl Preloaded {
    /// Nothing has been read.
    pub(crate) fn nothing() -> Arc<Self> {
        static NOTHING: LazyLock<Arc<Preloaded>> = LazyLock::new(Arc::default);
        Arc::clone(&NOTHING)
    }

    /// One member is at hand.
    pub(crate) fn of_member(snapshot: &Arc<MemberSnapshot>) -> Arc<Self> {
        let members = HashMap::from([(snapshot.key.clone(), Some(Arc::clone(snapshot)))]);
        Arc::new(Self { members, ..Self::default() })
    }

    /// What was read of a member: None where nobody looked.
    pub(crate) fn member(&self, key: &MemberKey) -> Result<Option<&Option<Arc<MemberSnapshot>>>, Problem> {
        self.or_problem(self.members.get(key))
    }

    pub(super) fn member_by_id(&self, id: MemberId) -> Result<Option<&NamedMember>, Problem> {
        self.or_problem(self.by_id.get(&id))
    }

    /// What was read of an order: None where nobody looked.
    pub(crate) fn order(&self, place: &Place) -> Result<Option<&Option<Arc<commands::Order>>>, Problem> {
        self.or_problem(self.orders.get(place))
    }

    /// What was spent on an order: None where nobody looked.
    pub(crate) fn spent(&self, place: &Place) -> Option<&Arc<[Redemption]>> {
        self.spent.get(place)
    }

    /// What is left of rewards: None where nobody looked.
    pub(crate) fn stocks(&self) -> Option<&Arc<Stocks>> {
        self.stocks.as_ref()
    }

    fn or_problem<T>(&self, found: Option<T>) -> Result<Option<T>, Problem> {
        match (&found, &self.problem) {
            (None, Some(problem)) => Err(problem.clone()),
            _ => Ok(found),
        }
    }

    /// Reads what a call will need. A failed read is kept, for the fields that it concerns.
    pub(super) async fn read(
        context: &Context<'_>,
        visit: &Visit,
        entities: &[Result<Named, Problem>],
        representations: &[Value],
    ) -> Arc<Self> {
        if visit.identified().is_err() {
            return Self::nothing();
        }
        let asked = Asked::of(context, visit);
        let named = || {
            entities
                .iter()
                .zip(representations)
                .filter_map(|(named, told)| Some((named.as_ref().ok()?, told)))
        };
        let keys: Vec<MemberKey> = named().flat_map(|(named, told)| asked.keys(named, told)).collect();
        let places: Vec<Place> = named().flat_map(|(named, _)| asked.places(named)).collect();
        let ids = named().filter_map(|(named, _)| match named {
            Named::Member(id) => Some(*id),
            _ => None,
        });
        let ids: Vec<MemberId> = ids.collect();

        let mut preloaded = Self::default();
        let paid: &[Place] = if asked.spent { &places } else { &[] };
        // One that fails is read again by the field that asks, which then says so.
        preloaded.spent = visit.spent_on(paid).await.unwrap_or_default();
        let (members, orders, by_id) =
            join3(read_members(visit, keys), read_orders(visit, places), visit.members_by_id(&ids)).await;
        preloaded.members = preloaded.kept(members);
        preloaded.orders = preloaded.kept(orders);
        preloaded.by_id = preloaded.kept(by_id);
        if asked.members_of_orders {
            let earner = |order: &Arc<commands::Order>| {
                order.member.and_then(|_| Some(MemberKey::new(&order.program, order.customer.as_deref()?)))
            };
            let missing = preloaded.orders.values().flatten().filter_map(earner);
            let missing = missing.filter(|key| !preloaded.members.contains_key(key)).collect();
            let members = read_members(visit, missing).await;
            let members = preloaded.kept(members);
            preloaded.members.extend(members);
        }
        if !asked.stocks.is_empty() {
            let programs: Vec<&Program> =
                asked.stocks.iter().filter_map(|id| visit.programs().latest(id)).map(AsRef::as_ref).collect();
            preloaded.stocks = Stocks::read(visit, &programs).await.ok();
        }
        Arc::new(preloaded)
    }

    fn kept<T: Default>(&mut self, read: Result<T, Problem>) -> T {
        read.unwrap_or_else(|problem| {
            self.problem = Some(problem);
            T::default()
        })
    }
}

/// What a call's fields ask for, whatever type they stand on: reading a little too much is no harm.
struct Asked {
    /// Programmes of `loyalty` and `loyaltyMemberships`.
    loyalty: BTreeSet<String>,
    /// Programmes of `loyaltyQuote`.
    quotes: BTreeSet<String>,
    /// Members whose tier `loyaltyPoints` counts.
    points: Vec<MemberKey>,
    members_of_orders: bool,
    /// Whether what was spent on orders is asked for.
    spent: bool,
    /// Programmes of `loyaltyRewards` whose stocks are asked for.
    stocks: BTreeSet<String>,
    all_programs: Vec<String>,
}

impl Asked {
    fn of(context: &Context<'_>, visit: &Visit) -> Self {
        let mut asked = Self {
            loyalty: BTreeSet::new(),
            quotes: BTreeSet::new(),
            points: Vec::new(),
            members_of_orders: false,
            spent: false,
            stocks: BTreeSet::new(),
            all_programs: visit.default_first().into_iter().map(|program| program.id().to_owned()).collect(),
        };
        for field in context.field().selection_set() {
            match field.name() {
                "loyalty" => {
                    asked.loyalty.extend(program(visit, &field));
                    asked.members_of_orders |= field.selection_set().any(|inner| inner.name() == "member");
                    asked.spent |= field.selection_set().any(|inner| is_of_spending(inner.name()));
                }
                "loyaltyMemberships" => asked.loyalty.extend(asked.all_programs.iter().cloned()),
                "loyaltyQuote" => asked.quotes.extend(program(visit, &field)),
                "loyaltyPoints" => {
                    let customer = argument(&field, "customerId").filter(|customer| !customer.is_empty());
                    let member = program(visit, &field).zip(customer);
                    asked
                        .points
                        .extend(member.map(|(program, customer)| MemberKey::new(&program, &customer)));
                }
                "loyaltyRewards" if field.selection_set().any(|inner| inner.name() == "stock") => {
                    asked.stocks.extend(program(visit, &field));
                }
                "member" => asked.members_of_orders = true,
                name if is_of_spending(name) => asked.spent = true,
                _ => {}
            }
        }
        asked
    }

    /// Members that an entity will show.
    fn keys(&self, named: &Named, representation: &Value) -> Vec<MemberKey> {
        let keys = |programs: &BTreeSet<String>, customer: &str| {
            programs.iter().map(|program| MemberKey::new(program, customer)).collect()
        };
        match named {
            Named::Customer(id) => keys(&self.loyalty, id),
            Named::Order(_) if !self.quotes.is_empty() => {
                let customer = Fields::of(representation, "").and_then(|order| order.object("customer"));
                let customer = customer.ok().flatten().and_then(|customer| customer.name("id").ok());
                customer.map(|customer| keys(&self.quotes, &customer)).unwrap_or_default()
            }
            Named::Product(_) => self.points.clone(),
            _ => Vec::new(),
        }
    }

    /// Orders that an entity will show.
    fn places(&self, named: &Named) -> Vec<Place> {
        match named {
            Named::Order(id) => self.loyalty.iter().map(|program| (program.clone(), id.clone())).collect(),
            Named::LoyaltyOrder(id) => {
                self.all_programs.iter().map(|program| (program.clone(), id.clone())).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn is_of_spending(field: &str) -> bool {
    ["spent", "recredited", "redemptions"].contains(&field)
}

/// The programme that a field's argument means; None where there is no such one (the field itself will say so).
fn program(visit: &Visit, field: &SelectionField<'_>) -> Option<String> {
    let named = argument(field, "program");
    visit.program(named.map(ID).as_ref(), "program").ok().map(|program| program.id().to_owned())
}

fn argument(field: &SelectionField<'_>, name: &str) -> Option<String> {
    let arguments = field.arguments().ok()?;
    let value = arguments.into_iter().find(|(argument, _)| argument == name)?.1;
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

async fn read_members(
    visit: &Visit,
    mut keys: Vec<MemberKey>,
) -> Result<HashMap<MemberKey, Option<Arc<MemberSnapshot>>>, Problem> {
    keys.sort_unstable();
    keys.dedup();
    let handles: Vec<_> = keys.into_iter().filter_map(|key| visit.caller.read_member(key).ok()).collect();
    let snapshots = visit.members(&handles).await?;
    Ok(handles.iter().map(|handle| handle.key().clone()).zip(snapshots).collect())
}

async fn read_orders(
    visit: &Visit,
    mut places: Vec<Place>,
) -> Result<HashMap<Place, Option<Arc<commands::Order>>>, Problem> {
    places.sort_unstable();
    places.dedup();
    let mut orders = visit.orders(&places).await?;
    let order = |place: Place| {
        let order = orders.remove(&place);
        (place, order)
    };
    Ok(places.into_iter().map(order).collect())
}
