//! The audit log, page by page.

use async_graphql::{Object, SimpleObject};

use super::LoyaltyAuditRecord;
use crate::{
    audit::Sealed,
    graphql::{
        page::{AuditPlace, PageInfo, cursors},
        problem::Problem,
        visit::Visit,
    },
    store::Page,
};

/// A page of records of the audit log.
pub(crate) struct LoyaltyAuditRecordConnection {
    cursors: Vec<String>,
    records: Vec<Sealed>,
    page_info: PageInfo,
    trace: crate::graphql::TraceId,
}

/// A record in its list.
#[derive(SimpleObject)]
struct LoyaltyAuditRecordEdge {
    /// Names the record's place, for `after` and `before`.
    cursor: String,
    /// The record.
    node: LoyaltyAuditRecord,
}

impl LoyaltyAuditRecordConnection {
    pub(super) fn of(visit: &Visit, page: Page<Sealed>) -> Self {
        let (cursors, page_info) = cursors(&page, |sealed| AuditPlace(sealed.seq));
        Self { cursors, records: page.items, page_info, trace: visit.trace }
    }

    fn shown(&self) -> Result<Vec<LoyaltyAuditRecord>, Problem> {
        let shown = self.records.iter().cloned().map(LoyaltyAuditRecord::of);
        shown.collect::<Result<_, _>>().map_err(|error| Problem::fault(&self.trace, &error))
    }
}

/// A page of records of the audit log.
#[Object]
impl LoyaltyAuditRecordConnection {
    /// The records with their cursors, newest first.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn edges(&self) -> Result<Vec<LoyaltyAuditRecordEdge>, Problem> {
        let edge = |(cursor, node): (&String, _)| LoyaltyAuditRecordEdge { cursor: cursor.clone(), node };
        Ok(self.cursors.iter().zip(self.shown()?).map(edge).collect())
    }

    /// The records alone, newest first.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn nodes(&self) -> Result<Vec<LoyaltyAuditRecord>, Problem> {
        self.shown()
    }

    /// Where the page stands in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }
}
