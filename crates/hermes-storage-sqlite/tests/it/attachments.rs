//! The bytes of attachments have a bound. Those that fill it are written from outside, since to hash them
//! all takes long.

use hermes_storage::{
    ATTACHMENT_LIMIT, ATTACHMENTS_BYTES, Attachment, ConversationId, Label, NewConversation,
    NewUser, Role, Settings, Storage as _, StorageError, UserId,
};
use jiff::Timestamp;

use crate::{Place, trouble::meddle};

/// Ten attachments of 20 MiB, of which the first has one byte less.
const ALL_BUT_ONE_BYTE: &str = "WITH RECURSIVE sizes (n, size) AS (SELECT 1, 20971519 UNION ALL \
     SELECT n + 1, 20971520 FROM sizes WHERE n < 10) \
     INSERT INTO attachments (conversation, hash, media_type, size, bytes) \
     SELECT number, randomblob(32), 'image/png', size, zeroblob(size) FROM sizes, conversations";

#[tokio::test]
async fn the_bytes_of_attachments_are_bounded() {
    assert_eq!((ATTACHMENT_LIMIT, ATTACHMENTS_BYTES), (20971520, 209715200));
    let place = Place::new();
    let storage = place.open().await;
    let user = NewUser {
        id: UserId::owner(),
        login: None,
        display_name: None,
        email: None,
        role: Role::Owner,
        created_at: Timestamp::UNIX_EPOCH,
        password: None,
        identity: None,
    };
    storage.users().create(user).await.unwrap();
    let id: ConversationId = "c1".parse().unwrap();
    let new = NewConversation {
        id,
        owner: UserId::owner(),
        source: Label::new("tui").unwrap(),
        title: None,
        parent: None,
        settings: Settings::new("{}").unwrap(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let conversations = storage.conversations();
    conversations.create(new).await.unwrap();
    meddle(&place, ALL_BUT_ONE_BYTE).await;
    let attach = async |bytes: &[u8]| {
        let png = Label::new("image/png").unwrap();
        let attachment = Attachment::new(png, bytes.to_vec()).unwrap();
        conversations.attach(id, attachment).await
    };
    let full = |answer| matches!(answer, Err(StorageError::AttachmentsFull));
    assert!(full(attach(b"ab").await));
    attach(b"a").await.unwrap();
    assert!(full(attach(b"b").await));
    attach(b"a").await.unwrap();
    assert!(conversations.remove(id).await.unwrap());
}
