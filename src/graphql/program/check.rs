//! Asking whether a programme's document could be served, before it is.

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::{
    auth::scopes::Access,
    graphql::{
        directives::{any_of, authenticated, cost, requires_scopes},
        problem::Problem,
        visit::Visit,
    },
    program::Program,
};

#[derive(Default)]
pub(crate) struct ProgramCheckQuery;

/// What a document would be.
#[derive(SimpleObject)]
struct LoyaltyProgramCheck {
    /// The programme that it is of; null where it cannot be read.
    program_id: Option<ID>,
    /// Its version; null where it cannot be read.
    version: Option<u32>,
    /// Whether it is what this version is already.
    is_known: bool,
    /// The first thing that is wrong with it; null where it could be served.
    problem: Option<LoyaltyProgramProblem>,
}

/// What is wrong with a document.
#[derive(SimpleObject)]
struct LoyaltyProgramProblem {
    /// Path of the field, as in `tiers.levels[1].threshold`; `.` where it is the whole.
    field: String,
    /// Why it cannot be.
    message: String,
}

#[Object]
impl ProgramCheckQuery {
    /// Whether a document of a programme (`program.schema.json`) could be served; nothing is changed by it. What a version was
    /// served with never changes, so a change needs a version of its own. Services and staff need the scope
    /// `loyalty:program:write`.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::CheckProgram)),
        directive = cost::apply(20)
    )]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn loyalty_program_check(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The document, as JSON.")] document: String,
    ) -> Result<LoyaltyProgramCheck, Problem> {
        let visit = Visit::of(context);
        visit.caller.may_check(None)?;
        let program = match Program::from_json(&document) {
            Ok(program) => program,
            Err(invalid) => {
                let field = if invalid.field == "?" { ".".to_owned() } else { invalid.field };
                let problem = Some(LoyaltyProgramProblem { field, message: invalid.reason });
                return Ok(LoyaltyProgramCheck { program_id: None, version: None, is_known: false, problem });
            }
        };
        visit.caller.may_check(Some(program.id()))?;
        let known = visit.programs().version(program.id(), program.version());
        let is_known = known.is_some_and(|known| known.content_hash() == program.content_hash());
        let problem = known.filter(|_| !is_known).map(|_| LoyaltyProgramProblem {
            field: "version".to_owned(),
            message: "was served before with other content; give the change a version of its own".to_owned(),
        });
        let (program_id, version) = (Some(program.id().into()), Some(program.version()));
        Ok(LoyaltyProgramCheck { program_id, version, is_known, problem })
    }
}
