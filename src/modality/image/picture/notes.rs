//! What people should know about a picture: content of its file that is not used, or barely visible.

/// One remark, for the report of an import.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PictureNote {
    #[error("it is an animation, and only its first picture is used; split it up to use the others")]
    Animation,
    #[error("it has several pages, and only the first is used; split it up to use the others")]
    Pages,
    #[error(
        "only {bits} of its 16 bits per colour are used, so it shows {levels} of 256 levels and is nearly black; save it \
         with its values stretched"
    )]
    Shallow { bits: u32, levels: u32 },
    #[error(
        "its values from {least} to {most} were stretched from black to white, for this picture alone; save it with 8 or 16 \
         bits per colour to choose yourself"
    )]
    Stretched { least: f64, most: f64 },
}

impl PictureNote {
    /// Whether the largest of a picture's 16-bit values leaves it nearly black.
    pub(super) fn of_depth(largest: u16) -> Option<Self> {
        let bits = u16::BITS - largest.leading_zeros();
        (1..=13).contains(&bits).then(|| Self::Shallow { bits, levels: ((1 << bits) / 256).max(1) })
    }
}
