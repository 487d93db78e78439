//! Why a head could not be fitted or a vote could not be read.

/// Input that no head can learn from.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LearnError {
    #[error("there are no labels; label at least one sample before training")]
    NoLabels,
    #[error("`{what}` has {got} entries where {want} are needed; give one per sample")]
    Length { what: &'static str, got: usize, want: usize },
    #[error("row {row} has a value that is not finite; encode that sample again or leave it out")]
    NotFinite { row: usize },
    #[error("label `{label}` of row {row} is not below the number of classes `{classes}`; check the labels")]
    Label { row: usize, label: usize, classes: usize },
    #[error("weight of row {row} is negative or not finite; weights must be 0 or more")]
    Weight { row: usize },
    #[error("samples have any number of classes; this head knows exactly one")]
    Sets,
    #[error("option `{0}` must be a positive finite number")]
    Option(&'static str),
    #[error(
        "probabilities of sample {sample} are negative, not finite, or do not sum to 1; give a softmax, not logits"
    )]
    Probabilities { sample: usize },
}
