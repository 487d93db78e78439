//! A head that says what another model says (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural
//! network"): a small encoder's head learns from a committee on a large one, over the whole pool.
//!
//! Targets are the teacher's probabilities at temperature T, p^(1/T) normalised, so that what it holds likely beside its first
//! choice counts (where classes stand by themselves, its logits divided by T); of labeled samples a share is the label itself. The student's logits are fitted to them and multiplied by
//! T, which undoes the softening. The penalty is the one with the least loss on held-out samples, then all samples are fitted.
//!
//! Cost: some thirty evaluations of 4·n·D·K operations per penalty.

use super::features::check_finite;
use super::lbfgs::{self, Stop};
use super::objective::Objective;
use super::{Head, LearnError, Link, Standardiser};
use crate::math::{Matrix, random};

/// Penalties tried, the strongest first, so that each fit starts from the one before.
const GRID: [f64; 5] = [1000.0, 100.0, 10.0, 1.0, 0.1];
/// One sample of so many is held out to choose the penalty.
const HELD_OUT: u64 = 5;
const TOLERANCE: f64 = 1e-5;

/// What a student learns from.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// n × D raw embeddings by the student's encoder.
    pub rows: &'a Matrix,
    /// n × K probabilities by the teacher.
    pub teacher: &'a [f32],
    /// n: the classes of the sample, where they are known.
    pub labels: &'a [Option<Vec<usize>>],
    pub link: Link,
    pub n_classes: usize,
    /// T, 1 or more.
    pub temperature: f64,
    /// How much of a labeled sample's target is its label, 0 to 1.
    pub label_share: f64,
    pub seed: u64,
}

impl Lesson<'_> {
    fn check(&self, standardiser: &Standardiser) -> Result<(), LearnError> {
        let (n, k) = (self.rows.rows(), self.n_classes);
        if n == 0 {
            return Err(LearnError::NoLabels);
        }
        for (what, got, want) in [
            ("teacher", self.teacher.len(), n * k),
            ("labels", self.labels.len(), n),
            ("embedding", self.rows.cols(), standardiser.dim()),
        ] {
            if got != want {
                return Err(LearnError::Length { what, got, want });
            }
        }
        if !(self.temperature.is_finite() && self.temperature >= 1.0) {
            return Err(LearnError::Option("temperature"));
        }
        if !(0.0..=1.0).contains(&self.label_share) {
            return Err(LearnError::Option("label share"));
        }
        if let Some((row, label)) =
            self.labels.iter().enumerate().find_map(|(i, known)| Some((i, *known.as_ref()?.iter().find(|&&y| y >= k)?)))
        {
            return Err(LearnError::Label { row, label, classes: k });
        }
        let wrong = |p: &[f32]| !self.link.accepts(p, 1e-3);
        if let Some(sample) = self.teacher.chunks_exact(k.max(1)).position(wrong) {
            return Err(LearnError::Probabilities { sample });
        }
        check_finite(self.rows)
    }

    /// n × K.
    fn targets(&self) -> Vec<f64> {
        let mut targets = Vec::with_capacity(self.teacher.len());
        for (p, known) in self.teacher.chunks_exact(self.n_classes).zip(self.labels) {
            let mut soft: Vec<f64> = self.link.logits(p).into_iter().map(|z| z / self.temperature).collect();
            self.link.apply(&mut soft, self.n_classes);
            let share = if known.is_some() { self.label_share } else { 0.0 };
            targets.extend(soft.iter().enumerate().map(|(c, q)| {
                let has = known.as_ref().is_some_and(|known| known.contains(&c));
                (1.0 - share) * q + if has { share } else { 0.0 }
            }));
        }
        targets
    }
}

/// The student's head, and how it did on samples that it was not fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Student {
    pub head: Head,
    pub lambda: f64,
    /// Share of held-out samples of which it names the classes that the teacher names.
    pub agreement: f64,
}

/// Fit a head on `lesson`.
///
/// # Errors
/// Lengths that disagree, probabilities that are none, labels at or above `n_classes`, options out of range, rows that are
/// not finite.
pub fn distill(lesson: &Lesson<'_>, standardiser: &Standardiser) -> Result<Student, LearnError> {
    lesson.check(standardiser)?;
    let (n, d, k) = (lesson.rows.rows(), standardiser.dim(), lesson.n_classes);
    let features: Vec<f32> = standardiser.apply(lesson.rows).into_iter().map(|x| x as f32).collect();
    let targets = lesson.targets();
    let out = |i: usize| random::hash(lesson.seed ^ 0xd1, i as u64).is_multiple_of(HELD_OUT);
    let link = lesson.link;
    let each = link.weights(n, k) / n;
    let weights = |kept: &dyn Fn(usize) -> bool| -> Vec<f64> {
        (0..n).flat_map(|i| std::iter::repeat_n(f64::from(u8::from(kept(i))), each)).collect()
    };
    let solve = |weights: &[f64], lambda: f64, start: Vec<f64>| {
        let mut objective = Objective::new(link, &features, d, &targets, k, weights, lambda);
        let stop = Stop { gradient: TOLERANCE * objective.total_weight().max(1.0), iterations: 200, rounding: 1e-7 };
        lbfgs::minimise(|at, gradient| objective.evaluate(at, gradient), start, stop).point
    };
    let (known, held) = (weights(&|i| !out(i)), weights(&out));
    let mut point = vec![0.0; k * (d + 1)];
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for lambda in GRID {
        point = solve(&known, lambda, point);
        let loss =
            Objective::new(link, &features, d, &targets, k, &held, 0.0).evaluate(&point, &mut vec![0.0; k * (d + 1)]);
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, lambda, point.clone()));
        }
    }
    let (_, lambda, point) = best.unwrap_or((0.0, GRID[0], point));
    let judge = super::Committee::of_heads(vec![head(standardiser, &point, lesson)], link);
    let asked: Vec<usize> = (0..n).filter(|&i| out(i)).collect();
    let said = judge.votes(&lesson.rows.gather(&asked)).mean();
    let alike = asked
        .iter()
        .zip(said.chunks_exact(k))
        .filter(|(i, p)| link.decided(&lesson.teacher[**i * k..(**i + 1) * k]) == link.decided(p))
        .count();
    let whole = solve(&weights(&|_| true), lambda, point);
    let agreement = alike as f64 / asked.len().max(1) as f64;
    Ok(Student { head: head(standardiser, &whole, lesson), lambda, agreement })
}

