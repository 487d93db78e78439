//! Strategies against scikit-activeml, modAL and direct readings of the papers (data: `tests/oracles/{learning,strategies}.py`).

use std::collections::BTreeMap;

use super::choose::scores;
use super::coverage::{self, CoverageTask};
use super::rules::{badge, bait, cluster_margin, error_reduction, falcun, prob_cover, typi_clust, u_herding};
use super::{Answers, Pick, Pool, Strategy, rules};
use crate::learn::{Link, Targets, Votes};
use crate::math::{Matrix, gemm};

#[derive(serde::Deserialize)]
struct Scores {
    cases: Vec<ScoreCase>,
}

#[derive(serde::Deserialize)]
struct ScoreCase {
    m: usize,
    k: usize,
    votes: Vec<f32>,
    expected: BTreeMap<String, f32>,
}

#[derive(serde::Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    n: usize,
    d: usize,
    k: usize,
    m: usize,
    rows: Vec<f32>,
    labeled: Vec<usize>,
    labels: Vec<usize>,
    pending: Vec<usize>,
    votes: Vec<f32>,
    batch: usize,
    clusters: Vec<usize>,
    head: Vec<f32>,
    expected: Want,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Want {
    expected_gradient_length: Vec<f32>,
    density_weighted: Vec<f32>,
    error_reduction_scaled: Vec<f32>,
    k_center: Vec<usize>,
    ranked_batch: Vec<usize>,
    max_herding: Vec<usize>,
    u_herding: Vec<usize>,
    bait: Vec<usize>,
    prob_cover: Vec<usize>,
    typi_clust: Vec<usize>,
    cluster_margin: Vec<usize>,
    class_balanced: Vec<usize>,
    badge: Badge,
    falcun: Falcun,
}

#[derive(serde::Deserialize)]
struct Badge {
    first: usize,
    picks: Vec<usize>,
    utilities: Vec<Vec<f32>>,
}

#[derive(serde::Deserialize)]
struct Falcun {
    picks: Vec<usize>,
    utilities: Vec<Vec<f32>>,
}

/// A case as a pool.
struct Made {
    rows: Matrix,
    ids: Vec<u64>,
    open: Vec<usize>,
    votes: Votes,
}

impl Made {
    fn new(case: &Case, votes: Votes) -> Self {
        let covered = |i: &usize| case.labeled.contains(i) || case.pending.contains(i);
        Self {
            rows: Matrix::new(case.n, case.d, case.rows.clone()),
            ids: (0..case.n as u64).collect(),
            open: (0..case.n).filter(|i| !covered(i)).collect(),
            votes,
        }
    }

    fn pool<'a>(&'a self, case: &'a Case) -> Pool<'a> {
        Pool {
            rows: &self.rows,
            ids: &self.ids,
            open: &self.open,
            labeled: &case.labeled,
            targets: Targets::One(&case.labels),
            pending: &case.pending,
            n_classes: case.k,
            opinion: Some(&self.votes),
            margins: None,
            axes: 0,
            seed: 0,
        }
    }
}

fn each(check: impl Fn(&str, &Case, &Pool<'_>)) {
    let file: File = serde_json::from_str(include_str!("../../tests/data/strategies.json")).unwrap();
    assert!(file.cases.len() >= 200);
    for (i, case) in file.cases.iter().enumerate() {
        let made = Made::new(case, Votes::new(Link::Softmax, case.m, case.k, case.votes.clone()).unwrap());
        check(&format!("case {i}"), case, &made.pool(case));
    }
}

fn indices(picks: &[Pick]) -> Vec<usize> {
    picks.iter().map(|pick| pick.index).collect()
}

#[track_caller]
fn close(name: &str, got: &[f32], want: impl Iterator<Item = f32>) {
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() < 5e-5 * want.abs().max(0.1), "{name}, sample {at}: {got} {want}");
    }
}

