//! The secret that tokens are signed with, and one token of each kind.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use uuid::Uuid;

use crate::dataset::SHOWN_CUSTOMER;

const SECRET_FILE: &str = "auth-secret";
/// A demo that is left open over a weekend should still answer on Monday.
const TTL_SECONDS: u32 = 7 * 24 * 60 * 60;

/// What the OMS may do: record orders, and enrol and read their customers.
const SERVICE_SCOPES: &str =
    "loyalty:orders:write loyalty:member:read loyalty:member:write loyalty:program:read";
/// A partner sees the programme and no customer.
const PARTNER_SCOPES: &str = "loyalty:program:read";

/// Mints tokens the way loyalty itself does, by asking its own command.
pub(super) struct Tokens {
    loyalty: PathBuf,
    environment: BTreeMap<&'static str, String>,
}

/// One token for each kind of caller.
pub(super) struct Minted {
    pub customer: String,
    pub service: String,
    pub partner: String,
}

impl Tokens {
    pub(super) fn new(loyalty: &Path, data: &Path) -> Result<Self> {
        let secret = match env::var("LOYALTY_AUTH_SECRET") {
            Ok(secret) if !secret.is_empty() => secret,
            _ => kept_secret(&data.join(SECRET_FILE))?,
        };
        let or_default = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
        let environment = BTreeMap::from([
            ("LOYALTY_AUTH_SECRET", secret),
            ("LOYALTY_AUTH_ISSUER", or_default("LOYALTY_AUTH_ISSUER", "loyalty-dev")),
            ("LOYALTY_AUTH_AUDIENCE", or_default("LOYALTY_AUTH_AUDIENCE", "loyalty")),
        ]);
        Ok(Self { loyalty: loyalty.to_owned(), environment })
    }

    /// What loyalty and the gateway must be told, so that all three speak of the same tokens.
    pub(super) fn environment(&self) -> &BTreeMap<&'static str, String> {
        &self.environment
    }

    pub(super) async fn mint(&self) -> Result<Minted> {
        Ok(Minted {
            customer: self.token("customer", SHOWN_CUSTOMER, None).await?,
            service: self.token("service", "oms", Some(SERVICE_SCOPES)).await?,
            partner: self.token("partner", "acme", Some(PARTNER_SCOPES)).await?,
        })
    }

    async fn token(&self, kind: &str, subject: &str, scopes: Option<&str>) -> Result<String> {
        let mut command = Command::new(&self.loyalty);
        command.args(["token", "--kind", kind, "--subject", subject]);
        command.args(["--ttl-seconds", &TTL_SECONDS.to_string()]).envs(&self.environment);
        if let Some(scopes) = scopes {
            command.args(["--scope", scopes]);
        }
        let output = command.output().await.context("running loyalty token")?;
        let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || token.is_empty() {
            bail!("no token for {kind} {subject}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(token)
    }
}

/// The kept secret; a random one is made and kept, for its owner only, where there is none.
#[expect(clippy::disallowed_methods, reason = "a secret must not be foreseen")]
fn kept_secret(file: &Path) -> Result<String> {
    match fs::read_to_string(file) {
        Ok(secret) => Ok(secret.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Two of them hold 244 random bits, as many as HS256 makes use of within a hair.
            let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)
                .and_then(|mut open| open.write_all(secret.as_bytes()))
                .with_context(|| format!("writing {}", file.display()))?;
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_for_its_owner() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(SECRET_FILE);
        let first = kept_secret(&file).unwrap();
        assert_eq!(kept_secret(&file).unwrap(), first);
        assert_eq!(first.len(), 64);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(kept_secret(&data.path().join("another")).unwrap(), first);
    }
}
