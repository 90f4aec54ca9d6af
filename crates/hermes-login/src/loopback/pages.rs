//! The pages that a person meets in the browser. They are static: no script, no image, no font
//! from elsewhere, and nothing of the request in them.

/// The look's tokens, the same that dress every other page of Hermes.
const TOKENS: &str = include_str!("../../../../ui/tokens.css");

/// The layout of these pages.
const STYLE: &str = include_str!("page.css");

/// Who and where: what the sentences name.
#[derive(Clone, Debug)]
pub struct Names {
    /// The provider, in sentences.
    pub provider: String,
    /// The host on which the sign-in waits.
    pub host: String,
    /// The command that starts the sign-in again in a terminal; none where a window does.
    pub retry: Option<String>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The credential is saved.
    SignedIn {
        /// Whose it is, where the provider told.
        account: Option<String>,
    },
    /// The answer was good and came to nothing after all.
    Failed,
    /// The provider or the person said no.
    Declined,
    /// The exchange takes longer than a page should wait.
    Unfinished,
    /// The connection to the host ended while it was at it.
    Unknown,
    /// The answer was used before, or another way was faster.
    AlreadyUsed,
    /// An answer of another sign-in, or none.
    NotForUs,
    /// A browser looks ahead.
    Ahead,
    /// Nothing is here.
    Nothing,
}

/// What a page says, and how it is meant.
struct Content {
    mark: &'static str,
    state: &'static str,
    title: String,
    body: String,
}

impl Page {
    /// The HTML; `nonce` is the one that the policy names for the style.
    pub fn html(&self, names: &Names, nonce: &str) -> String {
        let Content {
            mark,
            state,
            title,
            body,
        } = self.content(names);
        let nonce = escape(nonce);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"robots\" content=\"noindex\">\n\
             <title>{title} · Hermes</title>\n\
             <style nonce=\"{nonce}\">\n{TOKENS}{STYLE}</style>\n</head>\n<body>\n\
             <main>\n{MARK}\n<p class=\"state\"><span class=\"dot {mark}\" aria-hidden=\"true\"></span>{state}</p>\n\
             <h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
        )
    }

    fn content(&self, names: &Names) -> Content {
        let provider = escape(&names.provider);
        let host = format!("<span class=\"mono\">{}</span>", escape(&names.host));
        let (waiting, again) = match &names.retry {
            Some(command) => (
                format!("the terminal on {host}"),
                format!("on {host}:</p><pre>{}</pre>", escape(command)),
            ),
            None => (
                format!("the window of Hermes on {host}"),
                "there.</p>".to_owned(),
            ),
        };
        let content = |mark, state, title: String, body: String| Content {
            mark,
            state,
            title,
            body,
        };
        match self {
            Self::SignedIn { account } => {
                let who = account
                    .as_deref()
                    .map(|account| format!("As <strong>{}</strong>. ", escape(account)))
                    .unwrap_or_default();
                content(
                    "good",
                    "Signed in",
                    format!("You are signed in to {provider}"),
                    format!("<p>{who}You can close this tab; {waiting} carries on.</p>"),
                )
            }
            Self::Failed => content(
                "bad",
                "Not signed in",
                format!("{provider} agreed, but the sign-in did not finish"),
                format!(
                    "<p>Nothing was saved. What went wrong and what to do next, {waiting} says.</p>"
                ),
            ),
            Self::Declined => content(
                "bad",
                "Not signed in",
                format!("{provider} did not grant access"),
                format!(
                    "<p>Access was declined, so nothing was saved. If that was not what you wanted, start again {again}"
                ),
            ),
            Self::Unfinished => content(
                "wait",
                "Still working",
                format!("{provider} agreed, and the rest takes longer than usual"),
                format!("<p>How it goes, {waiting} shows. You can close this tab.</p>"),
            ),
            Self::Unknown => content(
                "bad",
                "Not known",
                format!("{provider} agreed, and then the connection was lost"),
                format!(
                    "<p>Whether the sign-in was saved is not known here. What to do next, {waiting} says.</p>"
                ),
            ),
            Self::AlreadyUsed => content(
                "wait",
                "Nothing to do",
                "This address was used already".to_owned(),
                format!(
                    "<p>It is good for one sign-in to {provider}, and that one has its answer. \
                     How it ended, {waiting} shows. You can close this tab.</p>"
                ),
            ),
            Self::NotForUs => content(
                "wait",
                "Still waiting",
                "This page was not for this sign-in".to_owned(),
                format!(
                    "<p>It belongs to an earlier attempt, or a part of its address is missing. \
                     Nothing was lost: the sign-in to {provider} on {host} still waits. \
                     Open the address that {waiting} has once more.</p>"
                ),
            ),
            Self::Ahead => content(
                "wait",
                "Still waiting",
                "Your browser looked ahead".to_owned(),
                "<p>The answer was not used. Reload this page to finish the sign-in.</p>"
                    .to_owned(),
            ),
            Self::Nothing => content(
                "wait",
                "Still waiting",
                "Nothing is at this address".to_owned(),
                format!(
                    "<p>Hermes on {host} waits here for the answer of {provider} and for nothing else. \
                     Go on in the tab that the sign-in opened.</p>"
                ),
            ),
        }
    }
}

