//! Changes: their inputs, read straight from a request's JSON, and their results.
//!
//! Inputs are the resolvers' own types, read more strictly than the executor reads them: what is not as usual is declined.

use std::{fmt, marker::PhantomData};

use async_graphql::{
    Positioned,
    parser::types::{OperationDefinition, Selection as Selected},
};
use async_graphql_value::Value;
use futures_util::future::BoxFuture;
use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, Visitor},
};

use super::{
    known::{Known, MemberField},
    object,
    plan::{Fragments, Planner, Requested, Selection, key},
    write::{self, Json, Member},
};
use crate::{
    commands::Command,
    graphql::{
        order::LoyaltyOrderRecordInput,
        problem::Problem,
        redemption::{LoyaltyPointsRedeemInput, LoyaltyRewardRedeemInput},
        submit::{Answer, Done},
        visit::Visit,
    },
    journal::AnswerWith,
};

/// A mutation that the lane knows.
pub(super) trait Mutation: DeserializeOwned + Send + Sync + 'static {
    /// The field of the root, and the types of its argument, of its result and of what it answers when it is done.
    const FIELD: &str;
    const INPUT: &str;
    const RESULT: &str;
    const DONE: &str;

    /// The command and its key.
    fn command(self, visit: &Visit) -> Result<(String, Command), Problem>;

    /// Whether everything that the result of a replay may show has been read back.
    fn is_whole(done: &Done) -> bool;

    /// Whether the result shows the member.
    fn shows_member(done: &Done, visit: &Visit) -> bool;
}

/// What is done for a document with a mutation.
pub(super) trait Perform: Send + Sync {
    /// The body of the answer. None where the executor must answer.
    fn perform<'a>(&'a self, visit: &'a Visit, variables: &'a str) -> BoxFuture<'a, Option<Json>>;
}

/// The change of a document.
struct Change<M> {
    /// `"name":`, as it stands in the answer.
    key: String,
    /// The variable that holds the input.
    variable: String,
    done: Selection<Changed<M>>,
}

/// A field of what a mutation answers when it is done.
struct Changed<M>(ChangedField, PhantomData<fn() -> M>);

enum ChangedField {
    Member(Selection<MemberField>),
    Replayed,
}

/// The change that an operation asks for.
pub(super) fn of(operation: &OperationDefinition, fragments: &Fragments) -> Option<Box<dyn Perform>> {
    Change::<LoyaltyOrderRecordInput>::of(operation, fragments)
        .or_else(|| Change::<LoyaltyRewardRedeemInput>::of(operation, fragments))
        .or_else(|| Change::<LoyaltyPointsRedeemInput>::of(operation, fragments))
}

impl<M: Mutation> Change<M> {
    fn of(operation: &OperationDefinition, fragments: &Fragments) -> Option<Box<dyn Perform>> {
        let [Positioned { node: definition, .. }] = &operation.variable_definitions[..] else { return None };
        let is_usual = definition.default_value.is_none() && definition.directives.is_empty();
        if !is_usual || definition.var_type.node.to_string() != format!("{}!", M::INPUT) {
            return None;
        }
        let [Positioned { node: Selected::Field(field), .. }] = &operation.selection_set.node.items[..]
        else {
            return None;
        };
        let field = &field.node;
        let [(_, Positioned { node: Value::Variable(_), .. })] = &field.arguments[..] else { return None };
        if field.name.node != M::FIELD || !field.directives.is_empty() {
            return None;
        }
        Some(Box::new(Self {
            key: key(&field.response_key().node),
            variable: definition.name.node.to_string(),
            done: Planner::new(fragments, &[]).below_root(field)?,
        }))
    }

