//! Signing in on a gateway's own page, in a window of the application: for gateways that let people in nowhere
//! else. The window knows nothing of the application, and the application takes nothing of it but the cookies of
//! the session.

use std::{path::PathBuf, time::Duration};

use hermes_client::{GatewayAddress, sign_in::SignedIn};
use hermes_errors::Code;
use hermes_machine::{BoxFuture, file};
use hermes_protocol::{bridge::BridgeRefusal, routes};
use hermes_secret::Secret;
use url::Url;

use crate::{Desk, desk::id_of, refusal};

/// How often the window is asked for its cookies.
const LOOK: Duration = Duration::from_millis(250);

/// How long a person may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);

/// Opens windows for sign-ins.
pub trait SignInWindows: Send + Sync {
    /// Opens this page in a window whose cookies and storage are in this folder.
    fn open<'a>(
        &'a self,
        page: &'a Url,
        folder: PathBuf,
    ) -> BoxFuture<'a, Result<Box<dyn SignInWindow>, String>>;
}

/// A window that is open. Dropping it closes it.
pub trait SignInWindow: Send + Sync {
    /// The cookies that it has for this address, by name and value; nothing once somebody has closed it.
    fn cookies<'a>(&'a self, of: &'a Url) -> BoxFuture<'a, Option<Vec<(String, Secret)>>>;
}

impl Desk {
    /// Waits until somebody has signed in on the gateway's own page.
    pub(crate) async fn by_window(
        &self,
        address: &GatewayAddress,
    ) -> Result<SignedIn, BridgeRefusal> {
        let failed = |why: &str| {
            refusal::said(
                Code::ConnectNoMethod,
                &format!("the window could not be opened: {why}"),
            )
        };
        let folder = self.folder_of(address);
        // What its browser would make is for everybody to read (facts, environment).
        file::create_private_dir(&folder).map_err(|error| failed(&error.to_string()))?;
        let page = address.at(routes::LOGIN_PAGE.path);
        let window = self.0.outfit.windows.open(&page, folder).await;
        let window = window.map_err(|why| failed(&why))?;
        let clock = &self.0.outfit.world.ports.clock;
        let until = clock.now() + LIMIT;
        while clock.now() < until {
            let cookies = window.cookies(&page).await.ok_or_else(|| {
                let text = "the window was closed before anybody had signed in";
                refusal::said(Code::ConnectTimedOut, text)
            })?;
            if let Some(signed_in) = SignedIn::of_window(cookies) {
                return Ok(signed_in);
            }
            clock.sleep(LOOK).await;
        }
        let text = format!(
            "nobody finished the sign-in at `{}` in time",
            address.host()
        );
        Err(refusal::said(Code::ConnectTimedOut, &text))
    }

    /// Where the window of a gateway keeps what its page keeps: each has a place of its own.
    fn folder_of(&self, address: &GatewayAddress) -> PathBuf {
        let digest = Secret::new(id_of(address)).fingerprint();
        let digest = digest.rsplit(':').next().unwrap_or_default().to_owned();
        self.0.outfit.world.home.path().join("desktop").join(digest)
    }
}
