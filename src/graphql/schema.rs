//! The schema, its limits, and the executor that the door calls.

use std::sync::{Arc, LazyLock, OnceLock, atomic::AtomicUsize};

use async_graphql::{
    Request, Response, Schema, SchemaBuilder, ServerError, ValidationMode,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType},
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{BoxStream, once},
};
use moka::sync::Cache;

use super::{
    accepted::{Inputs, Signature},
    lane::{self, Plan},
    problem::{TraceId, give_code},
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
    /// How deep selections may nest.
    pub depth_max: usize,
    /// Fields of a request, with those of a page counted once for each of its items.
    pub complexity_max: usize,
    /// Items of one page.
    pub page_size_max: usize,
    /// Whether the schema may be asked for itself.
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            representations_max: 1_000,
            depth_max: 16,
            complexity_max: 5_000,
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
    /// Documents by their text: gateways send few texts, often.
    documents: Cache<String, Arc<Document>>,
}

/// A document that came before.
struct Document {
    parsed: ExecutableDocument,
    /// Known once the executor has accepted it.
    accepted: OnceLock<Accepted>,
}

/// What need not be asked of a document again.
struct Accepted {
    /// How it is answered without the executor; None where the lane cannot.
    plan: Option<Plan>,
    /// Which variables it may have without being validated again; None where it always is.
    signature: Option<Signature>,
}

/// Bytes of text of all documents that are kept parsed. Parsed they are some twenty times as large.
const DOCUMENT_BYTES_MAX: u64 = 512 * 1024;
/// A document with a longer text is parsed each time: it is not one that comes often.
const DOCUMENT_LENGTH_MAX: usize = 16 * 1024;

/// Puts the reception together.
pub fn build(services: Services, limits: Limits) -> Executor {
    let schema = |mode| {
        let schema = builder().limit_depth(limits.depth_max).limit_complexity(limits.complexity_max);
        let schema = schema.validation_mode(mode);
        if limits.introspection { schema } else { schema.disable_introspection().disable_suggestions() }
            .finish()
    };
    let documents = Cache::builder()
        .max_capacity(DOCUMENT_BYTES_MAX)
        .weigher(|text: &String, _| u32::try_from(text.len()).unwrap_or(u32::MAX))
        .build();
    Executor(Arc::new(Inner {
        schema: schema(ValidationMode::Strict),
        trusting: schema(ValidationMode::Fast),
        inputs: Inputs::of(sdl()),
        services: Arc::new(services),
        limits,
        documents,
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
        let document = self.0.documents.get(query)?;
        let plan = document.accepted.get()?.plan.as_ref()?;
        lane::answer(plan, &self.0.visit(caller.clone(), trace), operation_name, variables).await
    }

    /// Runs one request. Every error of the answer has a code.
    pub async fn execute(&self, mut request: Request, caller: Caller, trace: TraceId) -> Response {
        let document = self.0.parse(&mut request);
        let schema = self.0.schema_for(document.as_deref(), &request);
        let visit = self.0.visit(caller, trace);
        let mut response = schema.execute(request.data(visit)).await;
        if let Some(document) = document.filter(|_| was_accepted(&response)) {
            document.accepted.get_or_init(|| Accepted {
                plan: Plan::of(&document.parsed),
                signature: Signature::of(&document.parsed),
            });
        }
        response.errors.iter_mut().for_each(give_code);
        response
    }
}

impl Executor {
    /// Runs a subscription: its answers, as they come. Whatever else it is asked for is refused: questions and changes have the
    /// limits of a request, and a stream has none.
    pub fn subscribe(
        &self,
        mut request: Request,
        caller: Caller,
        trace: TraceId,
    ) -> BoxStream<'static, Response> {
        let name = request.operation_name.clone();
        // What does not parse is the executor's to answer.
        if request.parsed_query().is_ok_and(|document| !is_subscription(document, name.as_deref())) {
            let message = "only subscriptions go this way: send queries and mutations by POST";
            let mut error = ServerError::new(message, None);
            give_code(&mut error);
            return once(ready(Response::from_errors(vec![error]))).boxed();
        }
        let responses = self.0.schema.execute_stream(request.data(self.0.visit(caller, trace)));
        let coded = |mut response: Response| {
            response.errors.iter_mut().for_each(give_code);
            response
        };
        responses.map(coded).boxed()
    }
}

fn is_subscription(document: &ExecutableDocument, name: Option<&str>) -> bool {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => operation.node.ty == OperationType::Subscription,
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).is_some_and(|operation| operation.node.ty == OperationType::Subscription)
        }
        (DocumentOperations::Multiple(_), None) => false,
    }
}

impl Inner {
    fn visit(&self, caller: Caller, trace: TraceId) -> Visit {
        let services = Arc::clone(&self.services);
        Visit { services, caller, trace, limits: self.limits, entity_fields: AtomicUsize::new(0) }
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

    /// Parses a document, or takes it as it was parsed before. One that does not parse is left to the executor to refuse.
    fn parse(&self, request: &mut Request) -> Option<Arc<Document>> {
        if request.query.len() > DOCUMENT_LENGTH_MAX {
            return None;
        }
        if let Some(document) = self.documents.get(request.query.as_str()) {
            request.set_parsed_query(document.parsed.clone());
            return Some(document);
        }
        let parsed = request.parsed_query().ok()?.clone();
        let document = Arc::new(Document { parsed, accepted: OnceLock::new() });
        self.documents.insert(request.query.clone(), Arc::clone(&document));
        Some(document)
    }
}

/// Whether a document and its variables passed the executor's checks: from there on, errors have a path.
fn was_accepted(response: &Response) -> bool {
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
