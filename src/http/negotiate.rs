//! Which form an answer takes, by the request's `Accept` (GraphQL over HTTP; RFC 9110, 12.5.1).

use axum::http::{HeaderMap, HeaderValue, header::ACCEPT};

/// The two forms of a GraphQL answer. They differ in their status: only the first may say more than 200 of a request that
/// was understood but not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    GraphqlResponse,
    Json,
}

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

impl MediaType {
    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => GRAPHQL_RESPONSE,
            Self::Json => JSON,
        })
    }
}

/// The form that the caller prefers; none where it takes neither. Without a wish, and where a wish leaves the choice open,
/// plain JSON, which every client reads.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let mut ranges = ranges(headers).peekable();
    if ranges.peek().is_none() {
        return Some(MediaType::Json);
    }
    let (mut graphql, mut json) = (Wish::default(), Wish::default());
    for (range, quality) in ranges {
        graphql.consider(range, GRAPHQL_RESPONSE, quality);
        json.consider(range, JSON, quality);
    }
    if graphql.quality <= 0.0 && json.quality <= 0.0 {
        return None;
    }
    // Between equals the one that was named, and of two that were named the one that says more.
    let named = graphql.specificity >= json.specificity && graphql.specificity == 3;
    let graphql_is_preferred = graphql.quality > json.quality || (graphql.quality >= json.quality && named);
    Some(if graphql_is_preferred { MediaType::GraphqlResponse } else { MediaType::Json })
}

/// Whether a GraphQL or JSON type is named, as links and forms of other pages cannot do.
pub(super) fn names_a_type(headers: &HeaderMap) -> bool {
    ranges(headers)
        .any(|(range, _)| [GRAPHQL_RESPONSE, JSON].iter().any(|name| range.eq_ignore_ascii_case(name)))
}

/// How much a type is wished for, by the most specific range that covers it.
#[derive(Default)]
struct Wish {
    specificity: u8,
    quality: f32,
}

impl Wish {
    fn consider(&mut self, range: &str, name: &str, quality: f32) {
        let specificity = match range {
            "*/*" => 1,
            "application/*" => 2,
            _ if range.eq_ignore_ascii_case(name) => 3,
            _ => return,
        };
        if specificity > self.specificity {
            *self = Self { specificity, quality };
        }
    }
}

fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (&str, f32)> {
    let values = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse().ok());
        Some((name, quality.unwrap_or(1.0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_gets_the_form_that_it_prefers() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, expected) in [
            (None, Some(Json)),
            (Some(""), Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("application/*"), Some(Json)),
            (Some("application/json"), Some(Json)),
            (Some("application/graphql-response+json"), Some(GraphqlResponse)),
            (Some("Application/GraphQL-Response+JSON; charset=utf-8"), Some(GraphqlResponse)),
            (Some("application/graphql-response+json, application/json;q=0.9"), Some(GraphqlResponse)),
            (Some("application/graphql-response+json;q=0.5, application/json"), Some(Json)),
            (Some("application/json, application/graphql-response+json"), Some(GraphqlResponse)),
            (Some("application/graphql-response+json, */*"), Some(GraphqlResponse)),
            (Some("application/json, */*"), Some(Json)),
            (Some("application/json, multipart/mixed"), Some(Json)),
            (Some("text/html, */*;q=0.1"), Some(Json)),
            (Some("application/json;q=0, application/*"), Some(GraphqlResponse)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, accept.parse().unwrap());
            }
            assert_eq!(negotiate(&headers), expected, "{accept:?}");
        }
    }
}
