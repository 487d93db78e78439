//! Trees against an independent computation (data: `tests/oracles/trees.py`), what they promise, and when they are chosen.

use super::binning::BinnedAxes;
use super::boosting::{slopes, starts};
use super::choosing::folds;
use super::growing::TreeLesson;
use super::{Boosted, BoostedTree, Boosting, BoostingOptions, TreeBranch, TreeCut, boost, choose_trees};
use crate::learn::graph::committee_model;
use crate::learn::restore::committee_of;
use crate::learn::{
    Committee, CommitteeOptions, Head, Link, Standardiser, Targets, Training, Truth, Tuned, fit_committee,
    out_of_sample, tune,
};
use crate::math::{Matrix, random};
use crate::onnx::Model;

#[derive(serde::Deserialize)]
struct OracleFile {
    cases: Vec<OracleCase>,
}

#[derive(serde::Deserialize)]
struct OracleCase {
    link: String,
    axes: usize,
    classes: usize,
    rows: Vec<Vec<f32>>,
    truth: Vec<Vec<bool>>,
    weights: Vec<f32>,
    /// The axis and gain of the first cut of the first tree.
    first: (usize, f64),
    /// Scores after so many rounds.
    scores: Vec<(usize, Vec<Vec<f64>>)>,
}

#[test]
fn trees_are_those_of_an_independent_computation() {
    let file: OracleFile = serde_json::from_str(include_str!("../../../tests/data/trees.json")).unwrap();
    assert!(file.cases.len() >= 4);
    for case in file.cases {
        let (n, k) = (case.rows.len(), case.classes);
        let rows = Matrix::new(n, case.axes, case.rows.concat());
        let sets = case.truth.concat();
        let labels: Vec<usize> =
            case.truth.iter().map(|row| row.iter().position(|&has| has).unwrap_or_default()).collect();
        let targets = if case.link == "softmax" { Targets::One(&labels) } else { Targets::Sets(&sets) };
        let training = Training { rows: &rows, targets, weights: Some(&case.weights), n_classes: k };

        let truth: Vec<f64> = sets.iter().map(|&has| f64::from(u8::from(has))).collect();
        let weights: Vec<f64> = case.weights.iter().map(|&weight| f64::from(weight)).collect();
        let start = starts(targets.link(), &truth, &weights, k);
        let lesson = TreeLesson {
            binned: &BinnedAxes::new(&rows, case.axes),
            slopes: &slopes(targets.link(), &start.repeat(n), &truth, &weights, k),
            k,
            axes: &(0..case.axes).collect::<Vec<_>>(),
            leaves: 6,
            least: 2.0,
            penalty: 1.0,
            shrinkage: 0.15,
        };
        let first = lesson.first_cut().unwrap();
        assert_eq!(first.place, case.first.0);
        assert!((first.gain - case.first.1).abs() < 1e-9 * case.first.1, "{} for {}", first.gain, case.first.1);

        for (rounds, expected) in case.scores {
            let options = BoostingOptions { axes: case.axes, rounds, temperature: 1.0, seed: 3 };
            let found = boost(&training, None, &options).scores(&rows);
            let worst = found.iter().zip(expected.concat()).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
            assert!(worst < 2e-6, "{} after {rounds} rounds: {worst}", case.link);
        }
    }
}

fn number(seed: u64, i: usize) -> f32 {
    random::unit(random::hash(seed, i as u64)) as f32 - 0.5
}

/// n × 6 rows, the last place the same for all, and labels that follow from two axes together, or from one alone.
fn drawn(n: usize, together: bool) -> (Matrix, Vec<usize>) {
    let mut rows = Matrix::zeros(n, 6);
    let mut labels = Vec::new();
    for i in 0..n {
        let row = rows.row_mut(i);
        row.iter_mut().enumerate().for_each(|(j, x)| *x = number(1 + j as u64, i));
        row[5] = 1.0;
        labels.push(usize::from(if together { (row[0] > 0.0) != (row[1] > 0.0) } else { row[0] + 0.3 * row[2] > 0.0 }));
    }
    (rows, labels)
}

