//! What people and a model say together (CROWDLAB: Goh, Tkachenko and Mueller 2022, "CROWDLAB: Supervised learning to infer consensus
//! labels and quality scores for data with multiple annotators"), and whether the next answer is worth more to a sample that has one
//! or to a new one (`ActiveLab`: Goh and Mueller 2023).
//!
//! With P the share of answers that equal the consensus, each person and the model weigh what they are better than always naming the
//! commonest class: w = 1 − error / error of that. A class's probability is the weighted mean of the model's and, for each person, P
//! for the class they named and (1 − P) / (K − 1) for the others. The latter shrinks the consensus' probability towards 1 / K by how
//! little weight stands behind it; what is lowest is asked next.

/// No weight is less, as in cleanlab.
const LEAST: f64 = 1e-6;

/// People's answers and a model's probabilities together.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowdlab {
    /// Probability of each class, samples × k.
    pub posterior: Vec<f64>,
    /// The likeliest class of each sample.
    pub consensus: Vec<usize>,
    /// Probability of the consensus.
    pub quality: Vec<f64>,
    /// The weight of each person's answers.
    pub people: Vec<f64>,
    /// The weight of the model.
    pub model: f64,
}

/// Answers, and a model's out-of-sample probabilities for the same samples.
#[derive(Debug, Clone, Copy)]
pub struct Crowd<'a> {
    /// Per sample the people who answered, each once, with the class they named.
    pub samples: &'a [Vec<(usize, usize)>],
    /// Samples × k.
    pub probabilities: &'a [f64],
    pub n_people: usize,
    pub k: usize,
}

impl Crowd<'_> {
    /// The consensus; `None` while no sample has two answers.
    ///
    /// # Panics
    /// When there is not one row of `k` probabilities for each sample.
    pub fn crowdlab(&self) -> Option<Crowdlab> {
        assert_eq!(self.probabilities.len(), self.samples.len() * self.k, "one row for each sample");
        let first: Vec<usize> = (0..self.samples.len()).map(|at| self.majority(at)).collect();
        let (posterior, ..) = self.weigh(&first)?;
        let likeliest = |(at, p): (usize, &[f64])| {
            let most = p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut top = (0..self.k).filter(|&class| p[class] >= most);
            match (top.next(), top.next()) {
                (Some(one), None) => one,
                _ => first[at],
            }
        };
        let consensus: Vec<usize> = posterior.chunks_exact(self.k).enumerate().map(likeliest).collect();
        let (posterior, people, model) = self.weigh(&consensus)?;
        let quality = posterior.chunks_exact(self.k).zip(&consensus).map(|(p, &class)| p[class]).collect();
        Some(Crowdlab { posterior, consensus, quality, people, model })
    }

    fn of_model(&self, at: usize) -> &[f64] {
        &self.probabilities[at * self.k..(at + 1) * self.k]
    }

    /// The class that most named; of equals the likeliest for the model, then the rarest, then the first.
    fn majority(&self, at: usize) -> usize {
        let mut all = vec![0usize; self.k];
        self.samples.iter().flatten().for_each(|(_, class)| all[*class] += 1);
        let votes = |class: usize| self.samples[at].iter().filter(|(_, said)| *said == class).count();
        let better = |a: usize, b: usize| {
            let p = self.of_model(at);
            votes(a).cmp(&votes(b)).then(p[a].total_cmp(&p[b])).then(all[b].cmp(&all[a])).is_gt()
        };
        (1..self.k).fold(0, |best, class| if better(class, best) { class } else { best })
    }

    /// Posterior, weights of the people and weight of the model, given a first consensus.
    fn weigh(&self, consensus: &[usize]) -> Option<(Vec<f64>, Vec<f64>, f64)> {
        let shared: Vec<usize> = (0..self.samples.len()).filter(|&at| self.samples[at].len() > 1).collect();
        if shared.is_empty() {
            return None;
        }
        let n = shared.len() as f64;
        let mean = |of: &dyn Fn(usize) -> f64| shared.iter().map(|&at| of(at)).sum::<f64>() / n;
        let agree = mean(&|at| {
            let same = self.samples[at].iter().filter(|(_, class)| *class == consensus[at]).count();
            same as f64 / self.samples[at].len() as f64
        });
        let mut counts = vec![0usize; self.k];
        for &at in &shared {
            counts[consensus[at]] += 1;
        }
        let commonest = (0..self.k).fold(0, |best, class| if counts[class] > counts[best] { class } else { best });
        let base = mean(&|at| f64::from(consensus[at] != commonest)).max(LEAST);
        let people = self.agreement().into_iter().map(|agree| (1.0 - (1.0 - agree) / base).max(LEAST));
        let people: Vec<f64> = people.collect();
        let top = |p: &[f64]| (1..self.k).fold(0, |best, class| if p[class] > p[best] { class } else { best });
        let error = mean(&|at| f64::from(top(self.of_model(at)) != consensus[at]));
        let answers = self.samples.iter().map(Vec::len).sum::<usize>() as f64 / self.samples.len() as f64;
        let model = (1.0 - error / base).max(LEAST) * answers.sqrt();
        let other = (1.0 - agree) / (self.k as f64 - 1.0).max(1.0);
        let posterior = self.samples.iter().enumerate().flat_map(|(at, row)| {
            let total = model + row.iter().map(|(who, _)| people[*who]).sum::<f64>();
            let said = |class: usize| {
                let of = |(who, said): &(usize, usize)| people[*who] * if *said == class { agree } else { other };
                row.iter().map(of).sum::<f64>()
            };
            (0..self.k).map(|class| (self.of_model(at)[class] * model + said(class)) / total).collect::<Vec<_>>()
        });
        Some((posterior.collect(), people, model))
    }

    /// How often others gave each person's answer; who shares no sample is taken for the mean of the others.
    fn agreement(&self) -> Vec<f64> {
        let (mut same, mut all) = (vec![0.0; self.n_people], vec![0.0; self.n_people]);
        for row in self.samples {
            for (who, class) in row {
                same[*who] += row.iter().filter(|(other, said)| other != who && said == class).count() as f64;
                all[*who] += row.len() as f64 - 1.0;
            }
        }
        let known: Vec<f64> = same.iter().zip(&all).filter(|(_, n)| **n > 0.0).map(|(same, n)| same / n).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        same.iter().zip(&all).map(|(same, n)| if *n > 0.0 { same / n } else { mean }).collect()
    }
}

