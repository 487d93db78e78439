//! `querist encoder`: the networks that turn samples into embeddings.

mod get;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{open, print_json, print_line};
use crate::config::Config;
use crate::encoders::describe::{Cut, Description, Tokens};
use crate::encoders::probe::{Probe, probe_file};
use crate::runtime::{Runtime, Settings};
use crate::service::encoders::adding as encoders;
use crate::service::people::record;

/// Manage encoders, the networks that turn samples into embeddings.
#[derive(Debug, Args)]
pub struct EncoderCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List encoders.
    List,
    /// Add a pretrained encoder, after trying it in a separate process.
    Add {
        /// The ONNX file, with a description beside it (`NAME.json`) if there is one; or, for texts, a folder with an ONNX or
        /// safetensors file and tokenizer.json.
        file: PathBuf,
        /// Its name. By default, the file's name without extension.
        #[arg(long)]
        name: Option<String>,
        /// Its description: input size, layout, mean and std, output name, as JSON; or a `preprocessor_config.json`.
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
        #[command(flatten)]
        wishes: Wishes,
    },
    /// Get an encoder from a model hub: download, check, try, add. Without a name, list recommended ones.
    Get(Box<get::Get>),
    /// Try an encoder on a few drawn pictures and describe it, without adding it.
    Probe {
        /// The ONNX file, or a folder for texts.
        file: PathBuf,
        /// Its description, if not beside the file.
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
        #[command(flatten)]
        wishes: Wishes,
        /// Also encode these pictures, and say which of them it finds alike.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        pictures: Vec<PathBuf>,
    },
    /// Remove an encoder that no project and no round uses.
    Remove {
        /// Its name or number.
        name: String,
    },
}

/// What makes an embedding of a model, where the description and the model's own names leave a choice.
#[derive(Debug, Args)]
struct Wishes {
    /// The value to use as the embedding: an output of the model, or any value inside it.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Whether to cut a classifier before its last layer. A value named by `--output` is cut only with `auto`.
    #[arg(long)]
    cut: Option<Cut>,
    /// How to reduce a row of tokens. By default, the number of tokens and the model's weights show whether there is a class token.
    #[arg(long)]
    tokens: Option<Tokens>,
}

impl From<Wishes> for Description {
    fn from(wishes: Wishes) -> Self {
        Self { output: wishes.output, cut: wishes.cut, tokens: wishes.tokens, ..Self::default() }
    }
}

impl EncoderCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self.command {
            // Without the database: this is also what the child process of `add` runs.
            Command::Probe { file, spec, wishes, pictures } => {
                probe(config, &file, spec.as_deref(), wishes.into(), &pictures)
            }
            Command::Get(get) => get.run(config).await,
            Command::List => list(config).await,
            Command::Add { file, name, spec, wishes } => {
                let app = open(config).await?;
                let stem = || file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
                let name = name.unwrap_or_else(stem);
                let (row, found) = encoders::add_as(&app, &file, &name, spec.as_deref(), wishes.into()).await?;
                record::command(&app, None, "encoder-added", &row.name, &[]).await;
                if config.json {
                    print_json(&serde_json::json!({ "id": row.id, "name": row.name, "probe": found }));
                } else {
                    warn(&found);
                    print_line(&format!("{} {} ({} numbers per sample)", row.id, row.name, row.dim));
                }
                Ok(())
            }
            Command::Remove { name } => {
                let app = open(config).await?;
                let row = encoders::remove(&app, &name).await?;
                record::command(&app, None, "encoder-removed", &row.name, &[]).await;
                if config.json {
                    print_json(&serde_json::json!({ "id": row.id, "name": row.name }));
                } else {
                    print_line(&format!("{} is removed", row.name));
                }
                Ok(())
            }
        }
    }
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    let mut rows = Vec::new();
    for row in encoders::list(&app).await? {
        if config.json {
            let (id, name, kind, dim, from) = (row.id, row.name, row.kind, row.dim, row.learned_from);
            let about = serde_json::json!({ "id": id, "name": name, "kind": kind, "dim": dim, "learned_from": from });
            rows.push(about);
        } else {
            let from = row.learned_from.map(|n| format!("\tlearned from {n} samples")).unwrap_or_default();
            print_line(&format!("{}\t{}\t{}\t{}{from}", row.id, row.name, row.kind, row.dim));
        }
    }
    if config.json {
        print_json(&rows.into());
    }
    Ok(())
}

fn probe(
    config: &Config,
    file: &Path,
    spec: Option<&Path>,
    wishes: Description,
    pictures: &[PathBuf],
) -> anyhow::Result<()> {
    // One thread is enough for a few images, and keeps the child small.
    let runtime = Runtime::open(&Settings { threads: 1, ..Settings::from_config(config)? })?;
    let given = if file.is_dir() { Description::default() } else { Description::wished(file, spec, wishes)? };
    let found = probe_file(&runtime, file, Some(given), pictures)?;
    if config.json {
        print_json(&serde_json::to_value(&found)?);
    } else {
        warn(&found);
        print_line(&format!(
            "{} numbers per sample, {:.1} ms per sample on {}",
            found.dim, found.ms_per_image, found.provider
        ));
        for one in &found.alike {
            let near: Vec<String> = one
                .nearest
                .iter()
                .map(|near| format!("{} {:.2}", pictures[near.picture].display(), near.similarity))
                .collect();
            print_line(&format!("{} is like {}", pictures[one.picture].display(), near.join(", ")));
        }
    }
    Ok(())
}

fn warn(found: &Probe) {
    for warning in &found.warnings {
        eprintln!("warning: {warning}");
    }
}
