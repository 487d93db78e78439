//! What differs between two snapshots: labels that came, went or changed, and classes that did.

use std::collections::BTreeMap;

use super::Manifest;
use crate::domain::{ClassId, ClassSet, Project, SampleId, SnapshotId};
use crate::service::{App, ServiceError};
use crate::store::snapshots::Snapshot;

/// Samples that are named of each kind; beyond, they are counted.
const NAMED: usize = 1000;

/// From an earlier snapshot to a later one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Differences {
    pub from: SnapshotId,
    pub to: SnapshotId,
    pub from_name: String,
    pub to_name: String,
    /// Labels in both that are the same.
    pub same: usize,
    pub added: usize,
    pub removed: usize,
    pub relabeled: usize,
    /// How labels moved between classes, the most frequent first; sets are joined with `|`.
    pub moves: Vec<LabelMove>,
    /// Classes that one of them does not know, or that have another name.
    pub classes: Vec<ClassDifference>,
    /// At most a thousand of each kind, in the order of their ids.
    pub samples: ChangedSamples,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct LabelMove {
    pub from: String,
    pub to: String,
    pub n: usize,
}

/// A class that is in one snapshot alone, or is called otherwise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ClassDifference {
    pub id: ClassId,
    /// What it was called; `null`: it was not there.
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ChangedSamples {
    pub added: Vec<SampleId>,
    pub removed: Vec<SampleId>,
    pub relabeled: Vec<SampleId>,
}

/// Labels and the names of their classes.
struct Held {
    labels: Vec<(SampleId, ClassSet)>,
    names: BTreeMap<i64, String>,
}

impl Held {
    async fn of(app: &App, project: &Project, row: &Snapshot) -> Result<Self, ServiceError> {
        let manifest: Option<Manifest> = row.manifest.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let labels = app.store.snapshot_labels(project.id, row.id).await?;
        let (Some(manifest), Some(labels)) = (manifest, labels) else {
            let why = if row.finished_us.is_none() {
                "is not finished yet; compare it when it is"
            } else {
                "was made by an earlier version, which kept no labels; make a new one"
            };
            return Err(ServiceError::Conflict(format!("`{}` {why}", row.name)));
        };
        let name = |class: super::ClassTotal| Some((class.id?.0, class.name));
        Ok(Self { labels, names: manifest.classes.into_iter().filter_map(name).collect() })
    }

    fn called(&self, set: &ClassSet) -> String {
        let name = |id: ClassId| self.names.get(&id.0).cloned().unwrap_or_else(|| id.to_string());
        set.ids().map(name).collect::<Vec<_>>().join("|")
    }
}

async fn snapshot(app: &App, project: &Project, id: SnapshotId) -> Result<Snapshot, ServiceError> {
    let row = app.store.snapshot(project.id, id).await?;
    row.ok_or_else(|| ServiceError::not_found("snapshot", id))
}

/// What changed from one snapshot to another.
///
/// # Errors
/// When one of them is not there, not finished, or older than what is compared.
pub async fn differences(
    app: &App,
    project: &Project,
    from: SnapshotId,
    to: SnapshotId,
) -> Result<Differences, ServiceError> {
    let (old_row, new_row) = (snapshot(app, project, from).await?, snapshot(app, project, to).await?);
    let (old, new) = (Held::of(app, project, &old_row).await?, Held::of(app, project, &new_row).await?);
    let mut found = app.cpu.run(move || compare(&old, &new)).await?;
    (found.from, found.to) = (from, to);
    (found.from_name, found.to_name) = (old_row.name, new_row.name);
    Ok(found)
}

fn compare(old: &Held, new: &Held) -> Differences {
    let mut samples = ChangedSamples::default();
    let (mut same, mut added, mut removed, mut relabeled) = (0, 0, 0, 0);
    let mut moves: BTreeMap<(String, String), usize> = BTreeMap::new();
    let note = |n: &mut usize, list: &mut Vec<SampleId>, sample: SampleId| {
        *n += 1;
        if list.len() < NAMED {
            list.push(sample);
        }
    };
    let (mut olds, mut news) = (old.labels.iter().peekable(), new.labels.iter().peekable());
    loop {
        match (olds.peek(), news.peek()) {
            (Some((had, before)), Some((has, after))) if had == has => {
                if before == after {
                    same += 1;
                } else {
                    note(&mut relabeled, &mut samples.relabeled, *has);
                    *moves.entry((old.called(before), new.called(after))).or_default() += 1;
                }
                olds.next();
                news.next();
            }
            (Some((had, _)), has) if has.is_none_or(|(has, _)| had < has) => {
                note(&mut removed, &mut samples.removed, *had);
                olds.next();
            }
            (_, Some((has, _))) => {
                note(&mut added, &mut samples.added, *has);
                news.next();
            }
            // Of the earlier one alone, the arm before takes what is left.
            (_, None) => break,
        }
    }
    let mut moves: Vec<_> = moves.into_iter().map(|((from, to), n)| LabelMove { from, to, n }).collect();
    moves.sort_by_key(|moved| std::cmp::Reverse(moved.n));
    let ids: std::collections::BTreeSet<i64> = old.names.keys().chain(new.names.keys()).copied().collect();
    let change = |id: i64| {
        let (from, to) = (old.names.get(&id).cloned(), new.names.get(&id).cloned());
        (from != to).then_some(ClassDifference { id: ClassId(id), from, to })
    };
    Differences {
        from: SnapshotId(0),
        to: SnapshotId(0),
        from_name: String::new(),
        to_name: String::new(),
        same,
        added,
        removed,
        relabeled,
        moves,
        classes: ids.into_iter().filter_map(change).collect(),
        samples,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(labels: &[(i64, &[i64])], names: &[(i64, &str)]) -> Held {
        Held {
            labels: labels
                .iter()
                .map(|(id, classes)| (SampleId(*id), classes.iter().copied().map(ClassId).collect()))
                .collect(),
            names: names.iter().map(|(id, name)| (*id, (*name).to_owned())).collect(),
        }
    }

    #[test]
    fn labels_come_go_and_move_and_classes_change_their_names() {
        let old = held(&[(1, &[1]), (2, &[1]), (4, &[2]), (5, &[2]), (9, &[])], &[(1, "cat"), (2, "dog"), (3, "cow")]);
        let new =
            held(&[(2, &[1]), (3, &[1]), (4, &[1]), (5, &[1, 2]), (9, &[])], &[(1, "cat"), (2, "hound"), (4, "ox")]);
        let found = compare(&old, &new);
        assert_eq!((found.same, found.added, found.removed, found.relabeled), (2, 1, 1, 2));
        let ids = |ids: &[i64]| ids.iter().copied().map(SampleId).collect::<Vec<_>>();
        let ChangedSamples { added, removed, relabeled } = found.samples;
        assert_eq!((added, removed, relabeled), (ids(&[3]), ids(&[1]), ids(&[4, 5])));
        assert!(found.moves.contains(&LabelMove { from: "dog".to_owned(), to: "cat|hound".to_owned(), n: 1 }));
        let change = |id, from: Option<&str>, to: Option<&str>| ClassDifference {
            id: ClassId(id),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let meant = [change(2, Some("dog"), Some("hound")), change(3, Some("cow"), None), change(4, None, Some("ox"))];
        assert_eq!(found.classes, meant);
        let turned = compare(&new, &old);
        assert_eq!((turned.added, turned.removed, turned.relabeled, turned.same), (1, 1, 2, 2));
        assert_eq!(compare(&old, &held(&[], &[])).removed, 5);
    }
}
