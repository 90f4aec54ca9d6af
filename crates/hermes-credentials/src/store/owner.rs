use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use hermes_machine::{Home, file};

use crate::StoreError;

/// Refuses to write into a home, or over a file, that belongs to somebody else: what root writes
/// in a service's home, the service can no longer read (upstream's #15718).
pub(super) fn check(home: &Home, user: u32) -> Result<(), StoreError> {
    let foreign = |path: &Path, owner: u32| {
        Err(StoreError::WrongUser {
            path: path.to_owned(),
            owner: name(owner),
            user: name(user),
        })
    };
    let owner_at = |path: &Path| fs::metadata(path).map(|meta| meta.uid()).ok();
    let path = home.path();
    match owner_at(path) {
        Some(owner) if owner != user => return foreign(path, owner),
        Some(_) => {}
        // A home that is still to be made: anybody may fail to make it, but only root could make
        // one that its owner cannot use.
        None => {
            if let Some(owner) = file::owner_of(path).filter(|owner| user == 0 && *owner != 0) {
                return foreign(path, owner);
            }
        }
    }
    match owner_at(&home.auth_json()) {
        Some(owner) if owner != user => foreign(&home.auth_json(), owner),
        _ => Ok(()),
    }
}

/// The user's name, or the `#1000` that `sudo -u` takes as well.
fn name(user: u32) -> String {
    let number = user.to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number && !name.is_empty()).then(|| hermes_secret::plain(name, 40))
    });
    named.unwrap_or_else(|| format!("#{number}"))
}
