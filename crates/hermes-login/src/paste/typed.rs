use hermes_oauth::{Attempt, TokenSet, Verdict};
use hermes_secret::Secret;

use super::{PasteError, Pasted, burst, parse, start};
use crate::{
    Event, LoginError,
    loopback::Taken,
    sign_in::{Signing, Typed},
};

/// What one paste came to.
enum Reading {
    /// The answer.
    Answer(Taken),
    /// A code alone.
    Bare(Secret),
}

impl Signing<'_> {
    /// Reads pastes until one is the answer. `None` once the input has ended.
    pub(crate) async fn typed(&self, attempt: &Attempt) -> Option<Typed> {
        loop {
            let burst = burst(self.person, &*self.ports.clock).await;
            match self.read(attempt, &burst.lines) {
                Ok(Reading::Answer(taken)) => return Some(Typed::Proven(taken)),
                Ok(Reading::Bare(code)) => {
                    if self.person.confirm(&self.bare_question()).await {
                        return Some(Typed::Vouched(attempt.accept_bare_code(code)));
                    }
                    let expected = start(&attempt.redirect_uri);
                    self.reject(&PasteError::NotConfirmed { expected });
                }
                // Somebody pressed Enter.
                Err(PasteError::Empty) => {}
                Err(error) => self.reject(&error),
            }
            if burst.ended {
                return None;
            }
        }
    }

    /// The lines of a paste as one text, else each for itself: a wrapped address, or a script that
    /// sends a line too many.
    fn read(&self, attempt: &Attempt, lines: &[String]) -> Result<Reading, PasteError> {
        let whole = self.read_one(attempt, &lines.join("\n"));
        if lines.len() < 2 || matches!(whole, Ok(Reading::Answer(_))) {
            return whole;
        }
        lines
            .iter()
            .filter_map(|line| self.read_one(attempt, line).ok())
            .find(|reading| matches!(reading, Reading::Answer(_)))
            .map_or(whole, Ok)
    }

    fn read_one(&self, attempt: &Attempt, text: &str) -> Result<Reading, PasteError> {
        let shows_code = self.request.provider.shows_code;
        let answer = match parse(text, &attempt.redirect_uri, shows_code)? {
            Pasted::BareCode(code) => return Ok(Reading::Bare(code)),
            Pasted::Answer(answer) => answer,
        };
        match attempt.judge(&answer) {
            Verdict::Code(code) => Ok(Reading::Answer(Taken::Code(code))),
            Verdict::Denied { error, description } => {
                Ok(Reading::Answer(Taken::Denied { error, description }))
            }
            Verdict::NotOurs(reason) => Err(PasteError::NotOurs(reason)),
        }
    }

    fn reject(&self, error: &PasteError) {
        let reason = error.to_string();
        self.person.tell(Event::PasteRejected { reason });
    }

    fn bare_question(&self) -> String {
        format!(
            "This is a code alone: nothing in it says that it belongs to this sign-in. \
             Did {} show it to you just now, for this sign-in?",
            self.name()
        )
    }

    /// A code that somebody else sent would sign in to their account, so the person sees whose it
    /// is before anything is saved.
    pub(crate) async fn confirm_account(&self, tokens: &TokenSet) -> Result<(), LoginError> {
        let name = self.name();
        let question = match &tokens.account {
            Some(account) => format!("This signs in to {name} as {account}. Is that you?"),
            None => format!("{name} does not say whose account this is. Save it all the same?"),
        };
        if self.person.confirm(&question).await {
            return Ok(());
        }
        // Unwanted tokens should not live on. If the provider cannot be asked, they expire.
        self.take_back(tokens).await;
        Err(LoginError::NotConfirmed { name })
    }
}
