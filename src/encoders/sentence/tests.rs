//! A small network and tokenizer made here, with numbers by hand; and a real one, where the developers have it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::spec::{MOST_TOKENS, WINDOWS};
use super::*;
use crate::encoders::Encoder as _;
use crate::modality::Preparation as _;
use crate::onnx::messages::data_type;
use crate::onnx::{Dim, Graph, Model, Node, ValueInfo, build};
use crate::runtime::testing::runtime;

mod layouts;
mod real;

/// The words of the small tokenizer; a word's number is its place.
const WORDS: [&str; 20] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "dog", "sat", "on", "the", "mat", "red", "blue", "##s", "query",
    ":", "猫", "😀", "and", "ran",
];

/// A folder with the files of a small encoder; dropped with it.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.put("tokenizer.json", &tokenizer());
        files.put("modules.json", &modules(&["Transformer", "Pooling", "Normalize"]));
        files.put("1_Pooling/config.json", &json!({ "word_embedding_dimension": 2, "pooling_mode_mean_tokens": true }));
        files.put("sentence_bert_config.json", &json!({ "max_seq_length": 6, "do_lower_case": false }));
        files.put("config.json", &json!({ "hidden_size": 2, "max_position_embeddings": 512, "vocab_size": 20 }));
        files.model("model.onnx", &network(&["input_ids", "attention_mask", "token_type_ids"]));
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn put(&self, name: &str, value: &Value) {
        std::fs::write(self.path(name), value.to_string()).unwrap();
    }

    fn model(&self, name: &str, model: &Model) {
        std::fs::write(self.path(name), model.to_bytes()).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    fn read(&self) -> FoundSentence {
        FoundSentence::read(self.0.path()).unwrap()
    }

    fn refusal(&self) -> String {
        FoundSentence::read(self.0.path()).unwrap_err().to_string()
    }
}

fn modules(kinds: &[&str]) -> Value {
    let module = |(at, kind): (usize, &&str)| {
        let path = if at == 0 { String::new() } else { format!("{at}_{kind}") };
        let kind = format!("sentence_transformers.models.{kind}");
        json!({ "idx": at, "name": at.to_string(), "path": path, "type": kind })
    };
    Value::Array(kinds.iter().enumerate().map(module).collect())
}

