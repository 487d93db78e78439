//! The database is locked, away, or cut off.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::{Fault, On, When};
use crate::database::Database;
use crate::scene::Scene;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "database locked",
        how: "another process holds the database for three seconds",
        expected: "receipts come late, or 503",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| locked(scene, Duration::from_secs(3)),
    },
    Fault {
        name: "database locked for long",
        how: "another process holds the database for 20 seconds",
        expected: "503 within eight seconds",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| locked(scene, Duration::from_secs(20)),
    },
    Fault {
        name: "connections ended",
        how: "PostgreSQL ends the server's connections, five times in two seconds",
        expected: "503; answers are stored again over new ones",
        on: On::Postgres,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            let Database::Postgres { schema, .. } = &scene.place.database else { unreachable!("only on PostgreSQL") };
            let mut open = scene.place.database.connect(&scene.place.data());
            let ended = format!("pg_stat_activity where application_name = '{schema}'");
            let mut n = 0;
            for _ in 0..5 {
                n += open.rows(&["pg_terminate_backend(pid)"], &ended).len();
                sleep(Duration::from_millis(400));
            }
            assert!(n > 0, "the server has no connections");
            format!("{n} ended")
        },
    },
    Fault {
        name: "PostgreSQL restarted",
        how: "`pg_ctl restart -m immediate`, as after a crash",
        expected: "503; answers are stored again",
        on: On::Postgres,
        when: When::ByHand,
        internal: false,
        inflict: restarted,
    },
];

fn locked(scene: &mut Scene, long: Duration) -> String {
    let mut open = scene.place.database.connect(&scene.place.data());
    match scene.place.database {
        Database::Sqlite => open.run("pragma busy_timeout = 5000; begin exclusive"),
        Database::Postgres { .. } => open.run("begin; lock table annotation in access exclusive mode"),
    }
    sleep(long);
    open.run("rollback");
    format!("held for {} s", long.as_secs())
}

/// Only where `scripts/postgres.sh` made the server: its folder is in the address.
fn restarted(scene: &mut Scene) -> String {
    let Database::Postgres { server, .. } = &scene.place.database else { unreachable!("only on PostgreSQL") };
    let home = server.split(['?', '&']).find_map(|part| part.strip_prefix("host="));
    let Some(home) = home.filter(|home| home.contains("querist-pg")) else {
        return "not possible: the server is not one of scripts/postgres.sh".to_owned();
    };
    // As the owner of the folder, since the server refuses to run as root.
    let script = r#"
        bin=$(dirname "$(command -v pg_ctl || ls -d /usr/lib/postgresql/*/bin/pg_ctl | sort -V | tail -n 1)")
        owner=$(stat -c %U "$0"); group=$(stat -c %G "$0")
        as=; [ "$(id -u)" != 0 ] || as="setpriv --reuid=$owner --regid=$group --clear-groups --"
        cd / && $as "$bin/pg_ctl" -D "$0/data" -m immediate -w -t 60 -l "$0/log" restart >/dev/null"#;
    let done = Command::new("sh").args(["-c", script, home]).status().unwrap();
    assert!(done.success(), "pg_ctl ends with {done}");
    "restarted".to_owned()
}
