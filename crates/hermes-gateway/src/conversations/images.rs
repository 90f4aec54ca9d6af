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
    methods::{
        ImageAttachParams, ImageAttached, ImageDetachParams, ImageDetached, ImageUpload,
        ImageUploadParams, UploadedImage,
    },
    rpc::{RpcError, code},
};

use super::{
    Calls,
    calls::{Answer, internal, open, refused, storage_fails},
    uploads::{NotTaken, Taken, UploadKey},
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
        if self.attached.images(open.id).len() >= MOST {
            return Err(refused(Refused::TooManyImages));
        }
        let image = kept(live, image, params.filename.as_deref()).await?;
        let count = self
            .attached
            .add_image(open.id, ImageId(image.path.clone()));
        Ok(ImageAttached {
            attached: true,
            path: image.path,
            count: count as u64,
            remainder: String::new(),
            text: format!("[image: {}]", image.name),
            bytes: image.bytes,
            name: image.name,
            width: image.width,
            height: image.height,
            token_estimate: image.token_estimate,
        })
    }

    /// `image.upload`.
    pub(crate) async fn upload_image(self, params: ImageUploadParams) -> Answer<ImageUpload> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        let key = UploadKey::new(self.owner, open.id, &params.upload_id)
            .ok_or_else(|| bad("the upload has no name, or one that is no good"))?;
        let part = BASE64
            .decode(&params.content_base64)
            .map_err(|_| bad("the part is not in base64"))?;
        let uploads = &self.conversations.uploads;
        let now = self.conversations.clock.now();
        let (offset, bytes) = match uploads.take(&key, params.bytes, params.offset, &part, now) {
            Ok(Taken::UpTo(offset)) => {
                let image = None;
                return Ok(ImageUpload { offset, image });
            }
            Ok(Taken::There(image)) => {
                let (offset, image) = (image.bytes, Some(image));
                return Ok(ImageUpload { offset, image });
            }
            Ok(Taken::Whole(bytes)) => (params.bytes, bytes),
            Err(NotTaken::Size) => return Err(bad("the image is empty or too large")),
            Err(NotTaken::TooMany) => return Err(refused(Refused::TooManyImages)),
        };
        let image = match Image::new(bytes) {
            Ok(image) => kept(live, image, params.filename.as_deref()).await,
            Err(error) => Err(bad(error.to_string())),
        };
        uploads.ended(&key, image.as_ref().ok(), now);
        let image = Some(image?);
        Ok(ImageUpload { offset, image })
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

/// Has the conversation keep a picture.
async fn kept(live: &Live, image: Image, filename: Option<&str>) -> Answer<UploadedImage> {
    let kind = image.media_type().as_str();
    let bytes = image.bytes().len() as u64;
    let size = imagesize::blob_size(image.bytes());
    let size = size.map_err(|_| bad("the image ends before its size is known"))?;
    let id = live.attach(image).await.map_err(|error| match error {
        JournalError::Full => bad(error.to_string()),
        _ => storage_fails(),
    })?;
    let (width, height) = (size.width as u64, size.height as u64);
    let name = hermes_secret::plain(filename.unwrap_or_default(), hermes_secret::LABEL_LIMIT);
    Ok(UploadedImage {
        path: id.0,
        bytes,
        name: if name.is_empty() {
            kind.to_owned()
        } else {
            name
        },
        width,
        height,
        token_estimate: width.saturating_mul(height).div_ceil(PIXELS_OF_A_TOKEN),
    })
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
