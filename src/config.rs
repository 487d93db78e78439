//! Settings that every command takes, from flags or the environment.

use std::path::PathBuf;

/// Options shared by all commands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "For every command")]
pub struct Config {
    /// Data folder: database, samples, embeddings and models. Use a local disk with room for your samples.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DATA",
        default_value = "querist-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,

    /// Database address, `postgres://…`. By default, an `SQLite` file in the data folder.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DATABASE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    pub database: Option<String>,

    /// The most connections that this program opens to `PostgreSQL`. No effect on `SQLite`.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_DATABASE_CONNECTIONS",
        default_value_t = 10,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub database_connections: u32,

    /// Threads for training, decoding and inference; 0 is one per core. Leave one core free on a busy machine.
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_THREADS", default_value_t = 0, value_name = "N")]
    pub threads: usize,

    /// What runs the networks; `auto` tries the providers of this build and falls back to the CPU.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "QUERIST_PROVIDER",
        default_value = "auto",
        value_name = "NAME"
    )]
    pub provider: String,

    /// Device of the provider: a GPU's number, or for `OpenVINO` a name such as `GPU.1` or `NPU`. By default, the first.
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

    /// Compute in half precision if the provider can: `TensorRT`, `ROCm` and `OpenVINO`. Compare before you trust it.
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_HALF")]
    pub half: bool,

    /// The ONNX Runtime library, or its folder. By default, the usual places are searched (see `doctor`).
    #[arg(long, global = true, hide_short_help = true, env = "QUERIST_ONNXRUNTIME", value_name = "PATH")]
    pub onnxruntime: Option<PathBuf>,

    /// Print the result as JSON: one value, lists as arrays (`predict`: one object per line).
    #[arg(long, global = true, hide_short_help = true)]
    pub json: bool,
}
