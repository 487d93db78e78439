//! Encoders that are not functions of the picture are refused at the trial; those that merely look odd run; and one
//! that never ends takes nothing down.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::encoders::describe::Described;
use querist::encoders::probe::{Probe, probe_file};
use querist::encoders::{Encoder as _, LocalEncoder};
use querist::learn::{Committee, Head, Link};
use querist::math::Matrix;
use querist::modality::image::picture::{self, Picture};
use querist::models::deploy::{About, deployable};
use querist::models::intake::PictureIntake;
use querist::models::{Deployed, FileForm};
use querist::onnx::messages::{OperatorSetId, attribute_kind, data_type};
use querist::onnx::{Attribute, Dim, Graph, Model, Node, Tensor, build};
use querist::progress::Progress;
use querist::runtime::LazyRuntime;
use querist::runtime::{Runtime, Settings};
use querist::service::App;
use querist::service::encoders::adding as encoders;
use querist::service::encoders::encoding::{self, EncodingError};
use querist::service::exchange::importing::LabelsFrom;
use querist::store::Store;

use crate::support::bench::Bench;
use crate::support::rounds::runtime_is_there;

const SIDE: usize = 8;
const DIM: usize = 6;
const BOOL: i32 = 9;

/// Numbers of a picture through `flat` and a product, called `product`, and then `tail`, which makes `embedding`.
fn model(tail: Vec<Node>, constants: Vec<Tensor>, opset: i64, kind: i32) -> Model {
    let numbers = 3 * SIDE * SIDE;
    let weights: Vec<f32> = (0..numbers * DIM).map(|i| ((i * 7 % 11) as f32 - 5.0) / 100.0).collect();
    let mut nodes = Vec::new();
    if kind != data_type::FLOAT {
        nodes.push(build::node("Cast", &["image"], &["wide"], vec![build::int("to", data_type::FLOAT.into())]));
    }
    let taken = if kind == data_type::FLOAT { "image" } else { "wide" };
    nodes.push(build::node("Flatten", &[taken], &["flat"], vec![build::int("axis", 1)]));
    nodes.push(build::node("MatMul", &["flat", "weights"], &["product"], Vec::new()));
    nodes.extend(tail);
    let sides = [Dim::Open, Dim::Fixed(3), Dim::Fixed(SIDE), Dim::Fixed(SIDE)];
    let graph = Graph {
        name: Some("drawn".to_owned()),
        node: nodes,
        initializer: [vec![build::floats("weights", &[numbers, DIM], &weights)], constants].concat(),
        input: vec![build::value("image", kind, &sides)],
        output: vec![build::batch_of("embedding", &[DIM])],
        ..Graph::default()
    };
    Model {
        ir_version: Some(6),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(opset) }],
        graph: Some(graph),
        ..Model::default()
    }
}

fn plain(opset: i64, kind: i32) -> Model {
    model(vec![build::node("Identity", &["product"], &["embedding"], Vec::new())], Vec::new(), opset, kind)
}

/// Other numbers each time.
fn random() -> Model {
    let noise = build::node("RandomNormalLike", &["product"], &["noise"], vec![build::float("scale", 30.0)]);
    let sum = build::node("Add", &["product", "noise"], &["embedding"], Vec::new());
    model(vec![noise, sum], Vec::new(), 13, data_type::FLOAT)
}

/// Numbers less the mean of the batch's.
fn batch_centred() -> Model {
    let over = vec![build::int_list("axes", &[0]), build::int("keepdims", 1)];
    let mean = build::node("ReduceMean", &["product"], &["mean"], over);
    let centred = build::node("Sub", &["product", "mean"], &["embedding"], Vec::new());
    model(vec![mean, centred], Vec::new(), 13, data_type::FLOAT)
}

