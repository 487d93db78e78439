//! Time series: read from tables, drawn as a card, told to the desk as numbers, prepared for an encoder, changed
//! without changing what they mean.
//!
//! The file as imported is the sample: a CSV or TSV with a row for each step and a column for each channel.
//!
//! **Invariant:** a series is read by [`reading`] alone, so that card, desk and encoder see the same numbers.

pub mod augment;
pub mod chart;
pub mod reading;
pub mod resample;
pub mod spec;
mod stage;
pub(in crate::modality) mod stamps;
pub mod time_series;

use std::fs::File;
use std::io::{Error, Write as _};

use sha2::{Digest as _, Sha256};

pub use self::reading::{ReadSeries, SeriesError};
pub use self::spec::SeriesSpec;
pub use self::time_series::TimeSeries;

use self::augment::{SeriesAugmentation, VIEWS};
use self::time_series::StampKind;
use super::{Fingerprint, Inspected, Medium, Preparation, SeekRead, Signature, SpecError, Unusable};
use crate::blobs::BlobPart;
use crate::data::hex;
use crate::domain::Modality;
use crate::math::random;

/// The chart that lists and grids show, an SVG.
pub const CARD: BlobPart = BlobPart::drawn(".svg");
/// What the desk draws, JSON.
pub const STAGE: BlobPart = BlobPart::bounded(".series.json");
const SVG: &str = "image/svg+xml";
const JSON: &str = "application/json";
/// Names of channels among the facts; a sample's page need not list more.
const NAMED: usize = 32;

/// Samples that are time series.
pub struct SeriesMedium;

impl Medium for SeriesMedium {
    fn modality(&self) -> Modality {
        Modality::Series
    }

    fn most_bytes(&self) -> u64 {
        reading::MOST_BYTES
    }

    fn inspect(&self, bytes: &[u8], lacks: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable> {
        let ReadSeries { series, notes } = reading::read(bytes)?;
        let drawn = if lacks(CARD) { vec![(CARD, chart::svg(&series).into_bytes())] } else { Vec::new() };
        Ok(Inspected { facts: facts(&series), notes, fingerprint: Some(fingerprint(&series)), drawn })
    }

    fn renditions(&self, _: &[u8]) -> Vec<BlobPart> {
        vec![CARD]
    }

    fn is_whole(&self, part: BlobPart, stored: &[u8]) -> bool {
        let (first, last): (&[u8], &[u8]) = if part == CARD { (b"<svg ", b"</svg>\n") } else { (b"{", b"}\n") };
        stored.starts_with(first) && stored.ends_with(last)
    }

    fn draw(&self, part: BlobPart, bytes: &[u8], out: &mut File) -> std::io::Result<()> {
        let ReadSeries { series, .. } = reading::read(bytes).map_err(Error::other)?;
        let drawn = if part == CARD { chart::svg(&series).into_bytes() } else { stage::json(&series)? };
        out.write_all(&drawn)
    }

    fn shown_as_it_is(&self, _: &mut dyn SeekRead) -> std::io::Result<Option<&'static str>> {
        Ok(None)
    }

    fn stage(&self) -> (BlobPart, &'static str) {
        (STAGE, JSON)
    }

    fn card(&self) -> (BlobPart, &'static str) {
        (CARD, SVG)
    }
}

impl From<SeriesError> for Unusable {
    fn from(error: SeriesError) -> Self {
        Self(error.to_string())
    }
}

/// Steps, channels with their units, missing values, and the first and last time where times are known.
fn facts(series: &TimeSeries) -> serde_json::Value {
    let names = series.channels.iter().take(NAMED).map(|channel| match channel.unit.as_str() {
        "" => channel.name.clone(),
        unit => format!("{} [{unit}]", channel.name),
    });
    let mut facts = serde_json::json!({
        "format": "series",
        "length": series.length(),
        "channels": series.channels.len(),
        "names": names.collect::<Vec<_>>(),
        "missing": series.missing(),
    });
    if let Some(stamps) = &series.stamps {
        facts["from"] = stamps.at[0].into();
        facts["to"] = stamps.at[stamps.at.len() - 1].into();
        facts["time"] = if stamps.kind == StampKind::Date { "date".into() } else { stamps.unit.as_str().into() };
    }
    facts
}

/// The same for tables that hold the same numbers under the same names, however they are written. Series that only look
/// alike are no copies: two heartbeats do, and so may two hours of a machine.
fn fingerprint(series: &TimeSeries) -> Fingerprint {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for channel in &series.channels {
        part(channel.name.as_bytes());
    }
    for stamp in series.stamps.iter().flat_map(|stamps| &stamps.at) {
        part(&stamp.to_le_bytes());
    }
    let values = series.values().iter().map(|&value| if value.is_nan() { f32::NAN } else { value + 0.0 });
    part(&values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>());
    let digest = hasher.finalize();
    let content = hex(&digest[..16]);
    let hash = digest.iter().skip(16).take(8).fold(0, |hash, &byte| hash << 8 | u64::from(byte));
    Fingerprint { content, hash }
}

/// Series for one encoder.
pub struct PrepareSeries {
    spec: SeriesSpec,
    signature: Signature,
    /// The changes that copies show; empty without augmentation.
    changes: Vec<SeriesAugmentation>,
}

impl PrepareSeries {
    /// As an encoder with this description takes series, and copies with these `changes`, where any are named.
    ///
    /// # Errors
    /// When the description or the changes cannot be used.
    pub fn new(spec: &str, changes: &str) -> Result<Self, SpecError> {
        let spec = SeriesSpec::from_json(spec)?;
        let changes = augment::parse(changes).map_err(|error| SpecError(error.to_string()))?;
        Ok(Self { signature: spec.signature(), spec, changes })
    }
}

