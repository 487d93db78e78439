//! Files that are missing, at other places, or contradict each other.

use super::*;

#[test]
fn a_model_is_found_at_each_usual_place() {
    for name in ["onnx/model.onnx", "onnx/model_quantized.onnx"] {
        let files = Files::new();
        std::fs::rename(files.path("model.onnx"), files.path(name)).unwrap();
        let found = files.read();
        assert_eq!(found.spec.dim, 2, "{name}");
        // The file itself may be named instead of the folder.
        assert_eq!(FoundSentence::read(&files.path(name)).unwrap().spec, found.spec);
    }
    let files = Files::new();
    files.remove("model.onnx");
    assert!(files.refusal().contains("holds none of model.onnx, onnx/model.onnx"), "{}", files.refusal());
}

#[test]
fn a_plain_repository_has_stated_defaults() {
    let files = Files::new();
    for name in ["modules.json", "sentence_bert_config.json", "config.json"] {
        files.remove(name);
    }
    let FoundSentence { spec, warnings, .. } = files.read();
    assert_eq!((spec.pooling, spec.normalise, spec.max_tokens, spec.dim), (Pooling::Mean, true, 512, 2));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].contains("no file says how many tokens") || warnings[1].contains("no file says how many tokens")
    );
}

#[test]
fn the_smallest_limit_of_tokens_holds() {
    let files = Files::new();
    files.remove("sentence_bert_config.json");
    // What tokenizers write where they know none.
    files.put("tokenizer_config.json", &json!({ "model_max_length": 1e30 }));
    assert_eq!(files.read().spec.max_tokens, 512);
    files.put("config.json", &json!({ "hidden_size": 2, "max_position_embeddings": 514, "model_type": "xlm-roberta" }));
    assert_eq!(files.read().spec.max_tokens, 512);
    files.put("tokenizer_config.json", &json!({ "model_max_length": 514 }));
    let found = files.read();
    assert_eq!((found.spec.max_tokens, found.warnings.len()), (512, 1));
    files.put("config.json", &json!({ "max_position_embeddings": 32_768 }));
    files.put("tokenizer_config.json", &json!({ "model_max_length": 32_768 }));
    assert_eq!(files.read().spec.max_tokens, MOST_TOKENS);
}

#[test]
fn ways_of_pooling_are_read_and_unknown_ones_refused() {
    let files = Files::new();
    let put = |value: Value| files.put("1_Pooling/config.json", &value);
    for (key, pooling) in [
        ("cls_token", Pooling::Cls),
        ("max_tokens", Pooling::Max),
        ("lasttoken", Pooling::Last),
        ("mean_tokens", Pooling::Mean),
    ] {
        put(json!({ format!("pooling_mode_{key}"): true, "pooling_mode_mean_sqrt_len_tokens": false }));
        assert_eq!(files.read().spec.pooling, pooling);
    }
    put(json!({ "pooling_mode": "cls" }));
    assert_eq!(files.read().spec.pooling, Pooling::Cls);
    put(json!({ "pooling_mode_weightedmean_tokens": true }));
    assert!(files.refusal().contains("pools by `weightedmean_tokens`"));
    put(json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true }));
    assert!(files.refusal().contains("in 2 ways at once"));
    put(json!({ "pooling_mode_mean_tokens": true, "word_embedding_dimension": 3 }));
    assert!(files.refusal().contains("the files say 3 numbers per token, output `last_hidden_state` has 2"));
    put(json!([]));
    assert!(files.refusal().contains("names no way of pooling"));
    files.remove("1_Pooling/config.json");
    assert!(files.refusal().contains("`1_Pooling/config.json` is missing"));
}

#[test]
fn modules_decide_about_length_and_further_steps() {
    let files = Files::new();
    files.put("modules.json", &modules(&["Transformer", "Pooling"]));
    assert!(!files.read().spec.normalise);
    files.put("modules.json", &modules(&["Transformer", "Pooling", "Dense"]));
    assert!(files.refusal().contains("export the whole of it") && files.refusal().contains("`Dense`"));
    files.put("modules.json", &modules(&["Transformer"]));
    assert!(files.refusal().contains("no step `Pooling`"));
    files.put("modules.json", &json!([{ "type": "x.Pooling", "path": "../elsewhere" }]));
    assert!(files.refusal().contains("outside of the folder"));
    files.put("modules.json", &json!({}));
    assert!(files.refusal().contains("not a list"));
    std::fs::write(files.path("modules.json"), "[").unwrap();
    assert!(files.refusal().contains("`modules.json` cannot be understood"));
}

