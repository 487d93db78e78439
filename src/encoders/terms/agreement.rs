//! The graph in ONNX Runtime against the code that runs.

use super::tests::{drawn, embedding, learned, nasty};
use super::{INPUT, OUTPUT, TermSettings, Terms};
use crate::runtime::sessions::Sessions;
use crate::runtime::testing::runtime;

#[test]
fn onnx_runtime_gives_what_is_computed_without_it() {
    let Some(runtime) = runtime() else { return };
    let emoji = Terms::learn(&["😀", "😀 😀"], &TermSettings::default(), 1, &|_, _| true).unwrap();
    for terms in [learned(400, 32, 1), learned(2, 32, 1), emoji] {
        let sessions = Sessions::open(&runtime.on_cpu(), &terms.to_model().to_bytes(), 1).unwrap();
        let texts: Vec<String> = drawn(200, 17).into_iter().chain(nasty()).collect();
        let batches = texts.chunks(8).map(<[String]>::to_vec).chain([vec![String::new(); 2]]);
        for batch in batches {
            let given: Vec<&str> = batch.iter().map(String::as_str).collect();
            let found = sessions.run_texts(INPUT, &given, OUTPUT).unwrap();
            assert_eq!(found.shape, [batch.len(), terms.dim()]);
            for (text, found) in batch.iter().zip(found.values.chunks(terms.dim())) {
                for (found, expected) in found.iter().zip(embedding(&terms, text)) {
                    assert!((found - expected).abs() < 1e-5, "{text:.40}: {found} for {expected}");
                }
            }
        }
    }
}
