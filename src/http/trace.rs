//! One id a request, by which a caller's complaint finds our log lines.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::http::HeaderMap;

use crate::{clock::Instant, ids::IdSource};

/// The id of a trace: 16 bytes, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(pub u128);

/// Makes ids: random at the start and counted from there, because randomness is a system call each time.
pub struct TraceIds {
    first: u128,
    made: AtomicU64,
}

impl TraceIds {
    pub fn new(ids: &dyn IdSource, now: Instant) -> Self {
        Self { first: ids.new_uuid(now).as_u128(), made: AtomicU64::new(0) }
    }

    /// The caller's id, from a valid `traceparent` header (W3C Trace Context), or a new one.
    pub(super) fn of(&self, headers: &HeaderMap) -> TraceId {
        let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(parse);
        let new = || self.first.wrapping_add(self.made.fetch_add(1, Ordering::Relaxed).into());
        TraceId(given.unwrap_or_else(new))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// `version-trace-parent-flags`. Later versions than 00 may append more.
fn parse(header: &str) -> Option<u128> {
    let mut parts = header.splitn(5, '-');
    let version = hex(parts.next()?, 2)?;
    let trace = hex(parts.next()?, 32)?;
    let parent = hex(parts.next()?, 16)?;
    hex(parts.next()?, 2)?;
    let appended = parts.next().is_some();
    let valid = version != 0xff && !(version == 0 && appended) && trace != 0 && parent != 0;
    valid.then_some(trace)
}

fn hex(text: &str, digits: usize) -> Option<u128> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == digits && lower).then(|| u128::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_header_is_taken_over() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (header, valid) in [
            (format!("00-{trace}-00f067aa0ba902b7-01"), true),
            (format!("01-{trace}-00f067aa0ba902b7-01-more"), true),
            (format!("00-{trace}-00f067aa0ba902b7-01-more"), false),
            (format!("ff-{trace}-00f067aa0ba902b7-01"), false),
            (format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()), false),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            (format!("00-{trace}-{}-01", "0".repeat(16)), false),
            (format!("00-{trace}-00f067aa0ba902b7"), false),
            (format!("00-+{}-00f067aa0ba902b7-01", &trace[1..]), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", header.parse().unwrap());
            let ids = TraceIds { first: 7, made: AtomicU64::new(0) };
            let shown = ids.of(&headers).to_string();
            let expected = if valid { trace.to_owned() } else { format!("{:032x}", 7) };
            assert_eq!(shown, expected, "{header}");
            assert_ne!(shown == ids.of(&headers).to_string(), !valid, "each new one is another: {header}");
        }
    }
}
