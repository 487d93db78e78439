//! What a project asks beside what its strategy ranks: labels that a class or a value is to have, answers that come again to the same
//! person, and how much a day.

use super::ClassId;

/// Most classes that may have a floor, and the most labels of one.
const MOST_FLOORS: usize = 1_000;
const MOST_LABELS: i64 = 1_000_000;
/// Most answers that may come again: more would cost more than they tell.
const MOST_REPEATS: f64 = 0.2;
/// Most answers a day.
const MOST_PER_DAY: i64 = 100_000;

/// Labels that a class is to have at least, those of the audit set not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassFloor {
    pub class: ClassId,
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub labels: i64,
}

/// Labels that each value of a column of metadata is to have at least, those of the audit set not counted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnFloor {
    #[schema(min_length = 1)]
    pub column: String,
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub labels: i64,
}

/// What is asked beside what the strategy ranks. Everything may be left open.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Asking {
    /// Labels that classes are to have. While one is short, samples that the committee finds likely to be of it are asked.
    pub classes: Vec<ClassFloor>,
    /// Labels that each value of one column is to have.
    pub column: Option<ColumnFloor>,
    /// Share of the strategy's questions that serve these floors while something is short, above 0 and at most 0.9.
    #[schema(exclusive_minimum = 0.0, maximum = 0.9)]
    pub floor_share: f64,
    /// Share of their answered samples that people get a second time, to see how consistent they are, 0 to 0.2.
    #[schema(minimum = 0.0, maximum = 0.2)]
    pub repeats: f64,
    /// Answers that each person is to give a day.
    #[schema(minimum = 1, maximum = 100_000)]
    pub per_day: Option<i64>,
}

impl Default for Asking {
    fn default() -> Self {
        Self { classes: Vec::new(), column: None, floor_share: 1.0 / 3.0, repeats: 0.0, per_day: None }
    }
}

/// Why a project cannot ask so.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadAsking {
    #[error("a floor is {0} labels; give 1 to {MOST_LABELS}")]
    Labels(i64),
    #[error("class {0} has two floors; give it one")]
    Twice(ClassId),
    #[error("{0} classes have floors; give at most {MOST_FLOORS}")]
    TooMany(usize),
    #[error("the share of questions that serve floors is {0}; give more than 0 and at most 0.9")]
    Share(f64),
    #[error("the share of answers that come again is {0}; give 0 to {MOST_REPEATS}")]
    Repeats(f64),
    #[error("the goal is {0} answers a day; give 1 to {MOST_PER_DAY}")]
    PerDay(i64),
    #[error("a floor by a column needs the column's name")]
    NoColumn,
    #[error("class {0} is not in this project")]
    NoClass(ClassId),
}

impl Asking {
    /// Refuse what makes no sense. Whether the classes are the project's is not looked at.
    ///
    /// # Errors
    /// A sentence saying what is wrong.
    pub fn check(&self) -> Result<(), BadAsking> {
        if self.classes.len() > MOST_FLOORS {
            return Err(BadAsking::TooMany(self.classes.len()));
        }
        if let Some((_, twice)) = self
            .classes
            .iter()
            .enumerate()
            .find(|(at, one)| self.classes[..*at].iter().any(|two| two.class == one.class))
        {
            return Err(BadAsking::Twice(twice.class));
        }
        let of_column = self.column.iter().map(|floor| floor.labels);
        if let Some(labels) = self
            .classes
            .iter()
            .map(|floor| floor.labels)
            .chain(of_column)
            .find(|labels| !(1..=MOST_LABELS).contains(labels))
        {
            return Err(BadAsking::Labels(labels));
        }
        if self.column.as_ref().is_some_and(|floor| floor.column.trim().is_empty()) {
            return Err(BadAsking::NoColumn);
        }
        if !(self.floor_share > 0.0 && self.floor_share <= 0.9) {
            return Err(BadAsking::Share(self.floor_share));
        }
        if !(0.0..=MOST_REPEATS).contains(&self.repeats) {
            return Err(BadAsking::Repeats(self.repeats));
        }
        match self.per_day {
            Some(answers) if !(1..=MOST_PER_DAY).contains(&answers) => Err(BadAsking::PerDay(answers)),
            _ => Ok(()),
        }
    }

    /// The labels that a class is to have.
    pub fn floor_of(&self, class: ClassId) -> Option<i64> {
        self.classes.iter().find(|floor| floor.class == class).map(|floor| floor.labels)
    }

    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// From how it is stored; what cannot be read is the default.
impl From<String> for Asking {
    fn from(text: String) -> Self {
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_stored_and_an_empty_one_asks_nothing_more() {
        let asking = Asking {
            classes: vec![ClassFloor { class: ClassId(7), labels: 20 }],
            column: Some(ColumnFloor { column: "site".to_owned(), labels: 5 }),
            repeats: 0.02,
            per_day: Some(150),
            ..Asking::default()
        };
        assert_eq!(Asking::from(asking.stored()), asking);
        assert_eq!(Asking::from(String::new()), Asking::default());
        assert_eq!((asking.floor_of(ClassId(7)), asking.floor_of(ClassId(8))), (Some(20), None));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let bad = |change: fn(&mut Asking)| {
            let mut asking = Asking::default();
            change(&mut asking);
            asking.check()
        };
        let floor = |class, labels| ClassFloor { class: ClassId(class), labels };
        assert_eq!(Asking::default().check(), Ok(()));
        assert_eq!(bad(|one| one.floor_share = 0.0), Err(BadAsking::Share(0.0)));
        assert!(bad(|one| one.floor_share = f64::NAN).is_err());
        assert_eq!(bad(|one| one.repeats = 0.3), Err(BadAsking::Repeats(0.3)));
        assert_eq!(bad(|one| one.per_day = Some(0)), Err(BadAsking::PerDay(0)));
        assert_eq!(
            bad(|one| one.column = Some(ColumnFloor { column: " ".to_owned(), labels: 3 })),
            Err(BadAsking::NoColumn)
        );
        let twice = Asking { classes: vec![floor(1, 5), floor(1, 6)], ..Asking::default() };
        assert_eq!(twice.check(), Err(BadAsking::Twice(ClassId(1))));
        let none = Asking { classes: vec![floor(1, 0)], ..Asking::default() };
        assert_eq!(none.check(), Err(BadAsking::Labels(0)));
    }
}
