//! Zips to the byte, and pictures to put into them.

use super::bench::png;

/// Distinct pictures by number.
pub fn picture(n: u8) -> Vec<u8> {
    png(n, n ^ 0x5a)
}

/// Name, flags, content and extra field.
type RawEntry<'a> = (&'a [u8], u16, &'a [u8], &'a [u8]);

/// A stored zip whose names are these very bytes.
pub fn raw_zip(entries: &[RawEntry]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, flags, data, extra) in entries {
        let crc = crc32fast::hash(data);
        let mut common = Vec::new();
        for short in [20, *flags, 0, 0, 0x5821] {
            common.extend(u16::to_le_bytes(short));
        }
        for long in [crc, data.len() as u32, data.len() as u32] {
            common.extend(u32::to_le_bytes(long));
        }
        for short in [name.len() as u16, extra.len() as u16] {
            common.extend(u16::to_le_bytes(short));
        }
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((body.len() as u32).to_le_bytes());
        directory.extend(*name);
        directory.extend(*extra);
        body.extend(b"PK\x03\x04");
        body.extend(&common);
        body.extend(*name);
        body.extend(*extra);
        body.extend(*data);
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (start, size) = (body.len() as u32, directory.len() as u32);
    body.extend(&directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend(count);
    body.extend(count);
    body.extend(size.to_le_bytes());
    body.extend(start.to_le_bytes());
    body.extend([0; 2]);
    body
}

/// A zip of names in UTF-8 without the flag.
pub fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let raw: Vec<_> = entries.iter().map(|(name, data)| (name.as_bytes(), 0, *data, &b""[..])).collect();
    raw_zip(&raw)
}
