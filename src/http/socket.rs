//! `/graphql` over WebSocket, by the protocol `graphql-transport-ws`: subscriptions.
//!
//! The token comes with the first message (`connection_init`, field `Authorization` of its payload) or with the request. It is
//! checked again as long as the socket is open: what has ended ends it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_graphql::{
    Data, Executor, Request, Response as GraphqlResponse,
    http::{ClientMessage, WebSocket, WebSocketProtocols, WsMessage},
};
use axum::{
    body::Body,
    extract::{
        ConnectInfo,
        ws::{CloseFrame, Message, WebSocket as Socket, WebSocketUpgrade},
    },
    http::{Request as HttpRequest, StatusCode, header},
    response::Response,
};
use futures_util::{
    FutureExt as _, SinkExt as _, Stream, StreamExt as _,
    future::ready,
    stream::{BoxStream, once},
};
use tokio::sync::watch;

use super::{
    Admit, Door, Places, Subscribe, Visitor,
    answer::{self, Rejection},
    serve::Peer,
    trace::TraceId,
};
use crate::auth::{Caller, Denied};

const PROTOCOL: &str = "graphql-transport-ws";
/// The largest message that is taken in, in one frame or in many: a document and its variables. Never more than a body.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// The most subscriptions of one socket.
const SUBSCRIPTIONS_MAX: usize = 100;
/// How long a socket may take to say who it is.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a socket is asked whether it is still there, and its token whether it still holds.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// A control frame holds 125 bytes, of which the code has two.
const REASON_BYTES_MAX: usize = 123;

/// The protocol's own codes.
const TOO_LATE: u16 = 4408;
const FORBIDDEN: u16 = 4403;
const TOO_FAST: u16 = 4429;
const GONE: u16 = 1001;

/// Opens the socket that a request asks for.
pub(super) fn open(
    door: Arc<Door>,
    http: &HttpRequest<Body>,
    upgrade: WebSocketUpgrade,
    trace: TraceId,
) -> Result<Response, Rejection> {
    door.check_router(http)?;
    // A frame is looked at before it is read: what it says that it will be is not waited for.
    let bytes_max = door.body_bytes_max.min(MESSAGE_BYTES_MAX);
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(bytes_max).max_frame_size(bytes_max);
    if upgrade.selected_protocol().is_none() {
        let message = format!("a WebSocket needs `sec-websocket-protocol: {PROTOCOL}`");
        return Err(Rejection::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message));
    }
    let Some(place) = door.sockets.take() else {
        answer::limited("sockets");
        return Err(Rejection::too_busy(format!(
            "{} sockets are open, as many as may be",
            door.sockets.max()
        )));
    };
    let authorization = http.headers().get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap_or("").to_owned());
    let address = http.extensions().get::<ConnectInfo<Peer>>().map(|from| from.0.address.ip());
    let opening = Opening { authorization, address, trace };
    Ok(upgrade.on_upgrade(async move |socket| {
        serve(socket, door, opening).await;
        drop(place);
    }))
}

/// What is known of a socket before it says anything.
struct Opening {
    authorization: Option<String>,
    address: Option<IpAddr>,
    trace: TraceId,
}

/// Who speaks, once that is known: the header that said so, and the caller.
type Known = watch::Receiver<Option<(Option<String>, Caller)>>;

async fn serve(socket: Socket, door: Arc<Door>, opening: Opening) {
    let Opening { authorization: header, address, trace } = opening;
    let (mut sink, messages) = socket.split();
    let (say, known) = watch::channel(None);
    let (seen, mut alive) = watch::channel(());
    let (guard, admit) = (door.guard.clone(), door.admit.clone());
    let graphql = WebSocket::from_message_stream(
        Subscriber {
            subscribe: door.subscribe.clone(),
            admit: door.admit.clone(),
            address,
            known: known.clone(),
            trace,
            open: Places::new(SUBSCRIPTIONS_MAX),
        },
        client_messages(messages, seen),
        WebSocketProtocols::GraphQLWS,
    );
    let graphql = graphql.on_connection_init(move |payload| async move {
        let header = token_of(&payload).or(header);
        let caller = guard.caller(header.as_deref()).await;
        // To open a socket is a request, and counts as one.
        if let Some(admit) = admit {
            let visitor = Visitor { principal: caller.as_ref().ok().map(Caller::principal), address };
            admit(&visitor).await.map_err(answer::limited_reason)?;
        }
        let caller = caller.map_err(|denied| denied.to_string())?;
        // Whoever listens for it ends with the socket.
        let _ = say.send(Some((header, caller)));
        Ok(Data::default())
    });
    tokio::pin!(graphql);
    let mut checks = tokio::time::interval_at(tokio::time::Instant::now() + INIT_TIMEOUT, CHECK_INTERVAL);
    let ended = loop {
        let message = tokio::select! {
            answer = graphql.next() => match answer {
                Some(WsMessage::Text(text)) => Message::text(text),
                Some(WsMessage::Close(_, reason)) if reason == Denied::Unauthenticated.to_string() => {
                    break Some((FORBIDDEN, "Forbidden".to_owned()));
                }
                Some(WsMessage::Close(_, reason)) if reason.starts_with(answer::TOO_MANY_REQUESTS) => {
                    break Some((TOO_FAST, reason));
                }
                Some(WsMessage::Close(code, reason)) => break Some((code, reason)),
                None => break None,
            },
            _ = checks.tick() => match check(&door, &known, &mut alive).await {
                Ok(()) => Message::Ping(Vec::new().into()),
                Err(end) => break Some(end),
            },
        };
        if sink.send(message).await.is_err() {
            return;
        }
    };
    let frame = ended.map(|(code, reason)| CloseFrame { code, reason: shortened(reason).into() });
    // A socket that is gone needs no farewell.
    let _ = sink.send(Message::Close(frame)).await;
}

