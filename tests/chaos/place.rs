//! A project to attack, in a folder of its own: drawn pictures, an encoder so small that it takes no time, accounts with tokens.
//!
//! Everything is made by the program's own commands, so what is attacked is what people use.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{ImageFormat, Rgb, RgbImage};
use querist::onnx::messages::OperatorSetId;
use querist::onnx::{Graph, Model, build};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tempfile::TempDir;

use crate::database::Database;

pub const SLUG: &str = "chaos";
pub const CLASSES: [&str; 4] = ["red", "green", "blue", "grey"];
/// Pixels on a side of a picture.
const SIDE: u32 = 8;

/// The program under test: `QUERIST_TEST_PROGRAM`, otherwise the one that was built with the tests.
pub fn program() -> PathBuf {
    let built = option_env!("CARGO_BIN_EXE_querist").unwrap_or("querist");
    std::env::var_os("QUERIST_TEST_PROGRAM").map_or_else(|| built.into(), Into::into)
}

/// What is drawn, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub pictures: u64,
    /// Numbers of an embedding.
    pub dim: usize,
    pub annotators: usize,
    /// Threads of the server's training.
    pub threads: usize,
}

/// A data folder with a project, and what is needed to run a server on it. Dropped, it is removed.
pub struct Place {
    folder: TempDir,
    pub database: Database,
    pub plan: Plan,
    /// Tokens of the annotators, by name.
    pub annotators: Vec<(String, String)>,
    /// A token of a lead of the project.
    pub lead: String,
    /// A token of an admin of the server.
    pub admin: String,
}

impl Place {
    /// Draw, import and encode the pictures, and add the people.
    pub fn new(plan: Plan, database: Database) -> Self {
        // On the disk of the current folder: the system's temporary folder may be in memory, where nothing takes time.
        let folder = tempfile::Builder::new().prefix("querist-chaos-").tempdir_in(here()).unwrap();
        let mut place =
            Self { folder, database, plan, annotators: Vec::new(), lead: String::new(), admin: String::new() };
        let pictures = place.file("pictures");
        draw(&pictures, 0..plan.pictures);
        let mut new = vec!["project", "new", SLUG];
        for class in CLASSES {
            new.extend(["--class", class]);
        }
        place.run(&new);
        place.run(&["user", "add", "admin", "--role", "admin"]);
        place.run(&["import", SLUG, &pictures.to_string_lossy()]);
        let model = place.file("small.onnx");
        std::fs::write(&model, encoder(plan.dim).to_bytes()).unwrap();
        place.run(&["encoder", "add", &model.to_string_lossy(), "--name", "small"]);
        place.run(&["encode", SLUG, "--encoder", "small"]);
        place.run(&["user", "add", "lead", "--role", "lead", "--project", SLUG]);
        place.admin = place.token("admin");
        place.lead = place.token("lead");
        for n in 0..plan.annotators {
            let name = format!("person-{n}");
            place.run(&["user", "add", &name, "--role", "annotator", "--project", SLUG]);
            let token = place.token(&name);
            place.annotators.push((name, token));
        }
        place
    }

    fn token(&self, name: &str) -> String {
        self.run(&["token", "new", "--user", name]).split_whitespace().last().unwrap_or_default().to_owned()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.file("data")
    }

    /// A file or folder beside it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the program on this folder, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--data").arg(self.data()).args(["--threads", &self.plan.threads.to_string()]).args(arguments);
        if let Some(address) = self.database.address() {
            command.args(["--database", &address]);
        }
        command
    }

    /// Run a command to its end, whatever its status.
    pub fn try_run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Run a command that must succeed; its standard output.
    pub fn run(&self, arguments: &[&str]) -> String {
        let done = self.try_run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Leave the folder where it is, so that somebody can look at it.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

fn here() -> PathBuf {
    option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, Into::into)
}

/// Draw pictures `NUMBER.png` into a folder.
pub fn draw(folder: &Path, numbers: std::ops::Range<u64>) {
    std::fs::create_dir_all(folder).unwrap();
    for n in numbers {
        std::fs::write(folder.join(format!("{n}.png")), picture(n)).unwrap();
    }
}

/// The picture with this number: noise around a colour, so that no two look alike.
pub fn picture(n: u64) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(n);
    let of_class = [[190, 60, 60], [60, 190, 60], [60, 60, 190], [120, 120, 120]];
    let centre: [i32; 3] = of_class[n as usize % CLASSES.len()];
    let picture =
        RgbImage::from_fn(SIDE, SIDE, |_, _| Rgb(centre.map(|c| (c + rng.random_range(-55..=55)).clamp(0, 255) as u8)));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The class that a picture shows, as its place among [`CLASSES`]; its name is its number.
pub fn shown(name: &str) -> usize {
    let number: u64 = name.trim_end_matches(".png").parse().unwrap_or_default();
    number as usize % CLASSES.len()
}

/// A product with fixed weights, from pictures of 8 x 8 pixels to `dim` numbers.
fn encoder(dim: usize) -> Model {
    let inputs = 3 * (SIDE * SIDE) as usize;
    let mut rng = StdRng::seed_from_u64(1);
    let weights: Vec<f32> = (0..inputs * dim).map(|_| rng.random_range(-0.1..0.1)).collect();
    let graph = Graph {
        name: Some("small".to_owned()),
        node: vec![
            build::node("Flatten", &["image"], &["flat"], vec![build::int("axis", 1)]),
            build::node("MatMul", &["flat", "weights"], &["embedding"], Vec::new()),
        ],
        initializer: vec![build::floats("weights", &[inputs, dim], &weights)],
        input: vec![build::batch_of("image", &[3, SIDE as usize, SIDE as usize])],
        output: vec![build::batch_of("embedding", &[dim])],
        ..Graph::default()
    };
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    }
}
