use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on a terminal that says what is waited for and how long yet; nothing on a pipe.
#[derive(Default)]
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Shows the line. `limit` counts down in it.
    pub(crate) fn start(words: &'static str, keys: &str, limit: Duration) -> Self {
        let bar = ProgressBar::new_spinner();
        let template = format!("{{spinner}} {words}, {{left}} left.  {keys}");
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key(
                "left",
                move |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                    let left = limit.saturating_sub(state.elapsed()).as_secs();
                    // Writing into the bar's buffer cannot fail.
                    let _ = write!(out, "{}:{:02}", left / 60, left % 60);
                },
            );
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(Some(bar))
    }

    /// Shows a line that counts up, until it is stopped: nobody knows how long it takes.
    pub(crate) fn counting(words: String) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}.  Ctrl-C stops");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(words);
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(Some(bar))
    }

    /// Says something else on the line, if it is there.
    pub(crate) fn say(&self, words: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(words);
        }
    }

    /// Prints lines above the spinner, or plainly if there is none.
    pub(crate) fn above(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the line away.
    pub(crate) fn stop(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
