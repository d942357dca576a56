//! Subscriptions: over WebSocket, at once and after every change, in whichever process it happens.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use loyalty::auth::PrincipalKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use super::{Desk, SHOP, enroll, hold, order, record_order, recording, redeem};
use crate::{
    on_each_backend,
    support::{Backend, Client, Database, Server, client::token, server::verify},
};

const CHANGES: &str = "subscription($c: ID!) { it: loyaltyBalanceChanged(customerId: $c, program: \"shop\") {
    customer { id } balance { available held } } }";

/// A socket of `graphql-transport-ws`.
pub(super) struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    /// Opens a socket and says who it is.
    pub(super) async fn open(address: &str, payload: &Value) -> Self {
        let mut line = Self(connect(address, Some("graphql-transport-ws")).await.unwrap());
        line.send(&json!({"type": "connection_init", "payload": payload})).await;
        line
    }

    /// As the holder of a token.
    pub(super) async fn with_token(address: &str, token: &str) -> Self {
        let mut line = Self::open(address, &json!({"Authorization": format!("Bearer {token}")})).await;
        assert_eq!(line.hear().await, json!({"type": "connection_ack"}));
        line
    }

    pub(super) async fn send(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(super) async fn subscribe(&mut self, query: &str, customer: &str) {
        self.ask(query, json!({"c": customer})).await;
    }

    pub(super) async fn ask(&mut self, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send(&json!({"id": "1", "type": "subscribe", "payload": payload})).await;
    }

    /// The next message; a close as its code and reason.
    pub(super) async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    return json!({"closed": u16::from(frame.code), "reason": frame.reason.as_str()});
                }
                _ => {}
            }
        }
    }

    /// Available and held points, once they are these. Several changes may come as one, so what lies between is passed over;
    /// it must be one of what there was.
    async fn balance(&mut self, expected: [i64; 2], between: &[[i64; 2]]) {
        loop {
            let message = self.hear().await;
            assert_eq!(message["type"], "next", "{message:#}");
            let balance = &message["payload"]["data"]["it"]["balance"];
            let balance = ["available", "held"].map(|name| balance[name].as_i64().unwrap());
            if balance == expected {
                return;
            }
            assert!(between.contains(&balance), "{balance:?} on the way to {expected:?}");
        }
    }
}

async fn connect(
    address: &str,
    protocol: Option<&str>,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Error> {
    let mut request =
        format!("{}/graphql", address.replace("http://", "ws://")).into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

pub(super) fn own(customer: &str) -> String {
    token(PrincipalKind::Customer, customer, "")
}

fn spending(key: &str, points: i64) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "points": points})
}

async fn a_member_is_sent_at_once_and_after_every_change(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let mut line = Line::with_token(&desk.server.client().address, &own("c-1")).await;
    line.subscribe(CHANGES, "c-1").await;
    line.balance([100, 0], &[]).await;
    desk.ask(&redeem(), &spending("a", 30)).await;
    line.balance([70, 0], &[]).await;
    desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    line.balance([115, 0], &[]).await;
    // Another's change is not heard; the clock's is.
    desk.ask(&record_order(), &recording("shop", &order("o-2", "c-2"))).await;
    let mut short = spending("h", 15);
    short["ttlSeconds"] = json!(1);
    desk.ask(&hold(), &short).await;
    line.balance([100, 15], &[]).await;
    line.balance([115, 0], &[]).await;

    line.send(&json!({"id": "1", "type": "complete"})).await;
    line.send(&json!({"type": "ping"})).await;
    let mut rest = vec![line.hear().await["type"].clone(), line.hear().await["type"].clone()];
    rest.sort_by_key(Value::to_string);
    assert_eq!(rest, ["complete", "pong"], "nothing comes any more");
    desk.close();
}

async fn whoever_is_no_member_yet_is_sent_once_it_is(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let mut line = Line::with_token(&desk.server.client().address, &own("c-3")).await;
    line.subscribe(CHANGES, "c-3").await;
    line.send(&json!({"type": "ping"})).await;
    assert_eq!(line.hear().await, json!({"type": "pong"}), "and nothing before it");
    let joining = json!({"program": "shop", "idempotencyKey": "c-3", "customerId": "c-3"});
    desk.ask(&enroll(), &joining).await;
    line.balance([0, 0], &[]).await;
    desk.close();
}

