//! A committee read back from the `committee.onnx` it was written to.

use super::graph::SIGMOID;
use super::multi_label::{MultiCommittee, MultiHead};
use super::{AnyCommittee, Committee, Head};
use crate::math::Matrix;
use crate::onnx::Model;

/// The file is not a committee this program wrote.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the file holds no committee: `{0}` is missing or has the wrong size; train a round to write it anew")]
pub struct NoCommittee(&'static str);

/// The heads inside a committee's graph, the inverse of [`super::graph::committee_model`].
///
/// # Errors
/// [`NoCommittee`] when a constant is missing or sizes do not agree.
pub fn committee_of(model: &Model) -> Result<AnyCommittee, NoCommittee> {
    let constants = model.graph.as_ref().map(|graph| graph.initializer.as_slice()).unwrap_or_default();
    let find = |name: &'static str| constants.iter().find(|t| t.name.as_deref() == Some(name)).ok_or(NoCommittee(name));
    let weights = find("querist/weights")?;
    let bias = find("querist/bias")?.floats();
    let shape = find("querist/shape")?.ints().ok_or(NoCommittee("querist/shape"))?;
    let [_, m, k] = shape[..] else { return Err(NoCommittee("querist/shape")) };
    let (m, k) = (m as usize, k as usize);
    let d = weights.dims.get(1).copied().unwrap_or_default() as usize;
    let weights = weights.floats();
    if m == 0 || k == 0 || weights.len() != m * k * d {
        return Err(NoCommittee("querist/weights"));
    }
    if bias.len() != m * k {
        return Err(NoCommittee("querist/bias"));
    }
    let heads = weights
        .chunks(k * d)
        .zip(bias.chunks(k))
        .map(|(weights, bias)| (Matrix::new(k, d, weights.to_vec()), bias.to_vec()));
    let nodes = model.graph.as_ref().map(|graph| graph.node.as_slice()).unwrap_or_default();
    // A head's own nodes are the only ones of this kind behind the constants' name.
    let multi = nodes
        .iter()
        .any(|node| node.op_type() == SIGMOID && node.input.first().is_some_and(|input| input == "querist/logits"));
    Ok(if multi {
        let members = heads.map(|(weights, bias)| MultiHead { weights, bias }).collect();
        AnyCommittee::Many(MultiCommittee { members })
    } else {
        AnyCommittee::One(Committee { members: heads.map(|(weights, bias)| Head { weights, bias }).collect() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::graph::committee_model;

    #[test]
    fn a_committee_survives_its_file() {
        let head =
            |n: f32| Head { weights: Matrix::new(3, 2, vec![n, 2.0, -3.0, 4.5, 0.0, 1e-9]), bias: vec![n, -1.0, 0.25] };
        let committee = Committee { members: vec![head(1.0), head(-7.0)] };
        let bytes = committee_model(&committee).unwrap().to_bytes();
        assert_eq!(committee_of(&Model::read(bytes).unwrap()), Ok(AnyCommittee::One(committee)));
    }

    #[test]
    fn a_committee_for_any_number_of_classes_comes_back_as_one() {
        let head =
            MultiHead { weights: Matrix::new(2, 3, vec![1.0, -2.0, 0.5, 0.0, 4.0, 1e-9]), bias: vec![0.5, -3.0] };
        let committee = MultiCommittee { members: vec![head.clone(), head] };
        let bytes = committee_model(&committee).unwrap().to_bytes();
        assert_eq!(committee_of(&Model::read(bytes).unwrap()), Ok(AnyCommittee::Many(committee)));
    }

    #[test]
    fn another_model_is_refused() {
        assert_eq!(committee_of(&Model::default()), Err(NoCommittee("querist/weights")));
    }
}
