//! Which rows of a table speak of which files.
//!
//! **Invariant:** a row speaks of at most one file: where several could be meant, of none.

use std::collections::HashMap;

use super::Chosen;
use crate::dataset::name;
use crate::dataset::table::Row;

/// Rows by the files that they speak of.
#[derive(Debug, Default)]
pub(super) struct Matched {
    by_name: HashMap<String, Vec<usize>>,
    /// Rows without a file, and why: with `Err` they cannot be used.
    alone: Vec<(usize, Result<String, String>)>,
}

impl Matched {
    /// Items that there are beyond one for each file.
    pub(super) fn extra(&self) -> u64 {
        let more: usize = self.by_name.values().map(|rows| rows.len() - 1).sum();
        (more + self.alone.len()) as u64
    }

    pub(super) fn any(&self) -> bool {
        !self.by_name.is_empty()
    }

    /// The rows that speak of the file called `own`.
    pub(super) fn rows_of(&mut self, own: &str) -> Vec<usize> {
        self.by_name.remove(own).unwrap_or_default()
    }

    /// Rows that speak of none, those left over included.
    pub(super) fn without_file(self, chosen: Option<&Chosen>) -> Vec<(&Row, Result<String, String>)> {
        let unseen = || Ok("its file was not reached".to_owned());
        let left = self.by_name.into_values().flatten().map(|at| (at, unseen()));
        let mut rows: Vec<(usize, Result<String, String>)> = self.alone.into_iter().chain(left).collect();
        rows.sort_by_key(|(at, _)| *at);
        let rows = rows.into_iter().filter_map(|(at, why)| Some((chosen?.table.rows.get(at)?, why)));
        rows.collect()
    }
}

/// Find the file of each row: by its path from the table's folder or from the root, or by the only path that ends so.
pub(super) fn match_rows(chosen: &Chosen, names: &[String]) -> Matched {
    let mut times: HashMap<&str, usize> = HashMap::new();
    let mut by_last: HashMap<&str, Vec<&str>> = HashMap::new();
    for own in names {
        *times.entry(own).or_default() += 1;
        by_last.entry(last(own)).or_default().push(own);
    }
    let find = |path: &str| -> Result<String, Result<String, String>> {
        let several = || Err(Err("several files have this name; import them one by one".to_owned()));
        for exact in [format!("{}{path}", chosen.folder()), path.to_owned()] {
            match times.get(exact.as_str()) {
                Some(1) => return Ok(exact),
                Some(_) => return several(),
                None => {}
            }
        }
        let ending = format!("/{path}");
        let mut like = by_last.get(last(path)).into_iter().flatten().filter(|own| own.ends_with(&ending));
        match (like.next(), like.next()) {
            (Some(one), None) => Ok((*one).to_owned()),
            (Some(_), Some(_)) => several(),
            (None, _) => Err(Ok("no file has this name".to_owned())),
        }
    };
    let mut matched = Matched::default();
    for (at, row) in chosen.table.rows.iter().enumerate() {
        let found = match (&row.fault, &row.path) {
            (Some(fault), _) => Err(Err(fault.clone())),
            _ if row.content.is_some() => Err(Ok("its sample is in it".to_owned())),
            (None, None) => Err(Ok("it names no file".to_owned())),
            (None, Some(_)) => {
                let mut found = Err(Ok("no file has this name".to_owned()));
                for path in row.paths() {
                    found = match name::safe(path) {
                        Ok(path) => find(&path),
                        Err(reason) => Err(Err(reason.to_owned())),
                    };
                    if !matches!(found, Err(Ok(_))) {
                        break;
                    }
                }
                found
            }
        };
        match found {
            Ok(own) => matched.by_name.entry(own).or_default().push(at),
            Err(why) => matched.alone.push((at, why)),
        }
    }
    matched
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
