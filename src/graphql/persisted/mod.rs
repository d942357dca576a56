//! Operations by name: what a client sends instead of a document that is known already.
//!
//! Some are trusted: a manifest lists them ([`manifest`]), and a service may answer nothing else. Others are registered by
//! clients as they go (automatic persisted queries): whoever names a hash that nobody knows is told so, sends the document
//! with its hash, and from then on the hash is enough, for every process where there is a Redis. A document is kept once it has been
//! accepted from somebody with a token, and of each principal so many a minute, so that nobody fills the store with what is of
//! no use.

mod manifest;

use std::{sync::Arc, time::Duration};

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use metrics::counter;
use sha2::{Digest as _, Sha256};

pub use self::manifest::{InvalidManifest, Trusted};
use crate::{
    auth::{Caller, Principal},
    hot::{Pace, Rate, Texts},
    telemetry::{LIMITED_TOTAL, PERSISTED_TOTAL},
};

/// Longer documents are sent each time.
const BYTES_MAX: usize = 16 * 1024;

/// What is known by name. Cheap to clone.
#[derive(Clone)]
pub struct Operations(Arc<Inner>);

struct Inner {
    trusted: Trusted,
    /// Whether nothing else is answered.
    only_trusted: bool,
    /// What clients have registered; None where they cannot.
    registered: Option<Texts>,
    /// How fast one of them may; None where it is not counted.
    pace: Option<(Pace, Rate)>,
}

/// A document that may be answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    pub query: String,
    /// The hash that it is to be registered under, once it is accepted.
    register: Option<String>,
}

/// Why an operation is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// In the words that clients know: they send the document then.
    #[error("PersistedQueryNotFound")]
    NotFound,
    /// The same.
    #[error("PersistedQueryNotSupported")]
    NotSupported,
    #[error("the query's SHA-256 is not `extensions.persistedQuery.sha256Hash`")]
    OtherHash,
    #[error("this service answers the operations of its trusted list only, and this is none of them")]
    NotTrusted,
    /// In whole seconds.
    #[error(
        "too many new operations: the next one is kept in {0} s; sent without its hash, the query is answered now"
    )]
    TooMany(u64),
}

impl Refused {
    /// The value of `extensions.code`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::NotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::OtherHash => "PERSISTED_QUERY_HASH_MISMATCH",
            Self::NotTrusted => "OPERATION_NOT_TRUSTED",
            Self::TooMany(_) => "RATE_LIMITED",
        }
    }

    /// The answer to it.
    pub fn answer(self) -> Response {
        counter!(PERSISTED_TOTAL, "result" => if self == Self::NotFound { "miss" } else { "refused" })
            .increment(1);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code());
        let wait = if let Self::TooMany(seconds) = self { Some(seconds) } else { None };
        if let Some(seconds) = wait {
            counter!(LIMITED_TOTAL, "limit" => "registrations").increment(1);
            extensions.set("retryAfterSeconds", seconds);
        }
        let mut error = ServerError::new(self.to_string(), None);
        error.extensions = Some(extensions);
        let mut response = Response::from_errors(vec![error]);
        if let Some(seconds) = wait {
            response.http_headers.insert("retry-after", seconds.into());
        }
        response
    }
}

impl Operations {
    /// What clients may register, if anything, and how many of it each principal may a minute, if that is counted.
    pub fn new(
        trusted: Trusted,
        only_trusted: bool,
        registered: Option<Texts>,
        pace: Option<(Pace, u32)>,
    ) -> Self {
        // A minute's worth at once: whoever starts anew names all it has.
        let rate = |per_minute| Rate::new(per_minute, Duration::from_mins(1));
        let pace = pace.map(|(pace, per_minute)| (pace, rate(per_minute)));
        Self(Arc::new(Inner { trusted, only_trusted, registered, pace }))
    }

    /// Whether a document may be registered by this caller now, if it is to be registered at all. Asked before it is
    /// executed: whoever is told no has had nothing done.
    pub async fn may_keep(&self, known: &Known, caller: &Caller) -> Result<(), Refused> {
        let Some((pace, rate)) = &self.0.pace else { return Ok(()) };
        if !known.is_kept_for(caller) {
            return Ok(());
        }
        let admitted = pace.admit(&format!("registers {:?}", caller.principal()), *rate).await;
        admitted.map_err(|wait| Refused::TooMany(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
    }

    /// The document that a request means: it sends it, or its hash, or both. At least one is there.
    pub async fn find(&self, query: Option<String>, hash: Option<String>) -> Result<Known, Refused> {
        match (query, hash) {
            (Some(query), hash) => self.0.sent(query, hash),
            (None, Some(hash)) => {
                let query = self.0.named(&hash).await?;
                counter!(PERSISTED_TOTAL, "result" => "hit").increment(1);
                Ok(Known { query: query.as_ref().to_owned(), register: None })
            }
            (None, None) => Err(Refused::NotFound),
        }
    }

    /// Keeps a document that has been accepted, if it came with its hash.
    pub async fn accepted(&self, known: Known, caller: &Caller) {
        if !known.is_kept_for(caller) {
            return;
        }
        if let (Some(hash), Some(texts)) = (known.register, &self.0.registered) {
            texts.keep(&hash, known.query.into()).await;
        }
    }
}

impl Known {
    /// Whether it is to be registered once it is accepted.
    pub fn is_new(&self) -> bool {
        self.register.is_some()
    }

    fn is_kept_for(&self, caller: &Caller) -> bool {
        let is_stranger = matches!(caller.principal(), Principal::Anonymous);
        self.is_new() && !is_stranger && self.query.len() <= BYTES_MAX
    }

    /// The same, for [`Operations::accepted`], where the document itself goes elsewhere.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { query: self.query.clone(), register: self.register.clone() }
    }
}

impl Inner {
    fn sent(&self, query: String, hash: Option<String>) -> Result<Known, Refused> {
        if self.only_trusted && !self.trusted.has(&query) {
            return Err(Refused::NotTrusted);
        }
        let known = |query| Ok(Known { query, register: None });
        let Some(hash) = hash else { return known(query) };
        if let Some(trusted) = self.trusted.named(&hash) {
            return if *trusted == *query { known(query) } else { Err(Refused::OtherHash) };
        }
        // A service that registers nothing takes a hash for a note to others.
        let Some(texts) = &self.registered else { return known(query) };
        if texts.at_hand(&hash).is_some_and(|kept| *kept == *query) {
            return known(query);
        }
        if !is_hash_of(&hash, &query) {
            return Err(Refused::OtherHash);
        }
        Ok(Known { query, register: (!self.only_trusted).then_some(hash) })
    }

    async fn named(&self, hash: &str) -> Result<Arc<str>, Refused> {
        if let Some(trusted) = self.trusted.named(hash) {
            return Ok(trusted);
        }
        match &self.registered {
            _ if self.only_trusted => Err(Refused::NotTrusted),
            None => Err(Refused::NotSupported),
            // Nobody can have registered what is no hash.
            Some(_) if !is_hash(hash) => Err(Refused::NotFound),
            Some(texts) => match texts.at_hand(hash) {
                Some(kept) => Ok(kept),
                None => texts.fetch(hash, |text| is_hash_of(hash, text)).await.ok_or(Refused::NotFound),
            },
        }
    }
}

/// SHA-256 as 64 hexadecimal digits, in lower case.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_hash_of(hash: &str, text: &str) -> bool {
    is_hash(hash) && hash_of(text) == hash
}

fn hash_of(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests;
