//! What a service in production shows of itself: nothing that nobody asked to be shown.

use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Backend, Database, Server};

#[tokio::test(flavor = "multi_thread")]
async fn production_shows_no_schema_no_page_and_no_suggestions() {
    let production = [("LOYALTY_MODE", "production")];
    let shown = [production[0], ("LOYALTY_INTROSPECTION", "true"), ("LOYALTY_GRAPHIQL", "true")];
    for (environment, open) in [(&[][..], true), (&production[..], false), (&shown[..], true)] {
        let database = Database::fresh(Backend::Sqlite).await;
        let server = Server::start_with(&database, environment);
        let client = server.client().oms();
        for document in [
            "{ __schema { types { name } } }",
            "{ __type(name: \"Query\") { name } }",
            "{ _service { sdl } }",
        ] {
            let answer = client.ask(document, json!({})).await;
            let fields = answer["data"].as_object().map(|data| data.values().all(|value| !value.is_null()));
            assert_eq!(fields == Some(true), open, "{environment:?} {document} {answer:#}");
            assert!(open || !answer.to_string().contains("loyaltyMember"), "{answer:#}");
        }
        let answer = client.ask("{ loyaltyProgrammes { id } }", json!({})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert_eq!(message.contains("loyaltyPrograms"), open, "{environment:?} {message}");
        assert_eq!(client.get("/").await.status().as_u16(), if open { 200 } else { 404 });
        assert_eq!(client.get("/ready").await.status().as_u16(), 200);
        let answer = client.data("{ loyaltyPrograms { __typename } }", json!({})).await;
        assert_eq!(
            answer["loyaltyPrograms"][0]["__typename"], "LoyaltyProgram",
            "a name is no introspection"
        );
    }
}
