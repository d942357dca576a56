//! Conditions that find rows by many keys at once.
//!
//! PostgreSQL gets the keys as arrays, so that a statement has one text for any number of them, prepared once in each
//! [stretch of time](plans).

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend,
    sea_query::{Expr, ExprTrait as _, ValueType, extension::postgres::PgFunc, value::postgres_array::NotU8},
};

use super::plans;

/// Rows whose (programme, id) is one of the pairs. Ids are the outside's: one with a NUL, which PostgreSQL has no text
/// for, is the id of nothing and would fail everybody's statement.
pub(super) fn by_pairs<C: ColumnTrait>(
    connection: &impl ConnectionTrait,
    (program, id): (C, C),
    pairs: &[(String, String)],
) -> Condition {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let pairs = pairs.iter().filter(|(_, id)| is_text(id)).cloned();
        let (programs, ids): (Vec<String>, Vec<String>) = pairs.unzip();
        let columns = [program.as_column_ref(), id.as_column_ref()].map(Expr::col);
        let arrays = [Expr::val(programs), Expr::val(ids)];
        let among = Expr::cust_with_exprs(
            "($1, $2) IN (SELECT * FROM unnest($3, $4))",
            columns.into_iter().chain(arrays),
        );
        // True, and all that it is for is to be another text in another stretch of time.
        let planned = plans::epoch();
        return Condition::all().add(among).add(Expr::cust(format!("{planned} = {planned}")));
    }
    let mut by_program: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (program, id) in pairs {
        // A programme without any id is there all the same: no condition at all would be true of every row.
        by_program.entry(program).or_default().extend(is_text(id).then_some(id.as_str()));
    }
    by_program
        .into_iter()
        .fold(Condition::any(), |any, (in_program, ids)| any.add(program.eq(in_program).and(id.is_in(ids))))
}

/// Whether PostgreSQL has a text for it.
pub(super) fn is_text(id: &str) -> bool {
    !id.contains('\0')
}

/// Rows of which a column is one of the values.
pub(super) fn by_any<C: ColumnTrait, V>(
    connection: &impl ConnectionTrait,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> Expr
where
    V: ValueType + NotU8 + Into<sea_orm::Value>,
{
    match connection.get_database_backend() {
        DatabaseBackend::Postgres => {
            let any = PgFunc::any(values.into_iter().collect::<Vec<V>>());
            Expr::col(column.as_column_ref()).eq(any)
        }
        _ => column.is_in(values),
    }
}

#[cfg(test)]
mod tests {
    use entities::member::{Column, Entity};
    use sea_orm::{Database, EntityTrait as _, QueryFilter as _, QueryTrait as _};

    use super::*;

    #[tokio::test]
    async fn an_id_that_is_no_text_is_nobodys_and_not_everybodys() {
        let sqlite = Database::connect("sqlite::memory:").await.unwrap();
        let pairs = [("p".to_owned(), "a\0".to_owned())];
        let found = by_pairs(&sqlite, (Column::ProgramId, Column::CustomerId), &pairs);
        let select = Entity::find().filter(found).build(DatabaseBackend::Sqlite).to_string();
        assert!(select.ends_with(r#"WHERE "members"."program_id" = 'p' AND 1 = 2"#), "{select}");
    }
}
