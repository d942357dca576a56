//! Whom requests may come from: the router, by its secret or its certificate, both changed while it serves.

use std::{fs, path::Path, time::Duration};

use loyalty::auth::PrincipalKind;
use pretty_assertions::assert_eq;
use reqwest::{Certificate, ClientBuilder, Identity, tls::TlsInfo};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Backend, Database, Server, client::token};

const FIRST: &str = "the first secret of the router is long enough";
const SECOND: &str = "the second secret of the router is as long";
const THIRD: &str = "the third secret of the router is no shorter";
/// Files are looked at so often here.
const RELOAD: (&str, &str) = ("LOYALTY_FILES_RELOAD_MS", "20");
/// A change that is not seen by then is not seen.
const SEEN_BY: Duration = Duration::from_mins(1);

/// The status of a question with a secret; that of a refusal is checked to be one.
async fn asked(http: &reqwest::Client, address: &str, secret: Option<(&str, &str)>) -> u16 {
    let mut request = http.post(format!("{address}/graphql")).json(&json!({"query": "{ __typename }"}));
    request = request.bearer_auth(token(PrincipalKind::Customer, "ann", ""));
    if let Some((name, secret)) = secret {
        request = request.header(name, secret);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let answer: Value = response.json().await.unwrap();
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    assert_eq!(code, (status == 403).then_some("ROUTER_ONLY"), "{answer}");
    status
}

/// Asks until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async { while !is_so().await {} };
    tokio::time::timeout(SEEN_BY, asking).await.unwrap_or_else(|_| panic!("{what} was not seen"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_shows_a_secret_is_answered() {
    let database = Database::fresh(Backend::Sqlite).await;
    let secrets = format!("{FIRST},{SECOND}");
    let environment = [("LOYALTY_ROUTER_SECRETS", &*secrets), ("LOYALTY_ROUTER_SECRET_HEADER", "X-From")];
    let server = Server::start_with(&database, &environment);
    let http = reqwest::Client::new();
    for (secret, status) in [
        (None, 403),
        (Some(("x-from", "")), 403),
        (Some(("x-from", &FIRST[1..])), 403),
        (Some(("x-from", &*secrets)), 403),
        (Some(("x-router-secret", FIRST)), 403),
        (Some(("x-from", FIRST)), 200),
        (Some(("X-From", SECOND)), 200),
    ] {
        assert_eq!(asked(&http, &server.address, secret).await, status, "{secret:?}");
    }
    let get = format!("{}/graphql?query=%7B__typename%7D", server.address);
    let response = http.get(get).header("accept", "application/json").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 403, "by GET neither");
    let socket = http.get(format!("{}/graphql", server.address)).headers(
        [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "graphql-transport-ws"),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect(),
    );
    assert_eq!(socket.send().await.unwrap().status().as_u16(), 403, "nor over a socket");
    for path in ["/live", "/ready", "/metrics"] {
        assert_eq!(server.client().get(path).await.status().as_u16(), 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_a_file_change_while_it_serves() {
    let database = Database::fresh(Backend::Sqlite).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secrets");
    fs::write(&path, format!("{FIRST}\n")).unwrap();
    let file = path.display().to_string();
    let server = Server::start_with(&database, &[RELOAD, ("LOYALTY_ROUTER_SECRETS_FILE", &file)]);
    let http = reqwest::Client::new();
    let asks = async |secret: &str| asked(&http, &server.address, Some(("x-router-secret", secret))).await;
    assert_eq!([asks(FIRST).await, asks(SECOND).await], [200, 403]);
    // The service learns the new one, the router changes to it, and the old one goes: nobody is refused on the way.
    fs::write(&path, format!("{FIRST}\n{SECOND}\n")).unwrap();
    until("the second secret", async || asks(SECOND).await == 200).await;
    assert_eq!(asks(FIRST).await, 200);
    fs::write(&path, format!("{SECOND}\n")).unwrap();
    until("the end of the first secret", async || asks(FIRST).await == 403).await;
    assert_eq!(asks(SECOND).await, 200);
    // What cannot be used changes nothing; what follows it does.
    fs::write(&path, "short\n").unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(asks(SECOND).await, 200);
    fs::write(&path, format!("{THIRD}\n")).unwrap();
    until("the third secret", async || asks(THIRD).await == 200).await;
    assert_eq!(asks(SECOND).await, 403);
}

/// A file of the fixtures.
fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)).unwrap()
}

/// The files that a server is told of, to be changed.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.put("certificate", &fixture("server-1.pem"));
        files.put("key", &fixture("server-1.key"));
        files.put("cas", &fixture("routers.pem"));
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.0.path().join(name), content).unwrap();
    }
}

