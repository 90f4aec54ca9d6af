use std::{fs, sync::mpsc, thread, time::Duration};

use hermes_machine::http::is_loopback;
use rustix::process::{Pid, WaitOptions, waitpid};
use url::Url;

use crate::{BrowserOutcome, Place, SignIn};

/// How long a browser may take to fail; one that still runs then counts as started.
const PATIENCE: Duration = Duration::from_millis(400);

/// Opens an address in the person's browser.
pub trait Opener: Send + Sync {
    /// Opens it, or says why not. It returns soon: the listener is not served meanwhile.
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
                let result = result.map_err(|_| "no browser was found".to_owned());
                // Nobody listens any more once the patience has ended.
                let _ = sender.send(result.and_then(|()| started_programs_succeed()));
            })
            .map_err(|error| error.to_string())?;
        // Still busy after all this time means that something is starting.
        receiver.recv_timeout(PATIENCE).unwrap_or(Ok(()))
    }
}

/// Waits for the programs that this thread has started: the browser, or what hands the address to
/// one. To have started says nothing: one that has no display, or is no browser, ends at once.
fn started_programs_succeed() -> Result<(), String> {
    // Where the system does not tell, it has to be believed.
    let children = fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    let ids = children
        .split_ascii_whitespace()
        .filter_map(|id| Pid::from_raw(id.parse().ok()?));
    for id in ids {
        if let Ok(Some((_, status))) = waitpid(Some(id), WaitOptions::empty())
            && status.exit_status() != Some(0)
        {
            return Err(match status.exit_status() {
                Some(status) => format!("the browser ended with exit status {status}"),
                None => "the browser was killed".to_owned(),
            });
        }
    }
    Ok(())
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
    let host = url.host().ok_or("the address has no host")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
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
