//! A learned encoder against scikit-learn (data: `tests/oracles/terms.py`).

use super::tests::embedding;
use super::{TermSettings, Terms};
use crate::math::dot;

#[derive(serde::Deserialize)]
struct File {
    dim: usize,
    word_grams: usize,
    letter_grams: usize,
    learned: Vec<String>,
    held_out: Vec<String>,
    cosines: Vec<f32>,
}

#[test]
fn cosines_are_those_of_scikit_learns_tf_idf_on_its_exact_singular_vectors() {
    let file: File = serde_json::from_str(include_str!("../../../tests/data/terms.json")).unwrap();
    let texts: Vec<&str> = file.learned.iter().map(String::as_str).collect();
    let settings = TermSettings { dim: file.dim, ..TermSettings::default() };
    let terms = Terms::learn(&texts, &settings, 1, &|_, _| true).unwrap();
    assert_eq!(terms.vocabulary.word_grams.len(), file.word_grams);
    assert_eq!(terms.vocabulary.letter_grams.len(), file.letter_grams);
    let found: Vec<Vec<f32>> = file.held_out.iter().map(|text| embedding(&terms, text)).collect();
    for (at, expected) in file.cosines.iter().enumerate() {
        let cosine = dot(&found[at / found.len()], &found[at % found.len()]);
        assert!((cosine - expected).abs() < 5e-3, "{at}: {cosine} for {expected}");
    }
}
