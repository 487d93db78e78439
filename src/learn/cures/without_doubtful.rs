//! Labels that heads fitted without them find very unlikely are left out (Northcutt, Jiang and Chuang 2021, "Confident
//! Learning: Estimating Uncertainty in Dataset Labels").
//!
//! As in confident learning, another class must be the likeliest and some other must reach the confidence that is usual for its
//! samples. That alone also takes hard samples, which teach most, so a label must be unlikely as well: if one label in six is
//! wrong and any other class as likely to be named instead, it is more likely a mistake than not. Of sets, each class is such
//! a question with two answers, and a sample goes with its first doubtful answer; there the answer must be unlikelier, since
//! a sample has K of them. At least two samples of each class stay. Cost: that of [`out_of_sample()`].

use super::{Cure, CureLesson, Surroundings};
use crate::learn::{LearnError, Link, out_of_sample};
use crate::math::Matrix;

/// Of one class per sample: how unlikely a doubtful label is, as a share of 1 / (K − 1).
const OF_CHANCE: f32 = 0.2;
/// Of sets: the same of an answer.
const UNLIKELY: f32 = 0.02;
/// Slack of the comparison with a class's threshold, as in cleanlab.
const SLACK: f64 = 1e-6;
/// Samples of a class that stay, whatever is thought of them.
const STAY: usize = 2;

pub(super) static CURE: Cure =
    Cure { name: "without-doubtful", source: "Northcutt et al. 2021", teach: without_doubtful, ..Cure::PLAIN };

fn without_doubtful(lesson: CureLesson, around: &Surroundings<'_>) -> Result<CureLesson, LearnError> {
    let training = lesson.training();
    let (link, classes) = (training.targets.link(), training.targets.varying(lesson.n_classes));
    let Some(tuned) = around.options.tuned else { return Ok(lesson) };
    if classes.len() < link.least() {
        return Ok(lesson);
    }
    let p = out_of_sample(&training, around.standardiser, &tuned, around.options.seed)?;
    let doubts = match link {
        Link::Softmax => {
            let labels: Vec<usize> = (0..p.rows()).filter_map(|i| lesson.classes(i).first().copied()).collect();
            let limit = OF_CHANCE / (classes.len() - 1).max(1) as f32;
            doubtful(&p, &labels).into_iter().filter(|&i| p.row(i)[labels[i]] <= limit).collect()
        }
        Link::Sigmoid => doubtful_sets(&lesson, &classes, &p),
    };
    Ok(kept(&lesson, doubts))
}

/// K: the mean probability of each class over the samples that are said to have it; above 1 for classes without any.
fn thresholds(p: &Matrix, labels: &[usize]) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; p.cols()], vec![0usize; p.cols()]);
    for (i, &label) in labels.iter().enumerate() {
        sums[label] += f64::from(p.row(i)[label]);
        counts[label] += 1;
    }
    sums.iter().zip(&counts).map(|(sum, &count)| if count > 0 { sum / count as f64 } else { 2.0 }).collect()
}

/// Positions off the diagonal of the confident joint, the label least likely first.
fn doubtful(p: &Matrix, labels: &[usize]) -> Vec<usize> {
    let usual = thresholds(p, labels);
    let off = |i: usize| {
        let (row, label) = (p.row(i), labels[i]);
        let confident = |class: usize| class != label && f64::from(row[class]) >= usual[class] - SLACK;
        Link::Softmax.decided(row) != [label] && (0..row.len()).any(confident)
    };
    let mut doubts: Vec<usize> = (0..labels.len()).filter(|&i| off(i)).collect();
    doubts.sort_by(|&a, &b| p.row(a)[labels[a]].total_cmp(&p.row(b)[labels[b]]));
    doubts
}

/// The same of sets: positions of samples with an answer that is both doubtful and unlikely, the unlikeliest first.
fn doubtful_sets(lesson: &CureLesson, classes: &[usize], p: &Matrix) -> Vec<usize> {
    let targets = lesson.truth.targets();
    let mut least = vec![f32::INFINITY; p.rows()];
    for &class in classes {
        let yes: Vec<f32> = (0..p.rows()).map(|i| p.row(i)[class]).collect();
        let answers = Matrix::new(p.rows(), 2, yes.iter().flat_map(|&yes| [1.0 - yes, yes]).collect());
        let given: Vec<usize> = (0..p.rows()).map(|i| usize::from(targets.has(i, class, lesson.n_classes))).collect();
        for i in doubtful(&answers, &given) {
            least[i] = least[i].min(answers.row(i)[given[i]]);
        }
    }
    let mut doubts: Vec<usize> = (0..p.rows()).filter(|&i| least[i] <= UNLIKELY).collect();
    doubts.sort_by(|&a, &b| least[a].total_cmp(&least[b]));
    doubts
}

