//! What is asked, before any of it is executed: documents parsed, measured, and held against the limits.
//!
//! All that depends on a document alone is found out once and kept with it: how much of everything it has ([`measure`]), what
//! it costs ([`cost`], by the prices that the SDL states), and, once the executor has accepted it, how it is answered without
//! the executor. So a document that comes often pays for its limits the first time only; what is left is the sizes of
//! pages that its variables ask for.

mod cost;
mod excess;
mod measure;
mod tokens;

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Name, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationType},
    },
};
use moka::sync::Cache;

pub(crate) use self::excess::{Excess, Limit};
use self::{
    cost::Costs,
    measure::{Measured, measure},
};
use super::{accepted::Signature, lane::Plan, schema::Limits};

/// Bytes of text of all documents that are kept parsed. Parsed they are some twenty times as large.
const BYTES_MAX: u64 = 512 * 1024;
/// A document with a longer text is parsed each time: it is not one that comes often.
const LENGTH_MAX: usize = 16 * 1024;

/// Documents by their text: gateways send few texts, often.
pub(super) struct Documents {
    limits: Limits,
    costs: Costs,
    kept: Cache<String, Arc<Document>>,
}

/// A document that parses.
pub(super) struct Document {
    pub(super) parsed: ExecutableDocument,
    operations: Vec<Operation>,
    /// Known once the executor has accepted it.
    pub(super) accepted: OnceLock<Accepted>,
}

/// An operation by its name, and what it was found to be.
type Operation = (Option<Name>, OperationType, Measured);

/// What need not be asked of a document again.
pub(super) struct Accepted {
    /// How it is answered without the executor; None where the lane cannot.
    pub(super) plan: Option<Plan>,
    /// Which variables it may have without being validated again; None where it always is.
    pub(super) signature: Option<Signature>,
}

/// What the calls of `_entities` in a request cost for each representation, by their names in the answer.
pub(crate) type EntityCosts = Vec<(String, u64)>;

impl Documents {
    pub(super) fn new(sdl: &str, limits: Limits) -> Self {
        let kept = Cache::builder()
            .max_capacity(BYTES_MAX)
            .weigher(|text: &String, document: &Arc<Document>| document.weight(text))
            .build();
        Self { limits, costs: Costs::of(sdl), kept }
    }

    /// One that came before.
    pub(super) fn known(&self, text: &str) -> Option<Arc<Document>> {
        self.kept.get(text)
    }

    /// Parses a document, or takes it as it was parsed before. None where it does not parse: the executor says why. Its
    /// words are counted before it is parsed, because parsing is what they cost.
    pub(super) fn read(&self, text: &str) -> Result<Option<Arc<Document>>, Excess> {
        if let Some(document) = self.kept.get(text) {
            return Ok(Some(document));
        }
        Excess::check(Limit::Tokens, self.limits.tokens_max, tokens::count(text))?;
        let Ok(parsed) = parse_query(text) else { return Ok(None) };
        let mut walked = 0;
        let mut measured = |operation| measure(operation, &parsed, &self.costs, &self.limits, &mut walked);
        let operations = match &parsed.operations {
            DocumentOperations::Single(single) => vec![(None, single.node.ty, measured(&single.node)?)],
            DocumentOperations::Multiple(several) => several
                .iter()
                .map(|(name, one)| Ok((Some(name.clone()), one.node.ty, measured(&one.node)?)))
                .collect::<Result<_, Excess>>()?,
        };
        let document = Arc::new(Document { parsed, operations, accepted: OnceLock::new() });
        if text.len() <= LENGTH_MAX {
            self.kept.insert(text.to_owned(), Arc::clone(&document));
        }
        Ok(Some(document))
    }

    /// Whether a request is within the limits; answers what its calls of `_entities` cost.
    pub(super) fn check(
        &self,
        document: &Document,
        operation: Option<&str>,
        variables: &Variables,
    ) -> Result<EntityCosts, Excess> {
        // An operation that is not there is the executor's to refuse.
        let Some((.., measured)) = document.operation(operation) else { return Ok(Vec::new()) };
        Excess::check(Limit::Complexity, self.limits.complexity_max, measured.cost.with(variables))?;
        let entities = measured.entities.iter();
        Ok(entities.map(|(name, cost)| (name.clone(), cost.with(variables))).collect())
    }
}

impl Document {
    /// The kind of the operation that a request means.
    pub(super) fn kind(&self, operation: Option<&str>) -> Option<OperationType> {
        self.operation(operation).map(|(_, kind, _)| *kind)
    }

    /// Once accepted, what need not be asked again.
    pub(super) fn accept(&self) {
        self.accepted.get_or_init(|| Accepted { plan: self.plan(), signature: Signature::of(&self.parsed) });
    }

    fn plan(&self) -> Option<Plan> {
        let [(.., measured)] = &self.operations[..] else { return None };
        // Where variables decide what it costs, the executor has to ask them.
        let entities = measured.entities.iter();
        let fixed = entities.map(|(name, cost)| Some((name.as_str(), cost.fixed()?)));
        Plan::of(&self.parsed, &fixed.collect::<Option<Vec<_>>>()?)
    }

    /// What it takes to keep it, in bytes of text: sums that depend on variables may be many more than the words for them.
    fn weight(&self, text: &str) -> u32 {
        const BYTES_A_LIST: usize = 150;
        let lists = self.operations.iter().map(|(.., measured)| measured.lists()).sum::<usize>();
        u32::try_from(text.len().saturating_add(lists.saturating_mul(BYTES_A_LIST))).unwrap_or(u32::MAX)
    }

    fn operation(&self, name: Option<&str>) -> Option<&Operation> {
        match (name, &self.operations[..]) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), all) => all.iter().find(|(known, ..)| known.as_deref() == Some(name)),
        }
    }
}
