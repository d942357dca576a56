//! Where each part of the stack listens, always on the loopback.

use std::{env, io::ErrorKind, net::TcpListener};

use anyhow::{Context, Result, bail};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Gateway,
    Loyalty,
    Oms,
    Inventory,
    Crm,
    Page,
}

impl Part {
    pub(crate) const ALL: [Self; 6] =
        [Self::Gateway, Self::Loyalty, Self::Oms, Self::Inventory, Self::Crm, Self::Page];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Loyalty => "loyalty",
            Self::Oms => "oms",
            Self::Inventory => "inventory",
            Self::Crm => "crm",
            Self::Page => "page",
        }
    }

    /// The environment variable that moves it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Gateway => "GATEWAY_PORT",
            Self::Loyalty => "LOYALTY_PORT",
            Self::Oms => "OMS_PORT",
            Self::Inventory => "INVENTORY_PORT",
            Self::Crm => "CRM_PORT",
            Self::Page => "PAGE_PORT",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Gateway => 4000,
            Self::Loyalty => 4001,
            Self::Oms => 4002,
            Self::Inventory => 4003,
            Self::Crm => 4004,
            Self::Page => 4005,
        }
    }
}

/// A port for each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports([u16; Part::ALL.len()]);

impl Ports {
    /// From the environment.
    pub(crate) fn read() -> Result<Self> {
        Self::from(|variable| env::var(variable).ok())
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut ports = Part::ALL.map(Part::default_port);
        for (port, part) in ports.iter_mut().zip(Part::ALL) {
            if let Some(text) = variable(part.variable()).filter(|text| !text.is_empty()) {
                let parsed = text.parse().ok().filter(|port| *port > 0);
                *port =
                    parsed.with_context(|| format!("{} is `{text}`, which is no port", part.variable()))?;
            }
        }
        let ports = Self(ports);
        for (index, part) in Part::ALL.iter().enumerate() {
            if let Some(other) = Part::ALL[..index].iter().find(|other| ports.of(**other) == ports.of(*part))
            {
                let (one, two) = (other.variable(), part.variable());
                bail!("{one} and {two} are both {}", ports.of(*part));
            }
        }
        Ok(ports)
    }

    pub(crate) fn of(self, part: Part) -> u16 {
        // `ALL` and the enumeration are written in one order, which a test holds.
        self.0[part as usize]
    }

    /// Where `part` answers; parts but the page do so at `/graphql`.
    pub(crate) fn url(self, part: Part) -> String {
        let path = if part == Part::Page { "/" } else { "/graphql" };
        format!("http://127.0.0.1:{}{path}", self.of(part))
    }

    /// Fails with one line for each port that somebody listens on, before anything is started.
    pub(crate) fn check_free(self) -> Result<()> {
        let busy: Vec<String> = Part::ALL
            .into_iter()
            .filter_map(|part| {
                let port = self.of(part);
                let error = TcpListener::bind(("127.0.0.1", port)).err()?;
                let why = if error.kind() == ErrorKind::AddrInUse {
                    "is taken".to_owned()
                } else {
                    error.to_string()
                };
                Some(format!("port {port} ({}) {why}: {} moves it", part.name(), part.variable()))
            })
            .collect();
        if busy.is_empty() { Ok(()) } else { bail!("{}", busy.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_own_place() {
        let ports = Ports::from(|_| None).unwrap();
        for (index, part) in Part::ALL.into_iter().enumerate() {
            assert_eq!(part as usize, index, "{part:?}");
            assert_eq!(ports.of(part), part.default_port());
        }
    }

    #[test]
    fn the_environment_moves_ports() {
        for (variable, text, expected) in [
            ("OMS_PORT", "5002", Ok(5002)),
            ("OMS_PORT", "", Ok(4002)),
            ("OMS_PORT", "0", Err("OMS_PORT is `0`, which is no port")),
            ("OMS_PORT", "x", Err("OMS_PORT is `x`, which is no port")),
            ("OMS_PORT", "4000", Err("GATEWAY_PORT and OMS_PORT are both 4000")),
            ("CRM_PORT", "70000", Err("CRM_PORT is `70000`, which is no port")),
        ] {
            let ports = Ports::from(|name| (name == variable).then(|| text.to_owned()));
            let port = ports.map(|ports| ports.of(Part::Oms)).map_err(|error| error.to_string());
            assert_eq!(port, expected.map_err(str::to_owned), "{variable}={text}");
        }
    }

    #[test]
    fn a_busy_port_is_named_with_the_variable_that_moves_it() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let ports = Ports::from(|name| (name == "CRM_PORT").then(|| port.to_string())).unwrap();
        let error = ports.check_free().unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} (crm) is taken: CRM_PORT moves it")), "{error}");
    }
}
