//! The page that is built into the application: what `cargo xtask ui` has made of `ui`.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use tauri::{
    Assets, Context, Runtime,
    utils::assets::{AssetKey, AssetsIter, CspHash},
};

use crate::deaths;

/// The file that is the page.
const PAGE: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "../../ui/dist/desktop"]
#[allow_missing = true]
struct Built;

/// Has the window show the page. An application that was built without it shows one that says so.
pub(crate) fn put_into<R: Runtime>(context: &mut Context<R>) {
    if Built::get(PAGE).is_some() {
        context.set_assets(Box::new(Page));
    }
}

/// The page that takes the place of one that ends over and over. It needs nothing else.
const ENDED: &str = include_str!("../missing/ended.html");

struct Page;

impl<R: Runtime> Assets<R> for Page {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        let name = key.as_ref().trim_start_matches('/');
        if name == deaths::PAGE {
            return Some(Cow::Borrowed(ENDED.as_bytes()));
        }
        let file = Built::get(name)?;
        Some(file.data)
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(Built::iter().filter_map(|name| {
            let file = Built::get(&name)?;
            Some((name, file.data))
        }))
    }

    /// There is none: the page has no script or style within its text.
    fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}
