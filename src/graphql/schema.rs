//! The schema, its limits, and the executor that the door calls.

use std::sync::{Arc, LazyLock, atomic::AtomicUsize};

use async_graphql::{
    EmptySubscription, Request, Response, Schema, SchemaBuilder, parser::types::ExecutableDocument,
};
use moka::sync::Cache;

use super::{
    problem::{TraceId, give_code},
    root::{Mutation, Query},
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
    schema: Schema<Query, Mutation, EmptySubscription>,
    services: Services,
    limits: Limits,
    /// Parsed documents by their text: gateways send few texts, often.
    documents: Cache<String, Arc<ExecutableDocument>>,
}

/// Bytes of text of all documents that are kept parsed. Parsed they are some twenty times as large.
const DOCUMENT_BYTES_MAX: u64 = 512 * 1024;
/// A document with a longer text is parsed each time: it is not one that comes often.
const DOCUMENT_LENGTH_MAX: usize = 16 * 1024;

/// Puts the reception together.
pub fn build(services: Services, limits: Limits) -> Executor {
    let mut schema = builder().limit_depth(limits.depth_max).limit_complexity(limits.complexity_max);
    if !limits.introspection {
        schema = schema.disable_introspection().disable_suggestions();
    }
    let documents = Cache::builder()
        .max_capacity(DOCUMENT_BYTES_MAX)
        .weigher(|text: &String, _| u32::try_from(text.len()).unwrap_or(u32::MAX))
        .build();
    Executor(Arc::new(Inner { schema: schema.finish(), services, limits, documents }))
}

/// The schema as other subgraphs and the gateway compose with it. `schema/loyalty.graphql` holds it.
pub fn sdl() -> &'static str {
    static SDL: LazyLock<String> = LazyLock::new(|| sdl::export(&builder().finish()));
    &SDL
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
}

impl Executor {
    /// Runs one request. Every error of the answer has a code.
    pub async fn execute(&self, mut request: Request, caller: Caller, trace: TraceId) -> Response {
        self.0.parse(&mut request);
        let visit = Visit {
            services: self.0.services.clone(),
            caller,
            trace,
            limits: self.0.limits,
            entity_fields: AtomicUsize::new(0),
        };
        let mut response = self.0.schema.execute(request.data(visit)).await;
        response.errors.iter_mut().for_each(give_code);
        response
    }
}

impl Inner {
    /// Parses a document, or takes it as it was parsed before. One that does not parse is left to the executor to refuse.
    fn parse(&self, request: &mut Request) {
        if request.query.len() > DOCUMENT_LENGTH_MAX {
            return;
        }
        if let Some(document) = self.documents.get(request.query.as_str()) {
            request.set_parsed_query(ExecutableDocument::clone(&document));
        } else if let Ok(document) = request.parsed_query() {
            let document = Arc::new(document.clone());
            self.documents.insert(request.query.clone(), document);
        }
    }
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
