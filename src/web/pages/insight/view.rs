//! What of the curve is shown: which measure, across what, on which scale. All of it stands in the address, so that a view can be
//! sent to others.

use crate::domain::ClassId;
use crate::service::insight::{Curve, Point};
use crate::web::frame::error::WebError;

/// What the page was called with.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    pub seen: Option<String>,
    #[serde(default)]
    measure: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    scale: Option<String>,
}

/// The measure on the chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// Accuracy, or exact match of sets.
    #[default]
    Share,
    /// The same share by prediction-powered inference.
    Powered,
    MacroF1,
    Recall(ClassId),
}

/// What runs across the chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Across {
    #[default]
    Labels,
    /// Active hours of people.
    Hours,
    Cost,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChartView {
    pub shown: Shown,
    pub across: Across,
    pub log: bool,
}

impl Asked {
    /// # Errors
    /// A sentence naming what the address asks for and what there is.
    pub fn view(&self) -> Result<ChartView, WebError> {
        let bad = |what: &str, text: &str, known: &str| {
            Err(WebError::unprocessable("bad_view", format!("{what} `{text}` is unknown; use {known}")))
        };
        let shown = match self.measure.as_deref() {
            None | Some("accuracy" | "exact-match") => Shown::Share,
            Some("powered") => Shown::Powered,
            Some("macro-f1") => Shown::MacroF1,
            Some(text) => match text.strip_prefix("recall-").and_then(|id| id.parse().ok()) {
                Some(class) => Shown::Recall(ClassId(class)),
                None => return bad("measure", text, "accuracy, powered, macro-f1 or recall-CLASS"),
            },
        };
        let across = match self.x.as_deref() {
            None | Some("labels") => Across::Labels,
            Some("hours") => Across::Hours,
            Some("cost") => Across::Cost,
            Some(text) => return bad("x", text, "labels, hours or cost"),
        };
        let log = match self.scale.as_deref() {
            None | Some("linear") => false,
            Some("log") => true,
            Some(text) => return bad("scale", text, "linear or log"),
        };
        Ok(ChartView { shown, across, log })
    }
}

impl ChartView {
    /// As it stands in an address; the usual view is nothing.
    pub fn query(self) -> String {
        let measure = match self.shown {
            Shown::Share => None,
            Shown::Powered => Some("measure=powered".to_owned()),
            Shown::MacroF1 => Some("measure=macro-f1".to_owned()),
            Shown::Recall(class) => Some(format!("measure=recall-{class}")),
        };
        let across = match self.across {
            Across::Labels => None,
            Across::Hours => Some("x=hours".to_owned()),
            Across::Cost => Some("x=cost".to_owned()),
        };
        let scale = self.log.then(|| "scale=log".to_owned());
        [measure, across, scale].into_iter().flatten().collect::<Vec<_>>().join("&")
    }

    /// A point's value with its 95 % interval, as far as one is known. `None` where the round says nothing of the measure.
    pub fn value(self, curve: &Curve, point: &Point) -> Option<(f64, f64, f64)> {
        match self.shown {
            Shown::Share => Some((point.accuracy, point.low, point.high)),
            Shown::Powered => point.powered.map(|found| (found.value, found.low, found.high)),
            Shown::MacroF1 => {
                let newest = curve.points.last().is_some_and(|last| last.round == point.round);
                let (low, high) =
                    curve.macro_f1_interval.filter(|_| newest).unwrap_or((point.macro_f1, point.macro_f1));
                Some((point.macro_f1, low, high))
            }
            Shown::Recall(class) => {
                let at = curve.classes.iter().position(|one| one.class == class)?;
                let recall = point.counts.get(at)?.recall(0.95)?;
                Some((recall.value, recall.low, recall.high))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(measure: Option<&str>, x: Option<&str>, scale: Option<&str>) -> Asked {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Asked { seen: None, measure: owned(measure), x: owned(x), scale: owned(scale) }
    }

    #[test]
    fn a_view_is_what_its_address_says() {
        let view = asked(Some("recall-7"), Some("hours"), Some("log")).view().unwrap();
        assert_eq!(view, ChartView { shown: Shown::Recall(ClassId(7)), across: Across::Hours, log: true });
        assert_eq!(view.query(), "measure=recall-7&x=hours&scale=log");
        assert_eq!(asked(None, None, None).view().unwrap().query(), "");
        assert_eq!(asked(Some("exact-match"), Some("labels"), Some("linear")).view().unwrap(), ChartView::default());
    }

    #[test]
    fn what_there_is_not_is_refused() {
        for asked in
            [asked(Some("recall-x"), None, None), asked(None, Some("days"), None), asked(None, None, Some("cube"))]
        {
            assert!(asked.view().is_err(), "{asked:?}");
        }
    }
}
