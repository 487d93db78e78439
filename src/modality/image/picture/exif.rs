//! The orientation in a picture's Exif metadata, which is a small TIFF directory.

use image::metadata::Orientation;

const ORIENTATION: u16 = 0x112;

/// How to turn a picture upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub orientation: Orientation,
    /// Whether it is stored as the standard says, as one 16-bit number. Browsers ignore other forms; Pillow does not.
    pub standard: bool,
}

impl Turn {
    /// Upright as it is.
    pub const NONE: Self = Self { orientation: Orientation::NoTransforms, standard: true };

    pub fn is_none(self) -> bool {
        self.orientation == Orientation::NoTransforms
    }
}

/// The orientation in `block`, with or without the `Exif` mark in front. Damaged metadata is not a reason to lose a picture: it
/// turns nothing.
pub(super) fn turn(block: &[u8]) -> Turn {
    read(block.strip_prefix(b"Exif\0\0").unwrap_or(block)).unwrap_or(Turn::NONE)
}

fn read(block: &[u8]) -> Option<Turn> {
    let big = match block.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let two = |at: usize| {
        let bytes = block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let four = |at: usize| {
        let bytes = block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let directory = usize::try_from(four(4)?).ok()?;
    for entry in 0..usize::from(two(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        if two(at)? != ORIENTATION {
            continue;
        }
        let (kind, value) = (two(at + 2)?, at + 8);
        let number = match kind {
            // Bytes, shorts and longs, with and without a sign.
            1 | 6 => u32::from(*block.get(value)?),
            3 | 8 => u32::from(two(value)?),
            4 | 9 => four(value)?,
            _ => return None,
        };
        let orientation = Orientation::from_exif(u8::try_from(number).ok()?)?;
        return Some(Turn { orientation, standard: kind == 3 && four(at + 4)? == 1 });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of one entry.
    fn block(big: bool, kind: u16, value: u32) -> Vec<u8> {
        let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mark: &[u8] = if big { b"MM\0*" } else { b"II*\0" };
        let value = if kind == 3 { [two(value as u16), [0; 2]].concat() } else { four(value).to_vec() };
        [mark, &four(8), &two(1), &two(ORIENTATION), &two(kind), &four(1), &value, &four(0)].concat()
    }

    #[test]
    fn every_width_of_number_is_read_and_only_the_standard_one_called_so() {
        for big in [false, true] {
            let short = turn(&block(big, 3, 6));
            assert_eq!(short, Turn { orientation: Orientation::Rotate90, standard: true });
            let long = turn(&[b"Exif\0\0", &block(big, 4, 8)[..]].concat());
            assert_eq!(long, Turn { orientation: Orientation::Rotate270, standard: false });
        }
        assert_eq!(turn(&block(false, 1, 3)).orientation, Orientation::Rotate180);
    }

    #[test]
    fn nonsense_turns_nothing() {
        for value in [0, 1, 9, 77, u32::MAX] {
            assert!(turn(&block(true, 4, value)).is_none(), "{value}");
        }
        let whole = block(false, 3, 6);
        for cut in 0..whole.len() - 8 {
            assert!(turn(&whole[..cut]).is_none(), "{cut}");
        }
        let mut far = whole;
        far[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(turn(&far).is_none());
    }
}
