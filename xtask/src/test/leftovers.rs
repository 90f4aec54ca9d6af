//! One run of the end-to-end tests, and what it may not leave behind: processes, network
//! namespaces, files. Each test file takes down its own; this looks after them, and also takes down
//! what an interrupted run left.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const IP: &str = "/usr/sbin/ip";

/// A run, known by a mark that its processes have in their environment and its namespaces in their
/// names.
pub(super) struct Run {
    mark: String,
    folder: TempDir,
}

impl Run {
    pub(super) fn begin() -> Result<Self> {
        // Short, and not in the target directory: sockets are made in it, whose paths are limited.
        let folder = tempfile::Builder::new()
            .prefix("hermes-e2e-")
            .tempdir()
            .context("could not make a temporary folder")?;
        Ok(Self {
            mark: std::process::id().to_string(),
            folder,
        })
    }

    /// The value of `HERMES_E2E_RUN`.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Where temporary files go.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes down what is left and says what that was.
    pub(super) fn end(self) -> Result<Vec<String>> {
        self.take_down()
    }

    fn take_down(&self) -> Result<Vec<String>> {
        let mut left = Vec::new();
        let variable = format!("HERMES_E2E_RUN={}", self.mark);
        for pid in with_variable(variable.as_bytes())? {
            left.push(format!("process {pid}"));
            kill(pid);
        }
        let prefix = format!("he-{}-", self.mark);
        for name in namespaces()?
            .iter()
            .filter(|name| name.starts_with(&prefix))
        {
            left.push(format!("network namespace {name}"));
            // sshd overwrites its environment, so its processes are found here.
            ip(&["netns", "pids", name])?
                .lines()
                .filter_map(|line| line.trim().parse().ok())
                .for_each(kill);
            ip(&["netns", "del", name])?;
        }
        let files = fs::read_dir(self.folder())?;
        for file in files.flatten() {
            collect_files(&file.path(), &mut left);
        }
        Ok(left)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Interrupted: whoever pressed Ctrl-C does not want a list.
        let _left = self.take_down();
    }
}

/// The files and the empty folders at a path: their names tell whose they are.
fn collect_files(path: &Path, found: &mut Vec<String>) {
    let within: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().collect();
    for entry in &within {
        collect_files(&entry.path(), found);
    }
    if within.is_empty() {
        found.push(path.display().to_string());
    }
}

/// The processes that have this variable in the environment they were started with.
fn with_variable(variable: &[u8]) -> Result<Vec<i32>> {
    let processes = fs::read_dir("/proc").context("could not read `/proc`")?;
    let found = processes.flatten().filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        // Another one's, or one that has just ended: not ours.
        let environment = fs::read(entry.path().join("environ")).ok()?;
        environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == variable)
            .then_some(pid)
    });
    Ok(found.collect())
}

fn namespaces() -> Result<Vec<String>> {
    let list = ip(&["netns", "list"])?;
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

fn ip(arguments: &[&str]) -> Result<String> {
    let output = Command::new(IP)
        .args(arguments)
        .output()
        .with_context(|| format!("could not start `{IP}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`ip {}` failed: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _gone = kill_process(pid, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_its_mark_and_ended() {
        let run = Run::begin().unwrap();
        let mut child = Command::new("sleep")
            .arg("60")
            .env("HERMES_E2E_RUN", "a mark of this test")
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let found = loop {
            // Between fork and exec it still has our environment.
            let found = with_variable(b"HERMES_E2E_RUN=a mark of this test").unwrap();
            if !found.is_empty() {
                break found;
            }
        };
        assert_eq!(found, [pid]);
        kill(pid);
        assert!(!child.wait().unwrap().success());
        assert!(
            with_variable(b"HERMES_E2E_RUN=a mark of this test")
                .unwrap()
                .is_empty()
        );
        drop(run);
    }
}
