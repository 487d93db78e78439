//! Sets with known faults: each fault is named, and a faithful set has none.

use super::*;
use crate::math::random;

const CLASSES: usize = 3;
const D: usize = 24;

/// n samples of three classes, each with two modes, in six dimensions of a space of 24.
fn drawn(n: usize, salt: u64) -> (Matrix, Vec<usize>) {
    drawn_apart(n, salt, 1.6)
}

/// The same with classes so far apart.
fn drawn_apart(n: usize, salt: u64, apart: f32) -> (Matrix, Vec<usize>) {
    let classes: Vec<usize> = (0..n).map(|i| i % CLASSES).collect();
    let mut rows = Matrix::zeros(n, D);
    for (i, &class) in classes.iter().enumerate() {
        let noise = |j: usize| {
            let draw = |part: u64| random::unit(random::hash(random::hash(salt, i as u64), (j * 4) as u64 + part));
            ((0..4).map(draw).sum::<f64>() - 2.0) as f32
        };
        let mode = i / CLASSES % 2;
        let row = rows.row_mut(i);
        for (j, x) in row.iter_mut().enumerate() {
            *x = noise(j) * if j < 6 { 0.5 } else { 0.05 };
        }
        row[class] += apart;
        row[3] += if mode == 0 { 0.8 } else { -0.8 };
        row[6] += 2.0;
    }
    (rows, classes)
}

struct Sets {
    real: (Matrix, Vec<usize>),
    synthetic: (Matrix, Vec<usize>),
}

impl Sets {
    fn faithful() -> Self {
        Self { real: drawn(300, 1), synthetic: drawn(240, 2) }
    }

    fn judged(&self, plan: &GatePlan) -> SyntheticReport {
        let groups: Vec<u64> = (0..self.real.0.rows() as u64).collect();
        let samples = GateSamples {
            real: &self.real.0,
            real_classes: &self.real.1,
            groups: &groups,
            synthetic: &self.synthetic.0,
            synthetic_classes: &self.synthetic.1,
            n_classes: CLASSES,
        };
        gate(&samples, &Standardiser::from_pool(&self.real.0).unwrap(), plan).unwrap()
    }

    /// Names of the faults, each once.
    fn faults(&self) -> Vec<&'static str> {
        let report = self.judged(&GatePlan::default());
        let name = |finding: &SyntheticFinding| match finding {
            SyntheticFinding::Copies { .. } => "copies",
            SyntheticFinding::OneMode { .. } => "one mode",
            SyntheticFinding::WrongClass { .. } => "wrong class",
            SyntheticFinding::Shifted { .. } => "shifted",
            SyntheticFinding::HurtsBy { .. } => "hurts",
            _ => "none",
        };
        let mut names: Vec<&str> = report.findings.iter().filter(|finding| finding.is_fault()).map(name).collect();
        names.dedup();
        names
    }
}

#[test]
fn a_faithful_set_has_no_fault() {
    for salt in 2..8 {
        let mut sets = Sets::faithful();
        sets.synthetic = drawn(240, salt);
        assert_eq!(sets.faults(), [""; 0], "{salt}");
    }
}

#[test]
fn copies_are_named_and_listed_and_do_not_count_as_a_gain() {
    let mut sets = Sets::faithful();
    for i in 0..60 {
        let row = sets.real.0.row(i).to_vec();
        sets.synthetic.0.row_mut(i).copy_from_slice(&row);
        sets.synthetic.0.row_mut(i)[0] += 0.01;
    }
    let report = sets.judged(&GatePlan::default());
    let copies = report.privacy.unwrap().copies;
    assert!((60..66).contains(&copies.len()), "{}", copies.len());
    assert!((0..60).all(|i| copies.iter().any(|copy| copy.synthetic == i && copy.real == i)));
    assert_eq!(report.utility.unwrap().synthetic, 240 - copies.len());
    assert_eq!(sets.faults(), ["copies"]);
}

#[test]
fn a_class_of_one_mode_is_named_and_the_others_are_not() {
    let mut sets = Sets::faithful();
    let first = sets.synthetic.0.row(1).to_vec();
    for i in (1..240).step_by(CLASSES) {
        let own = sets.synthetic.0.row(i).to_vec();
        let near = first.iter().zip(own).map(|(first, own)| first + 0.15 * (own - first));
        sets.synthetic.0.row_mut(i).copy_from_slice(&near.collect::<Vec<_>>());
    }
    let report = sets.judged(&GatePlan::default());
    let named: Vec<usize> = report
        .findings
        .iter()
        .filter_map(|found| if let SyntheticFinding::OneMode { class, .. } = found { Some(*class) } else { None })
        .collect();
    assert_eq!(named, [1], "{:?}", report.findings);
}

