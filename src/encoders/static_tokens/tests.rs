//! A table made here, with numbers by hand.

use super::*;
use crate::modality::Preparation as _;

/// One tensor: name, kind, shape, bytes.
type Part<'a> = (&'a str, &'a str, Vec<usize>, Vec<u8>);

fn tensors(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, kind, shape, bytes) in parts {
        let from = data.len();
        data.extend_from_slice(bytes);
        let to = data.len();
        header.insert((*name).to_owned(), json!({ "dtype": kind, "shape": shape, "data_offsets": [from, to] }));
    }
    file(&header, &data)
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Four tokens: unknown, red, cat, mat; rows (9, 9), (1, 0), (0, 2), (3, 4).
const ROWS: [f32; 8] = [9.0, 9.0, 1.0, 0.0, 0.0, 2.0, 3.0, 4.0];

fn folder(parts: &[Part<'_>], config: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let vocab = json!({ "[UNK]": 0, "red": 1, "cat": 2, "mat": 3 });
    let tokenizer = json!({ "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" }, "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]" } });
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("model.safetensors", &tensors(parts));
    put("tokenizer.json", tokenizer.to_string().as_bytes());
    put("config.json", config.to_string().as_bytes());
    folder
}

fn embed(found: &FoundTable, texts: &[&str]) -> Matrix {
    let tokens = found.spec.tokens(tokenizer_of(&found.bytes).unwrap().as_bytes()).unwrap();
    let mut all = Vec::new();
    for text in texts {
        let mut out = vec![7.0; tokens.signature().numbers()];
        tokens.prepare(text.as_bytes(), 0, &mut out).unwrap();
        all.extend(out);
    }
    StaticEncoder::of(&found.bytes, &found.spec).unwrap().encode(&all, texts.len()).unwrap()
}

#[test]
fn an_embedding_is_the_mean_of_its_rows_without_unknown_tokens() {
    let folder = folder(&[("embeddings", "F32", vec![4, 2], floats(&ROWS))], &json!({ "normalize": false }));
    let found = FoundTable::read(folder.path()).unwrap();
    assert_eq!((found.warnings.len(), found.spec.unknown, found.spec.dim), (0, Some(0), 2));
    let rows = embed(&found, &["red cat", "zebra mat", "", "zebra"]);
    assert_eq!(rows.as_slice(), [0.5, 1.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
    let long = "red ".repeat(9_000) + &"cat ".repeat(9_000);
    assert_eq!(embed(&found, &[&long]).row(0), [0.5, 1.0]);
}

#[test]
fn other_precisions_weights_and_mappings_are_read() {
    let half: Vec<u8> = ROWS.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect();
    let bytes: Vec<u8> = ROWS.iter().map(|value| *value as u8).collect();
    for (kind, data) in [("F16", half), ("I8", bytes), ("F32", floats(&ROWS))] {
        // Tokens 2 and 3 share the last row; the weights are 1, 1, 1 and 3.
        let mapping = [0i64, 1, 3, 3].iter().flat_map(|row| row.to_le_bytes()).collect();
        let weights = [1.0f64, 1.0, 1.0, 3.0].iter().flat_map(|weight| weight.to_le_bytes()).collect();
        let parts = [
            ("embeddings", kind, vec![4, 2], data),
            ("mapping", "I64", vec![4], mapping),
            ("weights", "F64", vec![4], weights),
        ];
        let folder = folder(&parts, &json!({}));
        let found = FoundTable::read(folder.path()).unwrap();
        assert_eq!((found.warnings.len(), found.spec.normalise), (1, true));
        let rows = embed(&found, &["cat mat", "red mat"]);
        // 4 × (3, 4), and (1, 0) + 3 × (3, 4) = (10, 12).
        let expected = [0.6, 0.8, 10.0 / 244f32.sqrt(), 12.0 / 244f32.sqrt()];
        assert!(rows.as_slice().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{kind}: {rows:?}");
    }
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let refusal = |parts: &[Part<'_>]| {
        let folder = folder(parts, &json!({ "normalize": true }));
        FoundTable::read(folder.path()).unwrap_err().to_string()
    };
    let rows = || ("embeddings", "F32", vec![4, 2], floats(&ROWS));
    assert!(refusal(&[("other", "F32", vec![1], floats(&[1.0]))]).contains("no tensor `embeddings`"));
    assert!(refusal(&[("embeddings", "F32", vec![4, 3], floats(&ROWS))]).contains("another size than its shape"));
    assert!(refusal(&[("embeddings", "F8", vec![8], vec![0; 8])]).contains("holds `F8`"));
    assert!(refusal(&[("embeddings", "F32", vec![8], floats(&ROWS))]).contains("not a matrix"));
    assert!(
        refusal(&[("embeddings", "F32", vec![3, 2], floats(&ROWS[..6]))])
            .contains("knows 4 tokens, and the table has 3")
    );
    let mapping =
        |to: i32| ("mapping", "I32", vec![4], [0, 1, 2, to].iter().flat_map(|row| row.to_le_bytes()).collect());
    assert!(refusal(&[rows(), mapping(4)]).contains("leads out of the table"));
    assert!(refusal(&[rows(), mapping(-1)]).contains("leads out of the table"));
    assert!(refusal(&[rows(), ("weights", "F32", vec![3], floats(&[1.0; 3]))]).contains("another length"));
    for bytes in [&b""[..], b"\xff\xff\xff\xff\xff\xff\xff\xff{}", b"\x02\0\0\0\0\0\0\0[]", b"\x09\0\0\0\0\0\0\0{}"] {
        assert!(header(bytes).is_err(), "{bytes:?}");
    }
    let nowhere = tempfile::tempdir().unwrap();
    assert!(FoundTable::read(nowhere.path()).unwrap_err().to_string().contains("holds no model.safetensors"));
}

#[test]
fn a_description_comes_back_from_its_text_and_tokens_stay_in_the_table() {
    let folder = folder(&[("embeddings", "F32", vec![4, 2], floats(&ROWS))], &json!({ "normalize": true }));
    let FoundTable { bytes, spec, .. } = FoundTable::read(folder.path()).unwrap();
    assert_eq!(StaticTokens::from_json(&spec.to_json()).unwrap(), spec);
    assert_eq!(TextFamily::of(&spec.to_json()), Some(TextFamily::Static));
    let encoder = StaticEncoder::of(&bytes, &spec).unwrap();
    let mut sample = vec![-1.0; spec.signature().numbers()];
    sample[0] = 4.0;
    assert!(encoder.encode(&sample, 1).unwrap_err().to_string().contains("token 4; the table has 4"));
    assert!(StaticEncoder::of(&bytes, &StaticTokens { dim: 3, ..spec }).is_err());
}
