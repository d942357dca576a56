//! The order management system: orders, their lines and returns. Loyalty learns of both from here (`record`).

pub(crate) mod record;
mod schema;

use std::path::Path;

use anyhow::Result;

use crate::{dataset::Dataset, subgraph};

/// Its schema, in federation's language.
pub(crate) fn sdl() -> String {
    subgraph::sdl(schema::Query)
}

/// Serves the subgraph until it is told to stop.
pub(crate) async fn serve(data: &Path, port: u16) -> Result<()> {
    let book = schema::Book::new(Dataset::load(data)?);
    subgraph::serve("oms", subgraph::schema(schema::Query).data(book).finish(), port).await
}