    async fn body(&self, visit: &Visit, variables: &str) -> Option<Json> {
        let mut deserializer = serde_json::Deserializer::from_str(variables);
        let input: M = Only(&self.variable, PhantomData).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        let (idempotency_key, command) = input.command(visit).ok()?;
        let Answer::Done(done) =
            visit.submit_for(&idempotency_key, command, AnswerWith::Member).await.ok()?
        else {
            return None;
        };
        if done.replayed && !M::is_whole(&done) {
            return None;
        }
        let member = match done.member.as_deref().filter(|_| M::shows_member(&done, visit)) {
            Some(snapshot) => {
                let program = visit.programs().latest(&snapshot.key.program)?;
                Some(Member { snapshot, program, now: visit.now() })
            }
            None => None,
        };
        let mut json = Json::with_capacity(512);
        json.extend(b"{\"data\":{");
        json.extend(self.key.as_bytes());
        write::object(&mut json, &self.done, |json, Changed(field, _)| match field {
            ChangedField::Member(selection) => write::optional(json, member.as_ref(), |json, member| {
                write::member(json, selection, member);
            }),
            ChangedField::Replayed => write::write(json, &done.replayed),
        });
        json.extend(b"}}");
        Some(json)
    }
}

impl<M: Mutation> Perform for Change<M> {
    fn perform<'a>(&'a self, visit: &'a Visit, variables: &'a str) -> BoxFuture<'a, Option<Json>> {
        Box::pin(self.body(visit, variables))
    }
}

impl<M: Mutation> Known for Changed<M> {
    const TYPE: &'static str = M::DONE;

    /// Whatever else may be selected is a refusal.
    fn applies(condition: &str) -> Option<bool> {
        Some(condition == M::DONE || condition == M::RESULT)
    }

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        let known = match (field.name, field.arguments) {
            ("member", []) => ChangedField::Member(planner.below(field)?),
            ("replayed", []) => ChangedField::Replayed,
            _ => return None,
        };
        Some(Self(known, PhantomData))
    }
}

/// Reads variables that are this one and no other.
struct Only<'n, T>(&'n str, PhantomData<T>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Only<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Only<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one variable")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let unusual = || A::Error::custom("unusual");
        let name: String = map.next_key()?.ok_or_else(unusual)?;
        if name != self.0 {
            return Err(unusual());
        }
        let object::ObjectOf(value) = map.next_value()?;
        if map.next_key::<String>()?.is_some() { Err(unusual()) } else { Ok(value) }
    }
}

impl Mutation for LoyaltyOrderRecordInput {
    const FIELD: &str = "loyaltyOrderRecord";
    const INPUT: &str = "LoyaltyOrderRecordInput";
    const RESULT: &str = "LoyaltyOrderRecordResult";
    const DONE: &str = "LoyaltyOrderRecorded";

    fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        Self::command(self, visit)
    }

    fn is_whole(done: &Done) -> bool {
        done.order.is_some()
    }

    fn shows_member(done: &Done, visit: &Visit) -> bool {
        done.may_show_member(visit)
    }
}

impl Mutation for LoyaltyRewardRedeemInput {
    const FIELD: &str = "loyaltyRewardRedeem";
    const INPUT: &str = "LoyaltyRewardRedeemInput";
    const RESULT: &str = "LoyaltyRewardRedeemResult";
    const DONE: &str = "LoyaltyRewardRedeemed";

    fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        Self::command(self, visit)
    }

    fn is_whole(done: &Done) -> bool {
        done.has_redemption()
    }

    fn shows_member(_: &Done, _: &Visit) -> bool {
        true
    }
}

impl Mutation for LoyaltyPointsRedeemInput {
    const FIELD: &str = "loyaltyPointsRedeem";
    const INPUT: &str = "LoyaltyPointsRedeemInput";
    const RESULT: &str = "LoyaltyPointsRedeemResult";
    const DONE: &str = "LoyaltyPointsRedeemed";

    fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        Self::command(self, visit)
    }

    fn is_whole(done: &Done) -> bool {
        done.has_redemption()
    }

    fn shows_member(_: &Done, _: &Visit) -> bool {
        true
    }
}
