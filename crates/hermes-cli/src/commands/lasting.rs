//! Whether the home outlives what it is on.

use std::path::Path;

use hermes_login::{Place, PlaceKind, SystemProbe};
use rustix::fs::statfs;

use crate::world::World;

/// `TMPFS_MAGIC` and `RAMFS_MAGIC` (statfs(2)): a file system in memory.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// `OVERLAYFS_SUPER_MAGIC`: in a container, the layer that ends with it.
const OVERLAY: u64 = 0x794c_7630;

/// What is doubtful about where the home is, as the rest of a sentence that begins with it. What looks
/// like a volume is taken for one.
pub(super) fn doubt(world: &World) -> Option<&'static str> {
    let kind = file_system(world.home.path())?;
    let is_container =
        || Place::detect(&world.environment, &SystemProbe).kind == PlaceKind::Container;
    doubt_about(kind, is_container)
}

fn doubt_about(kind: u64, is_container: impl FnOnce() -> bool) -> Option<&'static str> {
    if IN_MEMORY.contains(&kind) {
        Some("is in memory: users, sessions and keys are gone after the next start of the machine")
    } else if kind == OVERLAY && is_container() {
        Some("is in no volume: users, sessions and keys end with this container")
    } else {
        None
    }
}

/// The kind of file system that the folder is on, or will be.
fn file_system(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let found = statfs(there).ok()?;
    u64::try_from(found.f_type).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_with_the_machine_or_the_container_is_doubted() {
        for (kind, is_container, doubt) in [
            (0x0102_1994, false, Some("is in memory")),
            (0x8584_58f6, true, Some("is in memory")),
            (OVERLAY, true, Some("is in no volume")),
            (OVERLAY, false, None),
            // ext4, btrfs and a network file system.
            (0xef53, true, None),
            (0x9123_683e, true, None),
            (0x6969, false, None),
        ] {
            let found = doubt_about(kind, || is_container);
            let begins = found.map(|found| found.split(':').next().unwrap());
            assert_eq!(begins, doubt, "{kind:#x}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_on_what_is_above_it() {
        let there = file_system(Path::new("/proc")).unwrap();
        assert_eq!(file_system(Path::new("/proc/no/such/folder")), Some(there));
        assert_eq!(there, 0x9fa0);
    }
}
