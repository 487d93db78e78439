//! Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
//! Uncertainty in Dataset Labels").

/// Slack of the comparison with a class's threshold, as in cleanlab.
const SLACK: f64 = 1e-6;

/// One label held against a prediction that had not seen it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Probability of the given label: the lower, the more doubtful.
    pub own: f32,
    /// The likeliest class.
    pub suggested: usize,
    /// Probability of the likeliest class.
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
            Judgement { own: p[y], suggested, confidence: p[suggested], error }
        })
        .collect()
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
    fn no_labels_are_no_errors() {
        assert_eq!(judge(&[], &[], 3), []);
    }
}
