//! Numbers of other libraries (data: `tests/oracles/cures.py`).

#[derive(serde::Deserialize)]
pub(super) struct CureCases {
    pub balanced: Vec<Balanced>,
    /// x, and the probability of a draw below it.
    pub beta_below: Vec<(f64, f64)>,
    pub smote: Vec<Smote>,
    pub doubtful: Vec<Doubtful>,
    pub spreading: Vec<Spreading>,
    pub graphs: Vec<Nearest>,
}

/// Balanced sample weights of scikit-learn.
#[derive(serde::Deserialize)]
pub(super) struct Balanced {
    pub classes: usize,
    pub labels: Vec<usize>,
    pub weights: Vec<f64>,
}

/// What imbalanced-learn finds for one class of rows at unit length.
#[derive(serde::Deserialize)]
pub(super) struct Smote {
    pub d: usize,
    pub rows: Vec<f32>,
    pub labels: Vec<usize>,
    pub class: usize,
    /// For each row of the class, positions within the class.
    pub neighbours: Vec<Vec<usize>>,
    /// Positions among all rows.
    pub danger: Vec<usize>,
}

/// The thresholds and label issues of cleanlab.
#[derive(serde::Deserialize)]
pub(super) struct Doubtful {
    pub labels: Vec<usize>,
    pub probabilities: Vec<f32>,
    pub thresholds: Vec<f64>,
    #[serde(rename = "doubtful")]
    pub found: Vec<usize>,
}

/// Label distributions of scikit-learn's `LabelSpreading`; −1 where a row has no label.
#[derive(serde::Deserialize)]
pub(super) struct Spreading {
    pub classes: usize,
    pub alpha: f64,
    pub pairs: Vec<(usize, usize, f64)>,
    pub labels: Vec<i64>,
    pub shares: Vec<f64>,
}

/// The upper half of S by scikit-learn's neighbours and scipy's Laplacian.
#[derive(serde::Deserialize)]
pub(super) struct Nearest {
    pub n: usize,
    pub d: usize,
    pub k: usize,
    pub rows: Vec<f32>,
    pub entries: Vec<(usize, usize, f64)>,
}

pub(super) fn file() -> CureCases {
    serde_json::from_str(include_str!("../../../tests/data/cures.json")).unwrap()
}
