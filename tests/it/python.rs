//! The Python programs in `docs/model.md`, run unchanged, give the same numbers as `querist predict`.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use querist::learn::{Committee, Head, Link};
use querist::math::{Matrix, random};
use querist::modality::image::picture::{self, Picture};
use querist::modality::image::spec::{Channels, EncoderSpec, Filter, Resize, TensorLayout};
use querist::models::deploy::{About, deployable};
use querist::models::intake::PictureIntake;
use querist::models::{FileForm, Input};
use querist::onnx::messages::OperatorSetId;
use querist::onnx::{Graph, Model, build};
use querist::runtime::Runtime;

use crate::support::{root, skip};

/// Python with what the programs import, where there is one.
fn python() -> Option<Command> {
    let mut command = Command::new("python3");
    let own = root().join(".setup/python");
    if own.is_dir() {
        command.env("PYTHONPATH", own);
    }
    let mut check = Command::new("python3");
    check.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let there = check.args(["-c", "import numpy, onnxruntime, PIL"]).output();
    if there.is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    skip("python3 with numpy, onnxruntime and pillow: run `make setup`");
    None
}

/// The programs of the page, in their order.
fn programs() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/model.md")).unwrap();
    let blocks = page.split("```python\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Pictures of unlike shapes, as PNG: wide, tall, small, with an alpha channel nobody sees, and of one colour.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let sizes = [(61, 47), (30, 90), (9, 7), (24, 20), (200, 131), (48, 40), (33, 33)];
    let mut files = Vec::new();
    for (i, (width, height)) in sizes.into_iter().enumerate() {
        let level = |at: u32| {
            let (x, y) = (at / 3 % width, at / 3 / width);
            let noise = random::hash(i as u64, u64::from(at)) % 90;
            (x * 2 + y * (i as u32 + 1) + noise as u32 + at % 3 * 20) as u8
        };
        let pixels = (0..width * height * 3).map(level).collect();
        let drawn = Picture { pixels, width, height };
        let path = folder.join(format!("{i}.png"));
        std::fs::write(&path, picture::to_png(&drawn).unwrap()).unwrap();
        files.push(path);
    }
    files
}

/// A model over an encoder that hands its input on, so that every wrong pixel shows in the probabilities.
fn model(spec: &EncoderSpec, form: FileForm) -> Vec<u8> {
    let dims = spec.shape(1);
    let graph = Graph {
        name: Some("flat".to_owned()),
        node: vec![build::node("Flatten", &["x"], &["flat"], vec![build::int("axis", 1)])],
        input: vec![build::batch_of("x", &dims[1..])],
        output: vec![build::batch_of("flat", &[spec.dim])],
        ..Graph::default()
    };
    let encoder = Model {
        ir_version: Some(7),
        opset_import: vec![OperatorSetId { domain: None, version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    };
    let weight = |i: usize| (random::unit(random::hash(5, i as u64)) * 6.0 - 3.0) as f32;
    let head = Head { weights: Matrix::new(3, spec.dim, (0..3 * spec.dim).map(weight).collect()), bias: vec![0.0; 3] };
    let classes = ["plain".to_owned(), "a \"b\"".to_owned(), "ü".to_owned()];
    let about = About { classes: &classes, round: 1, form, shift: &[] };
    deployable(&encoder, &PictureIntake(spec.clone()), &Committee::of_heads(vec![head], Link::Softmax), &about)
        .unwrap()
        .to_bytes()
}

fn specs() -> Vec<EncoderSpec> {
    let (width, height) = (24, 20);
    let base = EncoderSpec {
        input: "x".to_owned(),
        width,
        height,
        layout: TensorLayout::Nchw,
        channels: Channels::Rgb,
        scale: 1.0 / 255.0,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        resize: Resize::Squash,
        filter: Filter::Bilinear,
        output: "flat".to_owned(),
        dim: 3 * 24 * 20,
    };
    let other = EncoderSpec {
        layout: TensorLayout::Nhwc,
        channels: Channels::Bgr,
        scale: 1.0,
        mean: [103.9, 116.8, 123.7],
        std: [1.0; 3],
        ..base.clone()
    };
    vec![
        base.clone(),
        EncoderSpec { resize: Resize::ShortSideThenCrop(28), filter: Filter::Bicubic, ..base },
        EncoderSpec { resize: Resize::ShortSideThenCrop(8), filter: Filter::Lanczos, ..other.clone() },
        EncoderSpec { filter: Filter::Box, ..other },
    ]
}

/// Path, class and probability of each picture, as `querist predict` says them.
fn predicted(model: &Path, pictures: &[PathBuf]) -> Vec<(String, String, f32)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_querist"));
    let done = command.args(["predict", "--threads", "1"]).arg(model).args(pictures).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut table = csv::Reader::from_reader(done.stdout.as_slice());
    table
        .records()
        .map(Result::unwrap)
        .map(|row| (row[0].to_owned(), row[1].to_owned(), row[2].parse().unwrap()))
        .collect()
}

#[test]
fn the_programs_of_the_manual_give_the_numbers_of_querist() {
    let settings = querist::runtime::Settings { threads: 1, ..Default::default() };
    if let Err(error) = Runtime::open(&settings) {
        return skip(&error.to_string());
    }
    let Some(_) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pictures = pictures(folder.path());
    let programs = programs();
    assert_eq!(programs.len(), 2, "docs/model.md holds a program for models that take pixels, and one for all");
    let path = folder.path().join("model.onnx");
    let mut distinct = std::collections::BTreeSet::new();
    for (input, programs) in [(Input::Uint8, &programs[..]), (Input::Float, &programs[1..])] {
        for spec in specs() {
            std::fs::write(&path, model(&spec, FileForm { input, ..FileForm::default() })).unwrap();
            let meant = predicted(&path, &pictures);
            for program in programs {
                let file = folder.path().join("predict.py");
                std::fs::write(&file, program).unwrap();
                let done = python().unwrap().arg(&file).arg(&path).args(&pictures).output().unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
                let said = String::from_utf8(done.stdout).unwrap();
                assert_eq!(said.lines().count(), pictures.len());
                for (line, (path, class, probability)) in said.lines().zip(&meant) {
                    let (rest, number) = line.rsplit_once(' ').unwrap();
                    assert_eq!(rest, format!("{path} {class}"), "{spec:?}");
                    let apart = (number.parse::<f32>().unwrap() - probability).abs();
                    assert!(apart <= 1e-4, "{line}: {apart} from {probability}; {input:?} {spec:?}");
                    distinct.insert((probability * 1e4) as i64);
                }
            }
        }
    }
    assert!(distinct.len() > 15, "the probabilities tell pictures apart: {distinct:?}");
}
