//! Samples that Querist makes up itself, without a download: rows by a copula, texts by small changes of real ones.

use std::collections::BTreeMap;

use crate::blobs::ORIGINAL;
use crate::domain::{ClassId, Modality, Project, SampleId};
use crate::math::random;
use crate::modality::table::generate::{RowGenerator, RowGeneratorError};
use crate::modality::table::row::TableRow;
use crate::modality::text::augment::{self, Rewordings, TextChange};
use crate::modality::text::rewording::{Alternatives, Synonyms};
use crate::modality::{table, text};
use crate::service::{App, ServiceError};

/// The column that says what a made-up sample was made for, and the one of a made-up text.
const CLASS: &str = "class";
const TEXT: &str = "text";

/// What was made up, one JSON object a line, each with its class.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeSamples {
    pub lines: String,
    pub made: usize,
    /// Made-up samples that say what a real one says.
    pub equal: usize,
    /// Columns that could not be made up.
    pub left_out: Vec<String>,
    /// Classes without a labeled sample to begin from.
    pub without: Vec<String>,
}

/// Real samples by class.
type OfClasses = Vec<(String, Vec<(SampleId, Vec<u8>)>)>;

/// Make up `count` samples of each class after its labeled ones.
///
/// # Errors
/// For pictures and series, which need a generator of their own; when nothing is labeled, or no column can be made up.
pub async fn make(
    app: &App,
    project: &Project,
    count: usize,
    (synonyms, alternatives): (Synonyms, Alternatives),
    seed: u64,
) -> Result<MadeSamples, ServiceError> {
    let write: fn(OfClasses, usize, Rewordings<'_>, u64) -> Result<MadeSamples, ServiceError> = match project.modality {
        Modality::Table => rows,
        Modality::Text => texts,
        Modality::Image | Modality::Series => {
            let why = "samples of this kind are made up by a generator of your own; judge them with `querist synthetic check`";
            return Err(ServiceError::Invalid(why.to_owned()));
        }
    };
    let classes = app.store.classes(project.id).await?;
    let hashes: BTreeMap<SampleId, String> =
        app.store.sample_files(project.id).await?.into_iter().map(|sample| (sample.id, sample.hash)).collect();
    let mut of: BTreeMap<ClassId, Vec<(SampleId, String)>> = BTreeMap::new();
    for (sample, set) in app.store.training_labels(project.id).await? {
        // What has several classes is an example of none.
        if let (Some(class), None) = (set.ids().next(), set.ids().nth(1))
            && let Some(hash) = hashes.get(&sample)
        {
            of.entry(class).or_default().push((sample, hash.clone()));
        }
    }
    if of.is_empty() {
        return Err(ServiceError::Invalid("there are no labeled samples to begin from; label some first".to_owned()));
    }
    let blobs = app.blobs.clone();
    let made = app.cpu.blocking(move || {
        let read = |(id, hash): &(SampleId, String)| Some((*id, blobs.get(ORIGINAL, hash).ok()?));
        let known = classes.iter().filter(|class| !class.retired).map(|class| {
            let samples = of.get(&class.id).map(|samples| samples.iter().filter_map(read).collect());
            (class.name.clone(), samples.unwrap_or_default())
        });
        write(known.collect(), count, Rewordings { synonyms: &synonyms, alternatives: &alternatives }, seed)
    });
    made.await?
}

fn rows(known: OfClasses, count: usize, _: Rewordings<'_>, seed: u64) -> Result<MadeSamples, ServiceError> {
    let (mut real, mut classes): (Vec<TableRow>, Vec<usize>) = (Vec::new(), Vec::new());
    for (class, (_, samples)) in known.iter().enumerate() {
        let read = samples.iter().filter_map(|(_, bytes)| table::read(bytes).ok());
        real.extend(read);
        classes.resize(real.len(), class);
    }
    let generator = RowGenerator::fit(&real, &classes, known.len())?;
    let mut made = MadeSamples {
        lines: String::new(),
        made: 0,
        equal: 0,
        left_out: generator.left_out().into_iter().map(str::to_owned).collect(),
        without: Vec::new(),
    };
    for (class, (name, _)) in known.into_iter().enumerate() {
        match generator.draw(class, count, seed) {
            Ok(drawn) => {
                made.equal += drawn.equal;
                for row in drawn.rows {
                    let object = serde_json::to_value(&row).map_err(std::io::Error::other)?;
                    made.line(object, &name);
                }
            }
            Err(RowGeneratorError::NoRows(_)) => made.without.push(name),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside `rows`, which may refuse")]
fn texts(known: OfClasses, count: usize, rewordings: Rewordings<'_>, seed: u64) -> Result<MadeSamples, ServiceError> {
    let mut made = MadeSamples { lines: String::new(), made: 0, equal: 0, left_out: Vec::new(), without: Vec::new() };
    for (class, (name, samples)) in known.into_iter().enumerate() {
        let real: Vec<(SampleId, &str)> =
            samples.iter().filter_map(|(id, bytes)| Some((*id, text::read(bytes).ok()?))).collect();
        if real.is_empty() {
            made.without.push(name);
            continue;
        }
        for at in 0..count {
            let (id, own) = real[at % real.len()];
            let seed = random::hash(random::hash(seed, class as u64), at as u64);
            let changed = augment::view(&id.to_string(), own, &TextChange::ALL, rewordings, seed);
            made.equal += usize::from(changed == own);
            made.line(serde_json::json!({ TEXT: changed }), &name);
        }
    }
    Ok(made)
}

impl MadeSamples {
    fn line(&mut self, mut object: serde_json::Value, class: &str) {
        object[CLASS] = class.into();
        self.lines.push_str(&object.to_string());
        self.lines.push('\n');
        self.made += 1;
    }
}