/// Sound, but for a picture that is black: there it loops for ever.
fn poison() -> Model {
    let body = Graph {
        name: Some("body".to_owned()),
        node: vec![
            build::node("Identity", &["go"], &["go_on"], Vec::new()),
            build::node("Add", &["sum", "one"], &["more"], Vec::new()),
        ],
        initializer: vec![build::floats("one", &[1], &[1.0])],
        input: vec![
            build::value("turn", data_type::INT64, &[]),
            build::value("go", BOOL, &[]),
            build::value("sum", data_type::FLOAT, &[Dim::Fixed(1)]),
        ],
        output: vec![build::value("go_on", BOOL, &[]), build::value("more", data_type::FLOAT, &[Dim::Fixed(1)])],
        ..Graph::default()
    };
    let body = Attribute {
        name: Some("body".to_owned()),
        g: Some(body),
        kind: Some(attribute_kind::GRAPH),
        ..Attribute::default()
    };
    let over = |axes: &[i64]| vec![build::int_list("axes", axes), build::int("keepdims", 0)];
    let tail = vec![
        build::node("ReduceMax", &["flat"], &["brightest"], over(&[1])),
        build::node("ReduceMin", &["brightest"], &["darkest"], over(&[0])),
        build::node("Less", &["darkest", "black"], &["is_black"], Vec::new()),
        build::node("Where", &["is_black", "for_ever", "once"], &["turns"], Vec::new()),
        build::node("Loop", &["turns", "", "zero"], &["turned"], vec![body]),
        build::node("Mul", &["turned", "zero"], &["nothing"], Vec::new()),
        build::node("Add", &["product", "nothing"], &["embedding"], Vec::new()),
    ];
    let constants = vec![
        build::floats("black", &[1], &[-1.5]),
        build::floats("zero", &[1], &[0.0]),
        build::ints("for_ever", &[1 << 62]),
        build::ints("once", &[1]),
    ];
    model(tail, constants, 13, data_type::FLOAT)
}

fn written(folder: &Path, name: &str, model: &Model) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, model.to_bytes()).unwrap();
    path
}

fn runtime() -> Runtime {
    Runtime::open(&Settings { threads: 1, ..Settings::default() }).unwrap()
}

fn probed(model: &Model) -> Result<Probe, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "model.onnx", model);
    probe_file(&runtime(), &path, None, &[]).map_err(|error| error.to_string())
}

#[test]
fn numbers_by_chance_or_by_the_batch_are_refused_with_what_they_would_spoil() {
    if !runtime_is_there() {
        return;
    }
    assert_eq!(probed(&plain(13, data_type::FLOAT)).unwrap().dim, DIM);
    let by_chance = probed(&random()).unwrap_err();
    assert!(by_chance.contains("by chance") && by_chance.contains("evaluation mode"), "{by_chance}");
    let by_batch = probed(&batch_centred()).unwrap_err();
    assert!(by_batch.contains("beside it in a batch") && by_batch.contains('%'), "{by_batch}");
    for factor in [1e6, 1e-9] {
        let scaled = build::node("Mul", &["product", "factor"], &["embedding"], Vec::new());
        let scaled = model(vec![scaled], vec![build::floats("factor", &[1], &[factor])], 13, data_type::FLOAT);
        probed(&scaled).unwrap();
    }
}

#[test]
fn old_operator_sets_make_models_that_run_and_the_oldest_are_refused_at_the_trial() {
    if !runtime_is_there() {
        return;
    }
    let runtime = runtime();
    let picture = Picture { pixels: (0..192).map(|i| (i * 37 % 251) as u8).collect(), width: 8, height: 8 };
    let png = picture::to_png(&picture).unwrap();
    let weights = (0..3 * DIM).map(|i| (i as f32 - 8.0) / 5.0).collect();
    let head = Head { weights: Matrix::new(3, DIM, weights), bias: vec![0.5, -0.25, 0.0] };
    let committee = Committee::of_heads(vec![head.clone(), Head { bias: vec![0.0; 3], ..head }], Link::Softmax);
    let classes = ["a", "b", "c"].map(ToOwned::to_owned);
    let mut said = Vec::new();
    for opset in [7, 8, 9, 10, 11, 12, 13, 17] {
        let model = plain(opset, data_type::FLOAT);
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "model.onnx", &model);
        probe_file(&runtime, &path, None, &[]).unwrap_or_else(|error| panic!("operator set {opset}: {error}"));
        let Described { model, spec, .. } = Described::read(&path, None).unwrap();
        for form in FileForm::ALL.into_iter().filter(|form| form.precision == querist::models::Precision::F32) {
            let about = About { classes: &classes, round: 1, form, shift: &[0.125; DIM] };
            let made = deployable(&model, &PictureIntake(spec.clone()), &committee, &about).unwrap();
            let open = Deployed::from_bytes(&runtime, &made.to_bytes()).unwrap();
            said.push(open.probabilities(&[open.prepare(&png).unwrap()]).unwrap());
        }
    }
    for one in &said {
        assert!(one.iter().zip(&said[0]).all(|(a, b)| (a - b).abs() < 1e-6), "{said:?}");
    }
    let refused = probed(&plain(6, data_type::FLOAT)).unwrap_err();
    assert!(refused.contains("operator set 6") && refused.contains("export"), "{refused}");
}

