//! Which classes are taken for which, and the samples of a cell.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Class, ClassId, Role};
use crate::evaluate::wilson;
use crate::service::App;
use crate::service::desk::review::SeenAnswer;
use crate::service::insight::confusion::{self, Counted, LabelAndGuess};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{decimal, group, interval, percent, range};
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::{colour, state_of};
use crate::web::pages::review::Item;
use crate::web::pages::{media, sample};

/// Pictures of a cell on the page.
const SHOWN: usize = 96;
/// Shades of a cell.
const SHADES: f64 = 8.0;
/// Confusions named in the list.
const NAMED: usize = 8;

/// Classes that fit beside the list of confusions.
const MANY: usize = 12;

/// What the page was called with.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellQuery {
    #[serde(default)]
    of: Counted,
    #[serde(default)]
    label: Option<ClassId>,
    #[serde(default)]
    guess: Option<ClassId>,
}

struct Row {
    name: String,
    colour: String,
    n: String,
    cells: Vec<Cell>,
}

struct Cell {
    n: u64,
    href: String,
    /// 0 to 8, by the share of its row.
    shade: u8,
    right: bool,
    chosen: bool,
    title: String,
}

/// A pair of classes that is confused.
struct Confused {
    label: String,
    guess: String,
    href: String,
    n: String,
    share: String,
}

struct Picture {
    href: String,
    item: String,
    thumb_url: String,
    name: String,
}

#[derive(Template)]
#[template(path = "confusion.html")]
struct ConfusionPage {
    shell: Shell,
    slug: String,
    module: String,
    state: String,
    headline: String,
    sets: bool,
    all: bool,
    /// The accuracy over the pool that all labels give, weighed.
    weighed: Option<String>,
    heads: Vec<String>,
    /// Whether there are so many classes that cells are narrow.
    many: bool,
    rows: Vec<Row>,
    confused: Vec<Confused>,
    /// Of the chosen cell.
    chosen: Option<String>,
    back: String,
    classes: Vec<Class>,
    pictures: Vec<Picture>,
}

/// `GET /p/{slug}/confusion`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(asked): Query<CellQuery>,
) -> Result<Response, WebError> {
    // The audit set's samples are named here.
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let pairs = confusion::pairs(&app, project, asked.of).await?;
    let met = |id: ClassId| pairs.iter().any(|pair| pair.label == id || pair.guess == id);
    let known = app.store.classes(project.id).await?;
    let shown: Vec<(usize, &Class)> = known.iter().enumerate().filter(|(_, class)| met(class.id)).collect();
    let ids: Vec<ClassId> = shown.iter().map(|(_, class)| class.id).collect();
    let matrix =
        Matrix { language, slug: &project.slug, asked, classes: &shown, counts: confusion::counts(&pairs, &ids) };
    let chosen = asked.label.zip(asked.guess);
    let name = |id: ClassId| known.iter().find(|class| class.id == id).map_or("?", |class| class.name.as_str());
    let inside = chosen.map(|(label, guess)| pairs.iter().filter(move |p| p.label == label && p.guess == guess));
    let inside: Vec<&LabelAndGuess> = inside.into_iter().flatten().collect();
    let mut pictures = Vec::new();
    for pair in inside.iter().take(SHOWN) {
        let Some(row) = app.store.sample(project.id, pair.sample).await? else { continue };
        let seen = SeenAnswer { sample: pair.sample, annotation: row.annotation_id };
        pictures.push(Picture {
            href: sample::url(&project.slug, pair.sample),
            item: Item { seen, suggested: Some([pair.guess].into_iter().collect()) }.value(),
            thumb_url: media::thumb_url(&project.slug, pair.sample),
            name: row.name,
        });
    }
    page(&ConfusionPage {
        shell: Shell::project(&member, Tab::Insight),
        slug: project.slug.clone(),
        module: crate::web::frame::assets::module("desk/review.js"),
        state: state_of(&member, serde_json::json!({})),
        headline: matrix.headline(),
        sets: project.task.shows_in_part(),
        weighed: match asked.of {
            Counted::All => confusion::weighed(&app, project, &pairs).await?.map(|found| {
                let text = language.say("confusion-weighed").with("share", interval(language, &found.interval));
                text.with("n", group(found.worth as i64)).into()
            }),
            Counted::Audit => None,
        },
        all: asked.of == Counted::All,
        many: shown.len() > MANY,
        heads: shown.iter().map(|(_, class)| class.name.clone()).collect(),
        rows: matrix.rows(),
        confused: matrix.confused(),
        chosen: chosen.map(|(label, guess)| {
            let text = language.say("confusion-chosen").with("n", inside.len()).with("label", name(label));
            text.with("guess", name(guess)).into()
        }),
        back: chosen.map_or_else(String::new, |(label, guess)| matrix.href(label, guess)),
        classes: known.iter().filter(|class| !class.retired).cloned().collect(),
        pictures,
    })
}

