use super::{conversation, new_conversation, new_user, user};
use crate::{ATTACHMENTS_LIMIT, Attachment, Label, Storage, StorageError};

fn png(bytes: Vec<u8>) -> Attachment {
    Attachment::new(Label::new("image/png").unwrap(), bytes).unwrap()
}

/// An attachment comes back from its conversation, and from no other.
pub async fn attachments_belong_to_a_conversation(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let (one, other) = (conversation("c1"), conversation("c2"));
    let image = || png(b"\x89PNG\0\xff".to_vec());
    let nowhere = conversations.attach(one, image()).await;
    assert!(matches!(nowhere, Err(StorageError::ConversationUnknown)));
    storage.users().create(new_user("ada")).await.unwrap();
    for id in ["c1", "c2"] {
        let new = new_conversation(id, "ada", 0);
        conversations.create(new).await.unwrap();
    }
    let find = async |id, attachment| conversations.attachment(id, attachment).await.unwrap();
    let id = conversations.attach(one, image()).await.unwrap();
    assert_eq!(id, image().id());
    assert_eq!(find(one, id).await, Some(image()));
    assert_eq!(find(other, id).await, None);
    assert_eq!(find(one, png(vec![7]).id()).await, None);
    let again = Attachment::new(Label::new("text/html").unwrap(), image().bytes().to_vec());
    let again = conversations.attach(one, again.unwrap()).await.unwrap();
    assert_eq!((again, find(one, id).await), (id, Some(image())));

    conversations.attach(other, image()).await.unwrap();
    conversations.remove(one).await.unwrap();
    assert_eq!(find(one, id).await, None);
    assert_eq!(find(other, id).await, Some(image()));
    storage.users().remove(user("ada")).await.unwrap();
    assert_eq!(find(other, id).await, None);
}

/// A conversation holds so many attachments.
pub async fn attachments_are_bounded(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let id = conversation("c1");
    storage.users().create(new_user("ada")).await.unwrap();
    let new = new_conversation("c1", "ada", 0);
    conversations.create(new).await.unwrap();
    let attach = async |n: usize| {
        let bytes = n.to_le_bytes().to_vec();
        conversations.attach(id, png(bytes)).await
    };
    for n in 0..ATTACHMENTS_LIMIT {
        attach(n).await.unwrap();
    }
    let full = attach(ATTACHMENTS_LIMIT).await;
    assert!(matches!(full, Err(StorageError::AttachmentsFull)));
    attach(0).await.unwrap();
}
