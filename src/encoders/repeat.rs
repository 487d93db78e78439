//! Whether an encoder is a function of the picture: the same numbers each time, whatever else is in the batch.
//!
//! One that is not would silently spoil everything downstream: embeddings are computed once, in arbitrary batches, and
//! a deployed model meets each picture in other batches again.

use crate::encoders::Encoder;
use crate::math::Matrix;
use crate::onnx::Model;
use crate::onnx::messages::data_type;
use crate::runtime::EncodeError;

/// Tolerated difference, as a share of the distance between the embeddings of different pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    share: f32,
    /// What computes in lower precision.
    what: &'static str,
}

impl Tolerance {
    /// What rounding does inside `model`; `roughly` where the provider computes in half precision, or on a GPU, whose products
    /// of floats are often rounded as much.
    pub(super) fn of(model: &Model, roughly: bool) -> Self {
        let graph = model.graph.as_ref();
        let is = |part: &str| graph.is_some_and(|graph| graph.node.iter().any(|node| node.op_type().contains(part)));
        let halves = [data_type::FLOAT16, data_type::BFLOAT16];
        let in_half =
            graph.is_some_and(|graph| graph.initializer.iter().any(|tensor| halves.contains(&tensor.data_type())));
        if is("DynamicQuantize") || is("QuantizeLinear") || is("Integer") {
            // The range of a dynamically quantised layer is that of the whole batch.
            Self { share: 0.15, what: "one-byte numbers" }
        } else if roughly || in_half {
            Self { share: 0.03, what: "half precision" }
        } else {
            Self { share: 0.002, what: "single precision" }
        }
    }
}

/// Encode `pictures` (n tensors, n at least 4) in several batches and alone, and compare.
///
/// # Errors
/// [`EncodeError::NotRepeated`] with the largest difference when it is beyond `tolerance`; as [`Encoder::encode`].
pub(super) fn check(
    encoder: &dyn Encoder,
    pictures: &[f32],
    first: &Matrix,
    tolerance: Tolerance,
) -> Result<(), EncodeError> {
    let n = first.rows();
    let len = pictures.len() / n;
    // Other neighbours in other places, in batches of other sizes; and alone, twice. Few, since a large encoder takes seconds.
    let orders: [&[usize]; 5] = [&[0, 3 % n, 6 % n, 1], &[n - 1, n - 3, 2], &[0], &[0], &[n - 1]];
    let mut worst = 0.0f32;
    for order in orders {
        let tensors: Vec<f32> = order.iter().flat_map(|&i| &pictures[i * len..(i + 1) * len]).copied().collect();
        let rows = encoder.encode(&tensors, order.len())?;
        for (&i, row) in order.iter().zip(rows.as_slice().chunks_exact(encoder.dim())) {
            worst = worst.max(apart(first, i, row));
        }
    }
    if worst <= tolerance.share {
        return Ok(());
    }
    // Alone, two different results mean randomness; otherwise the neighbours are the cause.
    let twice = |i: usize| -> Result<f32, EncodeError> {
        let picture = &pictures[i * len..(i + 1) * len];
        let (one, other) = (encoder.encode(picture, 1)?, encoder.encode(picture, 1)?);
        Ok(distance(one.row(0), other.row(0)) / spread(first, i))
    };
    let by_chance = twice(0)? > tolerance.share;
    Err(EncodeError::NotRepeated {
        percent: worst * 100.0,
        allowed: tolerance.share * 100.0,
        precision: tolerance.what,
        why: if by_chance { BY_CHANCE } else { BY_NEIGHBOURS },
    })
}

const BY_CHANCE: &str = "by chance; it draws random numbers, as dropout and noise do that were left on for training";
const BY_NEIGHBOURS: &str = "with the samples beside it in a batch; it computes something over the batch, as batch \
                             normalisation does for training";

/// How far `row` is from the numbers that picture `i` had first, by their distance to other pictures'.
fn apart(first: &Matrix, i: usize, row: &[f32]) -> f32 {
    distance(first.row(i), row) / spread(first, i)
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    // In 64 bits: some encoders give numbers of a millionth or of millions.
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt() as f32
}

/// How far the numbers of picture `i` are from those of the others, on average.
fn spread(rows: &Matrix, i: usize) -> f32 {
    let others = (0..rows.rows()).filter(|&j| j != i);
    let n = (rows.rows() - 1).max(1);
    (others.map(|j| distance(rows.row(i), rows.row(j))).sum::<f32>() / n as f32).max(f32::MIN_POSITIVE)
}
