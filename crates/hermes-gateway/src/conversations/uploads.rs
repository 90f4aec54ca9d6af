//! Pictures that come in parts. What is here of one outlives the connection that brought it, so that whoever
//! comes back goes on where it broke.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_protocol::methods::UploadedImage;
use hermes_storage::{ConversationId, UserId};
use jiff::Timestamp;

/// The most bytes of one: what `image.attach_bytes` takes, in base64.
const LARGEST: u64 = 11 * 1024 * 1024;

/// The most that a person has on their way: as many as go with a prompt.
const MOST_OF_A_PERSON: usize = 16;

/// The most bytes of all of them together, as they were announced.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// How many of a person that were kept are still known, should a part of theirs come again.
const KEPT_OF_A_PERSON: usize = 64;

/// How long one waits for its next part.
const PATIENCE: Duration = Duration::from_mins(10);

/// Which upload it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct UploadKey {
    owner: UserId,
    conversation: ConversationId,
    name: String,
}

impl UploadKey {
    /// None if the client calls it something that is no name.
    pub(super) fn new(owner: UserId, conversation: ConversationId, name: &str) -> Option<Self> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ((1..=64).contains(&name.len()) && name.bytes().all(is_good)).then(|| Self {
            owner,
            conversation,
            name: name.to_owned(),
        })
    }
}

/// What is here after a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// So many bytes from the beginning.
    UpTo(u64),
    /// Everything.
    Whole(Vec<u8>),
    /// It was kept before.
    There(UploadedImage),
}

/// Why a part was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// Of no picture that may be sent.
    Size,
    /// Too many are on their way.
    TooMany,
}

enum State {
    Parts(Vec<u8>),
    Kept(UploadedImage),
}

struct Upload {
    size: u64,
    state: State,
    touched: Timestamp,
}

/// Those of all people.
#[derive(Default)]
pub(super) struct Uploads(Mutex<HashMap<UploadKey, Upload>>);

impl Uploads {
    /// Takes a part of a picture of this size. One that does not follow what is here changes nothing, so a part
    /// that comes twice is there once.
    pub(super) fn take(
        &self,
        key: &UploadKey,
        size: u64,
        offset: u64,
        part: &[u8],
        now: Timestamp,
    ) -> Result<Taken, NotTaken> {
        if size == 0 || size > LARGEST {
            return Err(NotTaken::Size);
        }
        let mut uploads = self.lock();
        uploads.retain(|_, upload| now.duration_since(upload.touched).unsigned_abs() < PATIENCE);
        if !uploads.contains_key(key) {
            make_room(&uploads, key.owner, size)?;
        }
        let upload = uploads.entry(key.clone()).or_insert_with(|| Upload {
            size,
            state: State::Parts(Vec::new()),
            touched: now,
        });
        if upload.size != size {
            return Err(NotTaken::Size);
        }
        upload.touched = now;
        let here = match &mut upload.state {
            State::Kept(image) => return Ok(Taken::There(image.clone())),
            State::Parts(here) => here,
        };
        let len = here.len() as u64;
        if offset == len && len + part.len() as u64 <= size {
            here.extend_from_slice(part);
        }
        Ok(match here.len() as u64 {
            len if len == size => Taken::Whole(here.clone()),
            len => Taken::UpTo(len),
        })
    }

