//! From other colours to RGB, with the rounding of Pillow.

use image::DynamicImage;

/// `a · b / 255`, rounded.
fn share(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    (((product >> 8) + product) >> 8) as u8
}

/// A level blended over white by `alpha`.
pub(super) fn over_white(level: u8, alpha: u8) -> u8 {
    let (level, alpha) = (u32::from(level), u32::from(alpha));
    ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// A level that was multiplied by `alpha` already, over white.
pub(super) fn multiplied_over_white(level: u8, alpha: u8) -> u8 {
    level.saturating_add(255 - alpha)
}

/// RGB from CMYK inks over white.
pub(super) fn from_inks([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let left = 255 - black;
    [cyan, magenta, yellow].map(|ink| left - share(ink, left))
}

/// RGB of levels of luma and two differences of colour (JFIF's, which TIFF's defaults are too).
pub(super) fn from_luma([y, blue, red]: [u8; 3]) -> [u8; 3] {
    let (y, blue, red) = (f32::from(y), f32::from(blue) - 128.0, f32::from(red) - 128.0);
    [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue]
        .map(|v| v.round().clamp(0.0, 255.0) as u8)
}

/// 16 bits as 8, by value.
pub(super) fn narrow(level: u16) -> u8 {
    ((u32::from(level) + 128) / 257) as u8
}

/// RGB of a picture of any kind of numbers, transparency over white.
pub(super) fn flat(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let rgba = picture.into_rgba8().into_raw();
    rgba.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| [r, g, b].map(|level| over_white(level, a))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_and_transparency_round_as_pillow_does() {
        assert_eq!(from_inks([0, 0, 0, 0]), [255; 3]);
        assert_eq!(from_inks([255, 0, 128, 0]), [0, 255, 127]);
        assert_eq!(from_inks([10, 20, 30, 255]), [0; 3]);
        assert_eq!(over_white(240, 128), 247);
        assert_eq!(multiplied_over_white(120, 128), 247);
        assert_eq!((over_white(0, 0), over_white(7, 255)), (255, 7));
    }

    #[test]
    fn luma_without_colour_is_grey() {
        assert_eq!(from_luma([77, 128, 128]), [77; 3]);
        assert_eq!(from_luma([76, 85, 255]), [254, 0, 0]);
    }
}
