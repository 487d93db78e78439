//! Two rounds on the same audit samples: how often each is right, and the pictures on which they differ.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Classes, Role};
use crate::service::App;
use crate::service::rounds::shelf::{self, Comparison, Difference};
use crate::web::frame::answers;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{decimal, group, interval, part_of};
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::{media, sample};

/// Pictures on the page.
const SHOWN: usize = 120;

/// Which rounds.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundPair {
    first: i64,
    second: i64,
}

struct Group {
    title: String,
    count: String,
    pictures: Vec<Picture>,
}

struct Picture {
    href: String,
    thumb_url: String,
    name: String,
    truth: Class,
    first: Class,
    second: Class,
}

#[derive(Default)]
struct Class {
    name: String,
    colour: String,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    shell: Shell,
    slug: String,
    found: Comparison,
    first_accuracy: String,
    second_accuracy: String,
    verdict: String,
    groups: Vec<Group>,
}

/// `GET /p/{slug}/rounds/compare?first=…&second=…`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(asked): Query<RoundPair>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let found = shelf::compare(&app, project, asked.first, asked.second, SHOWN).await?;
    let classes = app.store.classes(project.id).await?;
    let class = |said: &Classes| {
        let answers::AnswerText { text, mut colours } = answers::named(language, &classes, said.ids());
        Class { name: text, colour: colours.swap_remove(0) }
    };
    let picture = |one: &Difference| Picture {
        href: sample::url(&project.slug, one.sample),
        thumb_url: media::thumb_url(&project.slug, one.sample),
        name: one.name.clone(),
        truth: class(&one.truth),
        first: class(&one.first),
        second: class(&one.second),
    };
    let pictures = |wanted: fn(&Difference) -> bool| -> Vec<Picture> {
        found.differences.iter().filter(|one| wanted(one)).map(picture).collect()
    };
    let neither = found.n_differences as u64 - found.counts.only_first - found.counts.only_second;
    let groups = [
        (
            language.say("compare-only").with("round", found.first.to_string()),
            found.counts.only_first,
            pictures(|one| one.first == one.truth),
        ),
        (
            language.say("compare-only").with("round", found.second.to_string()),
            found.counts.only_second,
            pictures(|one| one.second == one.truth),
        ),
        (language.say("compare-neither"), neither, pictures(|one| one.first != one.truth && one.second != one.truth)),
    ];
    let groups = groups.into_iter().filter(|(_, count, _)| *count > 0).map(|(title, count, pictures)| Group {
        title: title.into(),
        count: if (pictures.len() as u64) < count {
            part_of(language, pictures.len() as i64, count as i64)
        } else {
            group(count as i64)
        },
        pictures,
    });
    page(&ComparePage {
        shell: Shell::project(&member, Tab::Rounds),
        slug: project.slug.clone(),
        first_accuracy: interval(language, &found.first_accuracy),
        second_accuracy: interval(language, &found.second_accuracy),
        verdict: verdict(language, &found),
        groups: groups.collect(),
        found,
    })
}

/// What the test says, in words.
fn verdict(language: Language, found: &Comparison) -> String {
    let (one, other) = (found.counts.only_first, found.counts.only_second);
    if found.n == 0 {
        return language.say("compare-nothing").into();
    }
    if one == other {
        return language.say("compare-even").into();
    }
    let better = if one > other { found.first } else { found.second };
    let p = if found.p_value < 0.001 {
        language.say("compare-p-below").with("p", decimal(language, 0.001, 3))
    } else {
        language.say("compare-p").with("p", decimal(language, found.p_value, 3))
    };
    let said = language.say(if found.p_value < 0.05 { "compare-better" } else { "compare-maybe" });
    said.with("round", better.to_string()).with("p", p.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Paired;

    fn found(only_first: u64, only_second: u64) -> Comparison {
        let counts = Paired { both_right: 50, only_first, only_second, both_wrong: 5 };
        let [first_accuracy, second_accuracy] = counts.accuracies();
        Comparison {
            first: 3,
            second: 8,
            n: counts.n(),
            counts,
            first_accuracy,
            second_accuracy,
            p_value: counts.p_value(),
            differences: Vec::new(),
            n_differences: (only_first + only_second) as usize,
        }
    }

    #[test]
    fn a_difference_is_called_one_only_where_chance_would_seldom_make_it() {
        assert!(
            verdict(Language::default(), &found(2, 4))
                .contains("Round 8 is right more often here, but that may well be chance")
        );
        assert!(
            verdict(Language::default(), &found(20, 2))
                .contains("Round 3 is right more often, and chance alone would seldom")
        );
        assert!(verdict(Language::default(), &found(60, 2)).contains("p below 0.001"));
        assert!(verdict(Language::default(), &found(4, 4)).contains("Neither"));
    }
}
