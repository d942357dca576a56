//! Reads single variables. Errors name the variable and the reason, and repeat the value only where it is no secret.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use super::variables::{Fallback, Variable};

/// Why the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}` {reason}")]
pub struct ConfigError {
    pub variable: &'static str,
    /// Continues a sentence that the variable's name begins.
    pub reason: String,
}

impl ConfigError {
    pub(super) fn new(variable: &Variable, reason: impl Into<String>) -> Self {
        Self { variable: variable.name, reason: reason.into() }
    }
}

/// A text that logs and errors never show: a key, or an address with a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. The name makes its uses easy to find.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// An environment. A variable set to nothing is as good as not set: compose files set many that way.
pub(super) struct Reader<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Reader<'_> {
    /// The value, if it is set.
    pub(super) fn set(&self, variable: &Variable) -> Option<String> {
        (self.0)(variable.name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The value or its default. Only for variables whose default is a text.
    pub(super) fn text(&self, variable: &Variable) -> String {
        self.set(variable).unwrap_or_else(|| match variable.fallback {
            Fallback::Text(text) => text.to_owned(),
            Fallback::Derived(_) => unreachable!("{} has no default text", variable.name),
        })
    }

    /// The value or its default, as something that a text can be read as. `expected` says what that is.
    pub(super) fn parse<T: FromStr>(&self, variable: &Variable, expected: &str) -> Result<T, ConfigError> {
        let text = self.text(variable);
        text.parse().map_err(|_| ConfigError::new(variable, format!("must be {expected}, not `{text}`")))
    }

    /// The value or its default: a whole number within a range.
    pub(super) fn number<T>(&self, variable: &Variable, range: RangeInclusive<T>) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let number = self.parse(variable, &expected)?;
        if range.contains(&number) {
            return Ok(number);
        }
        Err(ConfigError::new(variable, format!("must be {expected}, not `{number}`")))
    }

    pub(super) fn millis(
        &self,
        variable: &Variable,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, ConfigError> {
        self.number(variable, range).map(Duration::from_millis)
    }

    /// The value as one of a few words, if it is set.
    pub(super) fn choice<T: Copy>(
        &self,
        variable: &Variable,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.set(variable) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        let words = || choices.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        found
            .map(|(_, choice)| Some(*choice))
            .ok_or_else(|| ConfigError::new(variable, format!("must be one of {}, not `{text}`", words())))
    }

    /// The value as a yes or no, if it is set.
    pub(super) fn flag(&self, variable: &Variable) -> Result<Option<bool>, ConfigError> {
        self.choice(variable, &[("true", true), ("false", false)])
    }
}
