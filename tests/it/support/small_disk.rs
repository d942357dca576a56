//! A disk of a few megabytes that can be full.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A tmpfs in a mount namespace of its own, which ends with its holder: nothing is left behind, however a test ends. Where
/// we are not root, a user namespace makes us root in there.
pub(crate) struct SmallDisk {
    holder: Child,
    folder: TempDir,
    root: bool,
}

impl SmallDisk {
    /// Fails with the reason where neither root nor a user namespace may mount.
    pub(crate) fn mount(megabytes: u32) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = is_root();
        let script =
            format!("mount -t tmpfs -o size={megabytes}m small-disk \"$0\" && echo mounted && exec cat");
        let mut holder = Command::new("unshare")
            .args(if root { &["--mount"][..] } else { &["--mount", "--map-root-user"] })
            .args(["sh", "-c", &script])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said == "mounted\n" {
            return Ok(Self { holder, folder, root });
        }
        let output = holder.wait_with_output().unwrap();
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Whether there is no excuse for a failure to mount.
    pub(crate) fn must_work() -> bool {
        is_root()
    }

    /// Its path, for whoever runs on it.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The same command, where the disk is.
    pub(crate) fn run_on(&self, command: &Command) -> Command {
        let mut on_disk = Command::new("nsenter");
        on_disk.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !self.root {
            on_disk.args(["--user", "--preserve-credentials"]);
        }
        on_disk.arg("--").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => on_disk.env(name, value),
                None => on_disk.env_remove(name),
            };
        }
        on_disk
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).unwrap();
        loop {
            match ballast.write(&[0; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("the disk cannot be filled: {error}"),
            }
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    /// As seen from outside: by way of the holder, who is inside.
    fn ballast(&self) -> PathBuf {
        let inside = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        inside.join(self.folder.path().strip_prefix("/").unwrap()).join("ballast")
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
