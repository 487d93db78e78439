//! The metadata of a project's samples as columns: which there are, which values they have, and how often.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::{ClassSet, SampleId, Timestamp};

/// Columns with more different values are names of samples, not groups of them.
const MOST_VALUES: usize = 1_000;
/// Seconds for which columns are kept, since another server may tag samples as well.
const KEPT: f64 = 60.0;

/// A column: its values, the most frequent first, and which value each sample has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Each with how many samples have it.
    pub values: Vec<(String, usize)>,
    /// The place of a sample's value in `values`.
    of: HashMap<SampleId, u32>,
}

impl Column {
    /// The place of the sample's value in [`Column::values`].
    pub fn of(&self, sample: SampleId) -> Option<usize> {
        self.of.get(&sample).map(|&at| at as usize)
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

/// The columns by name, without those that tell nearly every sample apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataColumns(Vec<Column>);

impl MetadataColumns {
    /// From JSON objects of strings; what is none has no columns.
    pub(super) fn read(rows: &[(SampleId, String)]) -> Self {
        let mut found: BTreeMap<String, HashMap<String, Vec<SampleId>>> = BTreeMap::new();
        for (sample, data) in rows {
            let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(data).unwrap_or_default();
            for (name, value) in fields {
                let serde_json::Value::String(value) = value else { continue };
                if !value.is_empty() {
                    found.entry(name).or_default().entry(value).or_default().push(*sample);
                }
            }
        }
        let column = |(name, values): (String, HashMap<String, Vec<SampleId>>)| {
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
            let of = values.iter().enumerate().flat_map(|(at, (_, ids))| ids.iter().map(move |id| (*id, at as u32)));
            Column {
                name,
                of: of.collect(),
                values: values.into_iter().map(|(value, ids)| (value, ids.len())).collect(),
            }
        };
        let groups = |values: &HashMap<String, Vec<SampleId>>| {
            values.len() <= MOST_VALUES && values.values().any(|samples| samples.len() > 1)
        };
        Self(found.into_iter().filter(|(_, values)| groups(values)).map(column).collect())
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
}