/// The lesson without `doubts`, in this order, where enough samples of each of their classes stay.
fn kept(lesson: &CureLesson, doubts: Vec<usize>) -> CureLesson {
    let mut counts = lesson.truth.targets().counts(lesson.n_classes);
    let mut stays = vec![true; lesson.rows.rows()];
    for i in doubts {
        let classes = lesson.classes(i);
        if classes.iter().all(|&class| counts[class] > STAY) {
            stays[i] = false;
            for class in classes {
                counts[class] -= 1;
            }
        }
    }
    let at: Vec<usize> = (0..stays.len()).filter(|&i| stays[i]).collect();
    CureLesson {
        rows: lesson.rows.gather(&at),
        truth: lesson.truth.targets().gather(&at, lesson.n_classes),
        weights: at.iter().map(|&i| lesson.weights[i]).collect(),
        n_classes: lesson.n_classes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::cures::oracle;
    use crate::learn::{CommitteeOptions, Standardiser, Truth, Tuned};
    use crate::math::random;

    #[test]
    fn thresholds_and_doubts_are_those_of_cleanlab() {
        for case in oracle::file().doubtful {
            let p = Matrix::new(case.labels.len(), case.thresholds.len(), case.probabilities);
            let got = thresholds(&p, &case.labels);
            assert!(got.iter().zip(&case.thresholds).all(|(got, want)| (got - want).abs() < 1e-6), "{got:?}");
            let mut doubts = doubtful(&p, &case.labels);
            doubts.sort_unstable();
            assert_eq!(doubts, case.found);
        }
    }

    /// Three clusters, two labels exchanged, and one class of two samples that are both elsewhere.
    fn clusters(sets: bool) -> CureLesson {
        let (n, d) = (92, 6);
        let class = |i: usize| if i < 90 { i % 3 } else { 3 };
        let mut rows = Matrix::zeros(n, d);
        for i in 0..n {
            for (j, x) in rows.row_mut(i).iter_mut().enumerate() {
                let noise = random::unit(random::hash(j as u64, i as u64)) as f32 - 0.5;
                *x = 0.4 * noise + if j == i % 3 { 2.0 } else { 0.0 };
            }
        }
        let mut labels: Vec<usize> = (0..n).map(class).collect();
        labels.swap(30, 61);
        let truth = if sets {
            Truth::Sets(labels.iter().flat_map(|&y| (0..4).map(move |k| k == y)).collect())
        } else {
            Truth::One(labels)
        };
        CureLesson { rows, truth, weights: vec![1.0; n], n_classes: 4 }
    }

    fn cured(lesson: CureLesson) -> CureLesson {
        let standardiser = Standardiser::from_pool(&lesson.rows).unwrap();
        let pool = lesson.rows.clone();
        let options = CommitteeOptions { tuned: Some(Tuned::fixed(1.0, 0.5)), ..CommitteeOptions::default() };
        let around = Surroundings { pool: &pool, unlabeled: &[], standardiser: &standardiser, options };
        without_doubtful(lesson, &around).unwrap()
    }

    #[test]
    fn exchanged_labels_go_and_the_last_two_of_a_class_stay() {
        for sets in [false, true] {
            let plain = clusters(sets);
            let left = cured(plain.clone());
            let gone: Vec<usize> =
                (0..92).filter(|&i| !(0..left.rows.rows()).any(|j| left.rows.row(j) == plain.rows.row(i))).collect();
            assert_eq!(gone, [30, 61], "sets: {sets}");
            assert_eq!(left.truth.targets().counts(4)[3], 2);
        }
    }

    #[test]
    fn one_class_alone_is_never_doubted() {
        let mut plain = clusters(false);
        plain.truth = Truth::One(vec![1; 92]);
        assert_eq!(cured(plain.clone()), plain);
    }
}