#[test]
fn scores_equal_the_libraries_on_random_committees() {
    let file: Scores = serde_json::from_str(include_str!("../../tests/data/scores.json")).unwrap();
    assert!(file.cases.len() >= 200);
    for (i, case) in file.cases.into_iter().enumerate() {
        let votes = Votes::new(Link::Softmax, case.m, case.k, case.votes).unwrap();
        let pool = Pool {
            rows: &Matrix::zeros(1, 1),
            ids: &[0],
            open: &[0],
            labeled: &[],
            targets: Targets::One(&[]),
            pending: &[],
            n_classes: case.k,
            opinion: Some(&votes),
            margins: None,
            axes: 0,
            seed: 0,
        };
        assert_eq!(case.expected.len(), 8, "all rules that judge by votes alone");
        for (name, want) in case.expected {
            let got = scores(name.parse().unwrap(), &pool).unwrap()[0];
            assert!((got - want).abs() < 2e-6, "case {i}, {name}: {got} {want}");
        }
    }
}

#[test]
fn gradient_lengths_and_densities_equal_brute_force() {
    each(|name, case, pool| {
        for (strategy, want) in [
            (Strategy::of(&rules::expected_gradient_length::RULE), &case.expected.expected_gradient_length),
            (Strategy::of(&rules::density_weighted::RULE), &case.expected.density_weighted),
        ] {
            let got = scores(strategy, pool).unwrap();
            close(&format!("{name}, {strategy}"), &got, pool.open.iter().map(|&i| want[i]));
        }
    });
}

#[test]
fn greedy_picks_equal_the_libraries() {
    each(|name, case, pool| {
        let picks = |strategy| indices(&super::choose::ranked(strategy, pool, case.batch).unwrap());
        assert_eq!(picks(Strategy::of(&rules::k_center::RULE)), case.expected.k_center, "{name}, k-center");
        assert_eq!(picks(Strategy::of(&rules::ranked_batch::RULE)), case.expected.ranked_batch, "{name}, ranked-batch");
        assert_eq!(
            picks(Strategy::of(&rules::class_balanced::RULE)),
            case.expected.class_balanced,
            "{name}, class-balanced"
        );
    });
}

#[test]
fn coverage_equals_scikit_activeml_and_its_weighted_form_brute_force() {
    each(|name, case, pool| {
        let targets: Vec<usize> = (0..case.n).collect();
        let picks = |weights: &[f32]| {
            let task = CoverageTask { candidates: pool.open, targets: &targets, weights, width: 1.0 };
            indices(&coverage::greedy(pool, &task, case.batch))
        };
        assert_eq!(picks(&vec![1.0; case.n]), case.expected.max_herding, "{name}, max-herding");
        let weights = u_herding::weights(pool, &targets).unwrap();
        assert_eq!(picks(&weights), case.expected.u_herding, "{name}, u-herding");
    });
}

#[test]
fn bait_equals_the_plain_search_with_matrix_inverses() {
    each(|name, case, pool| {
        assert_eq!(indices(&bait::bait(pool, case.batch).unwrap()), case.expected.bait, "{name}");
    });
}

#[test]
fn badge_draws_from_the_same_distribution() {
    each(|name, case, pool| {
        let p = pool.mean(pool.open).unwrap();
        let mut gradients = badge::Gradients::new(Link::Softmax, pool.unit(pool.open), p, case.k);
        let first = indices(&badge::badge(pool, 1).unwrap());
        assert_eq!(first, [case.expected.badge.first], "{name}");
        let mut chosen = Vec::new();
        for (pick, want) in case.expected.badge.picks.iter().zip(&case.expected.badge.utilities) {
            let at = pool.open.iter().position(|i| i == pick).unwrap();
            chosen.push(at);
            let mut squares = gradients.choose(at).to_vec();
            for &at in &chosen {
                squares[at] = 0.0;
            }
            let total: f32 = squares.iter().sum();
            let got: Vec<f32> = squares.iter().map(|s| s / total).collect();
            close(name, &got, pool.open.iter().map(|&i| want[i]));
        }
    });
}

#[test]
fn falcun_draws_from_the_same_distribution() {
    each(|name, case, pool| {
        let mut relevance = falcun::Relevance::new(Link::Softmax, pool.mean(pool.open).unwrap(), case.k);
        let mut chosen: Vec<usize> = Vec::new();
        for (pick, want) in case.expected.falcun.picks.iter().zip(&case.expected.falcun.utilities) {
            let mut weights = relevance.weights();
            for &at in &chosen {
                weights[at] = 0.0;
            }
            let total: f32 = weights.iter().sum();
            let got: Vec<f32> = weights.iter().map(|w| w / total).collect();
            close(name, &got, pool.open.iter().map(|&i| want[i]));
            let at = pool.open.iter().position(|i| i == pick).unwrap();
            chosen.push(at);
            relevance.choose(at);
        }
    });
}