impl Crowdlab {
    fn mean_weight(&self) -> f64 {
        self.people.iter().sum::<f64>() / self.people.len().max(1) as f64
    }

    /// How much is known of each answered sample, 0 to 1: the lowest is asked once more first.
    pub fn known(&self, crowd: &Crowd<'_>) -> Vec<f64> {
        let mean = self.mean_weight();
        let of = |(row, quality): (&Vec<(usize, usize)>, &f64)| {
            let weight = self.model + row.iter().map(|(who, _)| self.people[*who]).sum::<f64>();
            (quality * weight + mean / crowd.k as f64) / (weight + mean)
        };
        crowd.samples.iter().zip(&self.quality).map(of).collect()
    }

    /// The same of samples that nobody answered, by the model's probabilities, samples × k.
    pub fn known_of_new(&self, probabilities: &[f64], k: usize) -> Vec<f64> {
        let mean = self.mean_weight();
        let of = |p: &[f64]| {
            let most = p.iter().copied().fold(0.0, f64::max);
            (most * self.model + mean / k as f64) / (self.model + mean)
        };
        probabilities.chunks_exact(k).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        crowdlab: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        k: usize,
        people: usize,
        samples: Vec<Vec<(usize, usize)>>,
        probabilities: Vec<f64>,
        unlabeled: Vec<f64>,
        consensus: Vec<usize>,
        quality: Vec<f64>,
        weights: Vec<f64>,
        model_weight: f64,
        active: Vec<f64>,
        active_unlabeled: Vec<f64>,
    }

    #[test]
    fn consensus_weights_and_scores_equal_those_of_cleanlab() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/agreement.json")).unwrap();
        assert!(file.crowdlab.len() >= 30);
        for case in file.crowdlab {
            let crowd =
                Crowd { samples: &case.samples, probabilities: &case.probabilities, n_people: case.people, k: case.k };
            let found = crowd.crowdlab().unwrap();
            let near = |got: &[f64], want: &[f64]| {
                got.len() == want.len() && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-7)
            };
            assert_eq!(found.consensus, case.consensus);
            assert!(near(&found.quality, &case.quality));
            assert!(near(&found.people, &case.weights), "{:?} for {:?}", found.people, case.weights);
            assert!((found.model - case.model_weight).abs() < 1e-7);
            assert!(near(&found.known(&crowd), &case.active));
            assert!(near(&found.known_of_new(&case.unlabeled, case.k), &case.active_unlabeled));
        }
    }

    #[test]
    fn one_answer_each_has_no_consensus() {
        let samples = [vec![(0, 1)], vec![(0, 0)]];
        let crowd = Crowd { samples: &samples, probabilities: &[0.5; 4], n_people: 1, k: 2 };
        assert_eq!(crowd.crowdlab(), None);
    }
}
