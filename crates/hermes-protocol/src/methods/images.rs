//! Pictures that go with a prompt (facts 3.4).

use serde::{Deserialize, Serialize};

/// `image.attach_bytes`: keeps a picture, which goes with the next prompt of this socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ImageAttachParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// The file in base64, or as a `data:` URL.
    #[serde(default)]
    pub content_base64: Option<String>,
    /// The same, as some clients call it.
    #[serde(default)]
    pub data: Option<String>,
    /// What the client calls it, for people.
    #[serde(default)]
    pub filename: Option<String>,
}

/// What `image.attach_bytes` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageAttached {
    /// True.
    pub attached: bool,
    /// The picture, as `image.detach` and `prompt.submit` name it. With upstream it is a path.
    pub path: String,
    /// How many pictures go with the next prompt.
    pub count: u64,
    /// Text of the prompt that is left, which there is none of.
    pub remainder: String,
    /// A line for people.
    pub text: String,
    /// The size of the file.
    pub bytes: u64,
    /// What the client called it, or what it is.
    pub name: String,
    /// How wide it is, in pixels.
    pub width: u64,
    /// How high it is, in pixels.
    pub height: u64,
    /// About how many tokens a model counts for it.
    pub token_estimate: u64,
}

/// `image.detach`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageDetachParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// The picture, as `image.attach_bytes` has called it.
    #[serde(default)]
    pub path: String,
}

/// What `image.detach` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageDetached {
    /// Whether it would have gone with the next prompt.
    pub detached: bool,
    /// How many pictures still do.
    pub count: u64,
}

/// `image.upload`: a part of a picture, which is sent over as many connections as it takes. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ImageUploadParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// What the client calls the upload: 64 letters, digits and `-` at most. The same with each part.
    #[serde(default)]
    pub upload_id: String,
    /// The size of the whole file.
    #[serde(default)]
    pub bytes: u64,
    /// Where in the file the part begins.
    #[serde(default)]
    pub offset: u64,
    /// The part in base64. Without any, it is asked how far the upload is.
    #[serde(default)]
    pub content_base64: String,
    /// What the client calls the picture, for people.
    #[serde(default)]
    pub filename: Option<String>,
}

/// What `image.upload` answers. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageUpload {
    /// Where the next part begins: all before it is here. A part that begins elsewhere changes nothing.
    pub offset: u64,
    /// The picture, once all of it is here.
    pub image: Option<UploadedImage>,
}

/// A picture that was sent in parts. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadedImage {
    /// The picture, as `prompt.submit` names it.
    pub path: String,
    /// The size of the file.
    pub bytes: u64,
    /// What the client called it, or what it is.
    pub name: String,
    /// How wide it is, in pixels.
    pub width: u64,
    /// How high it is, in pixels.
    pub height: u64,
    /// About how many tokens a model counts for it.
    pub token_estimate: u64,
}
