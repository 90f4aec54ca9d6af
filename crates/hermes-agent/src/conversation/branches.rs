use std::collections::BTreeMap;

use super::Turn;

/// The most versions of one prompt that are told apart. The oldest are in the log alone then.
const VERSIONS_LIMIT: usize = 100;

/// Which of the versions of a prompt one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number in the order of asking, from 1.
    pub number: usize,
    /// How many there are; 2 at least.
    pub of: usize,
}

/// What a conversation has beside the turns that are shown: a tree, of which they are one way down.
/// What follows a turn is a fork, by the number of that turn's first record; none is the beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Branches {
    forks: BTreeMap<Option<u64>, Fork>,
    /// The turns that are not shown.
    left: BTreeMap<u64, Turn>,
}

/// The turns that follow the same turn.
#[derive(Clone, Debug, Default, PartialEq)]
struct Fork {
    /// In the order of asking.
    versions: Vec<u64>,
    /// The one that is shown, or was when the way last led here.
    shown: Option<u64>,
}

impl Branches {
    /// A turn began, and is shown.
    pub(super) fn began(&mut self, turn: &Turn) {
        let fork = self.forks.entry(turn.follows).or_default();
        fork.versions.push(turn.since);
        fork.shown = Some(turn.since);
        if fork.versions.len() > VERSIONS_LIMIT {
            let oldest = fork.versions.remove(0);
            self.forget(oldest);
        }
    }

    /// Turns that are shown no more, the first of them first. Nothing is shown in their place yet.
    pub(super) fn cut(&mut self, turns: impl IntoIterator<Item = Turn>) {
        let mut turns = turns.into_iter().peekable();
        let follows = turns.peek().map(|turn| turn.follows);
        if let Some(fork) = follows.and_then(|follows| self.forks.get_mut(&follows)) {
            fork.shown = None;
        }
        self.left.extend(turns.map(|turn| (turn.since, turn)));
    }

    /// Goes another way: the turn that began with this record is shown from now on in place of those
    /// that follow the same, and then whatever was shown below it last. Unless it is there, and follows a
    /// turn that is shown, nothing changes.
    pub(super) fn show(&mut self, since: u64, path: &mut Vec<Turn>) {
        let Some(follows) = self.left.get(&since).map(|turn| turn.follows) else {
            return;
        };
        let Some(from) = place(path, follows) else {
            return;
        };
        self.cut(path.drain(from..));
        if let Some(fork) = self.forks.get_mut(&follows) {
            fork.shown = Some(since);
        }
        let mut next = Some(since);
        while let Some(turn) = next.and_then(|since| self.left.remove(&since)) {
            next = self
                .forks
                .get(&Some(turn.since))
                .and_then(|fork| fork.shown);
            path.push(turn);
        }
    }

    /// Which version a turn is; none if it is the only one, or not there.
    pub(super) fn version(&self, follows: Option<u64>, since: u64) -> Option<Version> {
        let versions = &self.forks.get(&follows)?.versions;
        let index = versions.iter().position(|one| *one == since)?;
        (versions.len() > 1).then_some(Version {
            number: index + 1,
            of: versions.len(),
        })
    }

    /// The first record of the version of this number, counted from 1.
    pub(super) fn named(&self, follows: Option<u64>, number: usize) -> Option<u64> {
        let versions = &self.forks.get(&follows)?.versions;
        versions.get(number.checked_sub(1)?).copied()
    }

    /// Lets go of a turn that is not shown, and of all that follows it.
    fn forget(&mut self, since: u64) {
        let mut gone = vec![since];
        while let Some(since) = gone.pop() {
            self.left.remove(&since);
            gone.extend(
                self.forks
                    .remove(&Some(since))
                    .into_iter()
                    .flat_map(|fork| fork.versions),
            );
        }
    }
}

/// Where on the way a turn is that follows this one; `None` if that one is not on it.
fn place(path: &[Turn], follows: Option<u64>) -> Option<usize> {
    let Some(before) = follows else {
        return Some(0);
    };
    let found = path.binary_search_by_key(&before, |turn| turn.since);
    found.ok().map(|index| index + 1)
}

#[cfg(test)]
mod tests;
