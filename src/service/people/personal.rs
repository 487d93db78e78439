//! A person's data: a copy of all that names them, and making an account anonymous.
//!
//! **Invariant:** an account that is anonymous stays so; its answers, notes and acts stay with it. What a person typed into a note, what
//! was exported and the server's log are not changed.

use std::collections::HashMap;
use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::domain::{AccountId, Timestamp};
use crate::service::people::accounts::{self, AccountError};
use crate::service::{App, ServiceError};
use crate::store::accounts::AccountRow;
use crate::store::personal::{OwnAnswer, PersonalRows, Renamed};

/// Answers read at once.
const BATCH: i64 = 5000;
/// How long an account that is deleted can be enabled again, in seconds: 30 days.
pub const KEPT_SECONDS: i64 = crate::service::archive::KEPT_SECONDS;
/// Fields of acts and exports that hold a person's name.
const NAMING: [&str; 6] = ["person", "user", "account", "annotator", "by", "who"];
/// The field that does so in acts about people.
const NAME: &str = "name";

/// A zip of JSON files with everything that names this person.
///
/// # Errors
/// When the database cannot be read.
pub async fn export(app: &App, account: &AccountRow) -> Result<Vec<u8>, ServiceError> {
    let now = app.clock.now();
    let rows = app.store.personal_rows(account).await?;
    let roles: Vec<Value> = app
        .store
        .memberships_of(account.id)
        .await?
        .iter()
        .map(|held| json!({ "project": held.slug, "role": held.role }))
        .collect();
    let sessions: Vec<Value> = app
        .store
        .sessions(account.id, now)
        .await?
        .iter()
        .map(|one| {
            json!({ "signed_in_at": one.created_us.rfc3339(), "ends_at": one.expires_us.rfc3339(), "used_at": at(one.used_us),
                "browser": one.agent, "address": one.address })
        })
        .collect();
    let identities: Vec<Value> = app
        .store
        .identities_of(account.id)
        .await?
        .iter()
        .map(|one| json!({ "provider": one.issuer, "subject": one.subject, "connected_at": one.created_us.rfc3339() }))
        .collect();
    let person = json!({
        "number": account.id, "name": account.name, "server_role": account.role, "roles": roles, "has_password": account.has_password,
        "made_at": account.created_us.rfc3339(), "disabled_at": at(account.disabled_us), "providers": identities,
        "exported_at": now.rfc3339(),
    });
    let mut zip = Zip::default();
    zip.json("account.json", &person)?;
    zip.json("sessions.json", &sessions.into())?;
    for (name, value) in files(&rows) {
        zip.json(name, &value)?;
    }
    zip.begin("answers.jsonl")?;
    let classes: HashMap<i64, String> = rows.classes.into_iter().collect();
    let mut after = 0;
    loop {
        let answers = app.store.answers_of(account.id, after, BATCH).await?;
        for answer in &answers {
            zip.line(&answer_in_words(answer, &classes))?;
        }
        match answers.last() {
            Some(last) if answers.len() as i64 == BATCH => after = last.seq,
            _ => break,
        }
    }
    zip.finish()
}

fn at(time: Option<Timestamp>) -> Option<String> {
    time.map(Timestamp::rfc3339)
}

/// The smaller files by name.
fn files(rows: &PersonalRows) -> [(&'static str, Value); 5] {
    let tokens = rows.tokens.iter().map(|one| {
        json!({ "name": one.name, "scope": one.scope, "made_at": one.created_us.rfc3339(), "expires_at": at(one.expires_us),
            "revoked_at": at(one.revoked_us), "used_at": at(one.used_us) })
    });
    let links = rows.links.iter().map(|one| {
        json!({ "made_at": one.created_us.rfc3339(), "expires_at": one.expires_us.rfc3339(), "used_at": at(one.used_us) })
    });
    let notes = rows.notes.iter().map(|one| {
        json!({ "project": one.project, "sample": one.sample_id, "kind": one.kind, "text": one.text,
            "made_at": one.made_us.rfc3339() })
    });
    let work = rows
        .work
        .iter()
        .map(|one| json!({ "what": one.what, "project": one.project, "name": one.name, "at": one.at_us.rfc3339() }));
    let record = rows.record.iter().map(|one| {
        let details: Value = serde_json::from_str(&one.details).unwrap_or(Value::Null);
        json!({ "at": one.made_us.rfc3339(), "by_them": one.by_them == Some(true), "project": one.project, "via": one.via,
            "what": one.what, "subject": one.subject, "details": details, "address": one.address })
    });
    [
        ("tokens.json", tokens.collect()),
        ("sign_in_links.json", links.collect()),
        ("notes.json", notes.collect()),
        ("work.json", work.collect()),
        ("record.json", record.collect()),
    ]
}

fn answer_in_words(answer: &OwnAnswer, classes: &HashMap<i64, String>) -> Value {
    let names = answer.classes.as_ref().map(|set| {
        let ids = set.split(' ').filter(|id| !id.is_empty());
        ids.map(|id| id.parse().ok().and_then(|id: i64| classes.get(&id).cloned()).unwrap_or_else(|| id.to_owned()))
            .collect::<Vec<_>>()
    });
    json!({
        "id": answer.id, "project": answer.project, "sample": answer.sample, "kind": answer.kind, "classes": names,
        "reason": answer.reason, "note": answer.note, "undoes": answer.undoes, "seconds": answer.seconds, "origin": answer.origin,
        "asked_by": answer.asked_by, "made_at": answer.made_us.rfc3339(),
    })
}

/// A zip in memory: text, so it is a fraction of what it holds.
#[derive(Default)]
struct Zip {
    writer: Option<ZipWriter<Cursor<Vec<u8>>>>,
}

impl Zip {
    fn writer(&mut self) -> &mut ZipWriter<Cursor<Vec<u8>>> {
        self.writer.get_or_insert_with(|| ZipWriter::new(Cursor::new(Vec::new())))
    }

    fn begin(&mut self, name: &str) -> Result<(), ServiceError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600);
        Ok(self.writer().start_file(name, options).map_err(std::io::Error::other)?)
    }

    fn json(&mut self, name: &str, value: &Value) -> Result<(), ServiceError> {
        self.begin(name)?;
        Ok(writeln!(self.writer(), "{value:#}")?)
    }

    fn line(&mut self, value: &Value) -> Result<(), ServiceError> {
        Ok(writeln!(self.writer(), "{value}")?)
    }

    fn finish(mut self) -> Result<Vec<u8>, ServiceError> {
        self.writer();
        let writer = self.writer.unwrap_or_else(|| ZipWriter::new(Cursor::new(Vec::new())));
        Ok(writer.finish().map_err(std::io::Error::other)?.into_inner())
    }
}

