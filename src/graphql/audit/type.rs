//! A record of the audit log.

use async_graphql::{ComplexObject, Enum, ID, SimpleObject};

use crate::{
    audit::{Action, Actor, ActorKind, Sealed},
    graphql::{
        directives::{list_size, names},
        page::taken,
        problem::Problem,
        scalars::DateTime,
    },
    ids::EntryId,
};

/// What one actor did, or read, in one programme at one moment. Records are bound into one chain over all programmes: each has
/// a hash over its place, itself and the hash before it, so that one that is changed, left out or put in shows
/// (`loyalty verify`).
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct LoyaltyAuditRecord {
    /// Unique; a UUID.
    id: ID,
    /// Its place in the chain: a whole number from 1, without a gap.
    sequence: ID,
    /// When it was done.
    recorded_at: DateTime,
    /// In which programme.
    program_id: ID,
    /// Who it was.
    actor: LoyaltyAuditActor,
    #[graphql(skip)]
    actions: Vec<Action<'static>>,
    /// The hash before it: 64 hexadecimal digits, zeros before the first record.
    previous_hash: String,
    /// SHA-256, 64 hexadecimal digits.
    hash: String,
}

/// Whose doing it was.
#[derive(SimpleObject)]
struct LoyaltyAuditActor {
    /// What sort of actor.
    kind: LoyaltyAuditActorKind,
    /// The token's subject; of the operator, which part of the service it was: `serve`, `sweep`, `replay` or `retention`.
    id: ID,
    /// Of a partner's app, the partner's id.
    partner_id: Option<ID>,
    /// The id (`jti`) of the token, where it has one; never the token.
    token_id: Option<String>,
}

/// What sort of actor somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ActorKind")]
enum LoyaltyAuditActorKind {
    /// The service itself, by its owner's leave.
    Operator,
    /// A shopper.
    Customer,
    /// Somebody at work in a store.
    Staff,
    /// A system of the brand.
    Service,
    /// An app of another company.
    Partner,
    /// Whoever runs the programmes.
    Administrator,
}

/// One thing that was done or read.
#[derive(SimpleObject)]
struct LoyaltyAuditAction {
    /// What it was, such as `record_order`, `adjust`, `block`, `read_member` or `publish_program`.
    operation: String,
    /// Whom it is about. What was asked for is told whether or not there is such a member.
    customer_id: Option<ID>,
    /// Which order it is about.
    order_id: Option<ID>,
    /// The id of the return, fulfilment, hold or redemption, the other customer of a transfer or merge, the number of the
    /// credit, or the version of the programme.
    subject_id: Option<ID>,
    /// The idempotency key, as it is kept: behind whose keys it is one of.
    idempotency_key: Option<ID>,
    /// The entries that it wrote.
    entry_ids: Vec<ID>,
    /// Of configuration: what it was before, as JSON; null where there was nothing.
    before: Option<String>,
    /// Of configuration: what it is since, as JSON.
    after: Option<String>,
}

impl LoyaltyAuditRecord {
    pub(super) fn of(sealed: Sealed) -> Result<Self, serde_json::Error> {
        let actions = sealed.record.actions()?;
        Ok(Self {
            id: sealed.record.id.into(),
            sequence: sealed.seq.into(),
            recorded_at: DateTime(sealed.record.recorded_at),
            program_id: sealed.record.program.into(),
            actor: sealed.record.actor.into(),
            actions,
            previous_hash: sealed.previous,
            hash: sealed.hash,
        })
    }
}

#[ComplexObject]
impl LoyaltyAuditRecord {
    /// What was done, or read: of what one actor did in the same moment up to 1,000 in one record.
    #[graphql(directive = list_size::apply(10, names(&["first"]), None, Some(false)))]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn actions(
        &self,
        #[graphql(desc = "At most so many, 0 or more; 10 where it is left out.", default = 10)] first: i32,
    ) -> Result<Vec<LoyaltyAuditAction>, Problem> {
        let actions = taken(self.actions.clone(), Some(first))?;
        Ok(actions.into_iter().map(LoyaltyAuditAction::from).collect())
    }
}

impl From<Actor> for LoyaltyAuditActor {
    fn from(actor: Actor) -> Self {
        Self {
            kind: actor.kind.into(),
            id: actor.name.into(),
            partner_id: actor.partner.map(ID),
            token_id: actor.token_id,
        }
    }
}

impl From<Action<'_>> for LoyaltyAuditAction {
    fn from(action: Action<'_>) -> Self {
        let entry_id = |seq: &i64| action.member.map(|member| EntryId { member, seq: *seq }.into());
        let entry_ids = action.entries.iter().filter_map(entry_id).collect();
        let id = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| ID(text.into_owned()));
        Self {
            operation: action.operation.into_owned(),
            customer_id: id(action.customer),
            order_id: id(action.order),
            subject_id: id(action.subject),
            idempotency_key: id(action.key),
            entry_ids,
            before: action.before.map(Into::into),
            after: action.after.map(Into::into),
        }
    }
}
