//! The router's files, and the router.
//!
//! It is told everything by files in one directory: `router.config.yaml` (made from the template of that name beside `src`,
//! which is worth reading), `supergraph.graphql` and `jwks.json`.

use std::{
    env, fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use hive_router::{PluginRegistry, init_rustls_crypto_provider, router_entrypoint};
use serde_json::json;

const TEMPLATE: &str = include_str!("../router.config.yaml");
/// The router looks for a file of this name in its working directory.
const CONFIG_FILE: &str = "router.config.yaml";

#[derive(Args)]
pub struct Settings {
    /// Where to listen, on the loopback.
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// The directory for the router's files.
    #[arg(long)]
    data: PathBuf,
    /// Origins whose pages may ask; repeat it for each.
    #[arg(long = "origin")]
    origins: Vec<String>,
    /// The secret that tokens are signed with (HS256).
    #[arg(long, env = "LOYALTY_AUTH_SECRET", hide_env_values = true)]
    secret: String,
    /// Who must have issued a token.
    #[arg(long, env = "LOYALTY_AUTH_ISSUER", default_value = "loyalty-dev")]
    issuer: String,
    /// Whom a token must be meant for.
    #[arg(long, env = "LOYALTY_AUTH_AUDIENCE", default_value = "loyalty")]
    audience: String,
}

/// Writes the files and serves until a signal ends it.
pub async fn serve(settings: &Settings, supergraph: &str) -> Result<()> {
    let directory = &settings.data;
    fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    write(&directory.join("supergraph.graphql"), supergraph)?;
    write(&directory.join(CONFIG_FILE), &config(settings))?;
    write(&directory.join("jwks.json"), &jwks(&settings.secret))?;
    // The router's other way of being told is an environment variable, which a running process cannot set safely.
    env::set_current_dir(directory).with_context(|| format!("going to {}", directory.display()))?;
    init_rustls_crypto_provider();
    // Its error is bound to the thread, so only what it says is kept.
    router_entrypoint(PluginRegistry::new()).await.map_err(|error| anyhow!("serving: {error}"))
}

fn config(settings: &Settings) -> String {
    let origins: Vec<String> = settings.origins.iter().map(|origin| format!("{origin:?}")).collect();
    TEMPLATE
        .replace("${PORT}", &settings.port.to_string())
        .replace("${ISSUER}", &settings.issuer)
        .replace("${AUDIENCE}", &settings.audience)
        .replace("${ORIGINS}", &origins.join(", "))
}

/// A key set with the one symmetric key. `alg` is needed: a token without a key id finds its key by the algorithm.
fn jwks(secret: &str) -> String {
    let key = URL_SAFE_NO_PAD.encode(secret);
    json!({ "keys": [{ "kty": "oct", "alg": "HS256", "use": "sig", "k": key }] }).to_string()
}

/// Only the owner reads them: one holds the secret.
fn write(file: &Path, text: &str) -> Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blank_of_the_template_is_filled() {
        let settings = Settings {
            port: 4000,
            data: PathBuf::from("data"),
            origins: vec!["http://127.0.0.1:4005".to_owned(), "http://localhost:4005".to_owned()],
            secret: "secret".to_owned(),
            issuer: "someone".to_owned(),
            audience: "loyalty".to_owned(),
        };
        let config = config(&settings);
        assert!(config.contains("port: 4000"));
        assert!(config.contains(r#"issuers: ["someone"]"#));
        assert!(config.contains(r#"- origins: ["http://127.0.0.1:4005", "http://localhost:4005"]"#));
        let filled = config.lines().filter(|line| !line.starts_with('#'));
        assert!(filled.into_iter().all(|line| !line.contains("${")));
    }

    #[test]
    fn the_secret_stands_in_base64_without_padding() {
        let jwks: serde_json::Value = serde_json::from_str(&jwks("a")).unwrap();
        assert_eq!(jwks.pointer("/keys/0/k").and_then(serde_json::Value::as_str), Some("YQ"));
    }
}
