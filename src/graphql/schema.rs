//! The schema, its limits, and the executor that the door calls.

use std::sync::{Arc, LazyLock, atomic::AtomicUsize};

use async_graphql::{
    Pos, Request, Response, Schema, SchemaBuilder, ServerError, ValidationMode, parser::types::OperationType,
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{BoxStream, once},
};

use super::{
    accepted::Inputs,
    document::{Document, Documents, EntityCosts, Excess},
    lane,
    problem::{Problem, TraceId, give_code},
    root::{Mutation, Query, Subscription},
    sdl,
    visit::Visit,
};
use crate::{auth::Caller, graphql::Services};

/// How much one request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Representations of one `_entities` call.
    pub representations_max: usize,
    /// Lexical tokens of a document.
    pub tokens_max: usize,
    /// How deep selections may nest.
    pub depth_max: usize,
    /// What a request may cost, by the prices of the SDL: a field 1 or its `@cost`, once for each item of a list.
    pub complexity_max: usize,
    /// Fields that have another name in the answer.
    pub aliases_max: usize,
    /// Fields of the root.
    pub root_fields_max: usize,
    /// Uses of directives.
    pub directives_max: usize,
    /// Events of one batch.
    pub events_max: usize,
    /// Items of one page.
    pub page_size_max: usize,
    /// Whether the schema may be asked for itself.
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            representations_max: 1_000,
            tokens_max: 10_000,
            depth_max: 20,
            complexity_max: 5_000,
            aliases_max: 200,
            root_fields_max: 100,
            directives_max: 200,
            events_max: 1_000,
            page_size_max: 100,
            introspection: true,
        }
    }
}

/// Runs requests. Cheap to clone.
#[derive(Clone)]
pub struct Executor(Arc<Inner>);

struct Inner {
    schema: Schema<Query, Mutation, Subscription>,
    /// The same for documents that `schema` has accepted: it validates nothing that depends on the document alone.
    trusting: Schema<Query, Mutation, Subscription>,
    inputs: Inputs,
    services: Arc<Services>,
    limits: Limits,
    documents: Documents,
}

/// Levels that the executor goes down before it gives up, whatever they are. Fields have a limit of their own; fragments between
/// them are as many as documents may nest in any case.
fn levels_max(limits: Limits) -> usize {
    limits.depth_max.saturating_mul(2).saturating_add(64)
}

/// Puts the reception together.
pub fn build(services: Services, limits: Limits) -> Executor {
    let schema = |mode| {
        let schema = builder().limit_recursive_depth(levels_max(limits)).validation_mode(mode);
        if limits.introspection { schema } else { schema.disable_introspection().disable_suggestions() }
            .finish()
    };
    Executor(Arc::new(Inner {
        schema: schema(ValidationMode::Strict),
        trusting: schema(ValidationMode::Fast),
        inputs: Inputs::of(sdl()),
        services: Arc::new(services),
        limits,
        documents: Documents::new(sdl(), limits),
    }))
}

/// The schema as other subgraphs and the gateway compose with it. `schema/loyalty.graphql` holds it.
pub fn sdl() -> &'static str {
    static SDL: LazyLock<String> = LazyLock::new(|| sdl::export(&builder().finish()));
    &SDL
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .enable_subscription_in_federation()
}

impl Executor {
    /// Answers a request without running it: the body of its answer, or None where it must be run.
    pub async fn quick(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: &str,
        (caller, trace): (&Caller, TraceId),
    ) -> Option<Vec<u8>> {
        let document = self.0.documents.known(query)?;
        let plan = document.accepted.get()?.plan.as_ref()?;
        let visit = self.0.visit(caller, trace, Vec::new());
        let answer = lane::answer(plan, &visit, operation_name, variables).await?;
        // What cannot be written down is the executor's to refuse.
        visit.write_down().await.ok()?;
        Some(answer)
    }

