//! Many small square pictures in one allocation.

use crate::modality::image::picture::Picture;
use crate::modality::image::resample::resample;
use crate::modality::image::spec::Filter;

/// n pictures of `side` × `side`, as three planes of levels 0 to 255 each.
#[derive(Debug, Clone)]
pub struct Images {
    side: usize,
    planes: Vec<u8>,
}

impl Images {
    /// Empty.
    pub fn new(side: usize) -> Self {
        Self { side, planes: Vec::new() }
    }

    /// A picture as the planes that [`Images::push`] takes.
    pub fn shrink(picture: &Picture, side: usize) -> Vec<u8> {
        let whole = [0.0, 0.0, f64::from(picture.width), f64::from(picture.height)];
        let size = [picture.width, picture.height];
        let pixels = resample(&picture.pixels, size, whole, [side as u32; 2], Filter::Bilinear);
        (0..3).flat_map(|channel| pixels.iter().skip(channel).step_by(3).copied()).collect()
    }

    /// # Panics
    /// When `planes` is not one picture.
    pub fn push(&mut self, planes: &[u8]) {
        assert_eq!(planes.len(), self.size(), "a picture of side {} has three planes", self.side);
        self.planes.extend_from_slice(planes);
    }

    pub fn len(&self) -> usize {
        self.planes.len() / self.size()
    }

    pub fn is_empty(&self) -> bool {
        self.planes.is_empty()
    }

    pub fn side(&self) -> usize {
        self.side
    }

    fn size(&self) -> usize {
        3 * self.side * self.side
    }

    /// Picture `i` as the numbers an encoder takes.
    pub fn planes(&self, i: usize) -> impl Iterator<Item = f32> + '_ {
        self.picture(i).iter().map(|&level| f32::from(level))
    }

    pub(super) fn picture(&self, i: usize) -> &[u8] {
        &self.planes[i * self.size()..(i + 1) * self.size()]
    }

    /// The pictures at half the side, four pixels averaged into one and rounded.
    pub(super) fn halved(&self) -> Self {
        let (side, half) = (self.side, self.side / 2);
        let mut planes = Vec::with_capacity(self.planes.len() / 4);
        for plane in self.planes.chunks_exact(side * side) {
            for y in 0..half {
                for x in 0..half {
                    let at = 2 * y * side + 2 * x;
                    let four = [plane[at], plane[at + 1], plane[at + side], plane[at + side + 1]];
                    planes.push(((four.into_iter().map(u32::from).sum::<u32>() + 2) / 4) as u8);
                }
            }
        }
        Self { side: half, planes }
    }
}
