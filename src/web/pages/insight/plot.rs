//! The chart of a view.

use std::collections::BTreeMap;

use crate::domain::{Project, Timestamp};
use crate::evaluate::random_line::LinePoint;
use crate::service::insight::changes::{Change, WhatChanged};
use crate::service::insight::effort::Effort;
use crate::service::insight::{Curve, Point};
use crate::web::frame::chart::ChartPoint;
use crate::web::frame::efficiency::{Efficiency, Plot};
use crate::web::frame::filters::{decimal, group, percent};
use crate::web::frame::language::Language;
use crate::web::pages::insight::sentence::rounded;
use crate::web::pages::insight::view::{Across, ChartView, Shown};

/// A curve as it is seen, with what its axis needs.
pub struct Seen<'a> {
    pub language: Language,
    pub project: &'a Project,
    pub curve: &'a Curve,
    pub effort: &'a Effort,
    pub view: ChartView,
}

impl Seen<'_> {
    /// The drawing; `None` before the first measured round.
    pub fn chart(&self) -> Option<Efficiency> {
        let language = self.language;
        let number = |x: f64| match x {
            x if x.fract() == 0.0 || x >= 20.0 => group(x.round() as i64),
            x if x >= 1.0 => decimal(language, x, 1),
            x => decimal(language, x, 2),
        };
        Efficiency::new(&self.plot(), number, |share| decimal(language, share * 100.0, 0) + "\u{a0}%")
    }

    fn plot(&self) -> Plot {
        let points = self.points();
        let value = points.last().map(|last| percent(self.language, last.y)).unwrap_or_default();
        let share = self.view.shown == Shown::Share;
        let against = self.curve.random.as_ref().and_then(|random| random.against).filter(|found| share && found.gain);
        let bridge = against.and_then(|found| {
            let needed = found.needed?;
            let saved = rounded(needed - found.labels as f64);
            let last = self.curve.points.last()?;
            Some((self.random_x(needed, last), self.language.say("insight-bridge").with("n", saved).to_string()))
        });
        Plot {
            points,
            random: if share { self.random() } else { Vec::new() },
            target: self.project.goal.target.filter(|_| share).map(|target| {
                let text = self.language.say("insight-target").with("share", decimal(self.language, target * 100.0, 0));
                (target, text.into())
            }),
            marks: self.curve.changes.iter().filter_map(|change| self.mark(change)).collect(),
            bridge,
            log: self.view.log,
            value,
        }
    }

    /// One shape for each number of labels, the newest round's: answers taken back and audit answers lead to rounds with a number
    /// of labels that others already had.
    fn points(&self) -> Vec<ChartPoint> {
        let newest: BTreeMap<i64, &Point> = self.curve.points.iter().map(|point| (point.labels, point)).collect();
        let mut shapes: Vec<ChartPoint> = newest
            .into_values()
            .filter_map(|point| {
                let (y, low, high) = self.view.value(self.curve, point)?;
                Some(ChartPoint { x: self.x(point), y, low, high, title: self.title(point, (y, low, high)) })
            })
            .collect();
        // Hours and money only grow, whichever order the labels give.
        shapes.sort_by(|a, b| a.x.total_cmp(&b.x));
        shapes
    }

    fn title(&self, point: &Point, (value, low, high): (f64, f64, f64)) -> String {
        let language = self.language;
        let id = if low < high { "insight-point" } else { "insight-point-bare" };
        let text = language.say(id).with("round", point.round.to_string()).with("n", point.labels);
        let text = text.with("share", percent(language, value));
        text.with("low", percent(language, low)).with("high", percent(language, high)).into()
    }

    fn x(&self, point: &Point) -> f64 {
        let at = point.finished_us.unwrap_or(Timestamp(0));
        match self.view.across {
            Across::Labels => point.labels as f64,
            Across::Hours => self.effort.at(at).1,
            Across::Cost => self.effort.cost(&self.project.goal, at).unwrap_or(0.0),
        }
    }

    /// Labels of random labeling on the axis, at the pace and price of the newest round.
    fn random_x(&self, labels: f64, newest: &Point) -> f64 {
        labels * self.x(newest) / newest.labels.max(1) as f64
    }

    fn random(&self) -> Vec<(ChartPoint, bool)> {
        let (Some(random), Some(newest)) = (&self.curve.random, self.curve.points.last()) else { return Vec::new() };
        let beyond = random.points.last().is_some_and(|last| last.extrapolated);
        let name = self.language.say(if beyond { "insight-random-beyond" } else { "insight-random" }).to_string();
        let shape = |point: &LinePoint| {
            let LinePoint { labels, accuracy, low, high, extrapolated } = *point;
            (ChartPoint { x: self.random_x(labels, newest), y: accuracy, low, high, title: name.clone() }, extrapolated)
        };
        random.points.iter().map(shape).collect()
    }

    fn mark(&self, change: &Change) -> Option<(f64, String)> {
        let point = self.curve.points.iter().find(|point| point.round == change.round)?;
        Some((self.x(point), said(self.language, change)))
    }
}