/// The mark: a winged letter.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 32 32\" fill=\"none\" stroke=\"currentColor\" \
     stroke-width=\"2.2\" stroke-linecap=\"round\" aria-hidden=\"true\">\
     <path d=\"M11 27V13m10 14V13m-10 7h10\"/>\
     <path d=\"M11 13C6.500 13 3.200 10.500 2 5.500c3.500.4 7 2.300 9 7.500m10 0c4.500 0 7.800-2.500 9-7.500-3.500.4-7 2.300-9 7.500\"/></svg>";

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(ch),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn every_page() -> Vec<Page> {
        let account = Some("ada@example.org".to_owned());
        vec![
            Page::SignedIn { account },
            Page::SignedIn { account: None },
            Page::Failed,
            Page::Declined,
            Page::Unfinished,
            Page::Unknown,
            Page::AlreadyUsed,
            Page::NotForUs,
            Page::Ahead,
            Page::Nothing,
        ]
    }

    #[test]
    fn lb5_names_are_escaped_and_nothing_runs() {
        let evil = "<script>alert(1)</script>\"'&";
        let names = Names {
            provider: evil.to_owned(),
            host: evil.to_owned(),
            retry: Some(evil.to_owned()),
        };
        let mut pages = every_page();
        pages.push(Page::SignedIn {
            account: Some(evil.to_owned()),
        });
        for page in pages {
            let html = page.html(&names, "n\"><script>");
            assert!(!html.contains("<script"), "{page:?}");
            assert!(!html.contains("http"), "{page:?} loads nothing");
            assert!(
                !html.contains(" on") || !html.contains("onload="),
                "{page:?}"
            );
        }
    }

    #[test]
    fn who_began_in_a_window_is_told_of_no_terminal() {
        let names = Names {
            provider: "gw.example.test".to_owned(),
            host: "laptop".to_owned(),
            retry: None,
        };
        let said: String = every_page()
            .iter()
            .map(|page| page.html(&names, "n"))
            .collect();
        assert!(!said.contains("terminal") && !said.contains("<pre>"));
        assert!(
            said.contains("the window of Hermes on <span class=\"mono\">laptop</span> carries on.")
        );
    }

    #[test]
    fn the_words_keep_to_the_look() {
        let names = Names {
            provider: "xAI".to_owned(),
            host: "build7".to_owned(),
            retry: Some("hermes auth add xai-oauth".to_owned()),
        };
        for page in every_page() {
            let html = page.html(&names, "n");
            let body = html.split("<main>").nth(1).unwrap();
            assert!(!body.contains('!'), "{page:?}: no exclamation marks");
            assert!(body.contains("</h1>\n<p>"), "{page:?}: a sentence follows");
            assert!(html.len() < 12 * 1024, "{page:?}: fits a socket buffer");
        }
    }
}
