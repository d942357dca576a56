//! A machine's clock that is wrong, and can be moved: libfaketime in front of a process.

use std::{fs::Permissions, os::unix::fs::PermissionsExt as _, path::PathBuf};

use tempfile::TempDir;

/// The clock of the processes that are started with its environment. Their monotonic clock is the real one, as it would be
/// on such a machine.
pub(crate) struct FakeClock {
    folder: TempDir,
}

impl FakeClock {
    /// Off by so much: `+5h`, `-90m`.
    pub(crate) fn off_by(offset: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Servers of other users go by it too.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let clock = Self { folder };
        clock.move_to(offset);
        clock
    }

    /// Moves it, at once and for everybody who goes by it.
    pub(crate) fn move_to(&self, offset: &str) {
        // Whoever reads meanwhile finds the old or the new, and never half of it.
        let new = self.folder.path().join("new");
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(new, self.file()).unwrap();
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let file = self.file().display().to_string();
        let library = library().display().to_string();
        [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }
}

/// Debian keeps it in a folder of the machine's architecture.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = libraries.into_iter().find(|library| library.exists());
    found.expect("libfaketime is not here: `tests/setup.sh test` installs it")
}
