//! Descriptions as training libraries write them.

use super::*;

fn given(text: &str) -> Given {
    Given::parse(text).unwrap()
}

fn parts(given: &Given) -> (Option<u32>, Option<u32>, Option<Resize>, Option<Filter>) {
    (given.width, given.height, given.resize, given.filter)
}

#[test]
fn a_short_side_and_a_cut_are_read() {
    // As of a DINOv2.
    let found = given(
        r#"{"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true,
            "do_rescale": true, "do_resize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
            "image_processor_type": "BitImageProcessor", "resample": 3, "rescale_factor": 0.00392156862745098,
            "size": {"shortest_edge": 256}}"#,
    );
    assert_eq!(parts(&found), (Some(224), Some(224), Some(Resize::ShortSideThenCrop(256)), Some(Filter::Bicubic)),);
    assert_eq!(found.mean, Some([0.485, 0.456, 0.406]));
    assert_eq!(found.scale, Some(1.0 / 255.0));
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

#[test]
fn sides_or_one_number_without_a_cut_mean_the_whole_picture() {
    // As of a SigLIP, and of an older ViT.
    for size in [r#"{"height": 224, "width": 224}"#, "224"] {
        let found = given(&format!(
            r#"{{"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
                 "resample": 2, "size": {size}}}"#
        ));
        assert_eq!(parts(&found), (Some(224), Some(224), Some(Resize::Squash), Some(Filter::Bilinear)));
        assert_eq!(found.std, Some([0.5; 3]));
    }
}

#[test]
fn one_number_with_a_cut_is_the_short_side() {
    // As of an older CLIP.
    let found = given(
        r#"{"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true,
            "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.48, 0.46, 0.41],
            "image_std": [0.27, 0.26, 0.28], "resample": 3, "size": 224}"#,
    );
    assert_eq!(parts(&found).2, Some(Resize::ShortSideThenCrop(224)));
    assert_eq!((found.width, found.height), (Some(224), Some(224)));
}

#[test]
fn a_share_that_is_cut_out_enlarges_the_short_side() {
    // As of a ResNet or a ConvNeXt.
    let text = |size: u32| {
        format!(
            r#"{{"crop_pct": 0.875, "do_normalize": true, "do_rescale": true, "do_resize": true, "resample": 3,
                 "image_processor_type": "ConvNextFeatureExtractor", "size": {{"shortest_edge": {size}}}}}"#
        )
    };
    assert_eq!(parts(&given(&text(224))).2, Some(Resize::ShortSideThenCrop(256)));
    assert_eq!(given(&text(224)).width, Some(224));
    assert_eq!(parts(&given(&text(384))).2, Some(Resize::Squash), "from 384 on nothing is cut");
}

#[test]
fn steps_that_are_not_done_change_nothing() {
    let found = given(r#"{"do_normalize": false, "do_rescale": false, "do_resize": false, "image_mean": [1, 2, 3]}"#);
    assert_eq!((found.scale, found.mean, found.std), (Some(1.0), Some([0.0; 3]), Some([1.0; 3])));
    assert!(found.notes[0].contains("does not resize"));
}

#[test]
fn shifts_and_the_order_of_colours_are_folded_in() {
    let found = given(
        r#"{"do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "rescale_factor": 0.5,
            "rescale_offset": true, "include_top": true, "do_flip_channel_order": true, "resample": 0,
            "size": {"height": 8, "width": 8}}"#,
    );
    // ((v · 0.5 − 1) − 0.5) / 0.5, and divided by 0.5 once more.
    assert_eq!((found.mean, found.std), (Some([1.5; 3]), Some([0.25; 3])));
    assert_eq!((found.channels, found.filter), (Some(Channels::Bgr), Some(Filter::Bilinear)));
    assert!(found.notes[0].contains("`nearest`"), "{:?}", found.notes);
}

#[test]
fn what_cannot_be_said_exactly_is_told() {
    let long = given(r#"{"do_resize": true, "size": {"longest_edge": 800}}"#);
    assert!(long.notes[0].contains("800"));
    let squashed = given(
        r#"{"do_resize": true, "size": {"height": 256, "width": 256}, "do_center_crop": true, "crop_size": 224}"#,
    );
    assert_eq!(squashed.width, Some(224));
    assert!(squashed.notes[0].contains("256 x 256"));
    assert!(Given::parse(r#"{"do_resize": true, "size": "large"}"#).is_err());
    assert!(Given::parse(r#"{"image_mean": ["a"]}"#).is_err());
}

#[test]
fn the_description_of_timm_is_read() {
    let found = given(
        r#"{"architecture": "mobilenetv4_conv_small", "num_classes": 1000, "pretrained_cfg": {"crop_mode": "center",
            "crop_pct": 0.875, "input_size": [3, 224, 224], "interpolation": "bicubic", "fixed_input_size": false,
            "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "tag": "e2400_r224_in1k"}}"#,
    );
    assert_eq!(parts(&found), (Some(224), Some(224), Some(Resize::ShortSideThenCrop(256)), Some(Filter::Bicubic)),);
    assert_eq!(found.std, Some([0.229, 0.224, 0.225]));
}

#[test]
fn a_config_gives_the_size_and_whether_there_is_a_class_token() {
    let siglip = given(r#"{"model_type": "siglip", "vision_config": {"image_size": 256, "model_type": "x"}}"#);
    assert_eq!((siglip.width, siglip.tokens), (Some(256), Some(Tokens::Mean)));
    let vit = given(r#"{"model_type": "vit", "image_size": 384, "hidden_size": 768}"#);
    assert_eq!((vit.height, vit.tokens), (Some(384), None));
}

#[test]
fn both_files_beside_a_model_are_used_also_from_its_folder_onnx() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("onnx")).unwrap();
    let model = folder.path().join("onnx/model.onnx");
    assert_eq!(Given::beside(&model).unwrap(), None);
    write("config.json", r#"{"some": "other program"}"#);
    assert_eq!(Given::beside(&model).unwrap(), None, "a config of something else is left alone");
    write("config.json", r#"{"model_type": "siglip", "image_size": 512}"#);
    write("preprocessor_config.json", r#"{"do_normalize": true, "size": {"height": 224, "width": 224}}"#);
    let (path, found) = Given::beside(&model).unwrap().unwrap();
    assert!(path.ends_with("preprocessor_config.json"));
    assert_eq!((found.width, found.height, found.tokens), (Some(224), Some(224), Some(Tokens::Mean)));
    write("onnx/model.json", r#"{"width": 64}"#);
    let (_, own) = Given::beside(&model).unwrap().unwrap();
    assert_eq!((own.width, own.tokens), (Some(64), None), "a description of one's own goes before");
}

#[test]
fn a_description_survives_the_way_to_another_process() {
    let found = given(r#"{"do_resize": false, "image_mean": 0.5, "image_std": 0.25, "rescale_factor": 0.0039}"#);
    assert_eq!(given(&found.to_json()), found);
}
