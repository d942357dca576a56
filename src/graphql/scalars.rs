//! The scalars: exact, and refusing what they cannot keep exactly.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    clock::{Instant, to_micros},
    ledger::Points,
};

/// An instant on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Instant);

/// An instant, RFC 3339: `2026-03-01T09:30:00Z`. Any offset is taken in; answers are in UTC. Kept to the microsecond.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom(format!("{} is no RFC 3339 text", short(&value))));
        };
        let at = chrono::DateTime::parse_from_rfc3339(text).map_err(|error| {
            InputValueError::custom(format!(
                "{} is no RFC 3339 instant with an offset: {error}",
                short(&value)
            ))
        })?;
        Ok(Self(to_micros(at.to_utc())))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A decimal on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) rust_decimal::Decimal);

/// A decimal number as a string, `"12.50"`, never a float. A whole number may be given as an integer. At most 28 digits;
/// no exponent. Answers carry no trailing zeros.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let refuse = |why: &str| Err(InputValueError::custom(format!("{} {why}", short(&value))));
        match &value {
            Value::String(text) => match rust_decimal::Decimal::from_str_exact(text) {
                Ok(decimal) => Ok(Self(decimal)),
                Err(rust_decimal::Error::ErrorString(_)) => refuse("is no decimal number such as \"12.50\""),
                Err(_) => refuse("has more digits than can be kept exactly (28)"),
            },
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Ok(Self(whole.into())),
                (None, Some(whole)) => Ok(Self(whole.into())),
                (None, None) => refuse("is a float, which is not exact: write it as a string"),
            },
            _ => refuse("is no decimal number such as \"12.50\""),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.normalize().to_string())
    }
}

/// Points on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoyaltyPoints(pub(crate) Points);

/// A whole number of points (or stars, stamps, minor units), within ±2^53 so that every client holds it exactly. A JSON
/// integer, never a float and never a string.
#[Scalar(name = "LoyaltyPoints")]
impl ScalarType for LoyaltyPoints {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::custom(format!("{} is no whole number", short(&value))));
        };
        let points = number.as_i64().map(Points).filter(|points| points.in_range());
        points.map(Self).ok_or_else(|| {
            InputValueError::custom(format!("{} is no whole number within ±2^53", short(&value)))
        })
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.0)
    }
}

/// Reads scalars of requests that do not go through the executor: in their usual form, which is a text or a whole number, and
/// by the same rules.
macro_rules! reads {
    ($($scalar:ident from $form:ty;)*) => {$(
        impl<'de> Deserialize<'de> for $scalar {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let form = <$form>::deserialize(deserializer)?;
                <Self as ScalarType>::parse(Value::from(form)).map_err(|_| D::Error::custom("refused"))
            }
        }
    )*};
}

reads! {
    DateTime from String;
    Decimal from String;
    LoyaltyPoints from i64;
}

impl From<Points> for LoyaltyPoints {
    fn from(points: Points) -> Self {
        Self(points)
    }
}

/// A value as it is quoted in a message: not more of it than helps.
fn short(value: &Value) -> String {
    const CHARACTERS_MAX: usize = 64;
    let text = value.to_string();
    if text.chars().count() <= CHARACTERS_MAX {
        return text;
    }
    text.chars().take(CHARACTERS_MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::InputType as _;

    use super::*;

    fn error<T: ScalarType + async_graphql::InputType>(value: impl Into<Value>) -> String {
        let error = ScalarType::parse(value.into()).err().map(|e: InputValueError<T>| e);
        error.expect("it is refused").into_server_error(async_graphql::Pos::default()).message
    }

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    #[test]
    fn an_instant_comes_in_with_any_offset_and_goes_out_in_utc() {
        for (text, out) in [
            ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z"),
            ("2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00Z"),
            ("2026-03-01T09:30:00.1234567Z", "2026-03-01T09:30:00.123456Z"),
        ] {
            let at = <DateTime as ScalarType>::parse(Value::from(text)).unwrap();
            assert_eq!(ScalarType::to_value(&at), Value::from(out), "{text}");
        }
        for text in ["2026-03-01", "2026-03-01T09:30:00", "yesterday", ""] {
            assert!(error::<DateTime>(text).contains("is no RFC 3339 instant"), "{text}");
        }
        assert!(error::<DateTime>(1_767_225_600).contains("1767225600 is no RFC 3339 text"));
    }

    #[test]
    fn a_decimal_is_a_string_or_a_whole_number_and_never_a_float() {
        for (value, out) in [
            (Value::from("12.50"), "12.5"),
            (Value::from("-0.001"), "-0.001"),
            (number("7"), "7"),
            (number("18446744073709551615"), "18446744073709551615"),
        ] {
            let decimal = <Decimal as ScalarType>::parse(value).unwrap();
            assert_eq!(ScalarType::to_value(&decimal), Value::from(out));
        }
        assert!(error::<Decimal>(number("12.5")).contains("12.5 is a float"));
        assert!(error::<Decimal>("1e3").contains("is no decimal number"));
        assert!(error::<Decimal>("").contains("is no decimal number"));
        assert!(error::<Decimal>("0.12345678901234567890123456789012").contains("more digits"));
        assert!(error::<Decimal>(true).contains("is no decimal number"));
    }

    #[test]
    fn points_are_whole_and_within_what_every_client_holds() {
        for n in [0, -5, 9_007_199_254_740_992, -9_007_199_254_740_992_i64] {
            assert_eq!(<LoyaltyPoints as ScalarType>::parse(Value::from(n)).unwrap().0, Points(n));
        }
        for value in
            [number("9007199254740993"), number("1.5"), number("1e3"), number("18446744073709551615")]
        {
            assert!(error::<LoyaltyPoints>(value).contains("no whole number within"));
        }
        assert!(error::<LoyaltyPoints>("5").contains("is no whole number"));
        assert!(error::<LoyaltyPoints>("x".repeat(500)).len() < 200);
        assert_eq!(LoyaltyPoints::type_name(), "LoyaltyPoints");
    }
}
