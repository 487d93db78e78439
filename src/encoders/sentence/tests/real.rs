//! all-MiniLM-L6-v2 against ONNX Runtime's own package for Python and numpy: `tests/oracles/sentences.py`.

use super::*;
use crate::testing::skip;

/// The folder that the script's `fetch` made: `.setup/minilm`, or what `QUERIST_MINILM` names.
fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("QUERIST_MINILM").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".setup/minilm"));
    if !path.join("int8/model.onnx").is_file() {
        skip("no MiniLM; `python tests/oracles/sentences.py fetch .setup/minilm` loads it");
        return None;
    }
    Some(path)
}

#[test]
#[cfg_attr(not(minilm), ignore = "needs a real sentence encoder")]
fn a_real_encoder_gives_the_numbers_of_the_reference() {
    let Some(folder) = folder() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sentences.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let texts: Vec<String> = list(&golden["texts"])
        .iter()
        .map(|pair| vec![pair[0].as_str().unwrap(); pair[1].as_u64().unwrap() as usize].join(" "))
        .collect();
    let every = golden["every"].as_u64().unwrap() as usize;
    for kind in ["int8", "fp32"] {
        let found = FoundSentence::read(&folder.join(kind)).unwrap();
        assert_eq!((found.spec.dim, found.spec.max_tokens, found.warnings.as_slice()), (384, 256, &[][..]));
        let tokens = TextTokens::new(&found.spec, tokenizer_of(&found.model).unwrap().as_bytes()).unwrap();
        for (text, n) in texts.iter().zip(list(&golden["windows"])) {
            assert_eq!(Value::from(tokens.windows(text).unwrap().len()), n);
        }
        let Some(rows) = embed(&found, &texts.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
        let mut most = 0.0f64;
        for (i, expected) in list(&golden[kind]).iter().enumerate() {
            let row = rows.row(i);
            let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            assert!((length - 1.0).abs() < 1e-6);
            for (at, expected) in list(expected).iter().enumerate() {
                most = most.max((f64::from(row[at * every]) - expected.as_f64().unwrap()).abs());
            }
        }
        eprintln!("{kind}: largest difference {most:.1e}");
        assert!(most < 1e-5, "{kind}: {most}");
    }
}
