//! What a learned encoder promises, whatever the text.

use super::{TermSettings, Terms, TermsError};
use crate::math::random;
use crate::onnx::Model;

const WORDS: [&str; 24] = [
    "card",
    "payment",
    "Lost",
    "arrived",
    "account",
    "étude",
    "naïve",
    "Straße",
    "МОСКВА",
    "весна",
    "カード",
    "来ない",
    "top-up",
    "PIN",
    "don't",
    "refund",
    "1.50",
    "€",
    "😀",
    "שלום",
    "مرحبا",
    "Ǆ",
    "İstanbul",
    "kiln",
];

/// Texts of one to nine words, drawn by `seed`.
pub(super) fn drawn(n: usize, seed: u64) -> Vec<String> {
    let text = |i: u64| {
        let len = random::hash(seed ^ 1, i) % 9 + 1;
        let word = |at: u64| WORDS[(random::hash(seed, i * 16 + at) % WORDS.len() as u64) as usize];
        (0..len).map(word).collect::<Vec<_>>().join([" ", ", ", "\n"][(i % 3) as usize])
    };
    (0..n as u64).map(text).collect()
}

/// Texts that have broken tokenisers.
pub(super) fn nasty() -> Vec<String> {
    let texts = [
        "",
        " ",
        "\n\n\t",
        "?!",
        "\u{2}",
        "\u{3}card\u{2}",
        "a",
        "é",
        "e\u{301}",
        "😀😀👩‍👩‍👧",
        "\u{202e}card\u{202c}",
        "\u{feff}card",
        "CARD cArD Card",
        "ŁÓDŹ łódź",
        "ǅ ǆ Ǆ",
        "ẞ ß SS",
        "K k K",
        "カードが来ない",
        "日本語 and card",
        "ﬁnd ﬀ",
        "\u{10ffff}\u{fffd}",
        "مرحبا\u{64b}",
        "नमस्ते दुनिया",
        "สวัสดี",
        "x\u{0}card\u{0}",
        "card_payment",
        "card\r\npayment",
        "card\u{a0}payment",
        "card\u{2028}payment",
        "1.50€card",
    ];
    let long = ["card ".repeat(3_000), "x".repeat(10_000), "来".repeat(5_000)];
    texts.map(str::to_owned).into_iter().chain(long).collect()
}

pub(super) fn learned(n: usize, dim: usize, seed: u64) -> Terms {
    let texts = drawn(n, 3);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Terms::learn(&texts, &TermSettings { dim, ..TermSettings::default() }, seed, &|_, _| true).unwrap()
}

pub(super) fn embedding(terms: &Terms, text: &str) -> Vec<f32> {
    let mut out = vec![f32::NAN; terms.dim()];
    terms.embed(text, &mut out);
    out
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn an_encoder_comes_back_from_its_file() {
    for n in [2, 30, 400] {
        let terms = learned(n, 32, 1);
        let bytes = terms.to_model().to_bytes();
        let again = Terms::from_model(&Model::read(bytes.clone()).unwrap()).unwrap();
        assert!(again == terms, "{n}");
        assert!(again.to_model().to_bytes() == bytes, "{n}");
    }
}

#[test]
fn a_text_gives_a_unit_vector_and_nothing_known_gives_zeros() {
    let terms = learned(400, 32, 1);
    for text in drawn(50, 9).into_iter().chain(nasty()) {
        let length = embedding(&terms, &text).iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!(length == 0.0 || (length - 1.0).abs() < 1e-5, "{text:.40}: {length}");
    }
    for text in ["", " \n", "?!", "\u{2}\u{3}"] {
        assert_eq!(embedding(&terms, text), [0.0; 32], "{text:?}");
    }
}

#[test]
fn case_makes_no_difference_even_where_a_form_was_never_seen() {
    let terms = learned(400, 32, 1);
    for (one, other) in [("LOST CARD", "lost card"), ("Étude REFUND", "étude refund"), ("москва ВЕСНА", "МОСКВА весна")]
    {
        assert!(apart(&embedding(&terms, one), &embedding(&terms, other)) < 1e-6, "{one}");
    }
}

#[test]
fn a_text_without_a_word_is_the_text_with_a_space_in_its_place() {
    let terms = learned(400, 32, 1);
    for text in drawn(60, 11).into_iter().chain(nasty().into_iter().filter(|text| text.len() < 500)) {
        let mut end = 0;
        for (range, found) in terms.without_each_word(&text) {
            assert!(range.start >= end && !range.is_empty(), "{text}");
            end = range.end;
            let rest = format!("{} {}", &text[..range.start], &text[range.end..]);
            let far = apart(&found, &embedding(&terms, &rest));
            // Cancelled sums leave rounding, which a text of nothing known would blow up.
            assert!(far < 1e-4 || terms.vocabulary.counts(&rest).is_empty(), "{text:?} without {range:?}: {far}");
        }
    }
}

#[test]
fn any_number_of_threads_learns_the_same_file_and_another_seed_another() {
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| learned(900, 24, seed)).to_model().to_bytes()
    };
    let one = on(1, 1);
    assert!(one == on(3, 1), "the bytes of the models differ");
    assert!(one != on(1, 2), "another seed learns another encoder");
}

#[test]
fn learning_stops_when_told_and_needs_two_texts_with_words() {
    let texts = ["lost card", "card lost", "my card"];
    let settings = TermSettings::default();
    for last in 0..4 {
        let found = Terms::learn(&texts, &settings, 1, &|done, _| done < last);
        assert!(matches!(found, Err(TermsError::Stopped)), "{last}");
    }
    assert!(matches!(Terms::learn(&texts[..1], &settings, 1, &|_, _| true), Err(TermsError::TooFew(1))));
    assert!(matches!(Terms::learn(&["?", "!", ""], &settings, 1, &|_, _| true), Err(TermsError::NoWords)));
    // Only words, and only characters: an operator's list is never empty.
    for texts in [["😀", "😀 😀"], ["a b", "c d"]] {
        let terms = Terms::learn(&texts, &settings, 1, &|_, _| true).unwrap();
        assert!(Terms::from_model(&terms.to_model()).unwrap() == terms);
    }
}

#[test]
fn a_graph_with_a_change_is_refused() {
    let terms = learned(100, 16, 1);
    let graph_of = |change: &dyn Fn(&mut crate::onnx::Graph)| {
        let mut model = terms.to_model();
        change(model.graph.as_mut().unwrap());
        Terms::from_model(&model)
    };
    assert!(graph_of(&|_| ()).is_ok());
    let changes: [&dyn Fn(&mut crate::onnx::Graph); 5] = [
        &|graph| graph.node.truncate(9),
        &|graph| graph.node[13].op_type = Some("Gemm".to_owned()),
        &|graph| graph.node[1].attribute[1].ints[0] = -4,
        &|graph| graph.initializer[2].dims = vec![1 << 40, 1 << 40],
        &|graph| graph.node[2].attribute[4].ints[1] = 3,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        assert!(matches!(graph_of(change), Err(TermsError::Foreign(_))), "{at}");
    }
}