/// Counts with what it takes to show them.
struct Matrix<'a> {
    language: Language,
    slug: &'a str,
    asked: CellQuery,
    classes: &'a [(usize, &'a Class)],
    counts: Vec<Vec<u64>>,
}

impl Matrix<'_> {
    fn href(&self, label: ClassId, guess: ClassId) -> String {
        let of = if self.asked.of == Counted::All { "&of=all" } else { "" };
        format!("/p/{}/confusion?label={label}&guess={guess}{of}", self.slug)
    }

    fn rows(&self) -> Vec<Row> {
        let row = |(at, (place, class)): (usize, &(usize, &Class))| {
            let all: u64 = self.counts[at].iter().sum();
            let cell = |(to, &n): (usize, &u64)| {
                let other = self.classes[to].1;
                let share = n as f64 / all.max(1) as f64;
                let title = self.language.say("confusion-cell").with("n", n).with("label", class.name.as_str());
                Cell {
                    n,
                    href: self.href(class.id, other.id),
                    shade: if n == 0 { 0 } else { (share * SHADES).ceil().clamp(1.0, SHADES) as u8 },
                    right: at == to,
                    chosen: self.asked.label == Some(class.id) && self.asked.guess == Some(other.id),
                    title: title.with("guess", other.name.as_str()).into(),
                }
            };
            Row {
                name: class.name.clone(),
                colour: colour(*place),
                n: group(all as i64),
                cells: self.counts[at].iter().enumerate().map(cell).collect(),
            }
        };
        self.classes.iter().enumerate().map(row).collect()
    }

    /// Cells off the diagonal by their count, most first.
    fn worst(&self) -> Vec<(usize, usize, u64)> {
        let cells = self.counts.iter().enumerate().flat_map(|(row, counts)| {
            counts.iter().enumerate().filter(move |(to, n)| *to != row && **n > 0).map(move |(to, n)| (row, to, *n))
        });
        let mut cells: Vec<_> = cells.collect();
        cells.sort_by_key(|(row, to, n)| (std::cmp::Reverse(*n), *row, *to));
        cells
    }

    fn confused(&self) -> Vec<Confused> {
        let one = |(row, to, n): (usize, usize, u64)| {
            let all: u64 = self.counts[row].iter().sum();
            let share = wilson(n, all, 0.95);
            let ends = range(self.language, percent(self.language, share.low), percent(self.language, share.high));
            Confused {
                label: self.classes[row].1.name.clone(),
                guess: self.classes[to].1.name.clone(),
                href: self.href(self.classes[row].1.id, self.classes[to].1.id),
                n: group(n as i64),
                share: format!("{}\u{a0}% ({ends})", decimal(self.language, share.value * 100.0, 1)),
            }
        };
        self.worst().into_iter().take(NAMED).map(one).collect()
    }

    fn headline(&self) -> String {
        match (self.counts.is_empty(), self.worst().first()) {
            (true, _) => self.language.say("confusion-none").into(),
            (false, None) => self.language.say("confusion-clean").into(),
            (false, Some(&(row, to, n))) => {
                let text = self.language.say("confusion-worst").with("n", n);
                let text = text.with("label", self.classes[row].1.name.as_str());
                text.with("guess", self.classes[to].1.name.as_str()).into()
            }
        }
    }
}
