use std::{sync::mpsc, thread, time::Duration};

use url::{Host, Url};

use crate::{BrowserOutcome, Place, SignIn};

/// How long a browser may take to start before it counts as started.
const PATIENCE: Duration = Duration::from_millis(400);

/// Opens an address in the person's browser.
pub trait Opener: Send + Sync {
    /// Opens it, or says why not. It returns at once: the listener is not served meanwhile.
    ///
    /// # Errors
    ///
    /// If the address may not be opened or no browser starts.
    fn open(&self, url: &Url) -> Result<(), String>;
}

/// The desktop's browser, by the `webbrowser` crate: it honours `BROWSER`, passes the address as
/// one argument of a program and starts no shell; with its `hardened` feature it opens nothing but
/// http and https. Text browsers are kept away by [`crate::Place`], which says whether there is a
/// graphical one.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemOpener;

impl Opener for SystemOpener {
    fn open(&self, url: &Url) -> Result<(), String> {
        check_openable(url)?;
        let address = url.as_str().to_owned();
        let (sender, receiver) = mpsc::channel();
        // On a thread of its own: asking the desktop for its browser starts programs and waits.
        thread::Builder::new()
            .name("browser".to_owned())
            .spawn(move || {
                let mut options = webbrowser::BrowserOptions::new();
                options.with_suppress_output(true);
                let result = webbrowser::open_browser_with_options(
                    webbrowser::Browser::Default,
                    &address,
                    &options,
                );
                // Nobody listens any more once the patience has ended.
                let _ = sender.send(result.map_err(|_| "no browser was found".to_owned()));
            })
            .map_err(|error| error.to_string())?;
        // Still busy after all this time means that something is starting.
        receiver.recv_timeout(PATIENCE).unwrap_or(Ok(()))
    }
}

/// Who receives the answer that a page leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// A listener of ours, or a page of the provider.
    Known,
    /// Whoever listens on a loopback port that is not ours: the person opens the address, and sees
    /// where it leads.
    Unguarded,
}

/// Opens the address for the person, where a browser can and should be.
pub(crate) fn open_for(
    request: &SignIn,
    place: &Place,
    opener: &dyn Opener,
    url: &Url,
    landing: Landing,
) -> BrowserOutcome {
    if !request.open_browser {
        return BrowserOutcome::NotHere("it was not to be opened".to_owned());
    }
    if landing == Landing::Unguarded {
        return BrowserOutcome::NotHere("the answer is pasted".to_owned());
    }
    match &place.graphical_browser {
        Err(why) => BrowserOutcome::NotHere(why.clone()),
        Ok(()) => match opener.open(url) {
            Ok(()) => BrowserOutcome::Opened,
            Err(why) => BrowserOutcome::Failed(why),
        },
    }
}

/// Whether an address may be handed to a browser: https, or http on this machine's loopback, with
/// a host and without user information. What is handed over is the parsed address written out
/// again, in which control characters, blanks and quotes cannot occur.
///
/// # Errors
///
/// If it may not; the text says why.
pub fn check_openable(url: &Url) -> Result<(), String> {
    let loopback = match url.host() {
        None => return Err("the address has no host".to_owned()),
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        scheme => return Err(format!("`{scheme}` addresses are not opened")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address holds user information".to_owned());
    }
    let written = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`');
    if !url.as_str().bytes().all(written) {
        return Err("the address holds characters that no address holds".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
