//! The two engines: the same tables, the same statements.

use querist::store::Store;
use sqlx::{Executor as _, SqlSafeStr as _};

use crate::support::app::TestApp;

#[tokio::test]
async fn migrations_run_up_down_and_up_again() {
    for test in TestApp::on_each_engine().await {
        test.app.store.migrate_down(0).await.unwrap();
        assert!(test.app.store.account_count().await.is_err(), "tables are left on {}", test.app.store.engine());
        test.app.store.migrate().await.unwrap();
        assert_eq!(test.app.store.account_count().await.unwrap(), 0);
        test.finish().await;
    }
}

#[tokio::test]
async fn every_statement_prepares_on_both_engines() {
    let all = querist::store::statements();
    for test in TestApp::on_each_engine().await {
        for statement in &all {
            let prepared = match &test.app.store {
                Store::Sqlite { write, .. } => write.prepare(statement.into_sql_str()).await.map(drop),
                Store::Postgres(pool) => pool.prepare(statement.into_sql_str()).await.map(drop),
            };
            prepared.unwrap_or_else(|error| panic!("{}: {error} in {statement}", test.app.store.engine()));
        }
        test.finish().await;
    }
}

/// What an archived sample keeps is all that belongs to it: a column that is added to a table must be added to its archive too.
#[tokio::test]
async fn an_archive_has_every_column_of_what_it_holds() {
    const PAIRS: [(&str, &str); 9] = [
        ("sample", "archived_sample"),
        ("sample_metadata", "archived_metadata"),
        ("annotation", "archived_annotation"),
        ("label", "archived_label"),
        ("second_opinion", "archived_opinion"),
        ("flag_note", "archived_note"),
        ("audit_departure", "archived_departure"),
        ("outside_prediction", "archived_prediction"),
        ("class_act_sample", "archived_act_sample"),
    ];
    for test in TestApp::on_each_engine().await {
        if let Store::Sqlite { write, .. } = &test.app.store {
            let mut lost = Vec::new();
            for (table, archive) in PAIRS {
                let columns = |of: &'static str| async move {
                    let sql = "select name from pragma_table_info($1)";
                    let names: Vec<String> = sqlx::query_scalar(sql).bind(of).fetch_all(write).await.unwrap();
                    assert!(!names.is_empty(), "there is no table {of}");
                    names
                };
                let held = columns(archive).await;
                let missing = columns(table).await.into_iter().filter(|name| !held.contains(name));
                lost.extend(missing.map(|name| format!("{archive} lacks {table}.{name}")));
            }
            assert!(lost.is_empty(), "{lost:?}");
        }
        test.finish().await;
    }
}
