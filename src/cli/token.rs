//! `loyalty token`.

use std::{process::ExitCode, time::Duration};

use clap::Args;

use super::TaskResult;
use crate::{
    auth::{MintRequest, PrincipalKind, mint, scopes::SCOPES},
    clock::{Clock as _, SystemClock},
    config::Config,
};

#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    /// customer, staff, service, partner or administrator.
    #[arg(long)]
    kind: PrincipalKind,
    /// The customer's, member of staff's, service's, partner's app's or administrator's id.
    #[arg(long)]
    subject: String,
    /// What staff, a service or a partner may do: scopes with spaces between them. An administrator may everything; routers
    /// that enforce scopes want them named, so all are where none is.
    #[arg(long, default_value = "")]
    scope: String,
    /// Programmes that it is for, with spaces between them; all where it is left out.
    #[arg(long)]
    programs: Option<String>,
    /// A partner's id; the subject where it is left out.
    #[arg(long)]
    partner: Option<String>,
    /// Stores that staff is at work in, with spaces between them.
    #[arg(long, default_value = "")]
    stores: String,
    /// An id of its own (`jti`), by which the audit log names it.
    #[arg(long)]
    token_id: Option<String>,
    /// How long it is good for.
    #[arg(long, default_value_t = 3_600)]
    ttl_seconds: u64,
}

pub(super) fn run(config: &Config, arguments: &TokenArguments) -> TaskResult {
    let secret = config.auth.secret()?.ok_or(
        "no key to sign with: set LOYALTY_AUTH_SECRET (32 bytes or more, for example from `openssl rand -hex 32`)",
    )?;
    let mut scope = words(&arguments.scope);
    if scope.is_empty() && arguments.kind == PrincipalKind::Administrator {
        scope.extend(SCOPES.iter().map(|scope| scope.name().to_owned()));
    }
    let request = MintRequest {
        kind: arguments.kind,
        subject: arguments.subject.clone(),
        scope,
        programs: arguments.programs.as_deref().map(words),
        partner: arguments.partner.clone(),
        stores: words(&arguments.stores),
        token_id: arguments.token_id.clone(),
        ttl: Duration::from_secs(arguments.ttl_seconds),
        names: config.auth.claims.clone(),
    };
    let token = mint(&secret, &config.auth.issuer, &config.auth.audience, &request, SystemClock.now())?;
    eprintln!("for development only: in production your identity provider issues tokens");
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