fn right(committee: &Committee, rows: &Matrix, labels: &[usize]) -> usize {
    let p = committee.probabilities(rows);
    p.chunks_exact(committee.n_classes()).zip(labels).filter(|(p, y)| committee.link.decided(p) == [**y]).count()
}

#[test]
fn trees_are_chosen_where_columns_count_together_and_not_where_heads_do_as_well_or_labels_are_few() {
    let (rows, labels) = drawn(700, true);
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    let known = rows.gather(&(0..300).collect::<Vec<_>>());
    let training = Training { rows: &known, targets: Targets::One(&labels[..300]), weights: None, n_classes: 3 };
    let tuned = tune(&training, &standardiser, None, 1).unwrap();
    let chosen = tuned.boosting.unwrap();
    assert!(chosen.of_eight == 4 && (10..=100).contains(&chosen.rounds), "{chosen:?}");
    let options = CommitteeOptions { tuned: Some(tuned), ..CommitteeOptions::default() };
    let with = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
    let options = CommitteeOptions { tuned: Some(tuned.with_trees(None)), ..options };
    let without = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
    let others = rows.gather(&(300..700).collect::<Vec<_>>());
    let (with, without) = (right(&with, &others, &labels[300..]), right(&without, &others, &labels[300..]));
    assert!(with > 340 && without < 260, "{with} {without} of 400");

    let few = rows.gather(&(0..29).collect::<Vec<_>>());
    let training = Training { rows: &few, targets: Targets::One(&labels[..29]), weights: None, n_classes: 3 };
    assert_eq!(choose_trees(&training, &standardiser, &tuned, 1), Ok(None));
    let (rows, labels) = drawn(300, false);
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 3 };
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    assert_eq!(tune(&training, &standardiser, None, 1).unwrap().boosting, None);
    // Nor without axes, whatever the labels say.
    let plain = Standardiser::from_pool(&rows).unwrap();
    assert_eq!(choose_trees(&training, &plain, &tuned, 1), Ok(None));
}

#[test]
fn a_row_beside_its_copy_shares_its_fold_and_classes_are_spread() {
    let (rows, labels) = drawn(100, true);
    let twice: Vec<usize> = (0..100).chain(0..100).collect();
    let (rows, labels) = (rows.gather(&twice), [labels.clone(), labels].concat());
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
    let of = folds(&training, 3);
    assert!((0..100).all(|i| of[i] == of[100 + i]));
    for fold in 0..super::FOLDS {
        let ones = (0..200).filter(|&i| of[i] == fold && labels[i] == 1).count();
        assert!((14..=26).contains(&ones), "{ones}");
    }
}

#[test]
fn a_sample_of_weight_two_is_two_samples_and_one_of_weight_zero_is_none() {
    let (rows, labels) = drawn(45, true);
    let options = BoostingOptions { axes: 5, rounds: 20, temperature: 1.0, seed: 1 };
    let weights: Vec<f32> = (0..45).map(|i| (i % 3) as f32).collect();
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: Some(&weights), n_classes: 2 };
    let weighed = boost(&training, None, &options);
    let at: Vec<usize> = (0..45).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let (many, of) = (rows.gather(&at), at.iter().map(|&i| labels[i]).collect::<Vec<_>>());
    let training = Training { rows: &many, targets: Targets::One(&of), weights: None, n_classes: 2 };
    let copied = boost(&training, None, &options);
    // Of samples that taught: between them, cuts that part them alike are as good as each other.
    let worst = weighed.scores(&many).iter().zip(copied.scores(&many)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
}

