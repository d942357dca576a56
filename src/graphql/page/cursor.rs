//! Cursors: opaque to clients, typed to us. One of orders is never taken for one of entries.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{clock::Instant, commands::order::is_name, graphql::problem::Problem};

/// A place in a list, which a cursor names. The text behind it is `<tag>:<place>`.
pub(crate) trait Position: Sized {
    /// Which list it is a place of.
    const TAG: &'static str;

    fn write(&self) -> String;

    fn read(text: &str) -> Option<Self>;

    fn to_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", Self::TAG, self.write()))
    }

    /// Reads a cursor; the error names the argument that it came in.
    fn from_cursor(argument: &str, cursor: &str) -> Result<Self, Problem> {
        let malformed = || Problem::bad_input(argument, "is no cursor of this service");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
        let text = String::from_utf8(bytes).map_err(|_| malformed())?;
        let (tag, place) = text.split_once(':').ok_or_else(malformed)?;
        if tag != Self::TAG {
            return Err(Problem::bad_input(argument, "is a cursor of another list"));
        }
        Self::read(place).ok_or_else(malformed)
    }
}

/// An entry, by its number in the member's ledger.
impl Position for i64 {
    const TAG: &'static str = "entry";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A record of the audit log, by its place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuditPlace(pub(crate) i64);

impl Position for AuditPlace {
    const TAG: &'static str = "audit";

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// An order, by when it was placed (microseconds since 1970) and its id.
impl Position for (Instant, String) {
    const TAG: &'static str = "order";

    fn write(&self) -> String {
        format!("{}:{}", self.0.timestamp_micros(), self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        let at = Instant::from_timestamp_micros(micros.parse().ok()?)?;
        is_name(id).then(|| (at, id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        assert_eq!(i64::from_cursor("after", &42_i64.to_cursor()), Ok(42));
        let place = (Instant::from_timestamp_micros(1_772_357_400_123_456).unwrap(), "a:b/ü".to_owned());
        assert_eq!(Position::from_cursor("after", &place.to_cursor()), Ok(place));
    }

    #[test]
    fn what_is_no_cursor_of_the_list_is_refused_by_the_name_of_its_argument() {
        let foreign = (Instant::UNIX_EPOCH, "o-1".to_owned()).to_cursor();
        for (cursor, message) in [
            ("", "before: is no cursor of this service"),
            ("42", "before: is no cursor of this service"),
            ("%%%", "before: is no cursor of this service"),
            (&URL_SAFE_NO_PAD.encode([0xff, 0xfe]), "before: is no cursor of this service"),
            (&URL_SAFE_NO_PAD.encode("entry:x"), "before: is no cursor of this service"),
            (&foreign, "before: is a cursor of another list"),
        ] {
            let problem = i64::from_cursor("before", cursor).unwrap_err();
            assert_eq!(problem.message(), message, "{cursor}");
        }
    }
}
