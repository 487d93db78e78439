//! Data on its way in and out: imports, exports, uploads, backups, and copies among what came.

pub mod backup;
pub mod copies;
pub mod exporting;
pub mod importing;
pub mod uploads;
