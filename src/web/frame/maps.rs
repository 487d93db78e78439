//! The map's legend and selections, in words and colours.

use crate::domain::Class;
use crate::service::map::colouring::{ColourBy, Coloured, DoubtLevel, Meaning};
use crate::service::map::selecting::{AskedNext, MOST_CHOSEN, PartSummary};
use crate::web::frame::filters::group;
use crate::web::frame::language::Language;
use crate::web::pages::label::colour;

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct LegendEntry {
    pub name: String,
    /// The CSS class of its colour.
    pub colour: String,
    /// How large its points are: 0, 1 or 2.
    pub size: u8,
    /// How many points are shown.
    pub n: usize,
}

/// What each value of the map's points means.
pub fn legend(language: Language, classes: &[Class], by: ColourBy, coloured: &Coloured) -> Vec<LegendEntry> {
    let entry = |(place, (meaning, n)): (usize, &(Meaning, usize))| {
        let (name, colour, size) = worded(language, classes, by, place, meaning);
        LegendEntry { name, colour, size, n: *n }
    };
    coloured.entries.iter().enumerate().map(entry).collect()
}

/// Name, CSS class and size of the entry at this place.
fn worded(
    language: Language,
    classes: &[Class],
    by: ColourBy,
    place: usize,
    meaning: &Meaning,
) -> (String, String, u8) {
    let say = |id: &str| -> String { language.say(id).into() };
    let grey = |name: String| (name, "grey".to_owned(), 0);
    let of_class = if by == ColourBy::Label { 2 } else { 1 };
    match meaning {
        Meaning::Class(at) => {
            let name = classes.get(*at).map(|class| class.name.clone()).unwrap_or_default();
            let look = classes.get(*at).map_or(*at, |class| class.look(*at));
            (name, colour(look), of_class)
        }
        Meaning::Several => (say("map-several"), "accent".to_owned(), of_class),
        Meaning::NoneOfThese => (say("none-of-these"), "ink".to_owned(), of_class),
        Meaning::OtherClasses => (say("map-other-classes"), "grey".to_owned(), of_class),
        Meaning::Skipped => grey(say("samples-skipped")),
        Meaning::Unlabeled if by == ColourBy::State => (say("samples-unlabeled"), "accent".to_owned(), 1),
        Meaning::Unlabeled => grey(say("samples-unlabeled")),
        Meaning::Labeled => grey(say("samples-labeled")),
        Meaning::Doubt(DoubtLevel::High) => (say("map-doubt-high"), "ramp5".to_owned(), 2),
        Meaning::Doubt(DoubtLevel::Some) => (say("map-doubt-some"), "ramp3".to_owned(), 1),
        Meaning::Doubt(DoubtLevel::Little) => (say("map-doubt-little"), "ramp1".to_owned(), 0),
        Meaning::NotJudged => grey(say("map-not-judged")),
        Meaning::Value(value) | Meaning::Import(value) => (value.clone(), colour(place), 1),
        Meaning::OtherValues => (say("map-other-values"), "ink".to_owned(), 1),
        Meaning::OtherImports => (say("map-other-imports"), "ink".to_owned(), 1),
        Meaning::NoValue => grey(say("map-no-value")),
        Meaning::Rounds(first, last) if first == last => {
            (language.say("map-round").with("round", first.to_string()).into(), format!("ramp{}", place + 1), 2)
        }
        Meaning::Rounds(first, last) => {
            let text = language.say("map-rounds").with("first", first.to_string()).with("last", last.to_string());
            (text.into(), format!("ramp{}", place + 1), 2)
        }
        Meaning::NoRound => grey(say("map-no-round")),
    }
}

/// How many points are shown.
pub fn shown(language: Language, coloured: &Coloured) -> String {
    let shown: usize = coloured.entries.iter().map(|(_, n)| n).sum();
    let text = language.say("map-shown").with("n", group(shown as i64));
    text.with("all", group(coloured.values.len() as i64)).into()
}

/// What a selection holds.
pub fn selected(language: Language, summary: &PartSummary) -> String {
    let text = language.say("map-selected-about").with("unlabeled", summary.unlabeled);
    let mut sentences = vec![text.with("labeled", summary.labeled).to_string()];
    if summary.skipped > 0 {
        sentences.push(language.say("map-selected-skipped").with("n", summary.skipped).into());
    }
    if let (here, all @ 1..) = summary.doubtful {
        sentences.push(language.say("map-selected-doubt").with("here", here).with("all", all).into());
    }
    sentences.join(&language.say("between-sentences").to_string())
}

/// What asking the unlabeled samples of a selection is called; `None` where there are none.
pub fn ask(language: Language, unlabeled: usize) -> Option<String> {
    let id = if unlabeled > MOST_CHOSEN { "map-ask-some" } else { "map-ask" };
    (unlabeled > 0).then(|| language.say(id).with("n", unlabeled.min(MOST_CHOSEN)).into())
}

/// What came of a wish to be asked next.
pub fn asked(language: Language, done: AskedNext) -> String {
    let mut sentences = vec![language.say("map-asked").with("n", done.asked).to_string()];
    if done.copies > 0 {
        sentences.push(language.say("map-asked-copies").with("n", done.copies).into());
    }
    if done.left > 0 {
        sentences.push(language.say("map-asked-left").with("n", done.left).into());
    }
    sentences.join(&language.say("between-sentences").to_string())
}
