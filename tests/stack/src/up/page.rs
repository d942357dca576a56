//! The page with the queries in it, served from a port of its own and asking the gateway.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::{Router, response::Html, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::questions::Question;
use crate::ports::{Part, Ports};

/// The page that loyalty serves too; only what is filled in differs.
const TEMPLATE: &str = include_str!("../../../../src/http/graphiql.html");
const BLANK: &str = "/*CONFIG*/null";

/// Begins to serve, and leaves it to the runtime.
pub(super) async fn serve(ports: Ports, questions: &[Question], assets: Option<&str>) -> Result<()> {
    let html = render(&config(&ports.url(Part::Gateway), questions, assets));
    let router = Router::new().route("/", get(async move || Html(html)));
    let port = ports.of(Part::Page);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("the page cannot listen on port {port}"))?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

fn config(endpoint: &str, questions: &[Question], assets: Option<&str>) -> Value {
    let tabs: Vec<Value> = questions
        .iter()
        .map(|question| {
            json!({
                "name": question.name,
                "query": question.query,
                "headers": { "Authorization": format!("Bearer {}", question.token) },
            })
        })
        .collect();
    json!({ "endpoint": endpoint, "title": "Loyalty and its neighbours", "tabs": tabs, "assets": assets })
}

/// Without `<` no text can end the script that it stands in.
fn render(config: &Value) -> String {
    TEMPLATE.replacen(BLANK, &config.to_string().replace('<', "\\u003c"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_one_blank_and_no_text_gets_out_of_it() {
        assert_eq!(TEMPLATE.matches(BLANK).count(), 1);
        let html = render(&json!({ "title": "</script>" }));
        assert!(html.contains(r#"{"title":"\u003c/script>"}"#));
        assert!(!html.contains(BLANK));
    }
}