#[test]
fn balls_are_covered_as_by_prob_cover() {
    each(|name, case, pool| {
        let want = &case.expected.prob_cover;
        assert_eq!(indices(&prob_cover::cover(pool, 0.5, want.len())), *want, "{name}");
    });
}

#[test]
fn typical_samples_and_turns_over_clusters_follow_the_papers() {
    each(|name, case, pool| {
        let at: Vec<usize> = pool.open.iter().copied().chain(pool.covered()).collect();
        let clustered: Vec<(usize, usize)> = at.iter().map(|&i| (i, case.clusters[i])).collect();
        let picks = typi_clust::typical(pool, &clustered, pool.open.len(), 3, case.batch);
        assert_eq!(indices(&picks), case.expected.typi_clust, "{name}, typi-clust");
        let ranked = super::choose::ranked(Strategy::of(&rules::margin::RULE), pool, 3 * case.batch).unwrap();
        let clusters: Vec<usize> = ranked.iter().map(|pick| case.clusters[pick.index]).collect();
        let picks = cluster_margin::in_turn(&ranked, &clusters, case.batch);
        assert_eq!(indices(&picks), case.expected.cluster_margin, "{name}, cluster-margin");
    });
}

#[test]
fn expected_errors_equal_the_direct_formula() {
    each(|name, case, pool| {
        // The oracle's probabilities come from a head of its own.
        let mut rows = pool.unit(&(0..case.n).collect::<Vec<_>>()).into_vec();
        rows = rows.chunks(case.d).flat_map(|row| row.iter().copied().chain([1.0])).collect();
        let mut p = vec![0.0; case.n * case.k];
        gemm::abt_into(&rows, &case.head, case.d + 1, &mut p);
        crate::math::softmax::softmax_rows(&mut p, case.k);
        let votes = Votes::new(Link::Softmax, 1, case.k, p).unwrap();
        let pool = Pool { opinion: Some(&votes), ..*pool };
        let got = error_reduction::scores(&pool, pool.open, pool.open).unwrap();
        close(name, &got, pool.open.iter().map(|&i| case.expected.error_reduction_scaled[i]));
    });
}

#[derive(serde::Deserialize)]
struct OfSets {
    multilabel: Vec<SetsCase>,
}

#[derive(serde::Deserialize)]
struct SetsCase {
    n: usize,
    l: usize,
    probabilities: Vec<f32>,
    labeled: Vec<usize>,
    truth: Vec<u8>,
    expected: BTreeMap<String, Vec<f32>>,
}

#[test]
fn rules_for_sets_equal_the_papers_on_random_pools() {
    let file: OfSets = serde_json::from_str(include_str!("../../tests/data/strategies.json")).unwrap();
    assert!(file.multilabel.len() >= 64);
    let own = Strategy::all().filter(|strategy| strategy.answers == Answers::Sets).count();
    let mut worst = 0.0f32;
    for case in file.multilabel {
        let ids: Vec<u64> = (0..case.n as u64).collect();
        let open: Vec<usize> = (0..case.n).filter(|i| !case.labeled.contains(i)).collect();
        let truth: Vec<bool> = case.truth.iter().map(|&y| y == 1).collect();
        let votes = Votes::new(Link::Sigmoid, 1, case.l, case.probabilities).unwrap();
        let pool = Pool {
            rows: &Matrix::zeros(case.n, 1),
            ids: &ids,
            open: &open,
            labeled: &case.labeled,
            targets: Targets::Sets(&truth),
            pending: &[],
            n_classes: case.l,
            opinion: Some(&votes),
            margins: None,
            axes: 0,
            seed: 0,
        };
        assert_eq!(case.expected.len(), own);
        for (name, want) in case.expected {
            let got = scores(Strategy::named(&name, Link::Sigmoid).unwrap(), &pool).unwrap();
            worst = open.iter().zip(got).map(|(&i, got)| (got - want[i]).abs()).fold(worst, f32::max);
        }
    }
    assert!(worst < 2e-6, "{worst}");
}
