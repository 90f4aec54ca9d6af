use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, stream};
use hermes_agent::{Agent, End, Message, Part, Prompt, Step, Steps, Usage};
use hermes_errors::{Code, Failure};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// An agent that repeats what it is told, word by word. Of a prompt that begins or ends with `slowly` it
/// says a word whenever the test lets it, and at `refuse` it has no credential.
pub(crate) struct Parrot {
    words: Arc<Semaphore>,
    asked: Mutex<Vec<Prompt>>,
}

impl Default for Parrot {
    fn default() -> Self {
        Self {
            words: Arc::new(Semaphore::new(0)),
            asked: Mutex::default(),
        }
    }
}

impl Parrot {
    /// Lets it say so many words.
    pub(crate) fn say(&self, words: usize) {
        self.words.add_permits(words);
    }

    /// What it was asked last.
    pub(crate) fn asked(&self) -> Prompt {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

impl Agent for Parrot {
    fn answer(&self, prompt: Prompt, cancel: CancellationToken) -> Steps {
        let Some(Message::User(parts)) = prompt.messages.last() else {
            panic!("{prompt:?}");
        };
        let Some(Part::Text(text)) = parts.last() else {
            panic!("{parts:?}");
        };
        let is_slow = text.starts_with("slowly") || text.ends_with("slowly");
        let end = match text.as_str() {
            "refuse" => {
                let what = "Testkit refuses the credential for `parrot-1`";
                let failure = Failure::new(Code::ModelUnauthorized, what).for_provider("testkit");
                End::Failed((&failure).into())
            }
            _ => End::Complete,
        };
        let words: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
        let used = Usage {
            input: 10,
            output: words.len() as u64,
            calls: 1,
            context: 10,
            ..Usage::default()
        };
        let model = prompt.model.clone();
        let model = Step::Model(model.unwrap_or_else(|| "parrot-1".to_owned()));
        self.asked.lock().unwrap().push(prompt);
        let permits = Arc::clone(&self.words);
        let said = stream::iter(words).then(move |word| {
            let permits = Arc::clone(&permits);
            async move {
                if is_slow {
                    permits.acquire().await.unwrap().forget();
                }
                Step::Text(word)
            }
        });
        let end = stream::iter([Step::Used(used), Step::End(end)]);
        let begin = stream::iter([model]);
        let steps = begin.chain(said).chain(end);
        steps.take_until(cancel.cancelled_owned()).boxed()
    }
}
