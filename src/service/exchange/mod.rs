//! Data in and out: imports, labels that programs send, exports, uploads, backups, and copies among imported pictures.

pub mod backup;
pub mod copies;
pub mod exporting;
pub mod importing;
pub mod sending;
pub mod sent_labels;
pub mod undoing;
pub mod uploads;
