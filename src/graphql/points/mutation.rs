//! Giving and taking points by hand.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use crate::{
    auth::scopes::Access,
    commands::{Adjust, Command},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{LoyaltyInsufficientPoints, LoyaltyNotAMember, refusals},
        scalars::{DateTime, LoyaltyPoints},
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct PointsMutation;

/// Points to give or to take.
#[derive(InputObject)]
struct LoyaltyPointsAdjustInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose points.
    customer_id: ID,
    /// Code of the currency; the programme's first where it is left out.
    currency: Option<String>,
    /// How many: above 0 to give, below 0 to take, never 0.
    points: LoyaltyPoints,
    /// Why, for the member and for audit: 1 to 128 characters.
    reason: String,
    /// The instant from which given points are gone, in the future; by the currency's own rule where it is left out. Not with
    /// points that are taken.
    expires_at: Option<DateTime>,
}

/// What became of an adjustment.
#[derive(Union)]
enum LoyaltyPointsAdjustResult {
    Adjusted(LoyaltyPointsAdjusted),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
}

/// The points were given or taken.
#[derive(SimpleObject)]
struct LoyaltyPointsAdjusted {
    /// The member after it.
    member: LoyaltyMember,
    /// What was written.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyPointsAdjustResult: NotAMember, InsufficientPoints);

#[Object]
impl PointsMutation {
    /// Gives or takes points by hand. Taking never brings the balance below zero. Needs the scope `loyalty:points:adjust`.
    /// Refused where the customer is no member, and where more is to be taken than can be spent.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::Adjust)),
        directive = cost::apply(10)
    )]
    async fn loyalty_points_adjust(
        &self,
        context: &Context<'_>,
        input: LoyaltyPointsAdjustInput,
    ) -> Result<LoyaltyPointsAdjustResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::Adjust(Adjust {
            program: program.id().to_owned(),
            customer: input.customer_id.0,
            currency: input.currency,
            points: input.points.0,
            reason: input.reason,
            expires_at: input.expires_at.map(|at| at.0),
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyPointsAdjustResult::Adjusted(LoyaltyPointsAdjusted { member, entries, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyPointsAdjustResult::refused(visit, refusal),
        }
    }
}