async fn only_who_may_hears(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let address = desk.server.client().address;
    let service = |scope: &str| token(PrincipalKind::Service, "app", scope);
    for (token, code) in [
        (own("c-2"), "FORBIDDEN"),
        (service("loyalty:orders:write"), "FORBIDDEN"),
        (token(PrincipalKind::Partner, "shop", "loyalty:points:hold"), "FORBIDDEN"),
    ] {
        for customer in ["c-1", "nobody"] {
            let mut line = Line::with_token(&address, &token).await;
            line.subscribe(CHANGES, customer).await;
            let message = line.hear().await;
            assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], code, "{message:#}");
            assert_eq!(line.hear().await, json!({"id": "1", "type": "complete"}));
        }
    }
    let mut line = Line::with_token(&address, &service("loyalty:member:read")).await;
    line.subscribe(CHANGES, "c-1").await;
    line.balance([100, 0], &[]).await;

    let mut nobody = Line::open(&address, &Value::Null).await;
    assert_eq!(nobody.hear().await["type"], "connection_ack");
    nobody.subscribe(CHANGES, "c-1").await;
    assert_eq!(nobody.hear().await["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    for payload in [json!({"authorization": "Bearer nonsense"}), json!({"Authorization": 7})] {
        let mut liar = Line::open(&address, &payload).await;
        assert_eq!(liar.hear().await, json!({"closed": 4403, "reason": "Forbidden"}));
    }
    desk.close();
}

async fn the_protocol_is_held(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let address = desk.server.client().address;
    for protocol in [None, Some("graphql-ws")] {
        let Err(Error::Http(refused)) = connect(&address, protocol).await else {
            panic!("{protocol:?} was taken");
        };
        assert_eq!(refused.status(), 400);
    }
    let mut line = Line::with_token(&address, &own("c-1")).await;
    for query in ["{ loyaltyPrograms { id } }", "mutation { loyaltyOrderCancel { __typename } }"] {
        line.subscribe(query, "c-1").await;
        let message = line.hear().await;
        assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{message:#}");
        assert_eq!(line.hear().await["type"], "complete");
    }
    line.subscribe("subscription {", "c-1").await;
    assert!(line.hear().await["payload"]["errors"].is_array());
    // However long the reason is, the frame that says it is one that clients take.
    line.send(&json!({"type": "é".repeat(200)})).await;
    let mut ended = line.hear().await;
    while ended.get("closed").is_none() {
        ended = line.hear().await;
    }
    assert!(ended["reason"].as_str().is_some_and(|reason| (100..=123).contains(&reason.len())), "{ended:#}");
    // By POST there is no stream to be had.
    let posted = desk.oms.ask(CHANGES, json!({"c": "c-1"})).await;
    assert!(posted["errors"].is_array() && posted["data"].is_null(), "{posted:#}");
    desk.close();
}

on_each_backend!(
    a_member_is_sent_at_once_and_after_every_change,
    whoever_is_no_member_yet_is_sent_once_it_is,
    only_who_may_hears,
    the_protocol_is_held,
);

/// Whoever says that it will send more than is taken in is not waited for, in whichever way it says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_bounded() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database);
    // A text of 1 MiB whose mask is zeros: its frame as a whole, and nothing but the frame's beginning.
    let long = 1_u64 << 20;
    let head = [&[0x81, 0xff][..], &long.to_be_bytes(), &[0; 4]].concat();
    let whole = [&head[..], &vec![b'x'; 1 << 20]].concat();
    for bytes in [whole, head] {
        let mut line = Line::with_token(&server.address, &own("c-1")).await;
        let MaybeTlsStream::Plain(stream) = line.0.get_mut() else { unreachable!("http is plain") };
        // The server may have hung up before it has read all.
        let _ = stream.write_all(&bytes).await;
        let ended = async { while line.0.next().await.is_some_and(|said| said.is_ok()) {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("it ends before it is asked");
    }
}

/// What one process commits is heard at another: through Redis, and by looking where there is none.
async fn heard_across_processes(environment: &[(&str, &str)]) {
    let database = Database::fresh(Backend::Postgres).await;
    let environment = [environment, &[("LOYALTY_PROGRAMS", SHOP)]].concat();
    let [one, other] = [(); 2].map(|()| Server::start_with(&database, &environment));
    let ask = async |client: &Client, document: &str, input: Value| {
        client.oms().data(document, json!({"input": input})).await
    };
    ask(&one.client(), &record_order(), recording("shop", &order("o-1", "c-1"))).await;
    let mut line = Line::with_token(&one.client().address, &own("c-1")).await;
    line.subscribe(CHANGES, "c-1").await;
    line.balance([45, 0], &[]).await;
    for (key, left) in [("a", 40), ("b", 35)] {
        ask(&other.client(), &redeem(), spending(key, 5)).await;
        line.balance([left, 0], &[]).await;
    }
    one.stop();
    other.stop();
    verify(&database);
}

#[tokio::test(flavor = "multi_thread")]
async fn through_redis() {
    // The relay, and with it every look, sleeps.
    heard_across_processes(&[("LOYALTY_RELAY_INTERVAL_MS", "3600000")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_looking() {
    heard_across_processes(&[("LOYALTY_HOT", "off")]).await;
}
