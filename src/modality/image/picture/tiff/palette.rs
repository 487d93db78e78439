//! Palette colours. The library cannot read such pages, but reads the same numbers as grey: so the directory entry that
//! says "palette" is changed, and the palette is applied here.

use std::io::{Read, Seek};

use ::tiff::decoder::{Decoder, DecodingResult};
use ::tiff::tags::Tag;

use super::levels::unpacked;
use super::{PictureError, not_supported, of_tiff};

const INTERPRETATION: u16 = 262;
const BITS: u16 = 258;
const BLACK_IS_ZERO: u8 = 1;
const FROM_A_TABLE: u64 = 3;

/// A copy of the file whose first page is grey, and its bits per number; `None` if the page has no palette.
pub(super) fn as_grey(bytes: &[u8]) -> Option<(Vec<u8>, u8)> {
    let little = bytes.starts_with(b"II");
    let number = |at: usize, length: usize| -> Option<u64> {
        let field = bytes.get(at..at.checked_add(length)?)?;
        let add = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        Some(if little { field.iter().rev().fold(0, add) } else { field.iter().fold(0, add) })
    };
    let big = number(2, 2)? == 43;
    // Where the directory begins, how its count is written, and how long an entry is.
    let (start, count, entry) = if big { (number(8, 8)?, 8, 20) } else { (number(4, 4)?, 2, 12) };
    let start = usize::try_from(start).ok()?;
    let entries = usize::try_from(number(start, count)?).ok()?.min(4096);
    let (mut place, mut bits) = (None, 1);
    for at in 0..entries {
        let at = start.checked_add(count + entry * at)?;
        let value = at + if big { 12 } else { 8 };
        match number(at, 2)? as u16 {
            INTERPRETATION if number(value, 2)? == FROM_A_TABLE => place = Some(value),
            BITS => bits = u8::try_from(number(value, 2)?).ok()?,
            _ => {}
        }
    }
    let place = place?;
    let mut grey = bytes.to_vec();
    grey[place + usize::from(!little)] = BLACK_IS_ZERO;
    Some((grey, bits))
}

/// The page with its numbers looked up.
pub(super) fn pixels(decoder: &mut Decoder<impl Read + Seek>, bits: u8) -> Result<Vec<u8>, PictureError> {
    let table = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).map_err(of_tiff)?.unwrap_or_default();
    if bits > 8 || table.len() != 3 << bits {
        return Err(not_supported(format!("a table of {} colours for {bits} bits", table.len() / 3)));
    }
    // The upper 8 of 16 bits, as Pillow takes them; but some programs wrote levels of 8 bits.
    let small = table.iter().all(|level| *level < 256);
    let narrow = |level: u16| if small { level as u8 } else { (level >> 8) as u8 };
    let of = |number: usize| [0, 1, 2].map(|colour| narrow(table[(colour << bits) + number]));
    let colours: Vec<[u8; 3]> = (0..1 << bits).map(of).collect();
    let width = decoder.dimensions().map_err(of_tiff)?.0 as usize;
    let DecodingResult::U8(bytes) = super::read(decoder)?.0 else {
        return Err(not_supported(format!("numbers of {bits} bits into a table")));
    };
    let numbers = if bits < 8 { unpacked(&bytes, bits, width) } else { bytes };
    Ok(numbers.into_iter().flat_map(|number| colours[usize::from(number)]).collect())
}