/// A client that trusts the fixtures' root, and shows a certificate if it has one. A connection for each question.
fn client(certificate: Option<&str>) -> reqwest::Client {
    let builder = ClientBuilder::new()
        .tls_certs_only([Certificate::from_pem(&fixture("root.pem")).unwrap()])
        .tls_info(true)
        .pool_max_idle_per_host(0);
    let Some(name) = certificate else { return builder.build().unwrap() };
    let both = [fixture(&format!("{name}.pem")), fixture(&format!("{name}.key"))].concat();
    builder.identity(Identity::from_pem(&both).unwrap()).build().unwrap()
}

/// The server's certificate, as a client sees it.
async fn shown(client: &reqwest::Client, address: &str) -> Vec<u8> {
    let response = client.get(format!("{address}/live")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let info = response.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_asked_for_and_change_while_it_serves() {
    let database = Database::fresh(Backend::Sqlite).await;
    let files = Files::new();
    let [certificate, key, cas] = ["certificate", "key", "cas"].map(|name| files.path(name));
    let environment = [
        RELOAD,
        ("LOYALTY_TLS_CERTIFICATE", &*certificate),
        ("LOYALTY_TLS_KEY", &*key),
        ("LOYALTY_TLS_CLIENT_CAS", &*cas),
    ];
    let server = Server::start_with(&database, &environment);
    let address = &server.address;
    assert!(address.starts_with("https://"), "{address}");
    let [nobody, router, stranger] = [None, Some("router"), Some("stranger")].map(client);
    assert_eq!(asked(&router, address, None).await, 200);
    assert_eq!(asked(&nobody, address, None).await, 403, "greeted, and told no");
    let refused = stranger.post(format!("{address}/graphql")).json(&json!({"query": "{ __typename }"}));
    assert!(refused.send().await.is_err(), "not greeted");
    let plain = address.replace("https://", "http://");
    assert!(reqwest::get(format!("{plain}/live")).await.is_err(), "nothing is said in the open");

    let first = shown(&nobody, address).await;
    files.put("key", &fixture("server-2.key"));
    files.put("certificate", &fixture("server-2.pem"));
    until("the second certificate", async || shown(&nobody, address).await != first).await;
    // Both signers, while routers change from one to the other.
    files.put("cas", &[fixture("routers.pem"), fixture("strangers.pem")].concat());
    let welcome = async || {
        let request = stranger.get(format!("{address}/live")).send().await;
        request.is_ok()
    };
    until("the second signer", welcome).await;
    assert_eq!([asked(&router, address, None).await, asked(&stranger, address, None).await], [200, 200]);
    files.put("cas", b"no certificate");
    assert_eq!(asked(&router, address, None).await, 200, "what cannot be used changes nothing");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_fit_are_a_reason_not_to_start() {
    let database = Database::fresh(Backend::Sqlite).await;
    let files = Files::new();
    files.put("key", &fixture("server-2.key"));
    let mut serve = crate::support::server::loyalty(&database, &["serve"]);
    serve.env("LOYALTY_TLS_CERTIFICATE", files.path("certificate")).env("LOYALTY_TLS_KEY", files.path("key"));
    let output = serve.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("LOYALTY_TLS_CERTIFICATE: the certificate and the key cannot be used"), "{said}");
}
