//! Flags: an annotator asks the lead about a sample, the lead answers, and the annotator sees it on the desk.
//!
//! **Invariant:** a flag says nothing about how its sample was chosen, so that an audit sample looks like any other.

use std::collections::HashMap;

use crate::domain::id::uuid_text;
use crate::domain::{AccountId, Project, SampleId};
use crate::service::{App, ServiceError};
use crate::store::flags::{NewNote, NoteKind, NoteRow};

/// Characters of one note.
pub const LONGEST: usize = 2000;
/// Threads in one list.
pub const SHOWN: i64 = 200;

/// A flag with everything that was said since.
#[derive(Debug, Clone)]
pub struct Thread {
    pub id: String,
    pub sample: SampleId,
    /// The sample's name as imported.
    pub name: String,
    pub author: AccountId,
    /// What was said, in order; `seen` is left out.
    pub notes: Vec<NoteRow>,
    /// The lead is done with it, and the author has not come back to it.
    pub done: bool,
    /// Somebody else has answered since the author last wrote or looked.
    pub unseen: bool,
}

/// Flag a sample with a comment. The same id again is the same flag.
pub async fn raise(
    app: &App,
    project: &Project,
    account: AccountId,
    id: &str,
    sample: SampleId,
    text: &str,
) -> Result<bool, ServiceError> {
    let text = checked(text)?;
    if app.store.sample(project.id, sample).await?.is_none() {
        return Err(ServiceError::not_found("sample", sample));
    }
    let id = client_id(id)?;
    add(app, NewNote { id: &id, thread: &id, project: project.id, sample, account, kind: NoteKind::Flag, text }).await
}

/// Say something in a thread: the one who began it, and leads.
pub async fn reply(
    app: &App,
    project: &Project,
    account: AccountId,
    thread: &str,
    id: &str,
    text: &str,
    lead: bool,
) -> Result<bool, ServiceError> {
    let first = begun(app, project, account, thread, lead).await?;
    let (id, text) = (client_id(id)?, checked(text)?);
    let (sample, thread) = (first.sample_id, first.thread.as_str());
    add(app, NewNote { id: &id, thread, project: project.id, sample, account, kind: NoteKind::Reply, text }).await
}

/// Mark a thread as done (leads), or its answers as seen (the one who began it).
pub async fn settle(
    app: &App,
    project: &Project,
    account: AccountId,
    thread: &str,
    lead: bool,
) -> Result<bool, ServiceError> {
    let first = begun(app, project, account, thread, lead).await?;
    let kind = if lead { NoteKind::Done } else { NoteKind::Seen };
    let id = uuid::Uuid::new_v4().to_string();
    let (sample, thread) = (first.sample_id, first.thread.as_str());
    add(app, NewNote { id: &id, thread, project: project.id, sample, account, kind, text: "" }).await
}

/// The newest threads of a project, or of one author, newest first.
pub async fn threads(app: &App, project: &Project, author: Option<AccountId>) -> Result<Vec<Thread>, ServiceError> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut place: HashMap<String, usize> = HashMap::new();
    for note in app.store.notes(project.id, author, SHOWN).await? {
        let at = *place.entry(note.thread.clone()).or_insert_with(|| {
            threads.push(Thread {
                id: note.thread.clone(),
                sample: note.sample_id,
                name: note.sample.clone(),
                author: note.account_id,
                notes: Vec::new(),
                done: false,
                unseen: false,
            });
            threads.len() - 1
        });
        follow(&mut threads[at], note);
    }
    threads.reverse();
    Ok(threads)
}

fn follow(thread: &mut Thread, note: NoteRow) {
    let own = note.account_id == thread.author;
    match note.kind {
        NoteKind::Done => thread.done = true,
        // Writing again reopens it.
        NoteKind::Reply if own => thread.done = false,
        _ => {}
    }
    thread.unseen = !own;
    if note.kind != NoteKind::Seen {
        thread.notes.push(note);
    }
}

async fn begun(
    app: &App,
    project: &Project,
    account: AccountId,
    thread: &str,
    lead: bool,
) -> Result<NoteRow, ServiceError> {
    let first = app.store.note(project.id, &uuid_text(thread)).await?.filter(|note| note.kind == NoteKind::Flag);
    // For others it does not exist.
    let first = first.filter(|note| lead || note.account_id == account);
    first.ok_or_else(|| ServiceError::not_found("flag", thread))
}

async fn add(app: &App, note: NewNote<'_>) -> Result<bool, ServiceError> {
    if app.store.insert_note(&note, app.clock.now()).await? {
        return Ok(true);
    }
    let known = app.store.note(note.project, note.id).await?;
    let same = known.is_some_and(|known| {
        known.account_id == note.account
            && known.sample_id == note.sample
            && known.text == note.text
            && known.kind == note.kind
    });
    if same {
        return Ok(false);
    }
    Err(ServiceError::Conflict(format!("note id `{}` is used by another note; make a new UUID for each", note.id)))
}

fn client_id(id: &str) -> Result<String, ServiceError> {
    let parsed = uuid::Uuid::parse_str(id)
        .map_err(|_| ServiceError::Invalid(format!("note id `{id}` is not a UUID; make one for each note")))?;
    Ok(parsed.to_string())
}

fn checked(text: &str) -> Result<&str, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::Invalid("the comment is empty; say what the lead should know".to_owned()));
    }
    if text.chars().count() > LONGEST {
        return Err(ServiceError::Invalid(format!("the comment is longer than {LONGEST} characters; shorten it")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn thread(steps: &[(&str, i64)]) -> Thread {
        let mut thread = Thread {
            id: "t".to_owned(),
            sample: SampleId(1),
            name: String::new(),
            author: AccountId(1),
            notes: Vec::new(),
            done: false,
            unseen: false,
        };
        for (kind, account) in steps {
            let note = NoteRow {
                id: String::new(),
                thread: "t".to_owned(),
                sample_id: SampleId(1),
                sample: String::new(),
                account_id: AccountId(*account),
                account: String::new(),
                kind: kind.parse().unwrap(),
                text: String::new(),
                made_us: Timestamp(0),
            };
            follow(&mut thread, note);
        }
        thread
    }

    #[test]
    fn an_answer_is_new_until_the_author_has_seen_it() {
        assert!(!thread(&[("flag", 1)]).unseen);
        assert!(thread(&[("flag", 1), ("reply", 2)]).unseen);
        let seen = thread(&[("flag", 1), ("reply", 2), ("seen", 1)]);
        assert_eq!((seen.unseen, seen.notes.len()), (false, 2));
        assert!(thread(&[("flag", 1), ("reply", 2), ("seen", 1), ("done", 2)]).unseen);
    }

    #[test]
    fn a_thread_is_open_again_when_its_author_writes() {
        assert!(thread(&[("flag", 1), ("done", 2)]).done);
        assert!(thread(&[("flag", 1), ("done", 2), ("reply", 2)]).done);
        assert!(!thread(&[("flag", 1), ("done", 2), ("reply", 1)]).done);
    }
}