/// The head with these parameters, its logits multiplied by the temperature.
fn head(standardiser: &Standardiser, point: &[f64], lesson: &Lesson<'_>) -> Head {
    let (w, b) = point.split_at(lesson.n_classes * standardiser.dim());
    let times = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v * lesson.temperature).collect() };
    standardiser.fold(&times(w), &times(b))
}

#[cfg(test)]
mod tests {
    use super::super::Committee;
    use super::*;

    const N: usize = 300;

    fn rows(seed: u64, d: usize) -> Matrix {
        let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        Matrix::new(N, d, (0..N * d).map(number).collect())
    }

    /// A teacher that is itself a linear head on the same rows.
    fn teacher(rows: &Matrix, standardiser: &Standardiser) -> Vec<f32> {
        let d = standardiser.dim();
        let weights: Vec<f64> = (0..3 * d).map(|j| (j * 7 % 5) as f64 * 0.4 - 0.8).collect();
        Committee::of_heads(vec![standardiser.fold(&weights, &[0.3, 0.0, -0.2])], Link::Softmax).votes(rows).mean()
    }

    fn lesson<'a>(
        rows: &'a Matrix,
        teacher: &'a [f32],
        labels: &'a [Option<Vec<usize>>],
        temperature: f64,
    ) -> Lesson<'a> {
        Lesson { rows, teacher, labels, link: Link::Softmax, n_classes: 3, temperature, label_share: 0.5, seed: 1 }
    }

    #[test]
    fn a_student_that_can_say_what_its_teacher_says_does_at_any_temperature() {
        let rows = rows(1, 4);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let taught = teacher(&rows, &standardiser);
        for temperature in [1.0, 2.0, 4.0] {
            let student = distill(&lesson(&rows, &taught, &vec![None; N], temperature), &standardiser).unwrap();
            let said = Committee::of_heads(vec![student.head], Link::Softmax).votes(&rows).mean();
            let apart = said.iter().zip(&taught).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 0.01 && student.agreement > 0.98, "{temperature}: {apart} {}", student.agreement);
        }
    }

    #[test]
    fn labels_count_where_they_contradict_the_teacher() {
        let rows = rows(2, 4);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        // The teacher knows nothing; the labels follow the first number's sign.
        let taught = vec![1.0 / 3.0; N * 3];
        let class = |i: usize| usize::from(rows.row(i)[0] > 0.0);
        let labels: Vec<Option<Vec<usize>>> = (0..N).map(|i| Some(vec![class(i)])).collect();
        let student = distill(&lesson(&rows, &taught, &labels, 1.0), &standardiser).unwrap();
        let said = Committee::of_heads(vec![student.head], Link::Softmax).votes(&rows).mean();
        let right = (0..N).filter(|&i| said[i * 3 + class(i)] > said[i * 3 + 1 - class(i)]).count();
        assert!(right > N * 9 / 10, "{right}");
        assert!(said.chunks(3).all(|p| p[2] < 0.34), "no label ever says the third class");
    }

    #[test]
    fn of_sets_too_a_student_says_what_its_teacher_says() {
        let rows = rows(4, 5);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let weights: Vec<f64> = (0..15).map(|j| f64::from(j * 7 % 5) * 0.8 - 1.6).collect();
        let members = vec![standardiser.fold(&weights, &[0.5, -1.0, 0.0])];
        let taught = Committee::of_heads(members, Link::Sigmoid).votes(&rows).mean();
        let labels = vec![None; N];
        for temperature in [1.0, 3.0] {
            let lesson = Lesson { link: Link::Sigmoid, ..lesson(&rows, &taught, &labels, temperature) };
            let student = distill(&lesson, &standardiser).unwrap();
            let said = Committee::of_heads(vec![student.head], Link::Sigmoid).votes(&rows).mean();
            let apart = said.iter().zip(&taught).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 0.02 && student.agreement > 0.95, "{temperature}: {apart} {}", student.agreement);
        }
    }

    #[test]
    fn bad_lessons_are_refused() {
        let rows = rows(3, 4);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let taught = teacher(&rows, &standardiser);
        let labels = vec![None; N];
        let good = lesson(&rows, &taught, &labels, 2.0);
        let refused = |lesson: Lesson<'_>| distill(&lesson, &standardiser).unwrap_err();
        assert_eq!(refused(Lesson { temperature: 0.5, ..good }), LearnError::Option("temperature"));
        assert_eq!(refused(Lesson { label_share: 1.5, ..good }), LearnError::Option("label share"));
        assert!(matches!(refused(Lesson { teacher: &taught[1..], ..good }), LearnError::Length { .. }));
        let mut broken = taught.clone();
        broken[7] = f32::NAN;
        assert_eq!(refused(Lesson { teacher: &broken, ..good }), LearnError::Probabilities { sample: 2 });
        let mut strange = labels.clone();
        strange[5] = Some(vec![3]);
        assert_eq!(refused(Lesson { labels: &strange, ..good }), LearnError::Label { row: 5, label: 3, classes: 3 });
    }
}
