//! Whether a JPEG is whole. Its decoder fills what is missing with grey, so a cut file would pass for a picture.

/// Whether the end-of-image marker is reached by walking the file's segments.
///
/// A plain search for the marker would find the one of a thumbnail inside the metadata.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        // Between segments: a marker, perhaps after fill bytes.
        let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) else {
            return false;
        };
        at += start;
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let Some(&marker) = bytes.get(at) else { return false };
        at += 1;
        match marker {
            0xd9 => return true,
            // A stuffed zero or a restart marker inside the scan, or a marker without a body.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2) else { return false };
                at += usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}
