use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::Label;

/// The most bytes of an attachment.
pub const ATTACHMENT_LIMIT: usize = 20 * 1024 * 1024;

/// The most bytes of all attachments of a conversation.
pub const ATTACHMENTS_BYTES: usize = 200 * 1024 * 1024;

/// The most attachments of a conversation.
pub const ATTACHMENTS_LIMIT: usize = 1000;

/// Names an attachment in its conversation: the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttachmentId([u8; 32]);

/// The text names no attachment.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an id of an attachment is a SHA-256 in base64url")]
pub struct AttachmentIdError;

impl AttachmentId {
    /// The bytes, for an engine to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In base64url, as an id may look.
impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttachmentId({self})")
    }
}

impl FromStr for AttachmentId {
    type Err = AttachmentIdError;

    fn from_str(text: &str) -> Result<Self, AttachmentIdError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(AttachmentIdError)
    }
}

/// A file that came with a prompt, such as an image.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    media_type: Label,
    bytes: Vec<u8>,
}

/// The bytes are no attachment.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an attachment has 1 byte to {} MiB", ATTACHMENT_LIMIT / 1024 / 1024)]
pub struct AttachmentError;

impl Attachment {
    /// Takes a file of some media type.
    ///
    /// # Errors
    ///
    /// If it is empty, or larger than [`ATTACHMENT_LIMIT`].
    pub fn new(media_type: Label, bytes: Vec<u8>) -> Result<Self, AttachmentError> {
        match bytes.len() {
            1..=ATTACHMENT_LIMIT => Ok(Self { media_type, bytes }),
            _ => Err(AttachmentError),
        }
    }

    /// The id, which takes a look at every byte.
    pub fn id(&self) -> AttachmentId {
        AttachmentId(Sha256::digest(&self.bytes).into())
    }

    /// The media type, as whoever sent it has called it.
    pub const fn media_type(&self) -> &Label {
        &self.media_type
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { media_type, bytes } = self;
        write!(f, "Attachment({media_type}, {} bytes)", bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_attachments_are_text_and_back() {
        let png = Label::new("image/png").unwrap();
        let one = Attachment::new(png.clone(), b"one".to_vec()).unwrap();
        let two = Attachment::new(png, b"two".to_vec()).unwrap();
        assert_ne!(one.id(), two.id());
        let text = one.id().to_string();
        assert_eq!(text.len(), 43);
        assert_eq!(text.parse(), Ok(one.id()));
        for text in ["", "x", &text[1..], &format!("{text}A"), "../../etc/passwd"] {
            assert_eq!(text.parse::<AttachmentId>(), Err(AttachmentIdError));
        }
        assert_eq!(format!("{one:?}"), "Attachment(image/png, 3 bytes)");
    }

    #[test]
    fn attachments_are_bounded() {
        let of = |size| Attachment::new(Label::new("image/png").unwrap(), vec![0; size]);
        assert!(of(1).is_ok() && of(ATTACHMENT_LIMIT).is_ok());
        for size in [0, ATTACHMENT_LIMIT + 1] {
            assert_eq!(of(size), Err(AttachmentError));
        }
    }
}
