//! What several people's answers say together, by how reliable each of them is: the model of Dawid and Skene 1979, "Maximum
//! Likelihood Estimation of Observer Error-Rates Using the EM Algorithm".
//!
//! Person j says class l of a sample of class k with probability θ(j, k, l). EM takes turns: the probability of each sample's class is
//! proportional to π(k) Π θ(j, k, said), and θ and π are the shares that follow from these. A person with few answers has too many
//! numbers to learn: then θ is one coin, right with some probability and else any other class alike (Zhang et al. 2016, "Spectral
//! Methods Meet EM"). A Dirichlet prior keeps certainty from growing out of a handful of answers.

/// Below this, a share counts as this, as in crowd-kit, so that one answer cannot rule a class out.
const LEAST: f64 = 1e-10;

/// How the model is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DawidSkene {
    /// Answers that each person is thought to have given already to each class, right ones.
    pub right: f64,
    /// ... and of each other class, wrong ones.
    pub wrong: f64,
    /// Who answered fewer samples is one coin.
    pub coin_below: usize,
    pub iterations: usize,
    /// It ends when no probability of a sample changes by more.
    pub tolerance: f64,
}

impl Default for DawidSkene {
    fn default() -> Self {
        Self { right: 2.0, wrong: 0.5, coin_below: 10, iterations: 100, tolerance: 1e-6 }
    }
}

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// Probability of each class, samples × k.
    pub posterior: Vec<f64>,
    /// Share of each class, k.
    pub prior: Vec<f64>,
    /// Per person the probability of each answer to a sample of each class, k × k: a row is what a class is taken for.
    pub told: Vec<Vec<f64>>,
}

impl DawidSkene {
    /// Fit `samples`, each the people who answered it with the class they named, as places below `n_people` and `k`.
    ///
    /// Cost: iterations × answers × k, and people × k².
    ///
    /// # Panics
    /// When a place is out of range.
    pub fn fit(&self, samples: &[Vec<(usize, usize)>], n_people: usize, k: usize) -> Consensus {
        let mut answers = vec![0usize; n_people];
        let mut said = vec![false; n_people * k];
        for (who, class) in samples.iter().flatten() {
            answers[*who] += 1;
            said[who * k + class] = true;
        }
        let mut posterior: Vec<f64> = samples.iter().flat_map(|row| shares(row, k)).collect();
        let mut prior = means(&posterior, k);
        let mut told = self.learn(samples, &posterior, &answers, &said, k);
        for _ in 0..self.iterations {
            // Once for each number, not for each answer.
            let logs = |values: &Vec<f64>| values.iter().map(|p| p.max(LEAST).ln()).collect::<Vec<_>>();
            let (common, tells): (Vec<f64>, Vec<Vec<f64>>) = (logs(&prior), told.iter().map(logs).collect());
            let next: Vec<f64> = samples.iter().flat_map(|row| judge(row, &common, &tells, k)).collect();
            let change = next.iter().zip(&posterior).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            posterior = next;
            prior = means(&posterior, k);
            told = self.learn(samples, &posterior, &answers, &said, k);
            if change < self.tolerance {
                break;
            }
        }
        Consensus { posterior, prior, told }
    }

    /// What each person's answers look like under these probabilities.
    fn learn(
        &self,
        samples: &[Vec<(usize, usize)>],
        posterior: &[f64],
        answers: &[usize],
        said: &[bool],
        k: usize,
    ) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![0.0; k * k]; answers.len()];
        for (row, p) in samples.iter().zip(posterior.chunks_exact(k.max(1))) {
            for (who, class) in row {
                p.iter().enumerate().for_each(|(truth, p)| sums[*who][truth * k + class] += p);
            }
        }
        let person = |(who, sums): (usize, Vec<f64>)| {
            if answers[who] < self.coin_below {
                let right: f64 = (0..k).map(|class| sums[class * k + class]).sum();
                let prior = self.right + self.wrong * (k as f64 - 1.0);
                return coin((right + self.right) / (answers[who] as f64 + prior), k);
            }
            self.matrix(&sums, &said[who * k..(who + 1) * k], k)
        };
        sums.into_iter().enumerate().map(person).collect()
    }

    fn matrix(&self, sums: &[f64], said: &[bool], k: usize) -> Vec<f64> {
        let mut told = Vec::with_capacity(k * k);
        for (truth, row) in sums.chunks_exact(k.max(1)).enumerate() {
            let counted = row.iter().enumerate().map(|(class, n)| {
                let n = n + if class == truth { self.right } else { self.wrong };
                if said[class] { n.max(LEAST) } else { n }
            });
            let counted: Vec<f64> = counted.collect();
            let sum: f64 = counted.iter().sum();
            told.extend(counted.into_iter().map(|n| n / sum.max(LEAST)));
        }
        told
    }
}