    /// Runs one request. Every error of the answer has a code.
    pub async fn execute(&self, mut request: Request, caller: Caller, trace: TraceId) -> Response {
        let (document, costs) = match self.0.examine(&mut request) {
            Ok(examined) => examined,
            Err(excess) => return excess.refused(),
        };
        let schema = self.0.schema_for(document.as_deref(), &request);
        let visit = self.0.visit(&caller, trace, costs);
        let watched = visit.caller.reads().is_some().then(|| visit.again());
        let mut response = schema.execute(request.data(visit)).await;
        if let Some(visit) = watched
            && let Err(problem) = visit.write_down().await
        {
            return refusal(problem);
        }
        if let Some(document) = document.filter(|_| was_accepted(&response)) {
            document.accept();
        }
        response.errors.iter_mut().for_each(give_code);
        response
    }

    /// Runs a subscription: its answers, as they come. Whatever else it is asked for is refused: questions and changes have the
    /// limits of a request, and a stream has none.
    pub fn subscribe(
        &self,
        mut request: Request,
        caller: &Caller,
        trace: TraceId,
    ) -> BoxStream<'static, Response> {
        let refused = |response| once(ready(response)).boxed();
        let (document, costs) = match self.0.examine(&mut request) {
            Ok(examined) => examined,
            Err(excess) => return refused(excess.refused()),
        };
        let name = request.operation_name.as_deref();
        // What does not parse is the executor's to answer.
        if document.is_some_and(|document| document.kind(name) != Some(OperationType::Subscription)) {
            let message = "only subscriptions go this way: send queries and mutations by POST";
            let mut error = ServerError::new(message, None);
            give_code(&mut error);
            return refused(Response::from_errors(vec![error]));
        }
        let visit = self.0.visit(caller, trace, costs);
        let kept = Arc::new(visit.again());
        let responses = self.0.schema.execute_stream(request.data(visit));
        let written = move |mut response: Response| {
            let kept = Arc::clone(&kept);
            async move {
                if let Err(problem) = kept.write_down().await {
                    return (refusal(problem), true);
                }
                response.errors.iter_mut().for_each(give_code);
                (response, false)
            }
        };
        // Nothing comes after what could not be written down.
        let until_refused = |is_over: &mut bool, (response, is_last)| {
            let shown = (!*is_over).then_some(response);
            *is_over |= is_last;
            ready(shown)
        };
        responses.then(written).scan(false, until_refused).boxed()
    }

    /// Whether a request would change anything: what comes by GET may not.
    pub fn changes(&self, query: &str, operation_name: Option<&str>) -> bool {
        let document = self.0.documents.read(query).ok().flatten();
        document.and_then(|document| document.kind(operation_name)) == Some(OperationType::Mutation)
    }
}

impl Inner {
    fn visit(&self, caller: &Caller, trace: TraceId, entity_costs: EntityCosts) -> Visit {
        let services = Arc::clone(&self.services);
        let (limits, caller) = (self.limits, caller.with_request());
        Visit { services, caller, trace, limits, entity_costs, entity_fields: AtomicUsize::new(0) }
    }

    /// Looks at a request before anything is done for it: its document, and what its calls of `_entities` cost. One that does
    /// not parse is left to the executor to refuse.
    fn examine(&self, request: &mut Request) -> Result<(Option<Arc<Document>>, EntityCosts), Excess> {
        let Some(document) = self.documents.read(&request.query)? else { return Ok((None, Vec::new())) };
        let name = request.operation_name.as_deref();
        let costs = self.documents.check(&document, name, &request.variables)?;
        request.set_parsed_query(document.parsed.clone());
        Ok((Some(document), costs))
    }

    fn schema_for(
        &self,
        document: Option<&Document>,
        request: &Request,
    ) -> &Schema<Query, Mutation, Subscription> {
        let signature = document.and_then(|document| document.accepted.get()?.signature.as_ref());
        match signature {
            Some(signature) if signature.fits(&self.inputs, &request.variables) => &self.trusting,
            _ => &self.schema,
        }
    }
}

/// Nothing but why there is nothing.
fn refusal(problem: Problem) -> Response {
    let error = async_graphql::Error::from(problem).into_server_error(Pos::default());
    Response::from_errors(vec![error])
}

/// Whether a document and its variables passed the executor's checks: from there on, errors have a path.
pub fn was_accepted(response: &Response) -> bool {
    response.errors.iter().all(|error| !error.path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_no_two_types_of_one_name_and_is_the_same_each_time() {
        let again = sdl::export(&builder().finish());
        assert_eq!(sdl(), again);
    }
}
