//! Whom requests may come from: the router, which shows a secret or a certificate.

use std::{fs, path::PathBuf, time::Duration};

use super::{
    ConfigError, Secret,
    reader::Reader,
    variables::{
        FILES_RELOAD, ROUTER_SECRET_HEADER, ROUTER_SECRETS, ROUTER_SECRETS_FILE, TLS_CERTIFICATE,
        TLS_CLIENT_CAS, TLS_KEY, Variable,
    },
};

/// The least bytes of a secret.
const SECRET_BYTES_MIN: usize = 32;
/// The new one and the old one, while they are changed.
const SECRETS_MAX: usize = 2;

/// How the router shows who it is, and how connections are kept from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterConfig {
    /// The header of the secret, in lower case.
    pub header: String,
    pub secrets: Option<RouterSecrets>,
    pub tls: Option<TlsFiles>,
    /// How often files are looked at.
    pub reload_interval: Duration,
}

/// Where the secrets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouterSecrets {
    Given(Vec<Secret>),
    /// One a line.
    File(PathBuf),
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and its root.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Who signs the certificates of callers; none where callers need none.
    pub client_cas: Option<PathBuf>,
}

impl RouterConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let header = reader.text(&ROUTER_SECRET_HEADER).to_ascii_lowercase();
        let is_name = header.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_name || header == "authorization" {
            let reason = format!("must be the name of a header of its own, not `{header}`");
            return Err(ConfigError::new(&ROUTER_SECRET_HEADER, reason));
        }
        let secrets = match (reader.set(&ROUTER_SECRETS), reader.set(&ROUTER_SECRETS_FILE)) {
            (Some(_), Some(_)) => {
                let reason = format!("must not be set together with `{}`", ROUTER_SECRETS.name);
                return Err(ConfigError::new(&ROUTER_SECRETS_FILE, reason));
            }
            (Some(list), None) => Some(RouterSecrets::Given(few(list.split(','), &ROUTER_SECRETS)?)),
            (None, file) => file.map(|file| RouterSecrets::File(file.into())),
        };
        let reload_interval = reader.millis(&FILES_RELOAD, 10..=3_600_000)?;
        Ok(Self { header, secrets, tls: TlsFiles::read(reader)?, reload_interval })
    }

    /// The secrets, one or two; None where nobody has to show one.
    pub fn secrets(&self) -> Result<Option<Vec<Secret>>, ConfigError> {
        match &self.secrets {
            None => Ok(None),
            Some(RouterSecrets::Given(secrets)) => Ok(Some(secrets.clone())),
            Some(RouterSecrets::File(path)) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    let reason = format!("names `{}`, which cannot be read: {error}", path.display());
                    ConfigError::new(&ROUTER_SECRETS_FILE, reason)
                })?;
                few(text.lines(), &ROUTER_SECRETS_FILE).map(Some)
            }
        }
    }
}

impl TlsFiles {
    fn read(reader: &Reader<'_>) -> Result<Option<Self>, ConfigError> {
        let [certificate, key, client_cas] =
            [&TLS_CERTIFICATE, &TLS_KEY, &TLS_CLIENT_CAS].map(|variable| reader.set(variable));
        let together = |variable, other: &Variable| {
            Err(ConfigError::new(variable, format!("must be set together with `{}`", other.name)))
        };
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(Self {
                certificate: certificate.into(),
                key: key.into(),
                client_cas: client_cas.map(PathBuf::from),
            })),
            (Some(_), None) => together(&TLS_CERTIFICATE, &TLS_KEY),
            (None, Some(_)) => together(&TLS_KEY, &TLS_CERTIFICATE),
            (None, None) if client_cas.is_some() => together(&TLS_CLIENT_CAS, &TLS_CERTIFICATE),
            (None, None) => Ok(None),
        }
    }
}

fn few<'a>(texts: impl Iterator<Item = &'a str>, variable: &Variable) -> Result<Vec<Secret>, ConfigError> {
    let secrets: Vec<&str> = texts.map(str::trim).filter(|secret| !secret.is_empty()).collect();
    let long = secrets.iter().all(|secret| secret.len() >= SECRET_BYTES_MIN);
    if !long || secrets.is_empty() || secrets.len() > SECRETS_MAX {
        let reason = format!(
            "must hold one or {SECRETS_MAX} secrets of {SECRET_BYTES_MIN} bytes or more (`openssl rand -hex 32` makes them)"
        );
        return Err(ConfigError::new(variable, reason));
    }
    Ok(secrets.into_iter().map(Secret::new).collect())
}