#[test]
fn exchanged_classes_are_named_with_what_they_are_called() {
    let mut sets = Sets::faithful();
    for class in &mut sets.synthetic.1 {
        *class = [1, 0, 2][*class];
    }
    let report = sets.judged(&GatePlan::default());
    let named: Vec<(usize, Option<usize>)> = report
        .findings
        .iter()
        .filter_map(|found| match found {
            SyntheticFinding::WrongClass { class, called, .. } => Some((*class, *called)),
            _ => None,
        })
        .collect();
    assert_eq!(named, [(0, Some(1)), (1, Some(0))], "{:?}", report.findings);
    assert!(report.findings.iter().any(|found| matches!(found, SyntheticFinding::HurtsBy { .. })), "{report:?}");
    assert!(!report.findings.iter().any(|found| matches!(found, SyntheticFinding::OneMode { .. })));
}

#[test]
fn a_shift_is_named() {
    let mut sets = Sets::faithful();
    for i in 0..240 {
        for j in [5, 9, 12] {
            sets.synthetic.0.row_mut(i)[j] += 0.5;
        }
    }
    assert!(sets.faults().contains(&"shifted"), "{:?}", sets.judged(&GatePlan::default()).findings);
}

#[test]
fn other_shares_of_classes_are_no_shift() {
    let mut sets = Sets::faithful();
    let (rows, classes) = &sets.synthetic;
    let kept: Vec<usize> = (0..240).filter(|&i| classes[i] == 1 || i < 60).collect();
    sets.synthetic = (rows.gather(&kept), kept.iter().map(|&i| classes[i]).collect());
    assert_eq!(sets.faults(), [""; 0]);
}

#[test]
fn many_samples_help_where_real_ones_are_few_and_a_sure_gain_without_a_fault_is_recommended() {
    let sets = Sets { real: drawn_apart(60, 5, 0.5), synthetic: drawn_apart(900, 2, 0.5) };
    let mut report = sets.judged(&GatePlan { share: 10.0, ..GatePlan::default() });
    let utility = report.utility.as_mut().unwrap();
    assert!(utility.accuracy_both > utility.accuracy_real + 0.02, "{utility:?}");
    assert!((utility.weight - 480.0 / 900.0).abs() < 0.02);
    let sure = |low: f64| Interval { value: low + 0.02, low, high: low + 0.04 };
    let accuracy = sure(0.01);
    (utility.accuracy_gain, utility.macro_f1_gain) = (accuracy, sure(-0.05));
    report.findings = findings::find(&report, &GatePlan::default());
    assert_eq!(report.findings, [SyntheticFinding::HelpsBy { gain: accuracy }]);
    assert!(report.recommended());
    let every_class = GatePlan { every_class: true, ..GatePlan::default() };
    report.findings = findings::find(&report, &every_class);
    assert!(matches!(report.findings[..], [SyntheticFinding::HurtsBy { .. }]) && !report.recommended());
}

#[test]
fn the_number_of_threads_changes_no_number() {
    let sets = Sets { real: drawn(90, 1), synthetic: drawn(60, 2) };
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sets.judged(&GatePlan::default()))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn few_samples_none_at_all_and_classes_alone_say_nothing_and_are_said_to() {
    let mut sets = Sets { real: drawn(4, 1), synthetic: drawn(7, 2) };
    let report = sets.judged(&GatePlan::default());
    assert!(report.utility.is_none() && report.fidelity.is_none() && report.told_apart.is_none());
    assert!(report.findings.contains(&SyntheticFinding::NotMeasured { real: 4 }));
    assert!(report.findings.contains(&SyntheticFinding::TooFew { class: 0, real: 2, synthetic: 3 }));
    assert!(!report.recommended());
    sets.synthetic = (Matrix::zeros(0, D), Vec::new());
    sets.real = drawn(60, 1);
    let report = sets.judged(&GatePlan::default());
    assert_eq!(report.utility.unwrap().accuracy_gain, Interval { value: 0.0, low: 0.0, high: 0.0 });
    sets = Sets { real: (drawn(60, 1).0, vec![1; 60]), synthetic: (drawn(60, 2).0, vec![1; 60]) };
    let report = sets.judged(&GatePlan::default());
    assert!(report.utility.is_none() && report.class_fit[1].share.is_none());
}

#[test]
fn what_does_not_fit_is_refused() {
    let (rows, classes) = drawn(6, 1);
    let standardiser = Standardiser::from_pool(&rows).unwrap();
    let all = GateSamples {
        real: &rows,
        real_classes: &classes,
        groups: &[0, 1, 2, 3, 4, 5],
        synthetic: &rows,
        synthetic_classes: &classes,
        n_classes: CLASSES,
    };
    let narrow = Matrix::zeros(6, 2);
    let mut broken = rows.clone();
    broken.row_mut(2)[1] = f32::NAN;
    for wrong in [
        GateSamples { groups: &[0], ..all },
        GateSamples { synthetic_classes: &[0], ..all },
        GateSamples { n_classes: 2, ..all },
        GateSamples { synthetic: &narrow, ..all },
        GateSamples { synthetic: &broken, ..all },
    ] {
        assert!(gate(&wrong, &standardiser, &GatePlan::default()).is_err());
    }
}