#[test]
fn inputs_of_halves_doubles_and_bytes_take_floats_that_are_turned_inside() {
    if !runtime_is_there() {
        return;
    }
    for (kind, what) in
        [(data_type::FLOAT16, "16-bit floats"), (data_type::DOUBLE, "64-bit floats"), (data_type::UINT8, "bytes")]
    {
        let found = probed(&plain(13, kind)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(found.warnings.iter().any(|warning| warning.contains(what)), "{:?}", found.warnings);
        let spec = found.spec.pictures().unwrap();
        assert_eq!((spec.scale, spec.std) == (1.0, [1.0; 3]), kind == data_type::UINT8, "{what}");
    }
    let refused = probed(&plain(13, data_type::INT64)).unwrap_err();
    assert!(refused.contains("export the model with an input of floats"), "{refused}");

    // Bytes see a picture's levels as they are.
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let bytes = LocalEncoder::open(&runtime, &written(folder.path(), "bytes.onnx", &plain(13, data_type::UINT8)), None);
    let floats = written(folder.path(), "floats.onnx", &plain(13, data_type::FLOAT));
    std::fs::write(folder.path().join("floats.json"), r#"{"scale": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]}"#)
        .unwrap();
    let floats = LocalEncoder::open(&runtime, &floats, None).unwrap();
    let levels: Vec<f32> = (0..192u16).map(|i| f32::from(i * 37 % 256)).collect();
    assert_eq!(bytes.unwrap().encode(&levels, 1).unwrap(), floats.encode(&levels, 1).unwrap());
}

#[tokio::test]
async fn an_encoder_that_never_comes_back_from_a_picture_ends_its_job_with_the_reason() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    let folder = bench.dir.path().join("pool");
    std::fs::create_dir_all(&folder).unwrap();
    for i in 0..6u8 {
        std::fs::write(folder.join(format!("{i}.png")), crate::support::bench::png(i * 40, 200)).unwrap();
    }
    let black = image::RgbImage::new(12, 9);
    black.save(folder.join("black.png")).unwrap();
    bench.import(&folder, LabelsFrom::Nowhere).await;
    // The same data with little patience.
    let database = bench.app.data.database();
    let store = Store::open(database.to_str().unwrap()).await.unwrap();
    let settings = Settings {
        limit: Some(Duration::from_secs(2)),
        program: Some(env!("CARGO_BIN_EXE_querist").into()),
        ..Settings::default()
    };
    let clock = Clock::fixed(bench.app.clock.now());
    let app = App::new(store, bench.app.data.clone(), Cpu::new(2).unwrap(), clock, LazyRuntime::new(settings));
    let path = written(bench.dir.path(), "poison.onnx", &poison());
    let (row, _) = encoders::add(&app, &path, None, None).await.unwrap();
    encoders::choose(&app, &bench.project, row.id).await.unwrap();

    let started = Instant::now();
    let ended = encoding::encode_project(&app, &bench.project, Progress::silent(), Box::new(|_, _, _| ())).await;
    let sample = bench.all().await.into_iter().find(|row| row.name == "black.png").unwrap().id;
    let Err(EncodingError::TooSlow { encoder, samples, seconds }) = ended else { panic!("{ended:?}") };
    assert_eq!((encoder.as_str(), seconds), ("poison", 2));
    assert!(samples.contains(&sample) && samples.len() < 7, "{samples:?}");
    assert!(started.elapsed() < Duration::from_mins(1), "it is ended, not waited for");
    // The sessions are as good as before.
    let runtime = app.runtime.get().unwrap();
    let encoder = LocalEncoder::open(&runtime, &encoders::model_path(&app, row.id), None).unwrap();
    assert!(encoder.encode(&vec![1.0; encoder.signature().numbers()], 1).is_ok());
}
