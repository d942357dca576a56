//! The orders are of 2010 and 2011. The stack tells them as if they had happened up to today.
//!
//! Every date moves by one number of whole minutes, so that distances stay and the last event falls on the very day of the
//! first start. The number is chosen at the first start
//! and kept in the data directory: loyalty refuses a known order whose content has changed, so a second start must tell the
//! same story.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const FILE: &str = "stack.json";

#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    shift_minutes: i64,
}

/// The most whole minutes by which `last` can move without passing `now`.
pub(crate) fn shift_minutes(last: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - last).num_seconds().div_euclid(60)
}

/// The kept shift; chosen and kept now where there is none.
pub(crate) fn kept_shift_minutes(data: &Path, last: DateTime<Utc>, now: DateTime<Utc>) -> Result<i64> {
    let file = data.join(FILE);
    match fs::read(&file) {
        Ok(kept) => {
            let kept: Kept =
                serde_json::from_slice(&kept).with_context(|| format!("reading {}", file.display()))?;
            Ok(kept.shift_minutes)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let kept = Kept { shift_minutes: shift_minutes(last, now) };
            fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
            fs::File::create_new(&file)
                .and_then(|mut open| open.write_all(&serde_json::to_vec(&kept)?))
                .with_context(|| format!("writing {}", file.display()))?;
            Ok(kept.shift_minutes)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_event_comes_as_near_to_now_as_whole_minutes_allow() {
        const DAY: i64 = 24 * 60;
        for (last, now, minutes, why) in [
            ("2011-05-31T15:53:00Z", "2011-06-02T15:53:00Z", 2 * DAY, "to the second"),
            ("2011-05-31T15:53:00Z", "2011-06-02T15:52:59Z", 2 * DAY - 1, "never into the future"),
            ("2011-05-31T15:53:00Z", "2011-06-02T00:00:30Z", DAY + 487, "today, however early it is"),
            ("2011-05-31T15:53:00Z", "2011-05-31T15:53:00Z", 0, "nothing to do"),
            ("2012-02-28T12:00:00Z", "2012-03-01T12:00:00Z", 2 * DAY, "over a leap day"),
            ("2011-05-31T15:53:00Z", "2011-05-30T15:53:00Z", -DAY, "back, where the clock is behind"),
        ] {
            assert_eq!(shift_minutes(at(last), at(now)), minutes, "{why}");
        }
    }

    #[test]
    fn a_second_start_keeps_the_first_one_s_shift() {
        let data = tempfile::tempdir().unwrap();
        let last = at("2011-05-31T15:53:00Z");
        let first = kept_shift_minutes(&data.path().join("new"), last, at("2011-05-31T15:55:00Z")).unwrap();
        let second = kept_shift_minutes(&data.path().join("new"), last, at("2011-07-02T16:00:00Z")).unwrap();
        assert_eq!((first, second), (2, 2));
    }

    #[test]
    fn a_file_that_is_not_ours_is_named() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FILE), "{}").unwrap();
        let error = kept_shift_minutes(data.path(), at("2011-05-31T15:53:00Z"), at("2011-06-02T16:00:00Z"))
            .unwrap_err();
        assert!(error.to_string().ends_with(FILE), "{error}");
    }
}
