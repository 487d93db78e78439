//! The metadata of a project's samples as columns: which there are, which values they have, and how often.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::{ClassSet, SampleId, Timestamp};

/// Columns with more different values are names of samples, not groups of them.
const MOST_VALUES: usize = 1_000;
/// Seconds for which columns are kept, since another server may tag samples as well.
const KEPT: f64 = 60.0;

/// Stands for a sample without a value.
const NONE: u16 = u16::MAX;
const _: () = assert!(MOST_VALUES < NONE as usize, "places of values are kept in 16 bits");

/// A column: its values, the most frequent first, and which value each sample has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Each with how many samples have it.
    pub values: Vec<(String, usize)>,
    /// Ascending; the same for all columns.
    samples: Arc<[SampleId]>,
    /// The place of each sample's value in `values`, or [`NONE`].
    of: Vec<u16>,
}

impl Column {
    /// The place of the sample's value in [`Column::values`]. O(log N).
    pub fn of(&self, sample: SampleId) -> Option<usize> {
        let row = self.samples.binary_search(&sample).ok()?;
        Some(self.of[row]).filter(|&at| at != NONE).map(usize::from)
    }

    /// How many of these labels each value has, in the order of [`Column::values`].
    pub fn labels(&self, labels: &[(SampleId, ClassSet)]) -> Vec<usize> {
        let mut counts = vec![0; self.values.len()];
        for at in labels.iter().filter_map(|(sample, _)| self.of(*sample)) {
            counts[at] += 1;
        }
        counts
    }

    /// The place of a value.
    pub fn place(&self, value: &str) -> Option<usize> {
        self.values.iter().position(|(known, _)| known == value)
    }
}

/// What a field of the metadata holds.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Field<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

/// A column while rows are read.
#[derive(Default)]
struct ColumnInTheMaking {
    /// Each value with its place in `counts`.
    places: HashMap<String, u16>,
    counts: Vec<usize>,
    of: Vec<u16>,
    /// Whether it has too many values to group samples.
    full: bool,
}

impl ColumnInTheMaking {
    fn add(&mut self, row: usize, value: &str) {
        if self.full {
            return;
        }
        let at = match self.places.get(value) {
            Some(&at) => at,
            None if self.counts.len() == MOST_VALUES => return *self = Self { full: true, ..Self::default() },
            None => {
                let at = self.counts.len() as u16;
                self.places.insert(value.to_owned(), at);
                self.counts.push(0);
                at
            }
        };
        self.counts[usize::from(at)] += 1;
        self.of.resize(row, NONE);
        self.of.push(at);
    }

    /// Values by how many samples have them; nothing if it groups none.
    fn finish(mut self, name: String, samples: &Arc<[SampleId]>) -> Option<Column> {
        if self.full || self.counts.iter().all(|&n| n < 2) {
            return None;
        }
        let mut values: Vec<(String, u16)> = self.places.into_iter().collect();
        let n = |at: u16| self.counts[usize::from(at)];
        values.sort_by(|(a, at), (b, bt)| n(*bt).cmp(&n(*at)).then_with(|| a.cmp(b)));
        let mut moved = vec![0; self.counts.len()];
        for (to, (_, from)) in values.iter().enumerate() {
            moved[usize::from(*from)] = to as u16;
        }
        let values = values.into_iter().map(|(value, at)| (value, n(at))).collect();
        self.of.resize(samples.len(), NONE);
        self.of.iter_mut().filter(|at| **at != NONE).for_each(|at| *at = moved[usize::from(*at)]);
        Some(Column { name, values, samples: samples.clone(), of: self.of })
    }
}

/// The columns by name, without those that tell nearly every sample apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataColumns(Vec<Column>);

impl MetadataColumns {
    /// From JSON objects of strings, ascending by sample; what is none has no columns.
    ///
    /// Cost: each object is read once, and a column takes two bytes a sample.
    pub(super) fn read(rows: &[(SampleId, String)]) -> Self {
        let samples: Arc<[SampleId]> = rows.iter().map(|(sample, _)| *sample).collect();
        let mut found: BTreeMap<String, ColumnInTheMaking> = BTreeMap::new();
        for (row, (_, data)) in rows.iter().enumerate() {
            let fields: HashMap<Cow<'_, str>, Field<'_>> = serde_json::from_str(data).unwrap_or_default();
            for (name, value) in fields {
                let Field::Text(value) = value else { continue };
                if value.is_empty() {
                    continue;
                }
                if !found.contains_key(name.as_ref()) {
                    found.insert(name.clone().into_owned(), ColumnInTheMaking::default());
                }
                if let Some(column) = found.get_mut(name.as_ref()) {
                    column.add(row, &value);
                }
            }
        }
        Self(found.into_iter().filter_map(|(name, column)| column.finish(name, &samples)).collect())
    }

    pub fn all(&self) -> &[Column] {
        &self.0
    }

    pub fn named(&self, name: &str) -> Option<&Column> {
        self.0.iter().find(|column| column.name == name)
    }
}

/// Columns that were read, and when.
pub(super) struct HeldColumns {
    columns: Arc<MetadataColumns>,
    read: Timestamp,
    samples: i64,
}

impl HeldColumns {
    pub(super) fn new(columns: Arc<MetadataColumns>, read: Timestamp, samples: i64) -> Self {
        Self { columns, read, samples }
    }

    /// The columns, if they are still what is stored.
    pub(super) fn fresh(&self, now: Timestamp, samples: i64) -> Option<Arc<MetadataColumns>> {
        let fresh = self.samples == samples && (0.0..KEPT).contains(&now.seconds_since(self.read));
        fresh.then(|| self.columns.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_group_samples_and_names_of_samples_are_none() {
        let row = |id: i64| {
            let site = ["north", "south", "north"][id as usize % 3];
            (SampleId(id), format!(r#"{{"site":"{site}","file":"{id}.png","size":7}}"#))
        };
        let mut rows: Vec<_> = (0..9).map(row).collect();
        rows.push((SampleId(9), "not JSON".to_owned()));
        let columns = MetadataColumns::read(&rows);
        assert_eq!(columns.all().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["site"]);
        let site = columns.named("site").unwrap();
        assert_eq!(site.values, [("north".to_owned(), 6), ("south".to_owned(), 3)]);
        assert_eq!((site.of(SampleId(1)), site.of(SampleId(2)), site.of(SampleId(9))), (Some(1), Some(0), None));
        assert_eq!(site.place("south"), Some(1));
    }

    #[test]
    fn columns_with_few_values_are_read_from_any_fields_and_those_with_many_are_none() {
        let row = |id: i64| {
            let late = if id > 1_500 { r#","late":"quoted \"yes\"""# } else { "" };
            (
                SampleId(3 * id),
                format!(r#"{{"name":"{}","deep":{{"a":[1,"b"]}},"none":null,"empty":""{late}}}"#, id / 2),
            )
        };
        let rows: Vec<_> = (0..3_000).map(row).collect();
        let columns = MetadataColumns::read(&rows);
        assert_eq!(columns.all().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["late"]);
        let late = &columns.all()[0];
        assert_eq!(late.values, [("quoted \"yes\"".to_owned(), 1_499)]);
        assert_eq!([3, 4_500, 4_503, 4_504].map(|id| late.of(SampleId(id))), [None, None, Some(0), None]);
        let halves = MetadataColumns::read(&rows[..2_000]);
        assert_eq!(halves.named("name").map(|column| column.values.len()), Some(1_000));
    }
}