impl Preparation for PrepareSeries {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn tensors(&self) -> usize {
        if self.changes.is_empty() { 1 } else { 1 + VIEWS }
    }

    fn prepare(&self, bytes: &[u8], sample: u64, out: &mut [f32]) -> Result<(), Unusable> {
        let ReadSeries { series, .. } = reading::read(bytes)?;
        let SeriesSpec { channels, fill, length, .. } = &self.spec;
        for (copy, tensor) in out.chunks_exact_mut(self.spec.tensor_len()).enumerate() {
            if copy == 0 {
                resample::resample(&series, channels, fill, *length, tensor);
            } else {
                let changed = augment::view(&series, &self.changes, random::hash(copy as u64, sample));
                resample::resample(&changed, channels, fill, *length, tensor);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PUMP: &[u8] =
        b"time,vibration [mm/s],temperature\n2026-03-01 06:00,1,60\n2026-03-01 06:01,,61\n2026-03-01 06:03,3,62\n";

    #[test]
    fn a_file_is_known_by_its_facts_and_drawn_once() {
        let found = SeriesMedium.inspect(PUMP, &|_| true).unwrap();
        assert_eq!(
            found.facts,
            serde_json::json!({
                "format": "series", "length": 3, "channels": 2,
                "names": ["vibration [mm/s]", "temperature"], "missing": 1,
                "from": 1_772_344_800.0, "to": 1_772_344_980.0, "time": "date",
            })
        );
        let [(part, card)] = found.drawn.as_slice() else { panic!("{} drawn", found.drawn.len()) };
        assert!(SeriesMedium.is_whole(*part, card) && !SeriesMedium.is_whole(*part, &card[..card.len() - 3]));
        assert!(SeriesMedium.inspect(PUMP, &|_| false).unwrap().drawn.is_empty());
        assert!(SeriesMedium.inspect(b"not a table", &|_| false).is_err());
    }

    #[test]
    fn the_stage_is_drawn_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stage");
        SeriesMedium.draw(STAGE, PUMP, &mut File::create(&path).unwrap()).unwrap();
        let stored = std::fs::read(path).unwrap();
        assert!(SeriesMedium.is_whole(STAGE, &stored));
        let told: serde_json::Value = serde_json::from_slice(&stored).unwrap();
        assert_eq!(told["time"]["kind"], "date");
        assert_eq!(told["channels"][0]["unit"], "mm/s");
    }

    #[test]
    fn the_same_numbers_are_copies_however_they_are_written() {
        let print = |text: &str| SeriesMedium.inspect(text.as_bytes(), &|_| false).unwrap().fingerprint.unwrap();
        let one = print("a,b\n1.0,\n-0,2\n");
        assert_eq!(one, print("a;b\n1;NA\n0,0;2e0\n"));
        for other in ["a,b\n1.0,\n0,3\n", "a,c\n1.0,\n0,2\n", "time,a,b\n0,1.0,\n1,0,2\n"] {
            assert_ne!(one, print(other), "{other}");
        }
        assert_eq!(one.content.len(), 32);
    }

    #[test]
    fn an_encoder_gets_its_channels_at_even_times_and_changed_copies_of_them() {
        let spec = SeriesSpec {
            family: SeriesSpec::FAMILY.to_owned(),
            input: "series".to_owned(),
            channels: ["temperature", "humidity", "vibration"].map(str::to_owned).to_vec(),
            fill: vec![0.0, 50.0, 0.0],
            length: 4,
            output: "embedding".to_owned(),
            dim: 2,
        };
        let plain = PrepareSeries::new(&spec.to_json(), "").unwrap();
        let mut out = vec![0.0; 12];
        plain.prepare(PUMP, 1, &mut out).unwrap();
        assert_eq!(out, [60.0, 61.0, 61.5, 62.0, 50.0, 50.0, 50.0, 50.0, 1.0, 1.666_666_6, 2.333_333_3, 3.0]);
        let changing = PrepareSeries::new(&spec.to_json(), "jitter").unwrap();
        let tensors = |sample: u64| {
            let mut out = vec![0.0; 12 * changing.tensors()];
            changing.prepare(PUMP, sample, &mut out).unwrap();
            out
        };
        assert_eq!(tensors(7)[..12], out[..]);
        assert!(tensors(7) == tensors(7) && tensors(7) != tensors(8));
        assert!(PrepareSeries::new(&spec.to_json(), "mirror").is_err());
    }

    proptest! {
        #[test]
        fn any_table_is_refused_with_a_reason_or_drawn_told_and_prepared(text in "(time|a|\"b\"){1,2}[,;]b?\\r?\\n[0-9a,;.#\"\\r\\n\\-]{0,60}") {
            match SeriesMedium.inspect(text.as_bytes(), &|_| true) {
                Err(Unusable(reason)) => prop_assert!(!reason.is_empty()),
                Ok(Inspected { drawn, .. }) => {
                    prop_assert!(SeriesMedium.is_whole(CARD, &drawn[0].1));
                    let series = reading::read(text.as_bytes()).unwrap().series;
                    prop_assert!(SeriesMedium.is_whole(STAGE, &stage::json(&series).unwrap()));
                    let names = [series.channels[0].name.clone()];
                    let mut out = [f32::NAN; 9];
                    let changed = augment::view(&series, &SeriesAugmentation::ALL, 3);
                    resample::resample(&changed, &names, &[0.0], 9, &mut out);
                    prop_assert!(out.iter().all(|value| value.is_finite()), "{out:?}");
                }
            }
        }
    }
}
