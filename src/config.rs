//! Settings that every command takes, from flags or the environment.

use std::path::PathBuf;

/// Options shared by all commands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "For every command")]
pub struct Config {
    /// Folder for the database, pictures, embeddings and models. Put it on a local disk with room for your pictures.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DATA",
        default_value = "querist-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,

    /// Database address: `postgres://…` for a shared `PostgreSQL`. Without it, an `SQLite` file in the data folder.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DATABASE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    pub database: Option<String>,

    /// Connections to `PostgreSQL` at most, for this program. Without effect on `SQLite`.
    #[arg(
        long,
        global = true,
        env = "QUERIST_DATABASE_CONNECTIONS",
        default_value_t = 10,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub database_connections: u32,

    /// Threads for training, decoding and inference. 0 takes one per core; leave one core free on a busy machine.
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_THREADS", default_value_t = 0, value_name = "N")]
    pub threads: usize,

    /// What runs the networks: `auto` tries the providers this build has and falls back to the CPU.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_PROVIDER",
        default_value = "auto",
        value_name = "NAME"
    )]
    pub provider: String,

    /// Which device of the provider: a GPU's number, or for `OpenVINO` a name such as `GPU.1` or `NPU`. Without it, the first.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DEVICE",
        default_value = "",
        hide_default_value = true,
        value_name = "DEVICE"
    )]
    pub device: String,

    /// Let the provider compute in half precision where it can: `TensorRT`, `ROCm` and `OpenVINO`. Compare before you trust it.
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_HALF")]
    pub half: bool,

    /// The ONNX Runtime library, or the folder that holds it. Without it, the usual places are searched (see `doctor`).
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_ONNXRUNTIME", value_name = "PATH")]
    pub onnxruntime: Option<PathBuf>,

    /// Print results as JSON on standard output; everything else goes to standard error.
    #[arg(long, global = true, hide_short_help = true)]
    pub json: bool,
}
