//! Samples of every kind of number as levels from 0 to 255.

use ::tiff::decoder::DecodingResult;

use super::{PictureError, PictureNote, blend, not_supported};

/// One level for each sample. `bits` are those of a sample; below 8 bits, several share a byte, and each row of `width`
/// pixels of `each` samples starts a new one.
///
/// Numbers of 32 and 64 bits, with a sign, or with a fraction have no agreed black and white: 0 to 1 of fractions and 0 to 255
/// are taken as such, other ranges are stretched and noted.
pub(super) fn levels(
    samples: DecodingResult,
    bits: u8,
    width: u32,
    each: u16,
    notes: &mut Vec<PictureNote>,
) -> Result<Vec<u8>, PictureError> {
    Ok(match samples {
        DecodingResult::U8(bytes) if bits < 8 => {
            let steps = (1u32 << bits) - 1;
            let level = |number: u8| (u32::from(number) * 255 / steps) as u8;
            unpacked(&bytes, bits, width as usize * usize::from(each)).into_iter().map(level).collect()
        }
        DecodingResult::U8(bytes) if bits == 8 => bytes,
        DecodingResult::U16(values) if bits == 16 => {
            notes.extend(PictureNote::of_depth(values.iter().copied().max().unwrap_or_default()));
            values.into_iter().map(blend::narrow).collect()
        }
        DecodingResult::U32(values) => stretched(values.iter().copied().map(f64::from), false, notes),
        DecodingResult::U64(values) => stretched(values.iter().map(|value| *value as f64), false, notes),
        DecodingResult::I8(values) => stretched(values.iter().copied().map(f64::from), false, notes),
        DecodingResult::I16(values) => stretched(values.iter().copied().map(f64::from), false, notes),
        DecodingResult::I32(values) => stretched(values.iter().copied().map(f64::from), false, notes),
        DecodingResult::I64(values) => stretched(values.iter().map(|value| *value as f64), false, notes),
        DecodingResult::F16(values) => stretched(values.iter().map(|value| value.to_f64()), true, notes),
        DecodingResult::F32(values) => stretched(values.iter().copied().map(f64::from), true, notes),
        DecodingResult::F64(values) => stretched(values.iter().copied(), true, notes),
        _ => return Err(not_supported(format!("{bits} bits per colour"))),
    })
}

fn stretched(values: impl Iterator<Item = f64> + Clone, fractions: bool, notes: &mut Vec<PictureNote>) -> Vec<u8> {
    let finite = || values.clone().filter(|value| value.is_finite());
    let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let (black, white) = match (least >= 0.0, most) {
        (true, ..=1.0) if fractions => (0.0, 1.0),
        (true, ..=255.0) => (0.0, 255.0),
        _ => {
            notes.push(PictureNote::Stretched { least, most });
            (least, most)
        }
    };
    let range = if white > black { white - black } else { 1.0 };
    // NaN is black: the cast turns it into 0.
    values.map(|value| ((value - black) / range * 255.0).round() as u8).collect()
}

/// Unpack numbers of fewer than 8 bits, `row` of them per row.
pub(super) fn unpacked(bytes: &[u8], bits: u8, row: usize) -> Vec<u8> {
    let (bits, mask) = (usize::from(bits), (1u8 << bits) - 1);
    let number = |line: &[u8], at: usize| {
        let bit = at * bits;
        line[bit / 8] >> (8 - bits - bit % 8) & mask
    };
    let lines = bytes.chunks_exact((row * bits).div_ceil(8).max(1));
    lines.flat_map(|line| (0..row).map(move |at| number(line, at))).collect()
}

/// Planes of single colours woven into pixels.
pub(super) fn woven(samples: DecodingResult, planes: usize) -> Result<DecodingResult, PictureError> {
    fn weave<T: Copy>(all: &[T], planes: usize) -> Vec<T> {
        let n = all.len() / planes;
        (0..n).flat_map(|pixel| (0..planes).map(move |plane| all[plane * n + pixel])).collect()
    }
    Ok(match samples {
        DecodingResult::U8(all) => DecodingResult::U8(weave(&all, planes)),
        DecodingResult::U16(all) => DecodingResult::U16(weave(&all, planes)),
        DecodingResult::U32(all) => DecodingResult::U32(weave(&all, planes)),
        DecodingResult::F32(all) => DecodingResult::F32(weave(&all, planes)),
        _ => return Err(not_supported("separate planes of this kind of number".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(samples: DecodingResult, bits: u8) -> (Vec<u8>, Vec<PictureNote>) {
        let mut notes = Vec::new();
        (levels(samples, bits, 2, 1, &mut notes).unwrap(), notes)
    }

    #[test]
    fn a_range_that_everybody_agrees_on_is_kept_and_others_are_stretched_and_noted() {
        let fractions = made(DecodingResult::F32(vec![0.0, 0.5, 1.0, f32::NAN]), 32);
        assert_eq!(fractions, (vec![0, 128, 255, 0], vec![]));
        assert_eq!(made(DecodingResult::I16(vec![3, 255]), 16), (vec![3, 255], vec![]));
        let (levels, notes) = made(DecodingResult::I16(vec![-100, 0, 100]), 16);
        assert_eq!((levels, notes), (vec![0, 128, 255], vec![PictureNote::Stretched { least: -100.0, most: 100.0 }]));
        let (levels, notes) = made(DecodingResult::U32(vec![0, 70_000, 140_000]), 32);
        assert_eq!((levels, notes.len()), (vec![0, 128, 255], 1));
        let (levels, notes) = made(DecodingResult::F64(vec![-3.0, -3.0]), 64);
        assert_eq!((levels, notes.len()), (vec![0, 0], 1), "a picture of one value");
        assert_eq!(made(DecodingResult::F32(vec![f32::NAN; 2]), 32).0, [0, 0]);
    }

    #[test]
    fn sixteen_bits_of_which_few_are_used_are_noted() {
        let (levels, notes) = made(DecodingResult::U16(vec![0, 4095]), 16);
        assert_eq!((levels, notes), (vec![0, 16], vec![PictureNote::Shallow { bits: 12, levels: 16 }]));
        assert_eq!(made(DecodingResult::U16(vec![0, 65535]), 16).1, []);
        assert_eq!(made(DecodingResult::U16(vec![0, 0]), 16).1, [], "black is black");
    }

    #[test]
    fn small_numbers_are_unpacked_row_by_row() {
        assert_eq!(unpacked(&[0b1010_0000, 0b0100_0000], 1, 3), [1, 0, 1, 0, 1, 0]);
        assert_eq!(unpacked(&[0x1f, 0x20], 4, 3), [1, 15, 2]);
        assert_eq!(made(DecodingResult::U8(vec![0b0001_1011]), 2).0, [0, 85]);
    }
}