/// A change as a sentence.
fn said(language: Language, change: &Change) -> String {
    let text = match &change.what {
        WhatChanged::Strategy { to } => language.say("insight-changed-strategy").with("name", to.as_str()),
        WhatChanged::Encoder { to } => language.say("insight-changed-encoder").with("name", to.as_str()),
        WhatChanged::ClassAdded { name } => language.say("insight-changed-class").with("name", name.as_str()),
        WhatChanged::ClassRetired { name } => language.say("insight-changed-retired").with("name", name.as_str()),
        WhatChanged::AuditLeft { samples } => language.say("insight-changed-audit").with("n", *samples),
    };
    let at = language.say("insight-changed-at").with("n", change.labels);
    at.with("what", text.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::insight::random_line::{AgainstRandom, RandomStanding};
    use crate::web::pages::insight::tests::{curve, point, project};

    fn seen(curve: &Curve, view: ChartView) -> Option<Efficiency> {
        let project = project();
        let effort = Effort::default();
        Seen { language: Language::default(), project: &project, curve, effort: &effort, view }.chart()
    }

    #[test]
    fn the_chart_never_runs_backwards() {
        let points = vec![point(10, 5, 10), point(11, 6, 10), point(10, 7, 10), point(11, 8, 10)];
        let Efficiency { dots, now, .. } = seen(&curve(points), ChartView::default()).unwrap();
        assert!(dots.len() == 1 && dots[0].x < now.x, "{dots:?} {now:?}");
    }

    #[test]
    fn random_labeling_is_drawn_with_accuracy_alone() {
        let at = |labels, extrapolated| LinePoint { labels, accuracy: 0.6, low: 0.5, high: 0.7, extrapolated };
        let against = AgainstRandom {
            round: 1,
            labels: 100,
            within: 1_000.0,
            needed: Some(230.0),
            low: 150.0,
            high: None,
            extrapolated: true,
            gain: true,
        };
        let random = RandomStanding {
            made_us: Timestamp(0),
            audit_labels: 100,
            measured_to: 80,
            points: vec![at(10.0, false), at(80.0, false), at(240.0, true)],
            against: Some(against),
        };
        let curve = Curve { random: Some(random), ..curve(vec![point(50, 60, 100), point(100, 70, 100)]) };
        let chart = seen(&curve, ChartView::default()).unwrap();
        assert_eq!(chart.bridge.unwrap().text.text, "about 130 labels saved");
        assert_eq!(chart.random.unwrap().name.text, "random, extrapolated");
        let f1 = seen(&curve, ChartView { shown: Shown::MacroF1, ..ChartView::default() }).unwrap();
        assert_eq!((f1.random, f1.bridge), (None, None));
    }
}
