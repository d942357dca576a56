//! Who is told to come again, and who is stopped.

use axum::body::Bytes;
use futures_util::stream;
use pretty_assertions::assert_eq;

use super::*;

#[tokio::test]
async fn who_asks_too_fast_is_told_when_to_come_again() {
    let visitors = Arc::new(std::sync::Mutex::new(Vec::new()));
    for (accept, status) in [(GRAPHQL, 429), (JSON, 200)] {
        let (seen, mut door) = (Arc::clone(&visitors), door().await);
        door.admit = Some(Arc::new(move |visitor: &Visitor<'_>| {
            seen.lock().unwrap().push((visitor.principal.cloned(), visitor.address));
            Box::pin(std::future::ready(Err(Duration::from_millis(1_001))))
        }));
        let (got, headers, answer) = send_to(door, post(accept, query("{ hello }"))).await;
        assert_eq!((got.as_u16(), headers[header::RETRY_AFTER].to_str().unwrap()), (status, "2"), "{answer}");
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"], json!({ "code": "RATE_LIMITED", "retryAfterSeconds": 2 }));
        assert_eq!(answer.get("data"), None);
    }
    assert_eq!(*visitors.lock().unwrap(), vec![(Some(Principal::Anonymous), None); 2]);
}

#[tokio::test]
async fn who_finds_no_place_is_sent_away_at_once() {
    for (places, status) in [(1, 200), (0, 503)] {
        let mut door = door().await;
        door.requests = Places::new(places);
        let (got, headers, answer) = send_to(door, post(JSON, query("{ hello }"))).await;
        assert_eq!(got.as_u16(), status, "{answer}");
        assert_eq!(headers.contains_key(header::RETRY_AFTER), status == 503);
        if status == 503 {
            assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
        }
    }
    let mut door = door().await;
    door.requests = Places::new(0);
    let (status, ..) = send_to(door, Request::get("/live").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK, "whoever watches needs no place");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_stopped() {
    let (status, _, answer) = send(post(JSON, query("{ forever }"))).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "REQUEST_TIMEOUT");
}

/// It is given a moment, because most clients are still sending then; whoever waits for leave to send is answered at once.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_and_never_comes_is_not_waited_for() {
    for (expects, waited) in [(false, 2), (true, 0)] {
        let door = door().await;
        let stated = (door.body_bytes_max + 1).to_string();
        let mut request = post(JSON, query("{ hello }"));
        *request.body_mut() = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        request.headers_mut().insert(header::CONTENT_LENGTH, stated.parse().unwrap());
        if expects {
            request.headers_mut().insert(header::EXPECT, "100-continue".parse().unwrap());
        }
        let began = tokio::time::Instant::now();
        let (status, _, answer) = send_to(door, request).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
        assert_eq!(began.elapsed().as_secs(), waited);
    }
}
