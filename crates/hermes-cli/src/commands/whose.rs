//! Whose home it is.

use hermes_machine::file;
use rustix::process::geteuid;

use crate::world::World;

/// What is doubtful about who runs this, as the rest of a sentence that begins with the home: what is
/// written there is then not its owner's.
pub(super) fn doubt(world: &World) -> Option<Stranger> {
    let owner = file::owner_of(world.home.path())?;
    Stranger::between(owner, geteuid().as_raw())
}

/// A home that belongs to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stranger {
    /// The user id of the owner.
    pub(super) owner: u32,
    me: u32,
}

impl Stranger {
    fn between(owner: u32, me: u32) -> Option<Self> {
        (owner != me).then_some(Self { owner, me })
    }
}

impl std::fmt::Display for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { owner, me } = self;
        write!(f, "belongs to user id {owner}, and this is user id {me}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_users_home_is_doubted() {
        assert_eq!(Stranger::between(1000, 1000), None);
        let root = Stranger::between(1000, 0).map(|it| it.to_string());
        let said = "belongs to user id 1000, and this is user id 0";
        assert_eq!(root.as_deref(), Some(said));
    }
}
