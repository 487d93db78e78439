//! `querist simulate`, `select` and `strategies` as a user meets them: the program's files, output and exit codes.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use querist::math::random;
use serde_json::Value;

use crate::support::skip;

/// A folder of arrays: 120 samples of three classes in eight dimensions, 60 of them apart for testing.
struct Arrays {
    folder: tempfile::TempDir,
}

/// Samples in the pool.
const N: usize = 120;

impl Arrays {
    fn new() -> Self {
        let arrays = Self { folder: tempfile::tempdir().unwrap() };
        for (name, n, salt) in [("x", N, 1), ("xt", 60, 2)] {
            let noise = |i: usize| random::unit(random::hash(salt, i as u64)) as f32 - 0.5;
            let value = |i: usize| noise(i) + if i % 8 == (i / 8) % 3 { 0.8 } else { 0.0 };
            arrays.floats(&format!("{name}.npy"), &[n, 8], &(0..n * 8).map(value).collect::<Vec<_>>());
        }
        arrays.integers("y.npy", &(0..N).map(|i| i as i64 % 3).collect::<Vec<_>>());
        arrays.integers("yt.npy", &(0..60).map(|i| i % 3).collect::<Vec<_>>());
        arrays.integers("idx.npy", &(0..30).collect::<Vec<_>>());
        arrays.integers("known.npy", &(0..30).map(|i| i % 3).collect::<Vec<_>>());
        arrays
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn floats(&self, name: &str, shape: &[usize], values: &[f32]) {
        self.npy(name, "<f4", shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
    }

    fn integers(&self, name: &str, values: &[i64]) {
        self.npy(
            name,
            "<i8",
            &[values.len()],
            &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>(),
        );
    }

    fn npy(&self, name: &str, kind: &str, shape: &[usize], data: &[u8]) {
        let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + ",";
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{header:<117}\n").bytes());
        bytes.extend(data);
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Run the program in the folder.
    fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_querist"))
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env("QUERIST_THREADS", "1")
            .env("QUERIST_ONNXRUNTIME", crate::support::root().join(".setup/onnxruntime"))
            .output()
            .unwrap()
    }

    fn select(&self, arguments: &str) -> Value {
        let out = self.run(&format!("{SELECT} {arguments}"));
        assert!(out.status.success(), "{arguments}: {}", said(&out));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// Fail unless the program ends with `code`, prints nothing on standard output and says `part`.
    #[track_caller]
    fn refuses(&self, arguments: &str, code: i32, part: &str) {
        let out = self.run(arguments);
        assert_eq!(out.status.code(), Some(code), "{arguments}: {}", said(&out));
        assert!(said(&out).contains(part), "{arguments}: no {part:?} in {}", said(&out));
        assert!(out.stdout.is_empty(), "{arguments}");
    }
}

const SELECT: &str = "select --embeddings x.npy --labeled idx.npy --labels known.npy --classes 3";
const SIMULATE: &str = "simulate --embeddings x.npy --labels y.npy --test-embeddings xt.npy --test-labels yt.npy";

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn picked(selection: &Value) -> Vec<u64> {
    selection["picked"].as_array().unwrap().iter().map(|at| at.as_u64().unwrap()).collect()
}

fn rows(folder: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join("curves.csv")).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn an_experiment_on_arrays_leaves_curves_a_summary_and_a_chart() {
    let arrays = Arrays::new();
    let plan = "--strategy random,margin,auto --initial 6 --batch 7 --budget 30 --seeds 3";
    let out = arrays.run(&format!("{SIMULATE} {plan} --out first --json"));
    assert!(out.status.success(), "{}", said(&out));
    let curves = rows(&arrays.path("first"));
    assert_eq!(curves[0].join(","), "strategy,seed,labels,accuracy,macro_f1,nll,fit_ms,select_ms");
    assert_eq!(curves.len(), 1 + 3 * 3 * 5);
    let labels: Vec<&str> = curves[1..6].iter().map(|row| row[2].as_str()).collect();
    assert_eq!(labels, ["6", "13", "20", "27", "30"]);
    for row in &curves[1..] {
        let numbers: Vec<f64> = row[1..].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(numbers[2..4].iter().all(|share| (0.0..=1.0).contains(share)), "{row:?}");
        assert!(numbers[4..].iter().all(|number| *number >= 0.0), "{row:?}");
    }
    let summary: Value = serde_json::from_slice(&std::fs::read(arrays.path("first/summary.json")).unwrap()).unwrap();
    assert_eq!(summary, serde_json::from_slice::<Value>(&out.stdout).unwrap());
    assert_eq!(keys(&summary), BTreeSet::from(["full_pool_accuracy", "level", "measure", "seeds", "strategies"]));
    assert_eq!((summary["seeds"].as_u64(), summary["level"].as_f64()), (Some(3), Some(0.95)));
    let strategies = summary["strategies"].as_array().unwrap();
    let names: Vec<_> = strategies.iter().map(|strategy| strategy["strategy"].as_str().unwrap()).collect();
    assert_eq!(names, ["random", "margin", "auto"]);
    for strategy in strategies {
        let expected = ["area_over_random", "area_under_curve", "final_accuracy", "strategy", "targets", "verdict"];
        assert_eq!(keys(strategy), BTreeSet::from(expected));
        assert_eq!(keys(&strategy["area_under_curve"]), BTreeSet::from(["high", "low", "value"]));
        let shares: Vec<_> = strategy["targets"].as_array().unwrap().iter().map(|t| t["share"].as_f64()).collect();
        assert_eq!(shares, [Some(0.9), Some(0.95), Some(0.98)]);
        let expected = ["accuracy", "labels_needed", "ratio_to_random", "share"];
        assert_eq!(keys(&strategy["targets"][0]), BTreeSet::from(expected));
        if strategy["strategy"] == "random" {
            assert!(strategy["verdict"].is_null(), "random is not held against itself");
            continue;
        }
        let said = &strategy["verdict"];
        let expected = ["at_random_end", "labels", "random_labels", "ratio", "ratio_at_least", "sentence", "share"];
        assert_eq!(keys(said), BTreeSet::from(expected));
        let expected = ["accuracy", "labels", "random_labels", "ratio"];
        assert_eq!(keys(&said["at_random_end"]), BTreeSet::from(expected));
        let name = strategy["strategy"].as_str().unwrap();
        assert!(said["sentence"].as_str().unwrap().starts_with(name), "{said}");
    }
    let chart = std::fs::read_to_string(arrays.path("first/curves.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.contains("margin"));

    let second = arrays.run(&format!("{SIMULATE} {plan} --out second --threads 2"));
    let table = String::from_utf8_lossy(&second.stdout);
    for name in ["margin", "auto"] {
        let said = strategies.iter().find(|s| s["strategy"] == name).unwrap()["verdict"]["sentence"].as_str().unwrap();
        assert!(table.contains(&format!("\n{said}.\n")), "{said:?} is not under the table: {table}");
    }
    let without_times =
        |folder: &str| rows(&arrays.path(folder)).into_iter().map(|row| row[..6].to_vec()).collect::<Vec<_>>();
    assert_eq!(without_times("first"), without_times("second"), "the threads change no number");
}

#[test]
fn an_experiment_on_pictures_learns_an_encoder_from_them() {
    let arrays = Arrays::new();
    let draw = |folder: PathBuf, n: u32, salt: u64| {
        std::fs::create_dir_all(&folder).unwrap();
        let down = folder.ends_with("down");
        for i in 0..n {
            let shift = (random::hash(salt, u64::from(i)) % 6) as u32;
            let stripe =
                |x: u32, y: u32| if (((if down { x } else { y }) + shift) / 3).is_multiple_of(2) { 220 } else { 30 };
            let noise = |x: u32, y: u32| (random::hash(u64::from(i) + salt, u64::from(x * 64 + y)) % 25) as u8;
            let level = |x, y| stripe(x, y) + noise(x, y);
            let picture = image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([level(x, y), level(x, y), noise(y, x)]));
            picture.save(folder.join(format!("{i}.png"))).unwrap();
        }
    };
    for (class, salt) in [("down", 1), ("across", 2)] {
        draw(arrays.path("tree/train").join(class), 20, salt);
        draw(arrays.path("tree/test").join(class), 8, salt + 10);
        draw(arrays.path("whole").join(class), 12, salt + 20);
    }
    let plan = "--strategy random,margin --initial 4 --batch 4 --budget 16 --seeds 2";
    let out = arrays.run(&format!("simulate tree {plan} --out out"));
    if said(&out).contains("ONNX Runtime was not found") {
        return skip("ONNX Runtime: run `make setup`");
    }
    assert!(out.status.success(), "{}", said(&out));
    let curves = rows(&arrays.path("out"));
    assert_eq!(curves.len(), 1 + 2 * 2 * 4);
    let end: f64 = curves.last().unwrap()[3].parse().unwrap();
    assert!(end >= 0.9, "stripes are told apart, found {end}");
    let out = arrays.run(&format!("simulate whole {plan} --test-share 0.5 --out half"));
    assert!(out.status.success(), "{}", said(&out));
    arrays.refuses("simulate tree/train/down --out no", 1, "fewer than two class folders");
    std::fs::write(arrays.path("tree/train/down/words.png"), "no picture").unwrap();
    arrays.refuses(&format!("simulate tree {plan} --out no"), 1, "words.png");
    arrays.refuses(&format!("simulate tree --encoder absent.onnx {plan} --out no"), 1, "absent.onnx");
}

#[test]
fn what_an_experiment_cannot_use_is_named_and_ends_with_failure() {
    let arrays = Arrays::new();
    arrays.integers("short.npy", &[0, 1]);
    arrays.integers("negative.npy", &[-1; N]);
    arrays.floats("wide.npy", &[60, 9], &[0.5; 540]);
    arrays.floats("broken.npy", &[N, 8], &(0..N * 8).map(|i| if i == 41 { f32::NAN } else { 1.0 }).collect::<Vec<_>>());
    std::fs::write(arrays.path("words.npy"), "no array").unwrap();
    let replaced = |old: &str, new: &str| SIMULATE.replace(old, new);
    arrays.refuses(&replaced(" x.npy", " broken.npy"), 1, "`broken.npy`: row 5 is not finite");
    arrays.refuses(&replaced(" x.npy", " absent.npy"), 1, "`absent.npy`");
    arrays.refuses(&replaced(" x.npy", " words.npy"), 1, "not a .npy file");
    arrays.refuses(&replaced(" y.npy", " short.npy"), 1, "120 rows and `short.npy` 2 labels");
    arrays.refuses(&replaced(" y.npy", " negative.npy"), 1, "entry 0 is `-1`");
    arrays.refuses(&replaced(" y.npy", " x.npy"), 1, "one number per sample");
    arrays.refuses(&replaced(" xt.npy", " wide.npy"), 1, "8 dimensions, test embeddings 9");
    arrays.refuses("simulate absent --out out", 1, "`absent`");
    arrays.refuses(&format!("{SIMULATE} --out x.npy/out"), 1, "cannot write `x.npy/out`");
}

#[test]
fn wrong_usage_ends_with_two() {
    let arrays = Arrays::new();
    arrays.refuses("simulate", 2, "DATA");
    arrays.refuses("simulate --embeddings x.npy", 2, "--labels");
    arrays.refuses(&format!("{SIMULATE} tree"), 2, "cannot be used with");
    arrays.refuses(&format!("{SIMULATE} --strategy margin,guess"), 2, "strategy `guess` is unknown");
    arrays.refuses(&format!("{SIMULATE} --seeds 0"), 2, "--seeds");
    arrays.refuses(&format!("{SIMULATE} --initial 10 --budget 5"), 2, "--budget 5 is below --initial 10");
    arrays.refuses("select --embeddings x.npy", 2, "--labeled");
    arrays.refuses(&format!("{SELECT} --batch 0"), 2, "--batch");
    arrays.refuses(&format!("{SELECT} --strategy guess"), 2, "strategy `guess` is unknown");
}

#[test]
fn a_selection_is_the_same_with_the_same_seed_and_leaves_out_what_is_labeled() {
    let arrays = Arrays::new();
    for strategy in ["auto", "random", "margin", "entropy", "vote-entropy", "bald", "max-disagreement"] {
        let first = arrays.select(&format!("--strategy {strategy} --batch 7 --seed 3"));
        assert_eq!(keys(&first), BTreeSet::from(["fit_ms", "picked", "scores", "select_ms"]), "{strategy}");
        let picks = picked(&first);
        assert_eq!((picks.len(), first["scores"].as_array().unwrap().len()), (7, 7), "{strategy}");
        assert!(picks.iter().all(|&at| (30..120).contains(&at)), "{strategy}: {picks:?}");
        assert_eq!(picks.iter().collect::<BTreeSet<_>>().len(), 7, "{strategy}: {picks:?}");
        let again = arrays.select(&format!("--strategy {strategy} --batch 7 --seed 3 --threads 2"));
        assert_eq!(picks, picked(&again), "{strategy}");
        let scores: Vec<f64> = first["scores"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).collect();
        assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "{strategy}: {scores:?}");
    }
    assert_ne!(
        picked(&arrays.select("--strategy random --seed 3")),
        picked(&arrays.select("--strategy random --seed 4"))
    );
    assert_eq!(picked(&arrays.select("--strategy margin --batch 5000")).len(), 90, "all that is left");
}

#[test]
fn given_probabilities_are_ranked_as_they_are() {
    let arrays = Arrays::new();
    // Sample 77 is torn between two classes, 50 less so; the members differ only about 99.
    let of = |i: usize, member: usize| match i {
        77 => [0.5, 0.5, 0.0],
        50 => [0.55, 0.45, 0.0],
        99 if member == 0 => [0.9, 0.05, 0.05],
        99 => [0.05, 0.9, 0.05],
        _ => [0.9, 0.05, 0.05],
    };
    let member = |m: usize| (0..N).flat_map(move |i| of(i, m));
    arrays.floats("one.npy", &[N, 3], &member(0).collect::<Vec<_>>());
    arrays.floats("two.npy", &[2, N, 3], &member(0).chain(member(1)).collect::<Vec<_>>());
    let margin = arrays.select("--strategy margin --probabilities one.npy --batch 2");
    assert_eq!(picked(&margin), [77, 50]);
    assert_eq!((margin["scores"][0].as_f64(), margin["fit_ms"].as_f64()), (Some(1.0), Some(0.0)));
    assert_eq!(picked(&arrays.select("--strategy bald --probabilities two.npy --batch 1")), [99]);
    // Votes tie almost everywhere; the margin of the mean settles it.
    assert_eq!(picked(&arrays.select("--strategy vote-entropy --probabilities two.npy --batch 3")), [99, 77, 50]);

    arrays.floats("wide.npy", &[N, 4], &[0.25; N * 4]);
    arrays.floats("few.npy", &[9, 3], &[1.0 / 3.0; 27]);
    arrays.floats("sums.npy", &[N, 3], &[0.9; N * 3]);
    arrays.floats("flat.npy", &[N * 3], &[1.0; N * 3]);
    let refuses = |rest: &str, part: &str| arrays.refuses(&format!("{SELECT} {rest}"), 1, part);
    refuses("--probabilities wide.npy", "[120, 4]; use 120 × 3");
    refuses("--probabilities few.npy", "[9, 3]; use 120 × 3");
    refuses("--probabilities flat.npy", "[360]; use 120 × 3");
    refuses("--probabilities sums.npy", "probabilities of sample 0");
    refuses("--strategy bald --probabilities one.npy", "`bald` compares members");
}

#[test]
fn what_a_selection_cannot_use_is_named_and_ends_with_failure() {
    let arrays = Arrays::new();
    arrays.integers("twice.npy", &[vec![4], (0..29).collect()].concat());
    arrays.integers("far.npy", &[vec![120], (0..29).collect()].concat());
    arrays.integers("high.npy", &[3; 30]);
    arrays.integers("none.npy", &[]);
    let with = |old: &str, new: &str, part: &str| arrays.refuses(&SELECT.replace(old, new), 1, part);
    with(" idx.npy", " twice.npy", "position `4` is labeled twice");
    with(" idx.npy", " far.npy", "position `120` is not below `120`");
    with(" idx.npy", " none.npy", "0 positions but 30 labels");
    with(" known.npy", " high.npy", "label `3` is not below `3`");
    with(" x.npy", " absent.npy", "`absent.npy`");
    with("--classes 3", "--classes 0", "`0` classes");
    let nothing = SELECT.replace(" idx.npy", " none.npy").replace(" known.npy", " none.npy");
    arrays.refuses(&format!("{nothing} --strategy margin"), 1, "there are no labels");
    let out = arrays.run(&format!("{nothing} --strategy auto --batch 4"));
    assert!(out.status.success(), "without labels, coverage chooses: {}", said(&out));
}

#[test]
fn the_catalogue_names_every_strategy_that_can_be_asked_for() {
    let arrays = Arrays::new();
    let bytes: Vec<u8> = (0..90).map(|i| u8::from(i % 3 == (i / 3) % 3 || i % 7 == 0)).collect();
    arrays.npy("sets.npy", "|u1", &[30, 3], &bytes);
    let plain = String::from_utf8(arrays.run("strategies").stdout).unwrap();
    let all: Vec<Value> = serde_json::from_slice(&arrays.run("strategies --json").stdout).unwrap();
    assert!(all.len() > 35);
    for strategy in &all {
        assert_eq!(keys(strategy), BTreeSet::from(["advice", "name", "source", "task"]));
        let (name, advice) = (strategy["name"].as_str().unwrap(), strategy["advice"].as_str().unwrap());
        assert!(plain.lines().any(|line| line.starts_with(name) && line.ends_with(advice)), "{name}");
        let select = if strategy["task"] == "single" {
            format!("{SELECT} --strategy {name} --batch 4")
        } else {
            format!("{SELECT} --task multi --strategy {name} --batch 4").replace("known.npy", "sets.npy")
        };
        let out = arrays.run(&select);
        assert!(out.status.success(), "{name}: {}", said(&out));
        let chosen = picked(&serde_json::from_slice(&out.stdout).unwrap());
        assert!(chosen.len() == 4 && chosen.iter().all(|&at| (30..120).contains(&at)), "{name}: {chosen:?}");
    }
    arrays.refuses(&format!("{SELECT} --strategy best"), 2, "strategy `best` is unknown");
    arrays.refuses(&format!("{SELECT} --task multi --strategy ratio"), 2, "strategy `ratio` is unknown");
    arrays.refuses(&format!("{SELECT} --task multi"), 1, "known.npy");
}

#[test]
fn an_experiment_that_was_cut_off_goes_on_and_another_one_is_refused() {
    let arrays = Arrays::new();
    let plan = "--initial 6 --batch 7 --budget 30 --out out";
    let out = arrays.run(&format!("{SIMULATE} {plan} --strategy random,margin --seeds 3"));
    assert!(out.status.success(), "{}", said(&out));
    let journal = arrays.path("out/runs.csv");
    let whole = std::fs::read_to_string(&journal).unwrap();
    assert_eq!(whole.lines().count(), 2 * 3 * 5);
    // A kill in the middle of a line: the run it belongs to does not count.
    let kept: Vec<&str> = whole.lines().take(22).chain(["margin,2,1"]).collect();
    let torn = kept.join("\n");
    std::fs::write(&journal, torn).unwrap();
    let out = arrays.run(&format!("{SIMULATE} {plan} --strategy random,margin,badge --seeds 3 --keep-arrays kept"));
    assert!(out.status.success(), "{}", said(&out));
    let again = rows(&arrays.path("out"));
    assert_eq!(again.len(), 1 + 3 * 3 * 5);
    // Times differ, all else does not.
    let known = |row: &Vec<String>| row[..6].join(",");
    let before: BTreeSet<String> =
        whole.lines().map(|line| line.split(',').take(6).collect::<Vec<_>>().join(",")).collect();
    assert!(before.is_subset(&again.iter().map(known).collect()));
    arrays.refuses(&format!("{SIMULATE} {plan} --batch 9").replace("--batch 7 ", ""), 1, "another experiment");
    for (kept, given) in [("pool.npy", "x.npy"), ("pool_y.npy", "y.npy"), ("test_y.npy", "yt.npy")] {
        let data = |name: &str| std::fs::read(arrays.path(name)).unwrap()[128..].to_vec();
        assert_eq!(data(&format!("kept/{kept}")), data(given), "{kept}");
    }
}
