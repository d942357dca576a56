//! `loyalty token`.

use std::{process::ExitCode, time::Duration};

use clap::Args;

use super::TaskResult;
use crate::{
    auth::{MintRequest, PrincipalKind, mint},
    clock::{Clock as _, SystemClock},
    config::Config,
};

#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    /// customer, service or partner.
    #[arg(long)]
    kind: PrincipalKind,
    /// The customer's, service's or partner's id.
    #[arg(long)]
    subject: String,
    /// What a service or partner may do: scopes with spaces between them.
    #[arg(long, default_value = "")]
    scope: String,
    /// How long it is good for.
    #[arg(long, default_value_t = 3_600)]
    ttl_seconds: u64,
}

pub(super) fn run(config: &Config, arguments: &TokenArguments) -> TaskResult {
    let secret = config.auth.secret()?.ok_or(
        "no key to sign with: set LOYALTY_AUTH_SECRET (32 bytes or more, for example from `openssl rand -hex 32`)",
    )?;
    let request = MintRequest {
        kind: arguments.kind,
        subject: arguments.subject.clone(),
        scope: arguments.scope.split_whitespace().map(str::to_owned).collect(),
        ttl: Duration::from_secs(arguments.ttl_seconds),
    };
    let token = mint(&secret, &config.auth.issuer, &config.auth.audience, &request, SystemClock.now())?;
    eprintln!("for development only: in production your identity provider issues tokens");
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}