/// Disable an account now and make it anonymous after [`KEPT_SECONDS`], unless it is enabled before. `by` is the admin who asks, if any.
///
/// # Errors
/// As [`accounts::disable`].
pub async fn delete(app: &App, account: &AccountRow, by: Option<AccountId>) -> Result<(), AccountError> {
    accounts::disable(app, account, by).await?;
    Ok(app.store.set_leaving(account.id, Some(app.clock.now().plus_seconds(KEPT_SECONDS))).await?)
}

/// Make an account anonymous for good, as an admin asks (`by`) or a command; returns its new name.
///
/// # Errors
/// [`AccountError::Yourself`] and [`AccountError::LastAdmin`], as for disabling.
pub async fn anonymise_now(app: &App, account: &AccountRow, by: Option<AccountId>) -> Result<String, AccountError> {
    accounts::check_may_go(app, account, by).await?;
    Ok(anonymise(app, account).await?)
}

/// Put a name that says nothing in the place of the account's own, everywhere, and end all that lets it in; returns the new name.
pub(in crate::service) async fn anonymise(app: &App, account: &AccountRow) -> Result<String, crate::store::StoreError> {
    let mut name = format!("person {}", account.id);
    if app.store.account_by_name(&name).await?.is_some_and(|other| other.id != account.id) {
        name = format!("{name} ({})", uuid::Uuid::new_v4().simple());
    }
    let mut renamed = Renamed::default();
    for act in app.store.acts_naming(&quoted(&account.name)).await? {
        if let Some(details) = without_name(&act.details, &account.name, &name, act.about_people) {
            renamed.details.push((act.id, details));
        }
    }
    for (id, options) in app.store.exports_naming(&quoted(&account.name)).await? {
        if let Some(options) = without_name(&options, &account.name, &name, false) {
            renamed.options.push((id, options));
        }
    }
    app.store.anonymise(account, &name, &renamed, app.clock.now()).await?;
    app.known.forget_account(account.id);
    Ok(name)
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// JSON with `new` in the place of `old` wherever a field that names people holds it; `None` where none does. Fields are those of an
/// object, or pairs `[name, value]`, as the record keeps them.
fn without_name(json: &str, old: &str, new: &str, about_people: bool) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    let names = |field: &str| NAMING.contains(&field) || (about_people && field == NAME);
    replace(&mut value, &names, old, new).then(|| value.to_string())
}

fn replace(value: &mut Value, names: &dyn Fn(&str) -> bool, old: &str, new: &str) -> bool {
    let same = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase() == old.to_lowercase());
    match value {
        Value::Object(fields) => {
            let mut changed = false;
            for (field, value) in fields {
                if names(field) && same(value) {
                    *value = Value::from(new);
                    changed = true;
                } else {
                    changed |= replace(value, names, old, new);
                }
            }
            changed
        }
        Value::Array(items) => {
            if let [Value::String(field), value] = items.as_mut_slice() {
                let hit = names(field) && same(value);
                if hit {
                    *value = Value::from(new);
                }
                return hit;
            }
            let mut changed = false;
            for item in items {
                changed |= replace(item, names, old, new);
            }
            changed
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_from_fields_that_name_people_and_from_no_other() {
        let pairs = r#"[["name","Robin"],["role","lead"],["user","robin"],["note","robin"]]"#;
        assert_eq!(
            without_name(pairs, "Robin", "person 3", true).unwrap(),
            r#"[["name","person 3"],["role","lead"],["user","person 3"],["note","robin"]]"#
        );
        // A class of the same name keeps it.
        assert_eq!(without_name(r#"[["name","robin"]]"#, "Robin", "person 3", false), None);
        let options = r#"{"only":{"annotator":"Robin","class":"robin"}}"#;
        assert_eq!(
            without_name(options, "Robin", "person 3", false).unwrap(),
            r#"{"only":{"annotator":"person 3","class":"robin"}}"#
        );
    }
}
