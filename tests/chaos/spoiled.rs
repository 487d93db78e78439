//! Copies of a database that were spoiled by SQL: what the judge reads from them must show it.

use crate::checker::{self, Kind};
use crate::database::Database;
use crate::scene::Closed;
use crate::stored::Stored;

/// A statement, and what must be found after it.
const SPOILERS: &[(&str, Kind)] = &[
    ("delete from annotation where seq = (select min(seq) from annotation where kind <> 'undo')", Kind::Lost),
    ("update annotation set account_id = (select min(id) from account) where seq = (select min(seq) from annotation)", Kind::Otherwise),
    ("update annotation set seq = 1000000 where seq = (select min(seq) from annotation)", Kind::Disorder),
    (
        "insert into annotation (id, project_id, sample_id, account_id, kind, classes, asked_by, origin, made_us)
         select 'ghost', project_id, sample_id, account_id, kind, classes, asked_by, origin, made_us from annotation limit 1",
        Kind::NeverSent,
    ),
    ("delete from annotation where seq = (select min(seq) from annotation where kind = 'undo')", Kind::UndoLost),
    ("update label set classes = '4711' where sample_id = (select min(sample_id) from label)", Kind::Label),
    ("update tally set audit_labeled = audit_labeled + 1", Kind::Tally),
    (
        "insert into lease (sample_id, id, project_id, account_id, asked_by, made_us, expires_us)
         select sample_id, 'a lease', project_id, account_id, 'random', 0, 0 from label
         where sample_id not in (select sample_id from lease) limit 1",
        Kind::LeaseOnLabeled,
    ),
    ("update sample set audit = 1 where id in (select sample_id from label)", Kind::AuditSeen),
    ("update round set trained_on = (select trained_on from round where state = 'finished' order by id limit 1)", Kind::Training),
    ("update decision set fired = 1 - fired where id = (select max(id) from decision where cause = 'answers')", Kind::Decision),
    ("update decision set made_us = made_us + 1 where id = (select min(id) from decision where cause = 'answers')", Kind::Decision),
    ("update round set state = 'running' where id = (select max(id) from round)", Kind::Rounds),
    ("update round set number = number + 1 where id = (select max(id) from round)", Kind::Rounds),
    ("pragma foreign_keys = off; update label set account_id = 4711", Kind::Damage),
];

/// Spoil a copy in each way, read it, and fail where nothing is found. Only for runs on `SQLite`.
pub fn is_seen(closed: &Closed) {
    let folder = closed.place.file("spoiled");
    for (statement, kind) in SPOILERS {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(closed.place.data().join("querist.db"), folder.join("querist.db")).unwrap();
        let mut open = Database::Sqlite.connect(&folder);
        open.run(statement);
        // Exports are made by the program from its own rows, so those of the good run stand.
        let stored = Stored { exports: closed.stored.exports.clone(), ..Stored::rows(&mut open) };
        let report = checker::check(&closed.history.events(), &stored, closed.terms);
        assert!(report.has(*kind), "not seen: {statement}; found {}", report.summary());
        drop(open);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
