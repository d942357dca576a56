//! Everybody there is, and whom a door lets in.

use loyalty::auth::{MintRequest, PrincipalKind};
use serde_json::{Value, json};

use super::calls::Call;
use crate::{
    graphql::subscription::Line,
    support::{
        Client,
        client::{SERVICE_SCOPES, minted},
    },
};

/// Somebody who asks.
#[derive(Clone)]
pub(super) struct Asker {
    /// Unique among all.
    pub(super) who: String,
    /// None for nobody in particular.
    pub(super) kind: Option<PrincipalKind>,
    /// Whether it is the customer whom everything is about.
    is_itself: bool,
    pub(super) scopes: Vec<&'static str>,
    client: Client,
    token: Option<String>,
}

/// Whom a door lets in. Administrators come in everywhere.
#[derive(Clone, Copy)]
pub(super) struct May {
    /// The customer whom everything is about.
    pub(super) itself: bool,
    /// Another customer.
    pub(super) another: bool,
    /// Each of these lets services and staff.
    pub(super) scopes: &'static [&'static str],
    /// Each of these lets partners.
    pub(super) partners: &'static [&'static str],
}

/// What askers' tokens are limited to.
pub(super) type Programs = Option<&'static [&'static str]>;

/// The programmes that the desk knows.
pub(super) const ITS_OWN: Programs = Some(&["shop", "classic", "tiered"]);

/// Everybody: each kind without scopes, with each of them, with all of them, and with all of them for these programmes; and
/// two customers, of whom the first is the one whom everything is about.
pub(super) fn everybody(door: &Client, customers: [&str; 2]) -> Vec<Asker> {
    let mut all = vec![Asker::nobody(door)];
    for customer in customers {
        let is_itself = customer == customers[0];
        let of = |scope, programs| Asker::new(door, PrincipalKind::Customer, customer, scope, programs);
        let both = [of("", None), of(SERVICE_SCOPES, ITS_OWN)];
        all.extend(both.map(|asker| Asker { is_itself, ..asker }));
    }
    for kind in [PrincipalKind::Staff, PrincipalKind::Service, PrincipalKind::Partner] {
        let scopes = ["", SERVICE_SCOPES].into_iter().chain(SERVICE_SCOPES.split(' '));
        all.extend(scopes.map(|scope| Asker::new(door, kind, "acme", scope, None)));
        all.push(Asker::new(door, kind, "acme", SERVICE_SCOPES, ITS_OWN));
    }
    for (scope, programs) in [("", None), (SERVICE_SCOPES, ITS_OWN)] {
        all.push(Asker::new(door, PrincipalKind::Administrator, "root", scope, programs));
    }
    all
}

impl Asker {
    /// A partner's app that may everything that partners may, of a partner whom nobody has linked.
    pub(super) fn stranger(door: &Client) -> Self {
        Self::new(door, PrincipalKind::Partner, "stranger", SERVICE_SCOPES, None)
    }
}

/// One of each kind that may most, for certain programmes.
pub(super) fn limited_to(door: &Client, programs: Programs) -> Vec<Asker> {
    let of = |(kind, subject)| Asker::new(door, kind, subject, SERVICE_SCOPES, programs);
    [
        (PrincipalKind::Customer, "c-1"),
        (PrincipalKind::Staff, "acme"),
        (PrincipalKind::Service, "acme"),
        (PrincipalKind::Partner, "acme"),
        (PrincipalKind::Administrator, "root"),
    ]
    .map(of)
    .into()
}

impl Asker {
    fn nobody(door: &Client) -> Self {
        Self {
            who: "nobody".to_owned(),
            kind: None,
            is_itself: false,
            scopes: Vec::new(),
            client: door.clone(),
            token: None,
        }
    }

    fn new(
        door: &Client,
        kind: PrincipalKind,
        subject: &str,
        scope: &'static str,
        programs: Programs,
    ) -> Self {
        let is_staff = kind == PrincipalKind::Staff;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let token = minted(MintRequest {
            kind,
            subject: subject.to_owned(),
            scope: names(&scope.split_whitespace().collect::<Vec<_>>()),
            programs: programs.map(names),
            stores: if is_staff { names(&["s-0", "s-1"]) } else { Vec::new() },
            ..MintRequest::default()
        });
        let limit = programs.map(|programs| programs.len().to_string()).unwrap_or_default();
        let scoped = if scope == SERVICE_SCOPES { "all" } else { scope };
        Self {
            who: format!("{kind} {subject} {scoped} {limit}"),
            kind: Some(kind),
            is_itself: false,
            scopes: scope.split_whitespace().collect(),
            client: door.with_token(&token),
            token: Some(token),
        }
    }

    /// The same, at another door.
    pub(super) fn at(&self, door: &Client) -> Self {
        let client = self.token.as_ref().map_or_else(|| door.clone(), |token| door.with_token(token));
        Self { client, ..self.clone() }
    }

    pub(super) fn is_customer(&self) -> bool {
        self.kind == Some(PrincipalKind::Customer)
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.kind.is_none()
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(&scope)
    }

    /// The whole answer to a call.
    pub(super) async fn ask(&self, call: &Call, variables: Value) -> Value {
        self.ask_for(call, &call.document, variables).await
    }

    /// The same with another document.
    pub(super) async fn ask_for(&self, call: &Call, document: &str, variables: Value) -> Value {
        if !call.door.starts_with("Subscription.") {
            return self.client.ask(document, variables).await;
        }
        let payload = self.token.as_ref().map(|token| json!({"Authorization": format!("Bearer {token}")}));
        let mut line = Line::open(&self.client.address, &payload.unwrap_or_default()).await;
        assert_eq!(line.hear().await["type"], "connection_ack");
        line.ask(document, variables).await;
        line.hear().await["payload"].clone()
    }
}

impl May {
    /// Whether it lets somebody whose programmes it is about.
    pub(super) fn lets(self, asker: &Asker) -> bool {
        let has = |scopes: &[&str]| scopes.iter().any(|scope| asker.has_scope(scope));
        match asker.kind {
            None => false,
            Some(PrincipalKind::Customer) if asker.is_itself => self.itself,
            Some(PrincipalKind::Customer) => self.another,
            Some(PrincipalKind::Staff | PrincipalKind::Service) => has(self.scopes),
            Some(PrincipalKind::Partner) => has(self.partners),
            Some(PrincipalKind::Administrator) => true,
        }
    }
}
