//! Moving points from one member to another.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use crate::{
    commands::{Command, Transfer},
    graphql::{
        directives::{authenticated, cost, list_size},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{LoyaltyInsufficientPoints, LoyaltyMemberBlocked, LoyaltyNotAMember, refusals},
        scalars::LoyaltyPoints,
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct TransferMutation;

/// Points to move.
#[derive(InputObject)]
struct LoyaltyPointsTransferInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Who gives.
    from_customer_id: ID,
    /// Who gets: another member of the programme.
    to_customer_id: ID,
    /// Code of the currency; the programme's first where it is left out.
    currency: Option<String>,
    /// How many: above 0.
    points: LoyaltyPoints,
}

/// What became of points to move.
#[derive(Union)]
enum LoyaltyPointsTransferResult {
    Transferred(LoyaltyPointsTransferred),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    MemberBlocked(LoyaltyMemberBlocked),
}

/// The points are the other member's.
#[derive(SimpleObject)]
struct LoyaltyPointsTransferred {
    /// Who gave, after it.
    member: LoyaltyMember,
    /// What was written for whoever gave: its allocations name the credits that the points came from.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyPointsTransferResult: NotAMember, InsufficientPoints, MemberBlocked);

#[Object]
impl TransferMutation {
    /// Moves points to another member; they keep the expiry that they have. A customer may give its own; services and staff need the
    /// scope `loyalty:points:hold`. Refused where one of the two is no member or is blocked, and where more is to be given than
    /// can be spent: giving never brings a balance below zero.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_points_transfer(
        &self,
        context: &Context<'_>,
        input: LoyaltyPointsTransferInput,
    ) -> Result<LoyaltyPointsTransferResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::Transfer(Transfer {
            program: program.id().to_owned(),
            from: input.from_customer_id.0,
            to: input.to_customer_id.0,
            points: input.points.0,
            currency: input.currency,
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                let transferred = LoyaltyPointsTransferred { member, entries, replayed };
                Ok(LoyaltyPointsTransferResult::Transferred(transferred))
            }
            Answer::Refused(refusal) => LoyaltyPointsTransferResult::refused(visit, refusal),
        }
    }
}
