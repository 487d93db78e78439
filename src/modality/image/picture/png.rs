//! The chunks of a PNG before its pixels.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use super::PictureFormat;
use super::exif::{self, Turn};
use super::header::{Header, is_srgb};

/// Chunks that are longer are passed over.
const LONGEST: u32 = 1 << 22;
/// The gamma of ordinary screens, times 100,000, and the primaries that go with it.
const GAMMA: u32 = 45_455;
const PRIMARIES: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];

/// What the chunks up to the pixels say.
pub(super) fn header(mut file: impl Read + Seek) -> Result<Header> {
    file.seek(SeekFrom::Start(8))?;
    let (kind, start) = chunk(&mut file)?;
    let (b"IHDR", &[w0, w1, w2, w3, h0, h1, h2, h3, depth, colours, ..]) = (&kind, &start[..]) else {
        return Err(Error::other("its header is missing"));
    };
    let mut header = Header {
        format: PictureFormat::Png,
        width: u32::from_be_bytes([w0, w1, w2, w3]),
        height: u32::from_be_bytes([h0, h1, h2, h3]),
        turn: Turn::NONE,
        alpha: colours & 4 != 0,
        deep: depth == 16,
        several: false,
        other_colours: false,
    };
    let (mut says_srgb, mut other_gamma) = (false, false);
    loop {
        let (kind, data) = chunk(&mut file)?;
        let number = |at: usize| data.get(4 * at..4 * at + 4).map(|n| u32::from_be_bytes([n[0], n[1], n[2], n[3]]));
        match &kind {
            b"IDAT" | b"IEND" => break,
            b"tRNS" => header.alpha = true,
            b"eXIf" => header.turn = exif::turn(&data),
            b"acTL" => header.several = number(0).is_some_and(|pictures| pictures > 1),
            b"sRGB" => says_srgb = true,
            b"gAMA" => other_gamma |= number(0).is_some_and(|gamma| gamma.abs_diff(GAMMA) > 50),
            b"cHRM" => {
                let near = |(at, meant): (usize, &u32)| number(at).is_some_and(|found| found.abs_diff(*meant) <= 100);
                other_gamma |= !PRIMARIES.iter().enumerate().all(near);
            }
            // The profile is compressed; its name comes first.
            b"iCCP" => header.other_colours |= !is_srgb(&data),
            // Primaries and curve by number; these are the ones of ordinary screens.
            b"cICP" => header.other_colours |= !data.starts_with(&[1, 13]),
            _ => {}
        }
    }
    header.other_colours |= other_gamma && !says_srgb;
    Ok(header)
}

/// The next chunk's kind and content; the content of one that holds pixels, or is too long, is left out.
fn chunk(file: &mut (impl Read + Seek)) -> Result<([u8; 4], Vec<u8>)> {
    let (mut length, mut kind) = ([0; 4], [0; 4]);
    file.read_exact(&mut length)?;
    file.read_exact(&mut kind)?;
    let length = u32::from_be_bytes(length);
    if &kind == b"IDAT" {
        return Ok((kind, Vec::new()));
    }
    let mut data = Vec::new();
    if length <= LONGEST {
        file.take(u64::from(length)).read_to_end(&mut data)?;
        file.seek(SeekFrom::Current(4))?;
    } else {
        file.seek(SeekFrom::Current(i64::from(length) + 4))?;
    }
    Ok((kind, data))
}
