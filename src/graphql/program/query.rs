//! Asking for programmes.

use async_graphql::{Context, ID, Object};

use super::LoyaltyProgram;
use crate::graphql::{
    directives::{authenticated, list_size},
    problem::{Problem, unless_forbidden},
    visit::Visit,
};

#[derive(Default)]
pub(crate) struct ProgramQuery;

#[Object]
impl ProgramQuery {
    /// A programme. Null where there is none with this id, and where the token does not allow it: customers see all,
    /// services, staff and partners need the scope `loyalty:program:read`.
    #[graphql(directive = authenticated::apply())]
    async fn loyalty_program(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] id: Option<ID>,
    ) -> Option<Result<LoyaltyProgram, Problem>> {
        let visit = Visit::of(context);
        let id = id.as_deref().map(String::as_str);
        let id = id.or_else(|| visit.default_program().map(|program| program.id()));
        id.and_then(|id| LoyaltyProgram::find(visit, id).transpose())
    }

    /// The programmes that the token may see, by id.
    #[graphql(
        directive = authenticated::apply(),
        directive = list_size::apply(10, None, None, None)
    )]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn loyalty_programs(&self, context: &Context<'_>) -> Result<Vec<LoyaltyProgram>, Problem> {
        let visit = Visit::of(context);
        visit.identified()?;
        let mut programs = Vec::new();
        for program in visit.programs().all() {
            let allowed = unless_forbidden(visit.caller.read_program(program.id()))?;
            programs.extend(allowed.map(|_| LoyaltyProgram(program.clone())));
        }
        Ok(programs)
    }
}
