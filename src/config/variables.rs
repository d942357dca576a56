//! Every variable of the environment that is read: its name, its default and what it means. The README's table is
//! printed from here, and the code takes its defaults from here, so the two cannot differ.

use std::fmt::Write as _;

/// A variable of the environment.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub fallback: Fallback,
    pub meaning: &'static str,
}

/// What holds where it is not set.
#[derive(Debug)]
pub enum Fallback {
    /// This text, as if it had been set.
    Text(&'static str),
    /// What the code works out; said in words.
    Derived(&'static str),
}

macro_rules! variables {
    ($($ident:ident = $name:literal, $fallback:ident $default:literal, $meaning:literal;)*) => {
        $(pub const $ident: Variable =
            Variable { name: $name, fallback: Fallback::$fallback($default), meaning: $meaning };)*
        /// All of them, in the order of the README.
        pub const VARIABLES: &[Variable] = &[$($ident),*];
    };
}

variables! {
    LISTEN = "LOYALTY_LISTEN", Text "127.0.0.1:4001", "Address and port to listen on.";
    MODE = "LOYALTY_MODE", Text "development", "`development` or `production`.";
    GRAPHIQL = "LOYALTY_GRAPHIQL", Derived "`true` in development, `false` in production",
        "Whether `/` is a page to ask queries from.";
    INTROSPECTION = "LOYALTY_INTROSPECTION", Derived "`true` in development, `false` in production",
        "Whether the schema may be asked for itself, by `__schema`, `__type` and `_service`, and errors suggest names.";
    REQUEST_TIMEOUT = "LOYALTY_REQUEST_TIMEOUT_MS", Text "10000",
        "Longest time a request may take; then its work is stopped.";
    LOG_FORMAT = "LOYALTY_LOG_FORMAT", Text "text", "`text` or `json`.";
    LOG_FILTER = "RUST_LOG", Text "info", "What is logged: a level, or levels by module.";
    DATABASE_URL = "DATABASE_URL", Text "sqlite://data/loyalty.db?mode=rwc",
        "`sqlite://` or `postgres://` address of the ledger.";
    DATABASE_POOL_MAX = "LOYALTY_DATABASE_POOL_MAX", Text "10", "Most connections to the database for reads, and as many, but four at least, for writes.";
    RECALL_BYTES = "LOYALTY_RECALL_BYTES", Text "25165824",
        "With PostgreSQL, how much a process remembers of the members that it changed last, so that a batch need not ask for them: some 200 bytes each, taken as they are needed; `0` for nothing.";
    MIGRATE = "LOYALTY_MIGRATE", Derived "`true` for SQLite, `false` for PostgreSQL",
        "Whether `serve` brings the tables up to date first.";
    REDIS_URL = "REDIS_URL", Derived "none", "`redis://` address of the hot balances.";
    HOT = "LOYALTY_HOT",
        Derived "`redis` with `REDIS_URL`, else `memory` for SQLite, `off` for PostgreSQL",
        "Where hot balances are: `redis`, `memory` (right for one process only) or `off`.";
    HOT_PREFIX = "LOYALTY_HOT_PREFIX", Text "loyalty", "What keys in Redis start with.";
    HOT_TTL = "LOYALTY_HOT_TTL_SECONDS", Text "86400", "How long a hot balance is kept unread.";
    HOT_TIMEOUT = "LOYALTY_HOT_TIMEOUT_MS", Text "250",
        "How long Redis may take for an answer; after that reads go to the database until the relay has caught up.";
    RELAY_INTERVAL = "LOYALTY_RELAY_INTERVAL_MS", Text "500",
        "How often the outbox is looked at to repair hot balances.";
    SWEEP_INTERVAL = "LOYALTY_SWEEP_INTERVAL_MS", Text "60000",
        "How often `serve` writes down what time has done to members whom nobody touched; `0` leaves it to `loyalty sweep`.";
    AUDIT_INTERVAL = "LOYALTY_AUDIT_INTERVAL_MS", Text "1000",
        "How often what waits is sealed into the chain of the audit log.";
    AUDIT_RETENTION = "LOYALTY_AUDIT_RETENTION_DAYS", Text "0",
        "How long records of the audit log are kept; `0` for ever.";
    AUTH_SECRET = "LOYALTY_AUTH_SECRET", Derived "none",
        "Secret of HS256 tokens, 32 bytes or more. Without it and a JWKS every token is refused.";
    AUTH_SECRET_FILE = "LOYALTY_AUTH_SECRET_FILE", Derived "none", "File that holds the secret instead.";
    AUTH_JWKS = "LOYALTY_AUTH_JWKS", Derived "none",
        "File or URL of the keys of RS256, PS256, ES256 and EdDSA tokens.";
    AUTH_JWKS_REFRESH = "LOYALTY_AUTH_JWKS_REFRESH_SECONDS", Text "900",
        "How often the keys are fetched anew; a token of an unknown key asks at once, at most once a minute.";
    AUTH_JWKS_RETAIN = "LOYALTY_AUTH_JWKS_RETAIN_SECONDS", Text "3600",
        "How long a key holds that is published no longer: tokens outlive rotations. `0` forgets it as soon as it is seen to be gone.";
    AUTH_ISSUER = "LOYALTY_AUTH_ISSUER", Text "loyalty-dev", "What `iss` of a token must be.";
    AUTH_AUDIENCE = "LOYALTY_AUTH_AUDIENCE", Text "loyalty", "What `aud` of a token must hold.";
    AUTH_CLAIM_SUBJECT = "LOYALTY_AUTH_CLAIM_SUBJECT", Text "sub",
        "Claim that says who a token speaks for. Of several names, with commas between them, the first that a token has counts; dots lead into nested claims.";
    AUTH_CLAIM_KIND = "LOYALTY_AUTH_CLAIM_KIND", Text "kind", "Claim that says what that is.";
    AUTH_CLAIM_SCOPE = "LOYALTY_AUTH_CLAIM_SCOPE", Text "scope,scp,permissions", "Claim of the scopes.";
    AUTH_CLAIM_PROGRAMS = "LOYALTY_AUTH_CLAIM_PROGRAMS", Text "programs",
        "Claim of the programmes that a token is for.";
    AUTH_CLAIM_PARTNER = "LOYALTY_AUTH_CLAIM_PARTNER", Text "partner", "Claim of a partner's id.";
    AUTH_CLAIM_STORES = "LOYALTY_AUTH_CLAIM_STORES", Text "stores", "Claim of the stores of staff.";
    ROUTER_SECRETS = "LOYALTY_ROUTER_SECRETS", Derived "none",
        "One secret, or two with a comma between, of which each request must show one: then only the router may ask.";
    ROUTER_SECRETS_FILE = "LOYALTY_ROUTER_SECRETS_FILE", Derived "none",
        "File that holds them instead, one a line; read again when it changes.";
    ROUTER_SECRET_HEADER = "LOYALTY_ROUTER_SECRET_HEADER", Text "x-router-secret", "The header that shows it.";
    TLS_CERTIFICATE = "LOYALTY_TLS_CERTIFICATE", Derived "none",
        "PEM file of the certificate and those between it and its root: then connections are TLS.";
    TLS_KEY = "LOYALTY_TLS_KEY", Derived "none", "PEM file of its key.";
    TLS_CLIENT_CAS = "LOYALTY_TLS_CLIENT_CAS", Derived "none",
        "PEM file of those who sign the router's certificate: then nobody without one may ask. `/live`, `/ready` and `/metrics` need none.";
    FILES_RELOAD = "LOYALTY_FILES_RELOAD_MS", Text "5000",
        "How often the files of secrets and certificates are looked at; what has changed is used from then on.";
    PROGRAMS = "LOYALTY_PROGRAMS", Derived "the two of `schema/programs`",
        "Files of programme documents, separated by commas.";
    DEFAULT_PROGRAM = "LOYALTY_DEFAULT_PROGRAM", Derived "the first",
        "Id of the programme that is meant where a request names none.";
    BODY_BYTES_MAX = "LOYALTY_BODY_BYTES_MAX", Text "16777216",
        "Largest request body: an ingest of 1,000 orders fits.";
    REQUESTS_IN_FLIGHT_MAX = "LOYALTY_REQUESTS_IN_FLIGHT_MAX", Text "10000",
        "Most requests that are under way; beyond it callers are told to come again (503).";
    SOCKETS_MAX = "LOYALTY_SOCKETS_MAX", Text "10000", "Most WebSockets that are open.";
    RATE_PER_MINUTE = "LOYALTY_RATE_PER_MINUTE", Text "0",
        "Requests that one principal may send a minute, `0` for no limit; whoever has no valid token is its address.";
    RATE_SERVICE_PER_MINUTE = "LOYALTY_RATE_SERVICE_PER_MINUTE", Text "0",
        "The same for one service: an OMS sends what all shoppers do.";
    RATE_BURST = "LOYALTY_RATE_BURST_SECONDS", Text "10", "So many seconds' worth of them may come at once.";
    QUEUE_COMMANDS_MAX = "LOYALTY_QUEUE_COMMANDS_MAX", Text "20000",
        "Most commands that wait; beyond it callers are turned away.";
    BATCH_COMMANDS_MAX = "LOYALTY_BATCH_COMMANDS_MAX", Text "1000", "Most commands of one transaction.";
    BATCH_TIMEOUT = "LOYALTY_BATCH_TIMEOUT_MS", Text "30000",
        "Longest time a transaction may take; then its connection counts as lost, and it is tried again over another.";
    REPRESENTATIONS_MAX = "LOYALTY_REPRESENTATIONS_MAX", Text "1000",
        "Most representations of one `_entities` call.";
    QUERY_TOKENS_MAX = "LOYALTY_QUERY_TOKENS_MAX", Text "10000", "Most lexical tokens of a query's text.";
    QUERY_DEPTH_MAX = "LOYALTY_QUERY_DEPTH_MAX", Text "20", "Deepest nesting of a query.";
    QUERY_COMPLEXITY_MAX = "LOYALTY_QUERY_COMPLEXITY_MAX", Text "5000",
        "What a query may cost, by `@cost` and `@listSize` of the SDL; representations are not counted.";
    QUERY_ALIASES_MAX = "LOYALTY_QUERY_ALIASES_MAX", Text "200", "Most aliases of a query.";
    QUERY_ROOT_FIELDS_MAX = "LOYALTY_QUERY_ROOT_FIELDS_MAX", Text "100", "Most fields at the root of a query or mutation.";
    QUERY_DIRECTIVES_MAX = "LOYALTY_QUERY_DIRECTIVES_MAX", Text "200", "Most directives of a query.";
    EVENTS_MAX = "LOYALTY_EVENTS_MAX", Text "1000", "Most events of one `loyaltyEventsIngest`; never more than 1000.";
    PAGE_SIZE_MAX = "LOYALTY_PAGE_SIZE_MAX", Text "100", "Most items of one page of a connection.";
    PERSISTED = "LOYALTY_PERSISTED_OPERATIONS", Text "automatic",
        "`automatic`: clients may send a hash instead of a query that was sent before; `off`; `only`: nothing but the operations of the manifest is answered.";
    PERSISTED_TTL = "LOYALTY_PERSISTED_TTL_SECONDS", Text "86400", "How long an operation that a client sent is kept unused.";
    PERSISTED_PER_MINUTE = "LOYALTY_PERSISTED_PER_MINUTE", Text "100",
        "New operations that one principal may leave behind a minute, in all processes; `0` for no limit.";
    OPERATIONS_MANIFEST = "LOYALTY_OPERATIONS_MANIFEST", Derived "none",
        "File of trusted operations: an Apollo persisted query manifest, or a JSON object of ids and documents.";
}

/// The table of the README.
pub fn markdown() -> String {
    let mut table = String::from("| variable | default | meaning |\n|---|---|---|\n");
    for Variable { name, fallback, meaning } in VARIABLES {
        let default = match fallback {
            Fallback::Text(text) => format!("`{text}`"),
            Fallback::Derived(words) => (*words).to_owned(),
        };
        writeln!(table, "| `{name}` | {default} | {meaning} |").expect("writing to a string cannot fail");
    }
    table
}