/// `WordPiece` with twenty words; padding and truncation are on, as in many files, and must not count.
fn tokenizer() -> Value {
    let vocab: serde_json::Map<String, Value> =
        WORDS.iter().enumerate().map(|(at, word)| ((*word).to_owned(), json!(at))).collect();
    let added = |at: usize| {
        json!({ "id": at, "content": WORDS[at], "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true })
    };
    let special = |at: usize| json!({ "id": WORDS[at], "ids": [at], "tokens": [WORDS[at]] });
    json!({
        "version": "1.0",
        "truncation": { "max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right" },
        "padding": { "strategy": { "Fixed": 9 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[PAD]" },
        "added_tokens": [added(0), added(1), added(2), added(3)],
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "[CLS]": special(2), "[SEP]": special(3) } },
        "decoder": null,
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab },
    })
}

fn whole(name: &str) -> ValueInfo {
    build::value(name, data_type::INT64, &[Dim::Open, Dim::Open])
}

/// Token t becomes the row (t, t²) + types, and the mask takes part: where it is 0, a thousand is added.
fn network(inputs: &[&str]) -> Model {
    let table: Vec<f32> = (0..20).flat_map(|t| [t as f32, (t * t) as f32]).collect();
    let float = || vec![build::int("to", i64::from(data_type::FLOAT))];
    let mut node = vec![build::node("Gather", &["table", "input_ids"], &["rows"], Vec::new())];
    let mut last = "rows".to_owned();
    let mut add = |node: &mut Vec<Node>, what: &str, scale: &str| {
        let (wide, floats, sum) = (format!("{what}/wide"), format!("{what}/floats"), format!("{what}/sum"));
        node.push(build::node("Unsqueeze", &[what, "axis"], &[&wide], Vec::new()));
        node.push(build::node("Cast", &[&wide], &[&floats], float()));
        node.push(build::node("Mul", &[&floats, scale], &[&format!("{what}/scaled")], Vec::new()));
        node.push(build::node("Add", &[&last, &format!("{what}/scaled")], &[&sum], Vec::new()));
        last = sum;
    };
    for input in inputs.iter().filter(|input| **input != "input_ids") {
        let scale = if *input == "attention_mask" { "minus" } else { "one" };
        add(&mut node, input, scale);
    }
    node.push(build::node("Add", &[&last, "thousand"], &["last_hidden_state"], Vec::new()));
    let masked = inputs.contains(&"attention_mask");
    let initializer = vec![
        build::floats("table", &[20, 2], &table),
        build::ints("axis", &[2]),
        build::floats("one", &[1], &[1.0]),
        build::floats("minus", &[1], &[-1000.0]),
        build::floats("thousand", &[1], &[if masked { 1000.0 } else { 0.0 }]),
    ];
    let output = vec![build::value("last_hidden_state", data_type::FLOAT, &[Dim::Open, Dim::Open, Dim::Fixed(2)])];
    let input = inputs.iter().map(|name| whole(name)).collect();
    model(Graph { name: Some("small".to_owned()), node, initializer, input, output, ..Graph::default() })
}

fn model(graph: Graph) -> Model {
    let opset = crate::onnx::messages::OperatorSetId { version: Some(17), ..Default::default() };
    Model { ir_version: Some(9), opset_import: vec![opset], graph: Some(graph), ..Model::default() }
}

/// Embeddings of texts, prepared and run as the pipeline does.
fn embed(found: &FoundSentence, texts: &[&str]) -> Option<crate::math::Matrix> {
    let runtime = runtime()?;
    let tokens = TextTokens::new(&found.spec, tokenizer_of(&found.model).unwrap().as_bytes()).unwrap();
    let mut tensors = vec![7.0; texts.len() * tokens.signature().numbers()];
    for (text, out) in texts.iter().zip(tensors.chunks_mut(tokens.signature().numbers())) {
        tokens.prepare(text.as_bytes(), 0, out).unwrap();
    }
    let encoder = SentenceEncoder::of(&runtime, &found.model, found.spec.clone()).unwrap();
    Some(encoder.encode(&tensors, texts.len()).unwrap())
}

fn close(found: &[f32], expected: &[f64]) {
    let alike = found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5 * b.abs().max(1.0));
    assert!(found.len() == expected.len() && alike, "{found:?} for {expected:?}");
}

fn unit(row: [f64; 2]) -> [f64; 2] {
    row.map(|value| value / row[0].hypot(row[1]))
}

#[test]
fn embeddings_are_those_computed_by_hand() {
    let found = Files::new().read();
    assert_eq!(found.warnings, [""; 0]);
    // [CLS] cat ##s [SEP] is 2 5 13 3; their means are 23/4 and (4 + 25 + 169 + 9)/4.
    let Some(rows) = embed(&found, &["Cats", "", "zebra 猫 😀"]) else { return };
    close(rows.row(0), &unit([23.0, 207.0]));
    close(rows.row(1), &unit([5.0, 13.0]));
    close(rows.row(2), &unit([2.0 + 1.0 + 16.0 + 17.0 + 3.0, 4.0 + 1.0 + 256.0 + 289.0 + 9.0]));
    for (pooling, by_hand) in [
        (Pooling::Mean, [5.75, 51.75]),
        (Pooling::Cls, [2.0, 4.0]),
        (Pooling::Last, [3.0, 9.0]),
        (Pooling::Max, [13.0, 169.0]),
    ] {
        let spec = Sentence { pooling, normalise: false, ..found.spec.clone() };
        let rows = embed(&FoundSentence { spec, ..found.clone() }, &["the dog sat", "Cats"]).unwrap();
        close(rows.row(1), &by_hand);
    }
}

#[test]
fn a_long_text_is_the_mean_of_its_windows_by_their_tokens() {
    let mut found = Files::new().read();
    found.spec.normalise = false;
    // Windows of 4 words: 2 4 5 7 8 3, then 2 9 10 3.
    let Some(rows) = embed(&found, &["a cat sat on the mat"]) else { return };
    close(rows.row(0), &[(29.0 + 24.0) / 10.0, (167.0 + 194.0) / 10.0]);
}

