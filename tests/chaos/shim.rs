//! Orders to `shim.c`: a full or read-only disk, flushes that fail or take long, a death in the middle of a write, a clock that jumps.
//!
//! This way of making them needs no rights: the program is started with the shim loaded before the C library. The shim is made by
//! the C compiler that links Rust programs anyway, and works on Linux with glibc.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the disk does. The numbers are those of `shim.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    Well,
    /// Nothing can be written: no room.
    Full,
    /// Nothing can be written: read-only.
    ReadOnly,
    /// Whatever is to be durable cannot be made so.
    FlushFails,
    /// Each flush takes so many milliseconds.
    Slow(i32),
    /// The program dies in the middle of a write, after so many more.
    Die(i32),
}

/// The compiled shim, and the file that holds its orders.
pub struct Shim {
    library: PathBuf,
    /// Where the library is, if not in the folder.
    _elsewhere: Option<tempfile::TempDir>,
    orders: PathBuf,
    file: File,
}

impl Shim {
    /// Compile it into a folder.
    pub fn new(folder: &Path) -> Self {
        // Blanks and colons part the names in LD_PRELOAD.
        let parted = folder.to_string_lossy().contains([' ', ':']);
        let elsewhere = parted.then(|| tempfile::tempdir().unwrap());
        let beside = elsewhere.as_ref().map_or(folder, tempfile::TempDir::path);
        let (library, orders) = (beside.join("shim.so"), folder.join("orders"));
        let source = folder.join("shim.c");
        std::fs::write(&source, include_str!("shim.c")).unwrap();
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let arguments = ["-shared", "-fPIC", "-O1", "-o"];
        let done = Command::new(compiler).args(arguments).arg(&library).arg(&source).arg("-ldl").output();
        let done = done.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::write(&orders, [0; 24]).unwrap();
        let file = File::options().read(true).write(true).open(&orders).unwrap();
        Self { library, _elsewhere: elsewhere, orders, file }
    }

    /// Have a command obey, for files below `folder`.
    pub fn load(&self, command: &mut Command, folder: &Path) {
        command.env("LD_PRELOAD", &self.library);
        command.env("QUERIST_CHAOS_ORDERS", &self.orders).env("QUERIST_CHAOS_FOLDER", folder);
    }

    /// Let the disk behave like this from now on.
    pub fn disk(&self, disk: Disk) {
        let (mode, countdown, milliseconds) = match disk {
            Disk::Well => (0, 0, 0),
            Disk::Full => (1, 0, 0),
            Disk::ReadOnly => (2, 0, 0),
            Disk::FlushFails => (3, 0, 0),
            Disk::Slow(milliseconds) => (4, 0, milliseconds),
            Disk::Die(writes) => (5, writes, 0),
        };
        // The mode last: whatever obeys it finds the numbers there.
        self.put(4, countdown);
        self.put(8, milliseconds);
        self.put(12, 0);
        self.put(0, mode);
    }

    /// How often the last order was followed.
    pub fn followed(&self) -> i32 {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, 12).unwrap();
        i32::from_ne_bytes(bytes)
    }

    /// Let the clock be wrong by so many seconds.
    pub fn clock(&self, seconds: i64) {
        self.file.write_all_at(&seconds.to_ne_bytes(), 16).unwrap();
    }

    fn put(&self, at: u64, value: i32) {
        self.file.write_all_at(&value.to_ne_bytes(), at).unwrap();
    }
}
