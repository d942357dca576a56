//! What a person reads when everything is up: where to look, who to be, what to ask.

use std::{fmt, path::Path};

use super::{questions::Question, tokens::Minted};
use crate::{
    dataset::SHOWN_CUSTOMER,
    oms::record::Recorded,
    ports::{Part, Ports},
};

pub(super) struct Announcement<'up> {
    pub ports: Ports,
    pub minted: &'up Minted,
    pub questions: &'up [Question],
    pub recorded: &'up Recorded,
    pub data: &'up Path,
}

impl fmt::Display for Announcement<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recorded { accepted, replayed } = self.recorded;
        writeln!(out, "The OMS recorded its events: {accepted} new, {replayed} known before.\n")?;
        writeln!(out, "Addresses")?;
        for part in Part::ALL {
            let name = if part == Part::Page { "GraphiQL" } else { part.name() };
            writeln!(out, "  {name:<10} {}", self.ports.url(part))?;
        }
        writeln!(out, "  {:<10} {}\n", "logs", self.data.join("logs").display())?;
        writeln!(out, "Tokens (Authorization: Bearer ...)")?;
        for (who, token) in [
            (format!("customer {SHOWN_CUSTOMER}"), &self.minted.customer),
            ("service oms".to_owned(), &self.minted.service),
            ("partner acme".to_owned(), &self.minted.partner),
        ] {
            writeln!(out, "  {who:<15} {token}")?;
        }
        for question in self.questions.iter().take(2) {
            writeln!(out, "\n{}, asked with the token of {}", question.name, question.asker)?;
            for line in question.query.lines() {
                writeln!(out, "  {line}")?;
            }
        }
        writeln!(
            out,
            "\nOpen GraphiQL, with these queries and tokens filled in: {}",
            self.ports.url(Part::Page)
        )
    }
}
