//! The on-disk form of rows: one scale, the row's largest absolute number, in single precision, then each number
//! divided by it in half precision (IEEE 754 binary16).
//!
//! Half the bytes of single precision. The scale keeps every row within the range of half precision; a number is off by
//! at most 2⁻¹¹ of itself, or 2⁻²⁵ of the row's largest where it is tiny.

use half::f16;
use half::slice::HalfFloatSliceExt as _;

/// Bytes of one row of `dim` numbers.
pub(super) fn stride(dim: usize) -> usize {
    4 + 2 * dim
}

/// Append `rows` (n × `dim`) to `out`, and leave in `rows` what will be read back.
pub(super) fn pack(rows: &mut [f32], dim: usize, out: &mut Vec<u8>) {
    let mut halves = vec![f16::ZERO; dim];
    for row in rows.chunks_exact_mut(dim.max(1)) {
        let scale = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let shrink = if scale > 0.0 { scale } else { 1.0 };
        for x in &mut *row {
            *x /= shrink;
        }
        halves.convert_from_f32_slice(row);
        out.extend_from_slice(&scale.to_le_bytes());
        out.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
        expand(&halves, scale, row);
    }
}

/// The rows in `bytes` (n × [`stride`]).
pub(super) fn unpack(bytes: &[u8], dim: usize) -> Vec<f32> {
    let mut rows = vec![0.0; bytes.len() / stride(dim) * dim];
    let mut halves = vec![f16::ZERO; dim];
    for (bytes, row) in bytes.chunks_exact(stride(dim)).zip(rows.chunks_exact_mut(dim.max(1))) {
        let scale = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        for (half, bytes) in halves.iter_mut().zip(bytes[4..].as_chunks::<2>().0) {
            *half = f16::from_le_bytes(*bytes);
        }
        expand(&halves, scale, row);
    }
    rows
}

fn expand(halves: &[f16], scale: f32, row: &mut [f32]) {
    halves.convert_to_f32_slice(row);
    for x in row {
        *x *= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_come_back_within_half_precision_and_the_same_each_time() {
        let rows: Vec<f32> = (0..600)
            .map(|i| {
                let unit = crate::math::random::unit(crate::math::random::hash(1, i)) as f32 - 0.5;
                unit * 10f32.powi(i32::try_from(i / 100 * 12).unwrap() - 30)
            })
            .collect();
        let (mut kept, mut bytes) = (rows.clone(), Vec::new());
        pack(&mut kept, 100, &mut bytes);
        assert_eq!(bytes.len(), 6 * stride(100));
        assert_eq!(unpack(&bytes, 100), kept);
        for (row, kept) in rows.chunks(100).zip(kept.chunks(100)) {
            let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            for (x, y) in row.iter().zip(kept) {
                assert!((x - y).abs() <= x.abs() / 2048.0 + most / 3e7, "{x} {y}");
            }
        }
        let mut again = (kept.clone(), Vec::new());
        pack(&mut again.0, 100, &mut again.1);
        assert_eq!(again.1, bytes, "what was rounded once is not rounded again");
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let (mut rows, mut bytes) = (vec![0.0; 4], Vec::new());
        pack(&mut rows, 4, &mut bytes);
        assert_eq!(unpack(&bytes, 4), [0.0; 4]);
    }
}
