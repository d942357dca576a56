//! The audit log: what waits to be sealed, the chain, and up to where it was forgotten.
//!
//! The chain takes no changes: triggers refuse them. What is deleted must have been marked as forgotten before. PostgreSQL has
//! no statistics of it before it is large, as of all tables that grow (`plan_for_growth`).

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, text_null, timestamp_with_time_zone, uuid},
    sea_orm::DatabaseBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const POSTGRES: &str = "\
    CREATE FUNCTION loyalty_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    IF TG_OP = 'DELETE' THEN \
      IF EXISTS (SELECT 1 FROM audit_marks WHERE seq >= OLD.seq) THEN RETURN OLD; END IF; \
    END IF; \
    RAISE EXCEPTION 'the audit log takes no changes'; END $$; \
    CREATE TRIGGER audit_records_guard BEFORE UPDATE OR DELETE ON audit_records \
    FOR EACH ROW EXECUTE FUNCTION loyalty_audit_guard(); \
    CREATE TRIGGER audit_records_guard_all BEFORE TRUNCATE ON audit_records \
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_audit_guard(); \
    ALTER TABLE audit_records SET (autovacuum_analyze_threshold = 10000, autovacuum_vacuum_threshold = 10000, \
    autovacuum_vacuum_insert_threshold = 10000);";
const SQLITE: &str = "\
    CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records \
    BEGIN SELECT RAISE(ABORT, 'the audit log takes no changes'); END; \
    CREATE TRIGGER audit_records_no_replace BEFORE INSERT ON audit_records \
    WHEN EXISTS (SELECT 1 FROM audit_records WHERE seq = NEW.seq) \
    BEGIN SELECT RAISE(ABORT, 'the audit log takes no changes'); END; \
    CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records \
    WHEN NOT EXISTS (SELECT 1 FROM audit_marks WHERE seq >= OLD.seq) \
    BEGIN SELECT RAISE(ABORT, 'the audit log takes no changes'); END;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let pending = content(AuditPending::Table).primary_key(Index::create().col(Content::Id)).to_owned();
        manager.create_table(pending).await?;
        let records = content(AuditRecords::Table)
            .col(big_integer(AuditRecords::Seq))
            .col(text(AuditRecords::Previous))
            .col(text(AuditRecords::Hash))
            .primary_key(Index::create().col(AuditRecords::Seq))
            .to_owned();
        manager.create_table(records).await?;
        let index = Index::create()
            .name("ix_audit_records_program_id_seq")
            .table(AuditRecords::Table)
            .col(Content::ProgramId)
            .col(AuditRecords::Seq)
            .to_owned();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_audit_records_recorded_at")
            .table(AuditRecords::Table)
            .col(Content::RecordedAt)
            .to_owned();
        manager.create_index(index).await?;
        let marks = Table::create()
            .table(AuditMarks::Table)
            .col(big_integer(AuditMarks::Seq))
            .col(text(AuditMarks::Hash))
            .col(timestamp_with_time_zone(AuditMarks::RecordedAt))
            .primary_key(Index::create().col(AuditMarks::Seq))
            .to_owned();
        manager.create_table(marks).await?;
        let guard =
            if manager.get_database_backend() == DatabaseBackend::Postgres { POSTGRES } else { SQLITE };
        manager.get_connection().execute_unprepared(guard).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(AuditPending::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(AuditRecords::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(AuditMarks::Table).to_owned()).await?;
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let drop = "DROP FUNCTION IF EXISTS loyalty_audit_guard()";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        Ok(())
    }
}

/// The columns of a record, sealed or not.
fn content(table: impl Iden + 'static) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid(Content::Id))
        .col(timestamp_with_time_zone(Content::RecordedAt))
        .col(text(Content::ProgramId))
        .col(text(Content::ActorKind))
        .col(text(Content::Actor))
        .col(text_null(Content::Partner))
        .col(text_null(Content::TokenId))
        .col(text(Content::Actions))
        .to_owned()
}

#[derive(DeriveIden)]
enum Content {
    Id,
    RecordedAt,
    ProgramId,
    ActorKind,
    Actor,
    Partner,
    TokenId,
    Actions,
}

#[derive(DeriveIden)]
enum AuditPending {
    Table,
}

#[derive(DeriveIden)]
enum AuditRecords {
    Table,
    Seq,
    Previous,
    Hash,
}

#[derive(DeriveIden)]
enum AuditMarks {
    Table,
    Seq,
    Hash,
    RecordedAt,
}
