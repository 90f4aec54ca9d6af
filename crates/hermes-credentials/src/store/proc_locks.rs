use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use crate::Holder;

/// The process that holds the `flock` on this file, where the system tells. It does not for
/// processes of another container.
pub(super) fn holder(path: &Path) -> Option<Holder> {
    let meta = fs::metadata(path).ok()?;
    let (major, minor) = (rustix::fs::major(meta.dev()), rustix::fs::minor(meta.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", meta.ino());
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let pid = locks.lines().find_map(|line| {
        // `1: FLOCK  ADVISORY  WRITE 1234 fd:01:131 0 EOF`; waiters have `->` after the number.
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", pid, at, ..] = fields[..] else {
            return None;
        };
        (at == place).then(|| pid.parse::<u32>().ok())?
    })?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm"));
    Some(Holder {
        pid,
        name: name
            .ok()
            .map(|text| hermes_secret::plain(&text, 40))
            .filter(|text| !text.is_empty()),
    })
}
