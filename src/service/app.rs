//! The one place that wires database, data folder, computation, clock and models together.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::data::DataDir;
use crate::meter::Meter;
use crate::runtime::LazyRuntime;
use crate::service::desk::opinions::Opinions;
use crate::service::desk::reasons::Reasons;
use crate::service::desk::streams::Desks;
use crate::service::desk::viewing::Renditions;
use crate::service::map::Maps;
use crate::service::people::known::Known;
use crate::service::rounds::doubts::Judgements;
use crate::service::rounds::pool::Pools;
use crate::service::upkeep::backups::Backups;
use crate::service::upkeep::readiness::Looks;
use crate::store::Store;
use crate::store::desk_writer::DeskWriter;

/// Everything a use case needs. Cloning is cheap: it is one shared set of parts.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

/// The parts of an [`App`].
pub struct Parts {
    pub store: Store,
    pub data: DataDir,
    /// The samples' files and their renditions.
    pub blobs: Blobs,
    pub cpu: Cpu,
    pub clock: Clock,
    /// ONNX Runtime, loaded when it is first needed, so that an idle server holds no model.
    pub runtime: LazyRuntime,
    /// Who was recognised lately, and who mistyped a password lately.
    pub known: Known,
    /// The streams of questions, by project.
    pub desks: Desks,
    /// Embeddings in memory, by project.
    pub pools: Pools,
    /// Who makes large pictures smaller, one at a time.
    pub renditions: Renditions,
    /// The committees' opinions of samples, by project.
    pub opinions: Opinions,
    /// Which parts of samples speak for an opinion.
    pub reasons: Reasons,
    /// The judgements of labels by models that have not seen them, by project.
    pub judgements: Judgements,
    /// The maps of pools, by project.
    pub maps: Maps,
    /// When backups are taken, and how the last one went.
    pub backups: Backups,
    /// The last readiness report.
    pub looks: Looks,
    /// The one writer of answers and leases.
    pub desk_writer: DeskWriter,
    /// What `/metrics` shows.
    pub meter: Meter,
    /// Tells the workers that a job was added.
    pub wake: Notify,
    /// Tells the postman that a message to a webhook was added.
    pub posted: Notify,
}

impl App {
    /// Connect the parts, and start the desk's writer on the current runtime.
    pub fn new(store: Store, data: DataDir, cpu: Cpu, clock: Clock, runtime: LazyRuntime) -> Self {
        let desk_writer = DeskWriter::start(store.clone());
        Self {
            parts: Arc::new(Parts {
                store,
                blobs: Blobs::of(&data),
                data,
                cpu,
                clock,
                runtime,
                known: Known::default(),
                desks: Desks::default(),
                pools: Pools::default(),
                opinions: Opinions::default(),
                reasons: Reasons::default(),
                judgements: Judgements::default(),
                maps: Maps::default(),
                renditions: Renditions::default(),
                backups: Backups::default(),
                looks: Looks::default(),
                desk_writer,
                meter: Meter::default(),
                wake: Notify::new(),
                posted: Notify::new(),
            }),
        }
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
