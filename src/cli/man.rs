//! `querist man`: manual pages, made from the commands themselves.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};

use super::{Cli, examples};

/// Write a manual page for each command into a folder: `querist man /usr/local/share/man/man1`.
#[derive(Debug, Args)]
pub struct Man {
    /// The folder, which is made if it is not there.
    folder: PathBuf,
}

impl Man {
    pub fn run(&self) -> anyhow::Result<()> {
        let failed = || format!("the manual pages cannot be written into `{}`", self.folder.display());
        std::fs::create_dir_all(&self.folder).with_context(failed)?;
        clap_mangen::generate_to(examples::with_examples(Cli::command()), &self.folder).with_context(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page_with_its_flags_and_examples() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("man1");
        Man { folder: into.clone() }.run().unwrap();
        let page = std::fs::read_to_string(into.join("querist-serve.1")).unwrap();
        assert!(page.contains("listen") && page.contains("querist serve"), "{page}");
        assert!(into.join("querist.1").is_file() && into.join("querist-user-add.1").is_file());
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Man { folder: file }.run().is_err());
    }
}