#[test]
fn a_model_that_pools_itself_is_taken_as_it_is() {
    let files = Files::new();
    let mut made = network(&["input_ids", "attention_mask"]);
    let graph = made.graph.as_mut().unwrap();
    graph.initializer.push(build::ints("tokens_axis", &[1]));
    let attributes = vec![build::int("keepdims", 0)];
    graph.node.push(build::node("ReduceMax", &["last_hidden_state"], &["sentence_embedding"], {
        let mut all = attributes;
        all.push(build::int_list("axes", &[1]));
        all
    }));
    graph.output.push(build::value("sentence_embedding", data_type::FLOAT, &[Dim::Open, Dim::Fixed(2)]));
    files.model("model.onnx", &made);
    files.put("modules.json", &modules(&["Transformer", "Pooling", "Dense", "Normalize"]));
    let mut found = files.read();
    assert_eq!(
        (found.spec.pooling, found.spec.output.as_str(), found.spec.types.as_ref()),
        (Pooling::None, "sentence_embedding", None)
    );
    assert_eq!(found.warnings.len(), 1, "{:?}", found.warnings);
    found.spec.normalise = false;
    let Some(rows) = embed(&found, &["cat"]) else { return };
    close(rows.row(0), &[5.0, 25.0]);
}

#[test]
fn inputs_of_other_kinds_are_known_or_refused() {
    let files = Files::new();
    files.model("model.onnx", &network(&["input_ids", "position_ids"]));
    let mut found = files.read();
    assert_eq!((found.spec.mask.as_ref(), found.spec.positions.as_deref()), (None, Some("position_ids")));
    found.spec.normalise = false;
    // Without a mask only windows of one length run together. Tokens 2 5 3 at places 0 1 2, and 2 5 6 3.
    if let Some(rows) = embed(&found, &["cat", "cat dog", "dog"]) {
        close(rows.row(0), &[13.0 / 3.0, 41.0 / 3.0]);
        close(rows.row(1), &[22.0 / 4.0, 80.0 / 4.0]);
    }
    files.model("model.onnx", &network(&["input_ids", "past_key_values.0.key"]));
    assert!(files.refusal().contains("input `past_key_values.0.key` is not known"));
    let mut made = network(&["input_ids"]);
    made.graph.as_mut().unwrap().input[0] = build::value("input_ids", data_type::FLOAT, &[Dim::Open, Dim::Open]);
    files.model("model.onnx", &made);
    assert!(files.refusal().contains("does not take 64-bit whole numbers"));
    let mut made = network(&["input_ids", "attention_mask"]);
    for input in &mut made.graph.as_mut().unwrap().input {
        *input = build::value(input.name(), data_type::INT64, &[Dim::Fixed(1), Dim::Fixed(5)]);
    }
    files.model("model.onnx", &made);
    let found = files.read();
    assert_eq!((found.spec.length, found.spec.max_tokens, found.warnings.len()), (Some(5), 5, 1));
    if let Some(rows) = embed(&found, &["cat", "cats"]) {
        close(rows.row(0), &unit([10.0, 38.0]));
        close(rows.row(1), &unit([23.0, 207.0]));
    }
}

#[test]
fn tokenizers_that_are_missing_broken_or_of_another_model_are_noticed() {
    let files = Files::new();
    files.put("config.json", &json!({ "vocab_size": 19 }));
    assert!(files.read().warnings[0].contains("knows 20 tokens and the model 19"));
    files.put("sentence_bert_config.json", &json!({ "max_seq_length": 2 }));
    assert!(files.refusal().contains("2 tokens surround each text"));
    files.put("tokenizer.json", &json!({ "model": {} }));
    assert!(files.refusal().contains("`tokenizer.json` cannot be used"));
    files.remove("tokenizer.json");
    assert!(files.refusal().contains("holds no tokenizer.json"));
}

#[test]
fn prompts_are_chosen_by_what_querist_does() {
    let files = Files::new();
    let prefix = |value: Value| {
        files.put("config_sentence_transformers.json", &value);
        files.read().spec.prefix
    };
    files.put("sentence_bert_config.json", &json!({ "max_seq_length": 100 }));
    let search = "Represent this sentence for searching relevant passages: ";
    assert_eq!(prefix(json!({ "prompts": { "query": search }, "default_prompt_name": null })), "");
    assert_eq!(prefix(json!({ "prompts": { "query": search, "document": "doc: " } })), "doc: ");
    assert_eq!(prefix(json!({ "prompts": { "query": "query: ", "clustering": "cluster: " } })), "cluster: ");
    assert_eq!(prefix(json!({ "prompts": { "x": "usual: " }, "default_prompt_name": "x" })), "usual: ");
    assert_eq!(prefix(json!({ "prompts": null })), "");
    files.put("config_sentence_transformers.json", &json!({ "default_prompt_name": "y" }));
    assert!(files.refusal().contains("has no prompt `y`"));
}
