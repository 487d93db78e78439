//! What augmented views of the labeled pictures add to a committee.
//!
//! `cargo bench --bench augmentation -- PICTURES ENCODER.onnx "mirror crop colour"` reads PICTURES (a folder or an archive
//! with a folder for each class), draws labels from up to 1,500 of them at random, and prints the accuracy and log loss on 600
//! others: of committees on the samples' own embeddings, on means of views, and with the choice between the two that a round
//! makes. The same draws for all.

#![expect(clippy::print_stdout, reason = "its numbers are its result")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use querist::dataset::{self, Item, Label, LabelsFrom, Source, SourceOptions};
use querist::encoders::probe::probe_file;
use querist::encoders::{Encoder as _, LocalEncoder};
use querist::evaluate::classification::arg_max;
use querist::learn::views::{gain, mean_of_views};
use querist::learn::{Committee, CommitteeOptions, Standardiser, Targets, Training, fit_committee};
use querist::math::{Matrix, random};
use querist::modality::image::augment::{self, VIEWS};
use querist::modality::image::picture::{self, Limits, Picture};
use querist::modality::image::preprocess;
use querist::runtime::Runtime;
use querist::runtime::Settings;
use rayon::prelude::*;

const POOL: usize = 1500;
const TEST: usize = 600;
const DRAWS: u64 = 16;

/// A picture's embedding, and the mean of it and its views'.
struct Rows {
    own: Vec<f32>,
    mean: Vec<f32>,
}

/// Accuracy and log loss on the pictures' own embeddings, on means, and with the choice between the two.
type Draw = [(f64, f64); 3];

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [pictures, encoder, kinds] = given.as_slice() else {
        println!(
            "give pictures, an encoder and kinds: cargo bench --bench augmentation -- PICTURES ENCODER.onnx 'mirror crop'"
        );
        return;
    };
    let kinds = augment::parse(kinds).expect("kinds of augmentation");
    let (pictures, names) = read(Path::new(pictures));
    let k = names.len();
    let runtime = Runtime::open(&Settings::default()).expect("ONNX Runtime is there");
    let model = PathBuf::from(encoder);
    let probe = probe_file(&runtime, &model, None, &[]).expect("the encoder runs");
    let spec = probe.spec.pictures().expect("it takes pictures");
    let encoder = LocalEncoder::open(&runtime, &model, Some(spec)).expect("the encoder opens");
    let embed = |picture: &Picture| {
        let mut tensor = vec![0.0; spec.tensor_len()];
        preprocess::prepare(picture, spec, &mut tensor);
        encoder.encode(&tensor, 1).expect("the encoder runs").into_vec()
    };
    let test = TEST.min(pictures.len() / 4);
    let rows: Vec<Rows> = pictures
        .par_iter()
        .enumerate()
        .map(|(i, (picture, _))| {
            let own = embed(picture);
            let views: Vec<Vec<f32>> = (0..if i < test { 0 } else { VIEWS })
                .map(|v| embed(&augment::view(picture, &kinds, random::hash(v as u64, i as u64))))
                .collect();
            let mean = mean_of_views(&own, &views.concat());
            Rows { own, mean }
        })
        .collect();
    let matrix = |of: &dyn Fn(&Rows) -> Vec<f32>| Matrix::new(rows.len(), spec.dim, rows.iter().flat_map(of).collect());
    let (own, means) = (matrix(&|row| row.own.clone()), matrix(&|row| row.mean.clone()));
    let labels: Vec<usize> = pictures.iter().map(|(_, label)| *label).collect();
    println!("{} pictures, {k} classes, {} held out, {}", pictures.len(), test, augment::names(&kinds));
    let standardiser = Standardiser::from_pool(&own).expect("embeddings are numbers");
    let held: Vec<usize> = (0..test).collect();
    let held = (own.gather(&held), &labels[..test]);
    println!("labels   own            means (difference ± error)      chosen         means chosen in");
    for n in [20, 60, 150, 400, 800] {
        if n > rows.len() - test {
            break;
        }
        let draws: Vec<Draw> = (0..DRAWS)
            .map(|seed| {
                let mut at: Vec<usize> = (test..rows.len()).collect();
                at.sort_by_key(|&i| random::hash(seed, i as u64));
                at.truncate(n);
                let known: Vec<usize> = at.iter().map(|&i| labels[i]).collect();
                let (own, means) = (own.gather(&at), means.gather(&at));
                let training = Training { rows: &own, targets: Targets::One(&known), weights: None, n_classes: k };
                let options = CommitteeOptions { seed, ..CommitteeOptions::default() };
                let fit = |rows: &Matrix| {
                    let training = Training { rows, ..training };
                    judge(
                        &fit_committee(&training, &standardiser, None, &options).expect("it fits").committee,
                        &held,
                        k,
                    )
                };
                let (plain, averaged) = (fit(&own), fit(&means));
                let helps = gain(&training, &means, &standardiser, seed).expect("it is measured").helps();
                [plain, averaged, if helps { averaged } else { plain }]
            })
            .collect();
        let mean = |of: &dyn Fn(&Draw) -> f64| draws.iter().map(of).sum::<f64>() / draws.len() as f64;
        let column = |at: usize| (mean(&|d| d[at].0), mean(&|d| d[at].1));
        let (plain, averaged, chosen) = (column(0), column(1), column(2));
        let apart = averaged.0 - plain.0;
        let error = (mean(&|d| (d[1].0 - d[0].0 - apart).powi(2)) / (draws.len() - 1) as f64).sqrt();
        let taken = draws.iter().filter(|d| d[2] == d[1] && d[1] != d[0]).count();
        println!(
            "{n:>6}   {:.1} % {:.3}   {:.1} % {:.3} ({:+.1} ± {:.1})   {:.1} % {:.3}   {taken} of {}",
            100.0 * plain.0,
            plain.1,
            100.0 * averaged.0,
            averaged.1,
            100.0 * apart,
            100.0 * error,
            100.0 * chosen.0,
            chosen.1,
            draws.len()
        );
    }
}

