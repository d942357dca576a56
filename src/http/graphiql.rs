//! The page at `/` to ask queries from.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Door;

/// The page, in which one place is for the configuration.
const PAGE: &str = include_str!("graphiql.html");
const PLACE: &str = "/*CONFIG*/null";

/// What the page starts with.
#[derive(Clone, Debug, Serialize)]
pub struct Graphiql {
    pub title: String,
    /// Where queries are sent.
    pub endpoint: String,
    pub tabs: Vec<Tab>,
    /// Where the files of `GraphiQL` are: an address, null for the public CDN, false for none.
    pub assets: Value,
}

/// A query to begin with.
#[derive(Clone, Debug, Serialize)]
pub struct Tab {
    pub name: String,
    pub query: String,
    pub variables: Map<String, Value>,
    pub headers: Map<String, Value>,
}

impl Graphiql {
    /// The page as it is sent.
    fn page(&self) -> String {
        let config = serde_json::to_string(self).expect("texts and JSON values serialize");
        // Inside a script element, `</script>` and `<!--` would end or bend it, wherever they stand.
        PAGE.replacen(PLACE, &config.replace('<', "\\u003c"), 1)
    }
}

pub(super) async fn page(State(door): State<Arc<Door>>) -> Response {
    let Some(graphiql) = &door.graphiql else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, graphiql.page()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_cannot_leave_its_script() {
        let tab = Tab {
            name: "</script><script>".to_owned(),
            query: "{ __typename }".to_owned(),
            variables: Map::new(),
            headers: Map::new(),
        };
        let graphiql = Graphiql {
            title: "Loyalty".to_owned(),
            endpoint: "/graphql".to_owned(),
            tabs: vec![tab],
            assets: Value::Null,
        };
        let page = graphiql.page();
        assert!(!page.contains(PLACE), "the place is filled");
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
        assert!(page.contains(r#"{"title":"Loyalty","endpoint":"/graphql""#));
    }
}
