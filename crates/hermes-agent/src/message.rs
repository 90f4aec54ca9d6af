use std::fmt;

use bytes::Bytes;

/// The most bytes of one image.
const IMAGE_LIMIT: usize = 20 * 1024 * 1024;

/// One message of a conversation, as a model reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// What the model is told before anybody says anything.
    System(String),
    /// What a person said.
    User(Vec<Part>),
    /// What was answered. The thoughts before it are not said again.
    Assistant(String),
}

/// A part of what a person said.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A picture.
    Image(Image),
}

/// The pictures that models take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `image/gif`.
    Gif,
    /// `image/webp`.
    Webp,
}

impl MediaType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// What these bytes are, by how they begin; what anybody calls them does not count.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::Webp),
            _ => None,
        }
    }
}

/// A picture that a model can be shown. Its `Debug` says what it is, not what is on it.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    media_type: MediaType,
    bytes: Bytes,
}

/// Why these bytes are no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// There are too many of them.
    #[error("the image is larger than 20 MiB")]
    TooLarge,
    /// They are something else.
    #[error("this is no PNG, JPEG, GIF or WebP image")]
    NotAnImage,
}

impl Image {
    /// Takes bytes that are a picture.
    ///
    /// # Errors
    ///
    /// When they are none, or more than 20 MiB.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, ImageError> {
        let bytes = bytes.into();
        if bytes.len() > IMAGE_LIMIT {
            return Err(ImageError::TooLarge);
        }
        let media_type = MediaType::of(&bytes).ok_or(ImageError::NotAnImage)?;
        Ok(Self { media_type, bytes })
    }

    /// What it is.
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// The file.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} bytes", self.media_type.as_str(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        let kind = |bytes: &'static [u8]| Image::new(bytes).map(|image| image.media_type());
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest"), Ok(MediaType::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Ok(MediaType::Jpeg));
        assert_eq!(kind(b"GIF89a"), Ok(MediaType::Gif));
        assert_eq!(kind(b"RIFF1234WEBPVP8 "), Ok(MediaType::Webp));
        for other in [&b""[..], b"<svg/>", b"RIFF1234WAVE", b"%PDF-1.7"] {
            assert_eq!(Image::new(other), Err(ImageError::NotAnImage));
        }
        let large = vec![0xff; IMAGE_LIMIT + 1];
        assert_eq!(Image::new(large), Err(ImageError::TooLarge));
    }
}
