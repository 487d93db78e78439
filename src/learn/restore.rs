//! A committee read back from the `committee.onnx` it was written to.

use super::trees::graph::trees_of;
use super::{Committee, Head, Link};
use crate::math::Matrix;
use crate::onnx::Model;

/// The file is not a committee this program wrote.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the file is not a committee: `{0}` is missing or has the wrong size; train another round")]
pub struct NoCommittee(&'static str);

/// The heads and trees inside a committee's graph, the inverse of [`super::graph::committee_model`].
///
/// # Errors
/// [`NoCommittee`] when a constant is missing or sizes do not agree.
pub fn committee_of(model: &Model) -> Result<Committee, NoCommittee> {
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
        .map(|(weights, bias)| Head { weights: Matrix::new(k, d, weights.to_vec()), bias: bias.to_vec() })
        .collect();
    let nodes = model.graph.as_ref().map(|graph| graph.node.as_slice()).unwrap_or_default();
    // A head's own nodes are the only ones of this kind behind the constants' name.
    let sets = nodes.iter().any(|node| {
        node.op_type() == Link::Sigmoid.operator() && node.input.first().is_some_and(|input| input == "querist/logits")
    });
    let trees = trees_of(nodes, constants, k).ok_or(NoCommittee(super::trees::graph::SCORES))?;
    Ok(Committee { heads, trees, link: if sets { Link::Sigmoid } else { Link::Softmax } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::graph::committee_model;

    #[test]
    fn a_committee_survives_its_file() {
        let head =
            |n: f32| Head { weights: Matrix::new(3, 2, vec![n, 2.0, -3.0, 4.5, 0.0, 1e-9]), bias: vec![n, -1.0, 0.25] };
        for link in Link::ALL {
            let committee = Committee::of_heads(vec![head(1.0), head(-7.0)], link);
            let bytes = committee_model(&committee).unwrap().to_bytes();
            assert_eq!(committee_of(&Model::read(bytes).unwrap()), Ok(committee));
        }
    }

    #[test]
    fn another_model_is_refused() {
        assert_eq!(committee_of(&Model::default()), Err(NoCommittee("querist/weights")));
    }
}
