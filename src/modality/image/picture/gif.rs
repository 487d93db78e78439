//! The blocks of a GIF: whether it holds one picture or several, and whether the first leaves something out.

use std::io::{Read, Result, Seek, SeekFrom};

use super::PictureFormat;
use super::exif::Turn;
use super::header::Header;

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
/// The kind of extension that says what is transparent.
const CONTROL: u8 = 0xf9;

/// What the blocks up to the second picture say.
pub(super) fn header(mut file: impl Read + Seek) -> Result<Header> {
    let mut screen = [0; 13];
    file.read_exact(&mut screen)?;
    let [.., w0, w1, h0, h1, flags, _, _] = screen;
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    skip_table(&mut file, flags)?;
    let mut header = Header {
        format: PictureFormat::Gif,
        width: width.into(),
        height: height.into(),
        turn: Turn::NONE,
        alpha: false,
        deep: false,
        several: false,
        other_colours: false,
    };
    let mut pictures = 0;
    loop {
        let mut kind = [0];
        // What follows the first picture is not needed to show it.
        if file.read(&mut kind)? == 0 {
            return Ok(header);
        }
        match kind[0] {
            EXTENSION => {
                let mut label = [0];
                file.read_exact(&mut label)?;
                let first = blocks(&mut file)?;
                header.alpha |= pictures == 0 && label[0] == CONTROL && first.is_some_and(|flags| flags & 1 != 0);
            }
            PICTURE => {
                pictures += 1;
                if pictures > 1 {
                    return Ok(Header { several: true, ..header });
                }
                let mut part = [0; 9];
                file.read_exact(&mut part)?;
                let number = |at: usize| u16::from_le_bytes([part[at], part[at + 1]]);
                header.alpha |= [number(0), number(2), number(4), number(6)] != [0, 0, width, height];
                skip_table(&mut file, part[8])?;
                // How wide its codes are.
                file.seek(SeekFrom::Current(1))?;
                blocks(&mut file)?;
            }
            _ => return Ok(header),
        }
    }
}

/// Pass over a table of colours, where there is one.
fn skip_table(file: &mut impl Seek, flags: u8) -> Result<()> {
    if flags & 0x80 != 0 {
        file.seek(SeekFrom::Current(3 << ((flags & 7) + 1)))?;
    }
    Ok(())
}

/// Pass over blocks up to the empty one; the first byte of the first.
fn blocks(file: &mut (impl Read + Seek)) -> Result<Option<u8>> {
    let mut first = None;
    loop {
        let mut length = [0];
        // A file may end right after its last picture.
        if file.read(&mut length)? == 0 || length[0] == 0 {
            return Ok(first);
        }
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        first.get_or_insert(byte[0]);
        file.seek(SeekFrom::Current(i64::from(length[0]) - 1))?;
    }
}
