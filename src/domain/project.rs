//! Projects: one question asked about one pool of samples.

use unicode_normalization::UnicodeNormalization as _;

use super::word::words;
use super::{Asking, EncoderId, Goal, Lots, ProjectId, SecondOpinions, Task, Timestamp};

/// What a sample is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    Image,
    Text,
    Table,
    Series,
}

words!(Modality, "modality", { Image = "image", Text = "text", Table = "table", Series = "series" });

/// A project's settings, as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Project {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub task: Task,
    pub modality: Modality,
    pub seed: i64,
    /// Draws the audit set and the parts of a split.
    pub secret: Lots,
    /// The acquisition strategy's name, see `query::Strategy`.
    pub strategy: String,
    pub encoder_id: Option<EncoderId>,
    /// The encoder that takes over once every sample has its embedding by it.
    pub next_encoder_id: Option<EncoderId>,
    /// Share of the pool drawn into the audit set at import.
    pub audit_share: f64,
    /// Answers between rounds; `None`: every answer until 50, then each 2 %.
    pub retrain_labels: Option<i64>,
    /// Minutes after which anything new is trained on.
    pub retrain_minutes: i64,
    /// Whether annotators may see what the committee thinks (never on audit samples).
    pub show_opinion: bool,
    pub guidelines: String,
    /// What more than one person answers.
    #[sqlx(flatten)]
    pub second: SecondOpinions,
    /// Changes of a picture that keep its label, see `modality::image::augment`; empty: none.
    pub augmentations: String,
    /// Names of what helps its committee to learn, see `learn::cures`; empty: nothing.
    pub cures: String,
    /// What it is labeled for.
    #[sqlx(try_from = "String")]
    pub goal: Goal,
    /// What it asks beside what the strategy ranks.
    #[sqlx(try_from = "String")]
    pub asking: Asking,
    pub created_us: Timestamp,
    pub archived_us: Option<Timestamp>,
}

#[cfg(test)]
impl Project {
    /// A project for tests: birds, one class per picture, not encoded.
    pub fn example() -> Self {
        Self {
            id: ProjectId(1),
            slug: "birds".to_owned(),
            name: "Birds".to_owned(),
            task: Task::Single,
            modality: Modality::Image,
            seed: 0,
            secret: Lots::new([0; 16]),
            strategy: "auto".to_owned(),
            encoder_id: None,
            next_encoder_id: None,
            audit_share: 0.1,
            retrain_labels: Some(10),
            retrain_minutes: 7,
            show_opinion: false,
            guidelines: String::new(),
            augmentations: String::new(),
            cures: String::new(),
            goal: Goal::default(),
            asking: Asking::default(),
            second: SecondOpinions::default(),
            created_us: Timestamp(0),
            archived_us: None,
        }
    }
}

/// When a round is due by the number of new answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrainRule {
    pub labels: Option<i64>,
}

impl RetrainRule {
    /// New answers that make a round due when the last finished round knew `n_answers`, those of the audit set included.
    ///
    /// Until 50 every answer counts, since early answers move the ranking most; then each 2 %.
    pub fn answers_due(self, n_answers: i64) -> i64 {
        match self.labels {
            Some(labels) => labels.max(1),
            None if n_answers < 50 => 1,
            None => (n_answers / 50).max(1),
        }
    }
}

/// A slug was not lower-case letters, digits and dashes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("slug `{0}` must be 1 to 60 lower-case letters, digits and dashes, starting with a letter or digit")]
pub struct BadSlug(pub String);

/// A slug names a project in addresses and folders, so it holds nothing that needs quoting.
pub fn check_slug(slug: &str) -> Result<(), BadSlug> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = (1..=60).contains(&slug.len()) && slug.chars().all(|c| plain(c) || c == '-') && slug.starts_with(plain);
    if good { Ok(()) } else { Err(BadSlug(slug.to_owned())) }
}

/// A slug made from a name: `Vögel am See` is `vogel-am-see`. `None` if no character of the name is allowed in one.
pub fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    // Letters without their marks; the marks themselves are dropped with everything else.
    for c in name.nfkd().flat_map(char::to_lowercase).filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'ß' => slug.push_str("ss"),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(60);
    let slug = slug.trim_end_matches('-').to_owned();
    check_slug(&slug).is_ok().then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_retrains_until_fifty_then_each_two_percent() {
        let rule = RetrainRule { labels: None };
        assert_eq!((rule.answers_due(0), rule.answers_due(49), rule.answers_due(50)), (1, 1, 1));
        assert_eq!((rule.answers_due(200), rule.answers_due(5_000)), (4, 100));
    }

    #[test]
    fn a_name_makes_a_slug_where_letters_of_it_can_stand_in_one() {
        let made = |name: &str| slug_of(name);
        assert_eq!(made("Vögel am See").as_deref(), Some("vogel-am-see"));
        assert_eq!(made("  Straße 7, Süd! ").as_deref(), Some("strasse-7-sud"));
        assert_eq!(made(&"a".repeat(99)).unwrap().len(), 60);
        assert_eq!((made("鸟"), made("!!"), made("")), (None, None, None));
    }

    #[test]
    fn slugs_are_plain() {
        assert!(check_slug("field-trip-2").is_ok());
        for bad in ["", "-a", "A", "a/b", "a b", "ä", "../x"] {
            assert_eq!(check_slug(bad), Err(BadSlug(bad.to_owned())));
        }
    }
}
