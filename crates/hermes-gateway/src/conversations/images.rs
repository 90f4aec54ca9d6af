//! Pictures that go with prompts.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hermes_agent::{
    Image, JournalError,
    conversation::{ImageId, Live, Refused},
};
use hermes_protocol::{
    methods::{ImageAttachParams, ImageAttached, ImageDetachParams, ImageDetached},
    rpc::{RpcError, code},
};

use super::{
    Calls,
    calls::{Answer, internal, open, refused, storage_fails},
};

/// The most pictures that wait for a prompt.
const MOST: usize = 16;

/// How many pixels models count as a token, about.
const PIXELS_OF_A_TOKEN: u64 = 750;

/// Base64 with or without its padding, since clients leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Calls<'_> {
    /// `image.attach_bytes`.
    pub(crate) async fn attach_image(self, params: ImageAttachParams) -> Answer<ImageAttached> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        let content = params.content_base64.or(params.data);
        let image = decoded(&content.unwrap_or_default())?;
        let kind = image.media_type().as_str();
        let bytes = image.bytes().len() as u64;
        let size = imagesize::blob_size(image.bytes());
        let size = size.map_err(|_| bad("the image ends before its size is known"))?;
        if self.attached.images(open.id).len() >= MOST {
            return Err(refused(Refused::TooManyImages));
        }
        let id = live.attach(image).await.map_err(|error| match error {
            JournalError::Full => bad(error.to_string()),
            _ => storage_fails(),
        })?;
        let path = id.0.clone();
        let count = self.attached.add_image(open.id, id);
        let (width, height) = (size.width as u64, size.height as u64);
        let name = params.filename.unwrap_or_default();
        let name = match hermes_secret::plain(&name, hermes_secret::LABEL_LIMIT) {
            name if name.is_empty() => kind.to_owned(),
            name => name,
        };
        Ok(ImageAttached {
            attached: true,
            path,
            count: count as u64,
            remainder: String::new(),
            text: format!("[image: {name}]"),
            bytes,
            name,
            width,
            height,
            token_estimate: width.saturating_mul(height).div_ceil(PIXELS_OF_A_TOKEN),
        })
    }

    /// `image.detach`.
    pub(crate) async fn detach_image(self, params: ImageDetachParams) -> Answer<ImageDetached> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let detached = self.attached.remove_image(open.id, &ImageId(params.path));
        Ok(ImageDetached {
            detached,
            count: self.attached.images(open.id).len() as u64,
        })
    }
}

/// The pictures of these names, which the conversation has.
pub(super) async fn named(live: &Live, names: Vec<String>) -> Answer<Vec<ImageId>> {
    if names.len() > MOST {
        return Err(refused(Refused::TooManyImages));
    }
    let mut images = Vec::with_capacity(names.len());
    for name in names {
        let id = ImageId(name);
        let found = live.image(&id).await.map_err(|_| storage_fails())?;
        found.ok_or_else(|| bad("the conversation has no such image"))?;
        images.push(id);
    }
    Ok(images)
}

fn decoded(text: &str) -> Answer<Image> {
    let text = text.trim();
    let text = match text.strip_prefix("data:") {
        Some(url) => url.split_once(";base64,").map_or("", |(_, data)| data),
        None => text,
    };
    if text.is_empty() {
        return Err(RpcError::new(code::EMPTY, "there is no image"));
    }
    let bytes = BASE64.decode(text);
    let bytes = bytes.map_err(|_| bad("the image is not in base64"))?;
    Image::new(bytes).map_err(|error| bad(error.to_string()))
}

fn bad(what: impl Into<String>) -> RpcError {
    RpcError::new(code::BAD_IMAGE, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_comes_in_base64_or_as_a_url() {
        let png = BASE64.encode(b"\x89PNG\r\n\x1a\n");
        for text in [
            png.clone(),
            format!("\n{png} "),
            png.trim_end_matches('=').to_owned(),
            format!("data:image/png;base64,{png}"),
            // What it is called does not count.
            format!("data:text/html;base64,{png}"),
        ] {
            assert_eq!(decoded(&text).unwrap().bytes().len(), 8, "{text}");
        }
        let refusal = |text: &str| decoded(text).unwrap_err().code;
        assert_eq!(refusal(""), code::EMPTY);
        assert_eq!(refusal("data:image/png,x"), code::EMPTY);
        assert_eq!(refusal("not base64!"), code::BAD_IMAGE);
        assert_eq!(refusal(&BASE64.encode("<svg/>")), code::BAD_IMAGE);
    }
}