#[test]
fn classes_without_labels_are_never_said_and_little_to_learn_from_is_no_trouble() {
    let (rows, _) = drawn(8, true);
    let options = BoostingOptions { axes: 5, rounds: 20, temperature: 2.0, seed: 1 };
    let said = |labels: &[usize]| {
        let known = rows.gather(&(0..labels.len()).collect::<Vec<_>>());
        let training = Training { rows: &known, targets: Targets::One(labels), weights: None, n_classes: 4 };
        let mut p = boost(&training, None, &options).scores(&rows);
        Link::Softmax.apply(&mut p, 4);
        p
    };
    for labels in [&[2, 1, 2, 1, 2, 2, 1, 1][..], &[2, 1], &[2, 2, 2], &[2]] {
        let p = said(labels);
        assert!(p.iter().all(|p| p.is_finite()) && p.chunks_exact(4).all(|p| p[0] == 0.0 && p[3] == 0.0), "{p:?}");
        assert!(p.chunks_exact(4).all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
    }
    assert!(said(&[2]).chunks_exact(4).all(|p| p[2] == 1.0));
    // Nothing at all: nothing varies, so that nothing is cut.
    let none = Training { rows: &Matrix::zeros(0, 6), targets: Targets::One(&[]), weights: None, n_classes: 4 };
    assert!(boost(&none, None, &options).trees.is_empty());
    let same = Matrix::new(4, 6, vec![1.0; 24]);
    let training = Training { rows: &same, targets: Targets::One(&[0, 1, 0, 1]), weights: None, n_classes: 4 };
    assert!(boost(&training, None, &options).trees.iter().all(|tree| tree.cuts.is_empty()));
    // Of sets, a class that nobody has follows Laplace's rule.
    let sets = [true, false, false, false, true, false, true, false, false, false, true, false];
    let known = rows.gather(&[0, 1, 2]);
    let training = Training { rows: &known, targets: Targets::Sets(&sets), weights: None, n_classes: 4 };
    let mut p = boost(&training, None, &options).scores(&rows);
    Link::Sigmoid.apply(&mut p, 4);
    assert!(p.chunks_exact(4).all(|p| (p[1] - 0.2).abs() < 1e-5 && (p[3] - 0.2).abs() < 1e-5), "{p:?}");
}

#[test]
fn the_same_labels_and_seed_give_the_same_trees_with_any_number_of_threads() {
    let (rows, labels) = drawn(150, true);
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
    let with = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = CommitteeOptions { seed, ..CommitteeOptions::default() };
        pool.install(|| fit_committee(&training, &standardiser, None, &options).unwrap())
    };
    let one = with(1, 7);
    assert!(one.committee.trees.len() >= 2 && one.committee.trees[0] != one.committee.trees[1]);
    assert_eq!(with(4, 7), one);
    assert_ne!(with(1, 8).committee.trees, one.committee.trees);
    // The next round starts from this one, and trees from nothing.
    let options = CommitteeOptions { seed: 7, tolerance: 1e-9, ..CommitteeOptions::default() };
    let next = fit_committee(&training, &standardiser, Some(&one), &options).unwrap();
    assert_eq!(next.committee.trees, one.committee.trees);
}

#[test]
fn a_committee_of_thirty_two_keeps_the_share_of_its_trees() {
    let (rows, labels) = drawn(80, true);
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
    for (of_eight, trees) in [(2, 8), (4, 16)] {
        let chosen = Boosting { of_eight, rounds: 5, temperature: 1.0 };
        let tuned = Some(Tuned::fixed(1.0, 1.0).with_trees(Some(chosen)));
        let options = CommitteeOptions { members: 32, tuned, ..CommitteeOptions::default() };
        let committee = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
        assert_eq!((committee.members(), committee.trees.len(), committee.seats().len()), (32, trees, 32 - trees));
        let options = CommitteeOptions { members: 1, ..options };
        let alone = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
        assert_eq!((alone.heads.len(), alone.trees.len()), (1, 0));
    }
}

