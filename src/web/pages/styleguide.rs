//! Every component with sample data, for those who change pages. Debug builds only.
//!
//! Its texts are in English and not in `locales/`: only developers read it.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::web::frame::chart::ChartPoint;
use crate::web::frame::efficiency::{Efficiency, Plot};
use crate::web::frame::error::WebError;
use crate::web::frame::session::Appearance;
use crate::web::frame::shell::Shell;
use crate::web::page;

/// Colours by what they mean, in the order of tokens.css.
const COLOURS: [&str; 18] = [
    "paper",
    "card",
    "sunk",
    "canvas",
    "line",
    "line2",
    "edge",
    "ink",
    "ink2",
    "ink3",
    "accent",
    "accent-soft",
    "good",
    "good-soft",
    "warn",
    "warn-soft",
    "bad",
    "bad-soft",
];

#[derive(Template)]
#[template(path = "styleguide.html")]
struct Styleguide {
    shell: Shell,
    colours: [&'static str; 18],
    chart: Option<Efficiency>,
}

/// `GET /styleguide`
pub async fn show(headers: HeaderMap) -> Result<Response, WebError> {
    let point = |labels: f64| {
        let accuracy = 1.0 - 0.8 / (1.0 + labels / 60.0);
        let half = 0.12 / (1.0 + labels / 150.0);
        let title = format!("{labels} labels: {:.1} %", accuracy * 100.0);
        ChartPoint { x: labels, y: accuracy, low: accuracy - half, high: (accuracy + half).min(1.0), title }
    };
    let points: Vec<_> = (1..=20).map(|i| point(f64::from(i * 20))).collect();
    page(&Styleguide {
        shell: Shell::bare("Style", Appearance::of(&headers)),
        colours: COLOURS,
        chart: Efficiency::new(
            &Plot { points, ..Plot::default() },
            |labels| format!("{labels:.0}"),
            |share| format!("{:.0} %", share * 100.0),
        ),
    })
}