/// Right with this probability, else any other class alike.
fn coin(right: f64, k: usize) -> Vec<f64> {
    // Without any answer or prior nothing is known: every class alike.
    let right = if right.is_finite() { right } else { 1.0 / k as f64 };
    let wrong = (1.0 - right) / (k as f64 - 1.0).max(1.0);
    let one = |at: usize| if at / k == at % k { right } else { wrong };
    (0..k * k).map(|at| one(at).clamp(LEAST, 1.0 - LEAST)).collect()
}

/// The shares of one sample's answers; without any, all classes alike.
fn shares(row: &[(usize, usize)], k: usize) -> Vec<f64> {
    if row.is_empty() {
        return vec![1.0 / k as f64; k];
    }
    let mut shares = vec![0.0; k];
    for (_, class) in row {
        shares[*class] += 1.0 / row.len() as f64;
    }
    shares
}

fn means(posterior: &[f64], k: usize) -> Vec<f64> {
    let n = (posterior.len() / k.max(1)).max(1) as f64;
    (0..k).map(|class| posterior.iter().skip(class).step_by(k).sum::<f64>() / n).collect()
}

/// The probability of each class of one sample, from logarithms of `prior` and `told`.
fn judge(row: &[(usize, usize)], prior: &[f64], told: &[Vec<f64>], k: usize) -> Vec<f64> {
    let log = |truth: usize| prior[truth] + row.iter().map(|(who, class)| told[*who][truth * k + class]).sum::<f64>();
    let logs: Vec<f64> = (0..k).map(log).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        consensus: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        k: usize,
        people: usize,
        iterations: usize,
        samples: Vec<Vec<(usize, usize)>>,
        /// By the full model and by one coin, samples × k.
        full: Vec<f64>,
        coin: Vec<f64>,
        prior: Vec<f64>,
    }

    #[test]
    fn without_a_prior_both_models_equal_those_of_crowd_kit() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/agreement.json")).unwrap();
        assert!(file.consensus.len() >= 20);
        for case in file.consensus {
            let bare =
                DawidSkene { right: 0.0, wrong: 0.0, coin_below: 0, iterations: case.iterations, tolerance: 0.0 };
            let full = bare.fit(&case.samples, case.people, case.k);
            let coin = DawidSkene { coin_below: usize::MAX, ..bare }.fit(&case.samples, case.people, case.k);
            let worst =
                |got: &[f64], want: &[f64]| got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst(&full.posterior, &case.full) < 1e-6, "{}", worst(&full.posterior, &case.full));
            assert!(worst(&full.prior, &case.prior) < 1e-6);
            assert!(worst(&coin.posterior, &case.coin) < 1e-6, "{}", worst(&coin.posterior, &case.coin));
        }
    }

    #[test]
    fn who_is_often_alone_weighs_less_and_a_prior_keeps_doubt() {
        // Two who agree on 30 samples and one who says anything; then one of the two against the third.
        let mut samples: Vec<Vec<(usize, usize)>> =
            (0..30).map(|i| vec![(0, i % 3), (1, i % 3), (2, (i * 7 + i / 4) % 3)]).collect();
        samples.push(vec![(2, 1), (0, 2)]);
        let found = DawidSkene::default().fit(&samples, 3, 3);
        let last = &found.posterior[90..];
        assert!(last[2] > 0.8 && last[2] < 0.999, "{last:?}");
        assert!(
            found.told.iter().all(|told| told.chunks_exact(3).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-9))
        );
        // A single answer is believed, not taken for certain.
        let one = DawidSkene::default().fit(&[vec![(0, 1)]], 1, 2);
        assert!(one.posterior[1] > 0.6 && one.posterior[1] < 1.0, "{:?}", one.posterior);
        let none = DawidSkene::default().fit(&[vec![]], 0, 2);
        assert_eq!(none.posterior, [0.5, 0.5]);
    }
}