#[test]
fn neighbours_change_nothing_and_the_order_stays() {
    let found = Files::new().read();
    let texts = ["a cat sat on the mat and the red dog ran", "", "dog", "the blue mats", "cat", "a a a a"];
    let Some(together) = embed(&found, &texts) else { return };
    for (i, text) in texts.iter().enumerate() {
        assert_eq!(together.row(i), embed(&found, &[text]).unwrap().row(0), "{text}");
    }
}

#[test]
fn a_sample_is_its_windows_filled_up_with_less_than_nothing() {
    let found = Files::new().read();
    let tokens = TextTokens::new(&found.spec, tokenizer_of(&found.model).unwrap().as_bytes()).unwrap();
    assert_eq!(tokens.signature().shape, [WINDOWS, 6]);
    let mut out = vec![7.0; WINDOWS * 6];
    tokens.prepare("\u{feff}a cat sat on the".as_bytes(), 0, &mut out).unwrap();
    assert_eq!(out[..12], [2.0, 4.0, 5.0, 7.0, 8.0, 3.0, 2.0, 9.0, 3.0, -1.0, -1.0, -1.0]);
    assert!(out[12..].iter().all(|value| *value == -1.0));
    let refused = tokens.prepare(b"\xff\xfe", 0, &mut out).unwrap_err();
    assert_eq!(refused.to_string(), "the text is not in UTF-8");
    let long = "cat ".repeat(9_999) + "dog";
    let windows = tokens.windows(&long).unwrap();
    assert_eq!((windows.len(), windows[15].as_slice()), (WINDOWS, &[2, 5, 5, 5, 6, 3][..]));
}

#[test]
fn what_is_put_before_a_text_is_put_before_each_window() {
    let files = Files::new();
    let prompts = json!({ "prompts": { "query": "query: ", "passage": "passage: " }, "default_prompt_name": null });
    files.put("config_sentence_transformers.json", &prompts);
    let found = files.read();
    assert_eq!((found.spec.prefix.as_str(), found.warnings.len()), ("query: ", 1));
    let tokens = TextTokens::new(&found.spec, tokenizer_of(&found.model).unwrap().as_bytes()).unwrap();
    assert_eq!(tokens.windows("cat dog a").unwrap(), [vec![2, 14, 15, 5, 6, 3], vec![2, 14, 15, 4, 3]]);
    assert_eq!(tokens.windows("").unwrap(), [vec![2, 14, 15, 3]]);
}

#[test]
fn numbers_that_are_no_tokens_are_refused() {
    let Some(runtime) = runtime() else { return };
    let found = Files::new().read();
    let encoder = SentenceEncoder::of(&runtime, &found.model, found.spec.clone()).unwrap();
    assert_eq!((encoder.dim(), encoder.provider().provider.as_str()), (2, "cpu"));
    let with = |value: f32| {
        let mut sample = vec![-1.0; WINDOWS * 6];
        sample[0] = value;
        encoder.encode(&sample, 1)
    };
    for value in [f32::NAN, f32::INFINITY, 0.5, -2.0, 16_777_216.0] {
        assert!(matches!(with(value), Err(crate::runtime::EncodeError::Spec(_))), "{value}");
    }
    // A token that the network does not have is its own error, and an empty sample is zeros.
    assert!(matches!(with(20.0), Err(crate::runtime::EncodeError::Runtime(_))));
    assert_eq!(with(-1.0).unwrap().row(0), [0.0, 0.0]);
    assert!(encoder.encode(&[0.0; 5], 1).is_err());
    assert_eq!(encoder.encode(&[], 0).unwrap().rows(), 0);
}

#[test]
fn a_description_comes_back_from_its_text() {
    let spec = Files::new().read().spec;
    assert_eq!(Sentence::from_json(&spec.to_json()).unwrap(), spec);
    assert_eq!(TextFamily::of(&spec.to_json()), Some(TextFamily::Sentence));
    assert_eq!(TextFamily::of(r#"{"input":"x","width":224}"#), None);
    for (key, value) in [
        ("dim", json!(0)),
        ("max_tokens", json!(MOST_TOKENS + 1)),
        ("windows", json!(17)),
        ("family", json!("static")),
        ("else", json!(1)),
        ("length", json!(4)),
    ] {
        let mut text: Value = serde_json::from_str(&spec.to_json()).unwrap();
        text[key] = value;
        assert!(Sentence::from_json(&text.to_string()).is_err(), "{key}");
    }
}
