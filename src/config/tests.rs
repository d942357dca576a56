//! Defaults, choices and refusals of the configuration, as tables.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use pretty_assertions::assert_eq;

use crate::program::Programs;

use super::{
    Config, ConfigError, DatabaseKind, HotPlace, LogFormat, Secret,
    variables::{Fallback, VARIABLES, markdown},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn read(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_env(|name| {
        environment.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn an_empty_environment_serves_sqlite_with_hot_balances_in_memory() {
    let config = read(&[]).unwrap();
    assert_eq!(config.server.listen, "127.0.0.1:4001".parse().unwrap());
    assert_eq!(config.server.request_timeout, Duration::from_secs(10));
    assert_eq!(config.server.log_format, LogFormat::Text);
    assert_eq!(config.storage.kind, DatabaseKind::Sqlite);
    assert!(config.storage.migrate);
    assert_eq!(config.hot.place, HotPlace::Memory);
    assert_eq!(config.auth.secret().unwrap(), None);
    assert_eq!(config.limits.body_bytes_max, 16 * 1024 * 1024);
    let programs = Programs::new(config.programs.documents().unwrap(), None).unwrap();
    assert_eq!(programs.default_id(), "tiered");
    assert_eq!(programs.all().map(|program| program.id()).collect::<Vec<_>>(), ["classic", "tiered"]);
    assert_eq!(read(&[("LOYALTY_LISTEN", " "), ("REDIS_URL", "")]).unwrap(), config, "empty is not set");
}

#[test]
fn hot_balances_are_where_they_cannot_be_wrong() {
    let postgres = ("DATABASE_URL", "postgres://localhost/loyalty");
    let redis = ("REDIS_URL", "redis://localhost");
    let in_redis = HotPlace::Redis { url: Secret::new("redis://localhost") };
    for (environment, place) in [
        (vec![], HotPlace::Memory),
        (vec![redis], in_redis.clone()),
        (vec![postgres], HotPlace::Off),
        (vec![postgres, redis], in_redis),
        (vec![redis, ("LOYALTY_HOT", "off")], HotPlace::Off),
        (vec![postgres, ("LOYALTY_HOT", "memory")], HotPlace::Memory),
    ] {
        assert_eq!(read(&environment).unwrap().hot.place, place, "{environment:?}");
    }
    assert!(!read(&[postgres]).unwrap().storage.migrate);
    assert!(read(&[postgres, ("LOYALTY_MIGRATE", "true")]).unwrap().storage.migrate);
}

#[test]
fn production_shows_nothing_that_is_not_asked_to_be_shown() {
    let production = ("LOYALTY_MODE", "production");
    for (environment, shown) in [
        (vec![], (true, true)),
        (vec![("LOYALTY_MODE", "development"), ("LOYALTY_GRAPHIQL", "false")], (false, true)),
        (vec![production], (false, false)),
        (vec![production, ("LOYALTY_INTROSPECTION", "true")], (false, true)),
        (vec![production, ("LOYALTY_GRAPHIQL", "true")], (true, false)),
    ] {
        let server = read(&environment).unwrap().server;
        assert_eq!((server.graphiql, server.introspection), shown, "{environment:?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_the_reason() {
    for (environment, message) in [
        (
            vec![("LOYALTY_LISTEN", "4001")],
            "`LOYALTY_LISTEN` must be an address and a port such as 0.0.0.0:4001, not `4001`",
        ),
        (
            vec![("DATABASE_URL", "mysql://u:p@h")],
            "`DATABASE_URL` must start with `sqlite://` or `postgres://`",
        ),
        (vec![("LOYALTY_HOT", "redis")], "`LOYALTY_HOT` is `redis`, so `REDIS_URL` must be set"),
        (vec![("LOYALTY_HOT", "disk")], "`LOYALTY_HOT` must be one of `redis`, `memory`, `off`, not `disk`"),
        (
            vec![("REDIS_URL", "rediss://:p@h")],
            "`REDIS_URL` must start with `redis://` (TLS is not built in)",
        ),
        (vec![("LOYALTY_MIGRATE", "yes")], "`LOYALTY_MIGRATE` must be one of `true`, `false`, not `yes`"),
        (
            vec![("LOYALTY_ROUTER_SECRETS", "short")],
            "`LOYALTY_ROUTER_SECRETS` must hold one or 2 secrets of 32 bytes or more (`openssl rand -hex 32` makes them)",
        ),
        (
            vec![("LOYALTY_ROUTER_SECRETS", SECRET), ("LOYALTY_ROUTER_SECRETS_FILE", "secrets")],
            "`LOYALTY_ROUTER_SECRETS_FILE` must not be set together with `LOYALTY_ROUTER_SECRETS`",
        ),
        (
            vec![("LOYALTY_ROUTER_SECRET_HEADER", "Authorization")],
            "`LOYALTY_ROUTER_SECRET_HEADER` must be the name of a header of its own, not `authorization`",
        ),
        (
            vec![("LOYALTY_TLS_KEY", "key.pem")],
            "`LOYALTY_TLS_KEY` must be set together with `LOYALTY_TLS_CERTIFICATE`",
        ),
        (
            vec![("LOYALTY_TLS_CLIENT_CAS", "cas.pem")],
            "`LOYALTY_TLS_CLIENT_CAS` must be set together with `LOYALTY_TLS_CERTIFICATE`",
        ),
        (
            vec![("LOYALTY_MODE", "prod")],
            "`LOYALTY_MODE` must be one of `development`, `production`, not `prod`",
        ),
        (
            vec![("LOYALTY_PERSISTED_OPERATIONS", "only")],
            "`LOYALTY_PERSISTED_OPERATIONS` is `only`, so `LOYALTY_OPERATIONS_MANIFEST` must be set",
        ),
        (
            vec![("LOYALTY_DATABASE_POOL_MAX", "0")],
            "`LOYALTY_DATABASE_POOL_MAX` must be a whole number from 1 to 1000, not `0`",
        ),
        (
            vec![("LOYALTY_PAGE_SIZE_MAX", "many")],
            "`LOYALTY_PAGE_SIZE_MAX` must be a whole number from 1 to 10000, not `many`",
        ),
        (
            vec![("LOYALTY_AUTH_SECRET", "short")],
            "`LOYALTY_AUTH_SECRET` must hold 32 bytes or more (`openssl rand -hex 32` makes them)",
        ),
        (
            vec![("LOYALTY_AUTH_CLAIM_SCOPE", "scope,,scp")],
            "`LOYALTY_AUTH_CLAIM_SCOPE` must be names of claims with commas between them, with dots between nested ones, not `scope,,scp`",
        ),
        (
            vec![("LOYALTY_AUTH_SECRET", SECRET), ("LOYALTY_AUTH_SECRET_FILE", "key")],
            "`LOYALTY_AUTH_SECRET_FILE` must not be set together with `LOYALTY_AUTH_SECRET`",
        ),
    ] {
        assert_eq!(read(&environment).unwrap_err().to_string(), message);
    }
}

#[test]
fn files_that_cannot_be_used_are_named_with_their_variable() {
    let config = read(&[
        ("LOYALTY_AUTH_SECRET_FILE", "no/such/secret"),
        ("LOYALTY_AUTH_JWKS", "no/such/keys.json"),
        ("LOYALTY_PROGRAMS", "schema/programs/classic.json, no/such/program.json"),
        ("LOYALTY_OPERATIONS_MANIFEST", "no/such/manifest.json"),
    ])
    .unwrap();
    assert_eq!(config.operations.manifest().unwrap_err().variable, "LOYALTY_OPERATIONS_MANIFEST");
    assert_eq!(config.auth.secret().unwrap_err().variable, "LOYALTY_AUTH_SECRET_FILE");
    assert_eq!(config.auth.jwks().unwrap_err().variable, "LOYALTY_AUTH_JWKS");
    let error = config.programs.documents().unwrap_err();
    assert_eq!(error.variable, "LOYALTY_PROGRAMS");
    assert!(error.reason.contains("no/such/program.json"), "{error}");

    let config = read(&[("LOYALTY_DEFAULT_PROGRAM", "gone")]).unwrap();
    assert_eq!(config.programs.documents().unwrap_err().variable, "LOYALTY_DEFAULT_PROGRAM");
}

#[test]
fn secrets_do_not_show() {
    let config = read(&[
        ("LOYALTY_AUTH_SECRET", SECRET),
        ("LOYALTY_ROUTER_SECRETS", SECRET),
        ("DATABASE_URL", "postgres://user:hunter2@localhost/loyalty"),
        ("REDIS_URL", "redis://:hunter2@localhost"),
        ("LOYALTY_AUTH_JWKS", "https://reader:hunter2@localhost/keys"),
    ])
    .unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn every_variable_that_is_read_is_in_the_table_and_every_one_of_the_table_is_read() {
    let seen = RefCell::new(BTreeSet::new());
    Config::from_env(|name| {
        seen.borrow_mut().insert(name.to_owned());
        None
    })
    .unwrap();
    let table: BTreeSet<String> = VARIABLES.iter().map(|variable| variable.name.to_owned()).collect();
    assert_eq!(seen.into_inner(), table);
    assert_eq!(markdown().lines().count(), VARIABLES.len() + 2);
}

#[test]
fn a_default_in_the_table_means_the_same_as_setting_it() {
    let unset = read(&[]).unwrap();
    for variable in VARIABLES {
        if let Fallback::Text(default) = variable.fallback {
            assert_eq!(read(&[(variable.name, default)]).unwrap(), unset, "{}", variable.name);
        }
    }
}
