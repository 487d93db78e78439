//! Which provider took which part of a graph, asked of ONNX Runtime's C interface.
//!
//! **Invariant:** the only unsafe code of this folder; every pointer read here belongs to a session borrowed for the call.
#![expect(unsafe_code, reason = "the safe wrapper has no call for the recorded assignment; audited below")]

use std::collections::BTreeMap;
use std::ffi::CStr;

use ort::AsPointer as _;
use ort::session::Session;

/// The session setting without which nothing is recorded.
pub(crate) const RECORD: &str = "session.record_ep_graph_assignment_info";

/// Nodes per provider of a session that was built with [`RECORD`] set to `1`.
///
/// # Errors
/// When the session was built without it.
pub(crate) fn nodes_by_provider(session: &Session) -> ort::Result<BTreeMap<String, usize>> {
    let api = ort::api();
    let mut counts = BTreeMap::new();
    let (mut parts, mut n_parts) = (std::ptr::null(), 0usize);
    // SAFETY: `session` is alive for the whole function; both out pointers are valid; the list belongs to the session.
    unsafe {
        ort::Error::result_from_status((api.Session_GetEpGraphAssignmentInfo)(
            session.ptr(),
            &raw mut parts,
            &raw mut n_parts,
        ))?;
    };
    if parts.is_null() || n_parts == 0 {
        return Ok(counts);
    }
    // SAFETY: the call succeeded, so `parts` points to `n_parts` pointers that live as long as the session.
    let parts = unsafe { std::slice::from_raw_parts(parts, n_parts) };
    for &part in parts {
        let mut name = std::ptr::null();
        // SAFETY: `part` came from the list above; `name` becomes a NUL-terminated string owned by the session.
        unsafe {
            ort::Error::result_from_status((api.EpAssignedSubgraph_GetEpName)(part, &raw mut name))?;
        };
        if name.is_null() {
            continue;
        }
        // SAFETY: checked not null; copied before the session can go.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
        let (mut nodes, mut n_nodes) = (std::ptr::null(), 0usize);
        // SAFETY: as above; only the count is used.
        unsafe {
            ort::Error::result_from_status((api.EpAssignedSubgraph_GetNodes)(part, &raw mut nodes, &raw mut n_nodes))?;
        };
        *counts.entry(name).or_insert(0) += n_nodes;
    }
    Ok(counts)
}
