//! A GraphQL client with a token.

use std::time::Duration;

use loyalty::{
    auth::{MintRequest, PrincipalKind, mint},
    config::Secret,
};
use serde_json::{Value, json};

use super::server::SECRET;

/// Asks one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) address: String,
    token: Option<String>,
}

/// Everything that an OMS may do.
pub(crate) const SERVICE_SCOPES: &str = "loyalty:member:read loyalty:member:write loyalty:orders:write loyalty:points:adjust loyalty:points:hold loyalty:program:read loyalty:program:write loyalty:audit:read";

/// A token of the tests' own issuer.
pub(crate) fn token(kind: PrincipalKind, subject: &str, scope: &str) -> String {
    let scope = scope.split_whitespace().map(str::to_owned).collect();
    minted(MintRequest { kind, subject: subject.to_owned(), scope, ..MintRequest::default() })
}

/// The same with more to say.
pub(crate) fn minted(request: MintRequest) -> String {
    // Some tests move clocks by days.
    let request = MintRequest { ttl: Duration::from_hours(1_000), ..request };
    mint(&Secret::new(SECRET.to_owned()), "loyalty-dev", "loyalty", &request, now()).unwrap()
}

/// The machine's time: the servers under test live by it.
pub(crate) fn now() -> loyalty::clock::Instant {
    use loyalty::clock::{Clock as _, SystemClock};
    SystemClock.now()
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self { http: reqwest::Client::new(), address: address.to_owned(), token: None }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// As a service with scopes.
    pub(crate) fn service(&self, scope: &str) -> Self {
        self.with_token(&token(PrincipalKind::Service, "oms", scope))
    }

    /// As the OMS.
    pub(crate) fn oms(&self) -> Self {
        self.service(SERVICE_SCOPES)
    }

    pub(crate) fn customer(&self, customer: &str) -> Self {
        self.with_token(&token(PrincipalKind::Customer, customer, ""))
    }

    /// Sends a document, and answers the whole response.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.try_ask(query, variables).await.unwrap()
    }

    /// The same, where the server may be gone.
    pub(crate) async fn try_ask(&self, query: &str, variables: Value) -> Result<Value, reqwest::Error> {
        self.try_post(&json!({"query": query, "variables": variables})).await
    }

    /// Sends a body as it is, and answers the whole response.
    pub(crate) async fn post(&self, body: &Value) -> Value {
        self.try_post(body).await.unwrap()
    }

    async fn try_post(&self, body: &Value) -> Result<Value, reqwest::Error> {
        let mut request = self.http.post(format!("{}/graphql", self.address)).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await?.json().await
    }

    /// Sends a document that must be answered without an error, and answers its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"].clone()
    }

    /// Sends a document that must be answered with an error, and answers the first one's code.
    pub(crate) async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.ask(query, variables).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no error code in {answer:#}")).to_owned()
    }

    /// One figure of `/metrics`: the sum over all labels.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.http.get(format!("{}/metrics", self.address)).send().await.unwrap();
        let text = text.text().await.unwrap();
        let of_name = |line: &&str| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{'))
        };
        let figures = text.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next());
        figures.map(|figure| figure.parse::<f64>().unwrap()).sum()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.address)).send().await.unwrap()
    }
}
