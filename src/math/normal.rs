//! The standard normal distribution: its distribution function, its quantiles, and draws from it.

use rand_chacha::rand_core::Rng;

use super::random;

/// The share of the distribution below `z`.
pub fn share_below(z: f64) -> f64 {
    libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// The height of the distribution's curve at `z`.
pub fn density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt()
}

/// The quantile at `p`, by Newton's method: left of the middle the distribution function is convex, so the steps from there never
/// pass the root. Far tails take more steps, and `p` down to 1e-100 is exact to 1e-14.
pub fn quantile(p: f64) -> f64 {
    let tail = p.min(1.0 - p);
    let mut x = 0.0;
    for _ in 0..500 {
        let step = (share_below(x) - tail) / density(x);
        x -= step;
        if step.abs() <= 1e-15 * x.abs() {
            break;
        }
    }
    if p < 0.5 { x } else { -x }
}

/// A draw, by Box and Muller 1958; with functions that every processor computes alike.
pub fn draw(rng: &mut impl Rng) -> f64 {
    let (radius, turn) = (1.0 - random::unit(rng.next_u64()), random::unit(rng.next_u64()));
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(2.0 * std::f64::consts::PI * turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_the_tables_and_undo_shares() {
        // scipy.stats.norm.ppf, scipy 1.17.1
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (1e-10, -6.361_340_902_404_056)] {
            assert!((quantile(p) - z).abs() < 1e-12, "{p}: {}", quantile(p));
            assert!((share_below(quantile(p)) - p).abs() < 1e-14);
        }
    }

    #[test]
    fn draws_have_the_moments_of_the_distribution() {
        let mut rng = random::stream(5, 1);
        let draws: Vec<f64> = (0..20_000).map(|_| draw(&mut rng)).collect();
        let moment = |power: i32| draws.iter().map(|z| z.powi(power)).sum::<f64>() / 20_000.0;
        // Each within about three standard errors.
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.03, "{} {}", moment(1), moment(2));
        assert!(moment(3).abs() < 0.1 && (moment(4) - 3.0).abs() < 0.2, "{} {}", moment(3), moment(4));
    }
}
