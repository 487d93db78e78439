//! Lots: draws from a sample's content that cannot be predicted without the project's secret.
//!
//! What is drawn must be the same at every import and must not depend on the order of files; people who label must not
//! be able to work it out. So it is a digest of the content under a secret. Everything that could give away an audit
//! question is drawn here: the audit set, the order and the mix of questions, and where the desk withholds the opinion.

use sha2::{Digest as _, Sha256};

use super::SampleId;

/// A project's secret: 32 hexadecimal digits that never leave the server.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Lots(String);

impl Lots {
    /// From random bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The lot of a content (its hash, or that of the first of its copies) for one purpose.
    fn draw(&self, purpose: &str, content: &str) -> u64 {
        let mut digest = Sha256::new();
        for part in [purpose, &self.0, content] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        u64::from_le_bytes(std::array::from_fn({
            let digest = digest.finalize();
            move |i| digest[i]
        }))
    }

    /// As a number from 0 to 1.
    fn unit(&self, purpose: &str, content: &str) -> f64 {
        ((self.draw(purpose, content) >> 11) as f64) / ((1u64 << 53) as f64)
    }

    /// Whether the group of copies that begins with `first` belongs to an audit set of this share of the pool.
    pub fn audits(&self, first: &str, share: f64) -> bool {
        self.unit("audit", first) < share
    }

    /// A sample's place in the order in which audit and random questions are asked; not negative.
    pub fn order(&self, content: &str) -> i64 {
        (self.draw("order", content) >> 1) as i64
    }

    /// Whether the desk withholds the committee's opinion of a sample, for this share of the samples.
    pub fn withholds(&self, sample: SampleId, share: f64) -> bool {
        self.unit("opinion", &sample.to_string()) < share
    }

    /// What mixes audit and random questions into the ranked ones.
    pub fn mix(&self) -> u64 {
        self.draw("mix", "")
    }

    /// Where the group of copies that begins with `first` comes when a dataset is split.
    pub fn split(&self, first: &str, seed: u64) -> u64 {
        self.draw(&format!("split {seed}"), first)
    }
}

/// Never printed, not even in a debug log.
impl std::fmt::Debug for Lots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lots(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_follows_from_secret_purpose_and_content_alone() {
        let lots = Lots::new([7; 16]);
        assert_eq!(lots.order("ab"), Lots::new([7; 16]).order("ab"));
        assert_ne!(lots.order("ab"), lots.order("ac"));
        assert_ne!(lots.order("ab"), Lots::new([8; 16]).order("ab"));
        assert_ne!(lots.split("ab", 0), lots.split("ab", 1));
        assert_ne!(lots.split("ab", 0) >> 1, lots.order("ab") as u64);
        assert!(!format!("{lots:?}").contains('7'));
    }

    #[test]
    fn the_audit_set_has_its_share() {
        let lots = Lots::new([3; 16]);
        let drawn = (0..20_000).filter(|i| lots.audits(&format!("{i:064x}"), 0.1)).count();
        // Four standard deviations of a binomial with n = 20,000 and p = 0.1 are 170.
        assert!((1830..=2170).contains(&drawn), "{drawn}");
        assert!(!lots.audits("00", 0.0) && lots.audits("00", 1.0));
    }

    #[test]
    fn a_lot_for_the_split_says_nothing_about_the_audit_set() {
        let lots = Lots::new([5; 16]);
        let contents: Vec<String> = (0..20_000).map(|i| format!("{i:064x}")).collect();
        let early = |content: &&String| lots.split(content, 0) < u64::MAX / 10;
        let audited = contents.iter().filter(|content| lots.audits(content, 0.1));
        let (n, both) = audited.fold((0, 0), |(n, both), content| (n + 1, both + i32::from(early(&content))));
        assert!((0.07..0.13).contains(&(f64::from(both) / f64::from(n))), "{both} of {n}");
    }
}
