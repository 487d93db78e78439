//! Polygons, and which points lie in them.

/// A polygon, closed from its last corner to its first. Where it crosses itself, a point is inside if a ray from it crosses an odd
/// number of sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    corners: Vec<[f64; 2]>,
    /// Smallest and largest x and y.
    box_of: [[f64; 2]; 2],
}

impl Polygon {
    /// `None` with fewer than three corners, or one that is not a number.
    pub fn new(corners: Vec<[f64; 2]>) -> Option<Self> {
        if corners.len() < 3 || corners.iter().flatten().any(|x| !x.is_finite()) {
            return None;
        }
        let bound = |axis: usize, pick: fn(f64, f64) -> f64, start: f64| {
            corners.iter().map(|corner| corner[axis]).fold(start, pick)
        };
        let least = [bound(0, f64::min, f64::INFINITY), bound(1, f64::min, f64::INFINITY)];
        let most = [bound(0, f64::max, f64::NEG_INFINITY), bound(1, f64::max, f64::NEG_INFINITY)];
        Some(Self { corners, box_of: [least, most] })
    }

    /// Whether a point lies inside. O(corners), and O(1) outside the box around the polygon.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let [least, most] = self.box_of;
        if x < least[0] || y < least[1] || x > most[0] || y > most[1] {
            return false;
        }
        let mut inside = false;
        let mut before = self.corners[self.corners.len() - 1];
        for &corner in &self.corners {
            let crosses = (corner[1] > y) != (before[1] > y);
            if crosses && x < (before[0] - corner[0]) * (y - corner[1]) / (before[1] - corner[1]) + corner[0] {
                inside = !inside;
            }
            before = corner;
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_polygon_contains_what_its_sides_enclose() {
        // The letter L.
        let bent = Polygon::new(vec![[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [1.0, 1.0], [1.0, 4.0], [0.0, 4.0]]).unwrap();
        for (point, inside) in
            [([0.5, 3.0], true), ([3.0, 0.5], true), ([3.0, 3.0], false), ([-1.0, 0.5], false), ([0.5, 9.0], false)]
        {
            assert_eq!(bent.contains(point), inside, "{point:?}");
        }
    }

    #[test]
    fn what_is_no_polygon_is_none() {
        assert_eq!(Polygon::new(vec![[0.0, 0.0], [1.0, 1.0]]), None);
        assert_eq!(Polygon::new(vec![[0.0, 0.0], [1.0, f64::NAN], [2.0, 0.0]]), None);
        let flat = Polygon::new(vec![[1.0, 1.0]; 3]).unwrap();
        assert!(!flat.contains([1.0, 1.0]));
    }
}
