//! Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
//! Uncertainty in Dataset Labels").

/// Slack of the comparison with a class's threshold, as in cleanlab.
const SLACK: f64 = 1e-6;

/// One label compared with a prediction that had not seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Probability of the given label: the lower, the more doubtful. Of a set, that of its least likely part.
    pub own: f32,
    /// The likeliest class. Of a set, the given classes with those changed that are errors or less likely than not.
    pub suggested: Vec<usize>,
    /// Probability of the likeliest class. Of a set, that of the change that is likeliest.
    pub confidence: f32,
    /// Off the diagonal of the confident joint: another class reaches the confidence that is usual for its samples.
    pub error: bool,
}

/// Judge n labels by n × `k` out-of-sample probabilities.
///
/// The threshold of class j is the mean of p(j) over samples labeled j. A label is an error when the likeliest class is not
/// the one given, and some class other than that reaches its threshold: what cleanlab keeps of the off-diagonal entries.
///
/// # Panics
/// When the slices disagree about n, or a label is not below `k`.
pub fn judge(labels: &[usize], probabilities: &[f32], k: usize) -> Vec<Judgement> {
    assert_eq!(probabilities.len(), labels.len() * k, "one row of {k} probabilities for each label");
    let (mut sum, mut count) = (vec![0.0f64; k], vec![0usize; k]);
    for (&y, p) in labels.iter().zip(probabilities.chunks_exact(k.max(1))) {
        sum[y] += f64::from(p[y]);
        count[y] += 1;
    }
    let threshold: Vec<f64> = sum.iter().zip(&count).map(|(sum, &n)| sum / n.max(1) as f64).collect();
    labels
        .iter()
        .zip(probabilities.chunks_exact(k.max(1)))
        .map(|(&y, p)| {
            let suggested = (0..k).fold(y, |top, j| if p[j] > p[top] { j } else { top });
            let confident = |j: usize| count[j] > 0 && f64::from(p[j]) >= threshold[j] - SLACK;
            let error = suggested != y && (0..k).any(|j| j != y && confident(j));
            Judgement { own: p[y], suggested: vec![suggested], confidence: p[suggested], error }
        })
        .collect()
}

/// Judge n sets of classes (`truth`, n × K) by n × K out-of-sample probabilities: class by class, whether each set has it, as
/// cleanlab's search in multi-label data does; of a set the least likely part counts. Only classes that are `judged` (K) are.
///
/// # Panics
/// When the slices disagree about n or K.
pub fn judge_sets(truth: &[bool], probabilities: &[f32], judged: &[bool]) -> Vec<Judgement> {
    let k = judged.len();
    assert_eq!(probabilities.len(), truth.len(), "one probability for each sample and class");
    let n = truth.len() / k.max(1);
    let mut found: Vec<Judgement> = (0..n)
        .map(|i| Judgement {
            own: 1.0,
            suggested: (0..k).filter(|c| truth[i * k + c]).collect(),
            confidence: 0.0,
            error: false,
        })
        .collect();
    for class in (0..k).filter(|&class| judged[class]) {
        let column: Vec<usize> = (0..n).map(|i| usize::from(truth[i * k + class])).collect();
        let p: Vec<f32> = (0..n).map(|i| probabilities[i * k + class]).flat_map(|p| [1.0 - p, p]).collect();
        for (i, (part, set)) in judge(&column, &p, 2).into_iter().zip(&mut found).enumerate() {
            set.own = set.own.min(part.own);
            set.error |= part.error;
            if part.error || part.own < 0.5 {
                set.confidence = set.confidence.max(1.0 - part.own);
                if truth[i * k + class] {
                    set.suggested.retain(|&given| given != class);
                } else {
                    set.suggested.push(class);
                }
            }
        }
    }
    for set in &mut found {
        set.suggested.sort_unstable();
        if set.confidence == 0.0 {
            set.confidence = set.own;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        label_errors: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        k: usize,
        labels: Vec<usize>,
        probabilities: Vec<f32>,
        quality: Vec<f32>,
        errors: Vec<usize>,
    }

    #[test]
    fn scores_and_errors_equal_those_of_cleanlab() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/label_errors.json")).unwrap();
        assert!(file.label_errors.len() >= 100 && file.label_errors.iter().any(|case| !case.errors.is_empty()));
        for case in file.label_errors {
            let judged = judge(&case.labels, &case.probabilities, case.k);
            assert!(judged.iter().zip(&case.quality).all(|(j, q)| (j.own - q).abs() < 1e-6));
            let errors: Vec<usize> = (0..judged.len()).filter(|&i| judged[i].error).collect();
            assert_eq!(errors, case.errors);
        }
    }

    #[test]
    fn a_set_is_as_doubtful_as_its_least_likely_class() {
        // Two classes, the second of which is wrong in the last sample; the third class is not judged.
        let truth = [true, false, true, true, false, false, false, true, false, true, true, false];
        let p = [0.9, 0.1, 0.1, 0.8, 0.2, 0.0, 0.1, 0.9, 0.9, 0.9, 0.05, 0.5];
        let found = judge_sets(&truth, &p, &[true, true, false]);
        assert_eq!(found.iter().map(|set| set.error).collect::<Vec<_>>(), [false, false, false, true]);
        assert_eq!(found[3], Judgement { own: 0.05, suggested: vec![0], confidence: 0.95, error: true });
        assert_eq!(found[0].suggested, [0, 2], "what is not judged stays");
        assert!((found[1].own - 0.8).abs() < 1e-6 && (found[1].confidence - 0.8).abs() < 1e-6);
        assert_eq!(judge_sets(&[], &[], &[true]), []);
    }

    #[test]
    fn no_labels_are_no_errors() {
        assert_eq!(judge(&[], &[], 3), []);
    }
}