/// Accuracy and mean log loss.
fn judge(committee: &Committee, held: &(Matrix, &[usize]), k: usize) -> (f64, f64) {
    let p = committee.votes(&held.0).mean();
    let n = held.1.len() as f64;
    let right = arg_max(&p, k).iter().zip(held.1).filter(|(a, b)| a == b).count() as f64 / n;
    let loss = held.1.iter().enumerate().map(|(i, &y)| -f64::from(p[i * k + y].max(1e-6)).ln()).sum::<f64>() / n;
    (right, loss)
}

/// Some of the pictures with their labels, in an order that does not depend on the source's, and the labels' names.
fn read(source: &Path) -> (Vec<(Picture, usize)>, Vec<String>) {
    let mut found = Vec::new();
    let wanted = SourceOptions { labels: LabelsFrom::Folder, ..SourceOptions::default() };
    let opened = dataset::open(source, &wanted).expect("the pictures can be read");
    let read = opened.visit(&mut |item| {
        if let Item::Found(file) = item
            && let Some(Label::Text(label)) = file.label
        {
            let bytes = match file.source {
                Source::Bytes(bytes) => bytes,
                Source::Path(path) => std::fs::read(path).expect("a picture is read"),
                Source::Absent(_) => return ControlFlow::Continue(()),
            };
            found.push((bytes, label));
        }
        ControlFlow::Continue(())
    });
    read.expect("the pictures can be read");
    let mut names: Vec<String> = found.iter().map(|(_, label)| label.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|&i| random::hash(0xb, i as u64));
    order.truncate(POOL + TEST);
    let one = |&i: &usize| {
        let (bytes, label) = &found[i];
        let picture = picture::decode(bytes, &Limits::default()).ok()?;
        Some((picture, names.binary_search(label).ok()?))
    };
    (order.par_iter().filter_map(one).collect(), names)
}
