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