    /// All of it was here: it was kept, or it was no picture.
    pub(super) fn ended(&self, key: &UploadKey, image: Option<&UploadedImage>, now: Timestamp) {
        let mut uploads = self.lock();
        let Some(size) = uploads.remove(key).map(|upload| upload.size) else {
            return;
        };
        let Some(image) = image else {
            return;
        };
        forget_oldest(&mut uploads, key.owner);
        let kept = Upload {
            size,
            state: State::Kept(image.clone()),
            touched: now,
        };
        uploads.insert(key.clone(), kept);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UploadKey, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what was kept longest ago of this person, if much is.
fn forget_oldest(uploads: &mut HashMap<UploadKey, Upload>, owner: UserId) {
    let kept = uploads
        .iter()
        .filter(|(key, upload)| key.owner == owner && matches!(upload.state, State::Kept(_)));
    if kept.clone().count() < KEPT_OF_A_PERSON {
        return;
    }
    let oldest = kept.min_by_key(|(_, upload)| upload.touched);
    if let Some(key) = oldest.map(|(key, _)| key.clone()) {
        uploads.remove(&key);
    }
}

/// What is kept already takes no room worth counting, but for whoever sends them.
fn make_room(
    uploads: &HashMap<UploadKey, Upload>,
    owner: UserId,
    size: u64,
) -> Result<(), NotTaken> {
    let coming = || {
        uploads
            .iter()
            .filter(|(_, upload)| matches!(upload.state, State::Parts(_)))
    };
    let of_person = coming().filter(|(key, _)| key.owner == owner).count();
    let bytes: u64 = coming().map(|(_, upload)| upload.size).sum();
    if of_person >= MOST_OF_A_PERSON || bytes + size > MOST_BYTES {
        return Err(NotTaken::TooMany);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const CONVERSATION: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    fn key(owner: &str, name: &str) -> UploadKey {
        let conversation = CONVERSATION.parse().unwrap();
        UploadKey::new(owner.parse().unwrap(), conversation, name).unwrap()
    }

    fn image(bytes: u64) -> UploadedImage {
        UploadedImage {
            path: "i1".to_owned(),
            bytes,
            name: "cat.png".to_owned(),
            width: 1,
            height: 1,
            token_estimate: 1,
        }
    }

    #[test]
    fn parts_come_in_any_order_and_twice_and_are_there_once() {
        let uploads = Uploads::default();
        let one = key("ada", "one");
        let take = |offset, part: &[u8]| uploads.take(&one, 6, offset, part, NOW);
        assert_eq!(take(0, b"ab"), Ok(Taken::UpTo(2)));
        assert_eq!(take(0, b"ab"), Ok(Taken::UpTo(2)), "the answer was lost");
        assert_eq!(take(4, b"ef"), Ok(Taken::UpTo(2)), "nothing is skipped");
        assert_eq!(take(2, b""), Ok(Taken::UpTo(2)), "how far is it?");
        assert_eq!(take(2, b"cdefg"), Ok(Taken::UpTo(2)), "more than was said");
        assert_eq!(take(2, b"cdef"), Ok(Taken::Whole(b"abcdef".to_vec())));
        uploads.ended(&one, Some(&image(6)), NOW);
        assert_eq!(take(2, b"cdef"), Ok(Taken::There(image(6))));
    }

    #[test]
    fn what_is_no_picture_is_forgotten() {
        let uploads = Uploads::default();
        let one = key("ada", "one");
        let whole = Ok(Taken::Whole(b"x".to_vec()));
        assert_eq!(uploads.take(&one, 1, 0, b"x", NOW), whole);
        uploads.ended(&one, None, NOW);
        assert_eq!(uploads.take(&one, 1, 0, b"x", NOW), whole);
    }

    #[test]
    fn ds3_what_is_on_its_way_is_bounded_and_does_not_wait_for_ever() {
        let uploads = Uploads::default();
        let take =
            |owner, name: &str, size, now| uploads.take(&key(owner, name), size, 0, b"x", now);
        for size in [0, LARGEST + 1] {
            assert_eq!(take("ada", "one", size, NOW), Err(NotTaken::Size));
        }
        for index in 0..MOST_OF_A_PERSON {
            assert_eq!(take("ada", &index.to_string(), 2, NOW), Ok(Taken::UpTo(1)));
        }
        assert_eq!(take("ada", "more", 2, NOW), Err(NotTaken::TooMany));
        assert_eq!(
            take("ada", "0", 3, NOW),
            Err(NotTaken::Size),
            "it was said to be smaller"
        );
        for index in 0..MOST_BYTES / LARGEST {
            assert_eq!(
                take("ann", &index.to_string(), LARGEST, NOW),
                Ok(Taken::UpTo(1))
            );
        }
        assert_eq!(take("bob", "one", LARGEST, NOW), Err(NotTaken::TooMany));
        let later = NOW + PATIENCE;
        assert_eq!(take("bob", "one", LARGEST, later), Ok(Taken::UpTo(1)));
    }

    #[test]
    fn little_is_remembered_of_what_was_kept() {
        let uploads = Uploads::default();
        for index in 0..2 * KEPT_OF_A_PERSON {
            let key = key("ada", &index.to_string());
            uploads.take(&key, 1, 0, b"x", NOW).unwrap();
            uploads.ended(&key, Some(&image(1)), NOW);
        }
        assert_eq!(uploads.lock().len(), KEPT_OF_A_PERSON);
    }

    #[test]
    fn an_upload_has_a_name() {
        for name in ["", "../one", "ä", &"a".repeat(65)] {
            let conversation = CONVERSATION.parse().unwrap();
            assert!(UploadKey::new("ada".parse().unwrap(), conversation, name).is_none());
        }
    }
}
