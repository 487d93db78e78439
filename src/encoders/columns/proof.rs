//! What is handed out is what ranks: the program and a model file on the same rows, with numbers, dates, categories and gaps.

use super::ColumnEncoder;
use super::tests::drawn;
use crate::learn::graph::committee_model;
use crate::learn::restore::committee_of;
use crate::learn::trees::Boosting;
use crate::learn::{Committee, CommitteeOptions, Standardiser, Training, Truth, Tuned, fit_committee};
use crate::math::Matrix;
use crate::modality::table::{TableCell, TableRow};
use crate::models::deploy::{About, deployable};
use crate::models::intake;
use crate::models::{Deployed, FileForm, Scorer};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::testing::runtime;

fn embedded(encoder: &ColumnEncoder, rows: &[TableRow]) -> Matrix {
    let mut out = Matrix::zeros(rows.len(), encoder.dim());
    rows.iter().enumerate().for_each(|(i, row)| encoder.embed(row, out.row_mut(i)));
    out
}

/// A class that follows from columns together, as no head can say it.
fn class(row: &TableRow) -> usize {
    let number = |name: &str| match row.get(name) {
        TableCell::Number(value) => Some(*value),
        TableCell::Missing | TableCell::Truth(_) | TableCell::Text(_) => None,
    };
    match (number("flow [m³/h]"), number("embedding"), row.get("site")) {
        (None, ..) => 3,
        (Some(_), _, TableCell::Text(site)) if site == "north" => 0,
        (Some(flow), Some(other), _) => 1 + usize::from((flow > 40.0) != (other > 0.0)),
        _ => 1,
    }
}

fn fitted(encoder: &ColumnEncoder, rows: &[TableRow], truth: &Truth, of_eight: usize) -> Committee {
    let known = embedded(encoder, rows);
    let standardiser = Standardiser::of_columns(&known, encoder.axes()).unwrap();
    let training = Training { rows: &known, targets: truth.targets(), weights: None, n_classes: 5 };
    let trees = (of_eight > 0).then_some(Boosting { of_eight, rounds: 30, temperature: 0.9 });
    let tuned = Some(Tuned::fixed(3.16, 1.0).with_trees(trees));
    let options = CommitteeOptions { tuned, ..CommitteeOptions::default() };
    fit_committee(&training, &standardiser, None, &options).unwrap().committee
}

#[test]
fn a_model_file_with_trees_says_of_a_thousand_rows_what_the_program_says() {
    let Some(runtime) = runtime() else { return };
    let (pool, asked) = (drawn(200, 1), drawn(1_000, 77));
    let encoder = ColumnEncoder::learn(&pool, 1, &Progress::silent()).unwrap();
    let labels: Vec<usize> = pool.iter().map(class).collect();
    let sets = labels.iter().flat_map(|&y| (0..5).map(move |k| k == y || (k == 4 && y < 2))).collect();
    for (truth, shares) in [(Truth::One(labels), [0, 4]), (Truth::Sets(sets), [0, 2])] {
        for of_eight in shares {
            let committee = fitted(&encoder, &pool, &truth, of_eight);
            assert_eq!((committee.trees.len(), committee.members()), (of_eight, 8));
            let rows = embedded(&encoder, &asked);
            let program = committee.probabilities(&rows);

            let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
            let about = About { classes: &names, round: 1, form: FileForm::default(), shift: &[] };
            let intake = intake::of(&encoder.spec().to_json()).unwrap();
            let file = deployable(&encoder.to_model(), &*intake, &committee, &about).unwrap().to_bytes();
            let deployed = Deployed::from_bytes(&runtime, &file).unwrap();
            let samples: Vec<_> = asked.iter().map(|row| deployed.prepare(&row.to_json()).unwrap()).collect();
            assert_eq!(deployed.embeddings(&samples).unwrap(), rows.as_slice(), "embeddings are equal bit for bit");
            let said = deployed.probabilities(&samples).unwrap();
            let worst = said.iter().zip(&program).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(said.len() == 5_000 && worst < 1e-5, "{worst} with {of_eight} of eight");

            let bytes = committee_model(&committee).unwrap().to_bytes();
            let scorer = Scorer::from_bytes(&runtime, &bytes).unwrap();
            assert_eq!(scorer.shape(), (encoder.dim(), 8, 5));
            let ranked = scorer.votes_all(&rows).unwrap();
            let apart = ranked.probabilities.iter().zip(committee.votes(&rows).probabilities);
            assert!(apart.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-5);
            assert_eq!(committee_of(&Model::read(bytes).unwrap()), Ok(committee));
        }
    }
}

#[test]
fn what_columns_say_together_is_learned_by_trees() {
    let (pool, asked) = (drawn(400, 1), drawn(500, 77));
    let encoder = ColumnEncoder::learn(&pool, 1, &Progress::silent()).unwrap();
    let truth = Truth::One(pool.iter().map(class).collect());
    let right = |of_eight: usize| {
        let p = fitted(&encoder, &pool, &truth, of_eight).probabilities(&embedded(&encoder, &asked));
        let said = p.chunks_exact(5).map(|p| (0..5).fold(0, |best, k| if p[k] > p[best] { k } else { best }));
        said.zip(&asked).filter(|(said, row)| *said == class(row)).count()
    };
    let (heads, half) = (right(0), right(4));
    assert!(heads < 360 && half > heads + 40, "{heads} {half}");
}
