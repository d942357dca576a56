//! Whose tokens are believed.

use std::{fs, path::PathBuf, time::Duration};

use super::{
    ClaimNames, ConfigError, Secret,
    reader::Reader,
    variables::{
        AUTH_AUDIENCE, AUTH_ISSUER, AUTH_JWKS, AUTH_JWKS_REFRESH, AUTH_JWKS_RETAIN, AUTH_SECRET,
        AUTH_SECRET_FILE, Variable,
    },
};

/// The least bytes of a secret: the hash's own length (RFC 7518, 3.2).
const SECRET_BYTES_MIN: usize = 32;

/// Keys and names that tokens are checked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthConfig {
    pub secret: Option<SecretSource>,
    pub jwks: Option<JwksSource>,
    /// How often the keys are fetched anew.
    pub jwks_refresh: Duration,
    /// How long a key holds that is published no longer.
    pub jwks_retain: Duration,
    pub issuer: String,
    pub audience: String,
    pub claims: ClaimNames,
}

/// What holds where nothing is set.
impl Default for AuthConfig {
    fn default() -> Self {
        Self::read(&Reader(&|_| None)).expect("the defaults of the table can be used")
    }
}

/// Where the secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Given(Secret),
    File(PathBuf),
}

/// Where the identity provider's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksSource {
    File(PathBuf),
    /// It may hold a password.
    Url(Secret),
}

impl AuthConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let secret = match (reader.set(&AUTH_SECRET), reader.set(&AUTH_SECRET_FILE)) {
            (Some(_), Some(_)) => {
                let reason = format!("must not be set together with `{}`", AUTH_SECRET.name);
                return Err(ConfigError::new(&AUTH_SECRET_FILE, reason));
            }
            (Some(secret), None) => Some(SecretSource::Given(long_enough(secret, &AUTH_SECRET)?)),
            (None, file) => file.map(|file| SecretSource::File(file.into())),
        };
        let jwks = reader.set(&AUTH_JWKS).map(|place| {
            let is_url = place.starts_with("https://") || place.starts_with("http://");
            if is_url { JwksSource::Url(Secret::new(place)) } else { JwksSource::File(place.into()) }
        });
        Ok(Self {
            secret,
            jwks,
            jwks_refresh: Duration::from_secs(reader.number(&AUTH_JWKS_REFRESH, 60..=86_400)?),
            jwks_retain: Duration::from_secs(reader.number(&AUTH_JWKS_RETAIN, 0..=604_800)?),
            issuer: reader.text(&AUTH_ISSUER),
            audience: reader.text(&AUTH_AUDIENCE),
            claims: ClaimNames::read(reader)?,
        })
    }

    /// Where the keys are. A provider that is away may come back; a file that is not there is a mistake of whoever named it.
    pub fn jwks(&self) -> Result<Option<&JwksSource>, ConfigError> {
        if let Some(JwksSource::File(path)) = &self.jwks {
            fs::metadata(path).map_err(|error| {
                let reason = format!("names `{}`, which cannot be read: {error}", path.display());
                ConfigError::new(&AUTH_JWKS, reason)
            })?;
        }
        Ok(self.jwks.as_ref())
    }

    /// The secret itself, read from its file where it is in one.
    pub fn secret(&self) -> Result<Option<Secret>, ConfigError> {
        match &self.secret {
            None => Ok(None),
            Some(SecretSource::Given(secret)) => Ok(Some(secret.clone())),
            Some(SecretSource::File(path)) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    let reason = format!("names `{}`, which cannot be read: {error}", path.display());
                    ConfigError::new(&AUTH_SECRET_FILE, reason)
                })?;
                long_enough(text.trim().to_owned(), &AUTH_SECRET_FILE).map(Some)
            }
        }
    }
}

fn long_enough(secret: String, variable: &Variable) -> Result<Secret, ConfigError> {
    if secret.len() < SECRET_BYTES_MIN {
        let reason =
            format!("must hold {SECRET_BYTES_MIN} bytes or more (`openssl rand -hex 32` makes them)");
        return Err(ConfigError::new(variable, reason));
    }
    Ok(Secret::new(secret))
}