/// A reason as long as a close frame can hold: the protocol of sockets forbids longer ones, and clients break on them.
fn shortened(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
    reason
}

/// Why a socket has to end: it never said who it is, its token has ended, or nobody is there any more.
async fn check(door: &Door, known: &Known, alive: &mut watch::Receiver<()>) -> Result<(), (u16, String)> {
    let header = match &*known.borrow() {
        Some((header, _)) => header.clone(),
        None => return Err((TOO_LATE, "Connection initialisation timeout".to_owned())),
    };
    if door.guard.caller(header.as_deref()).await.is_err() {
        return Err((FORBIDDEN, "Forbidden".to_owned()));
    }
    match alive.has_changed() {
        Ok(true) => {
            alive.mark_unchanged();
            Ok(())
        }
        _ => Err((GONE, "Silent".to_owned())),
    }
}

/// Texts are the protocol's messages; whatever comes is a sign of life.
fn client_messages(
    messages: impl Stream<Item = Result<Message, axum::Error>> + Send + 'static,
    seen: watch::Sender<()>,
) -> BoxStream<'static, serde_json::Result<ClientMessage>> {
    let texts = messages.take_while(|message| ready(message.is_ok())).filter_map(move |message| {
        // Whoever listens for it ends with the socket.
        let _ = seen.send(());
        ready(match message {
            Ok(Message::Text(text)) => Some(ClientMessage::from_bytes(text.as_bytes())),
            Ok(Message::Binary(bytes)) => Some(ClientMessage::from_bytes(bytes)),
            _ => None,
        })
    });
    texts.boxed()
}

/// Clients write the header's name in either way.
fn token_of(payload: &serde_json::Value) -> Option<String> {
    let value = ["Authorization", "authorization"].into_iter().find_map(|name| payload.get(name));
    value.map(|value| value.as_str().unwrap_or("").to_owned())
}

/// Runs the subscriptions of one socket.
#[derive(Clone)]
struct Subscriber {
    subscribe: Subscribe,
    admit: Option<Admit>,
    address: Option<IpAddr>,
    known: Known,
    trace: TraceId,
    /// How many are open.
    open: Places,
}

impl Executor for Subscriber {
    async fn execute(&self, request: Request) -> GraphqlResponse {
        let first = self.execute_stream(request, None).next().await;
        first.unwrap_or_else(|| GraphqlResponse::new(async_graphql::Value::Null))
    }

    fn execute_stream(&self, request: Request, _: Option<Arc<Data>>) -> BoxStream<'static, GraphqlResponse> {
        let caller =
            self.known.borrow().as_ref().map_or_else(Caller::anonymous, |(_, caller)| caller.clone());
        let Some(place) = self.open.take() else {
            let message = format!("a socket has at most {SUBSCRIPTIONS_MAX} subscriptions");
            let error = answer::error("TOO_MANY_SUBSCRIPTIONS", message);
            return once(ready(GraphqlResponse::from_errors(vec![error]))).boxed();
        };
        let (subscribe, trace) = (Arc::clone(&self.subscribe), self.trace);
        // Each is a request, and counts as one.
        let visitor = Visitor { principal: Some(caller.principal()), address: self.address };
        let admitted = self.admit.as_ref().map(|admit| admit(&visitor));
        let responses = async move {
            match admitted {
                Some(admitted) => match admitted.await {
                    Ok(()) => subscribe(request, caller, trace),
                    Err(wait) => once(ready(answer::too_fast(wait))).boxed(),
                },
                None => subscribe(request, caller, trace),
            }
        };
        // The place is left when the stream is dropped.
        let finished = move |response| {
            let _ = &place;
            answer::finished(response, trace)
        };
        responses.flatten_stream().map(finished).boxed()
    }
}