#[test]
fn labels_are_judged_by_trees_that_never_saw_them() {
    let (rows, mut labels) = drawn(300, true);
    let wrong = [11, 42, 137];
    for &i in &wrong {
        labels[i] = 1 - labels[i];
    }
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
    let tuned = tune(&training, &standardiser, None, 1).unwrap();
    assert!(tuned.boosting.is_some());
    let sure = |tuned: &Tuned| {
        let p = out_of_sample(&training, &standardiser, tuned, 1).unwrap();
        assert!((0..300).all(|i| (p.row(i).iter().sum::<f32>() - 1.0).abs() < 1e-5));
        let own = |i: usize| p.row(i)[labels[i]];
        let right = (0..300).filter(|&i| own(i) > 0.5).count();
        (right, wrong.iter().filter(|&&i| own(i) < 0.5).count())
    };
    let ((with, found), (without, _)) = (sure(&tuned), sure(&tuned.with_trees(None)));
    assert!(with > 240 && without < 190 && found >= 2, "{with} {found} {without}");
}

#[test]
fn trees_survive_their_graph_also_those_that_say_nothing() {
    let cut = |axis, at, below, above| TreeCut { axis, at, below, above };
    let tree = BoostedTree {
        cuts: vec![
            cut(1, 0.25, TreeBranch::Cut(1), TreeBranch::Leaf(0)),
            cut(0, -1.5, TreeBranch::Leaf(2), TreeBranch::Leaf(1)),
        ],
        leaves: Matrix::new(3, 2, vec![0.5, -0.5, 0.25, 1e-9, -3.0, 0.0]),
    };
    let stump = BoostedTree { cuts: Vec::new(), leaves: Matrix::new(1, 2, vec![0.5, 0.25]) };
    let committee = Committee {
        heads: vec![Head { weights: Matrix::zeros(2, 3), bias: vec![0.0; 2] }],
        trees: vec![
            Boosted { start: vec![0.5, -0.5], trees: vec![tree.clone(), stump.clone()] },
            Boosted { start: vec![0.25, 0.0], trees: Vec::new() },
            Boosted { start: vec![0.0, -1.0e4], trees: vec![stump, tree] },
        ],
        link: Link::Softmax,
    };
    let model = committee_model(&committee).unwrap();
    assert!(model.opset_import.iter().any(|set| set.domain() == "ai.onnx.ml"));
    let again = committee_of(&Model::read(model.to_bytes()).unwrap()).unwrap();
    assert_eq!(again, committee);
    let scores = |row: [f32; 3]| {
        let mut out = [0.0; 2];
        again.trees[0].score(&row, &mut out);
        out
    };
    // At a cut is below it.
    assert_eq!(scores([-1.5, 0.25, 0.0]), [0.5 - 3.0 + 0.5, -0.5 + 0.0 + 0.25]);
    assert_eq!(scores([-1.4, 0.25, 0.0])[0], 0.5 + 0.25 + 0.5);
    assert_eq!(scores([-1.5, 0.26, 0.0])[0], 0.5 + 0.5 + 0.5);
    // A way that leads back is damage, not a loop.
    let mut broken = model;
    let node = broken.graph.as_mut().unwrap().node.iter_mut().find(|node| node.op_type() == "TreeEnsembleRegressor");
    let below = node.unwrap().attribute.iter_mut().find(|attribute| attribute.name() == "nodes_truenodeids");
    below.unwrap().ints[0] = 0;
    assert!(committee_of(&broken).is_err());
}

#[test]
fn of_sets_trees_answer_a_question_for_each_class() {
    let (rows, labels) = drawn(250, true);
    let has = |i: usize| [labels[i] == 1, rows.row(i)[2] > 0.0, true];
    let truth = Truth::Sets((0..250).flat_map(has).collect());
    let standardiser = Standardiser::of_columns(&rows, 5).unwrap();
    let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: 3 };
    let tuned = tune(&training, &standardiser, None, 1).unwrap();
    assert!(tuned.boosting.is_some(), "{tuned:?}");
    let options = CommitteeOptions { tuned: Some(tuned), ..CommitteeOptions::default() };
    let fitted = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
    assert!(fitted.trees.len() >= 2);
    let p = fitted.probabilities(&rows);
    let told = |class: usize| (0..250).filter(|&i| (p[i * 3 + class] > 0.5) == has(i)[class]).count();
    assert!(told(0) > 215 && told(1) > 240 && told(2) == 250, "{} {}", told(0), told(1));
}
