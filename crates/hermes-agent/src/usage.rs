use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Tokens that were used, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens that were sent, those from a cache included.
    pub input: u64,
    /// Of these, tokens that the provider had in its cache.
    pub cached: u64,
    /// Tokens of the answer, thoughts included.
    pub output: u64,
    /// Of these, tokens of thoughts.
    pub reasoning: u64,
    /// How many calls of a model this counts.
    pub calls: u64,
    /// How many tokens the last call had before it, which is how full the context is.
    pub context: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.cached = self.cached.saturating_add(other.cached);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
        self.calls = self.calls.saturating_add(other.calls);
        if other.calls > 0 {
            self.context = other.context;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_add_up_and_the_context_is_that_of_the_last_call() {
        let mut all = Usage {
            input: 10,
            output: 5,
            calls: 1,
            context: 15,
            ..Usage::default()
        };
        all += Usage {
            input: 20,
            output: u64::MAX,
            calls: 1,
            context: 22,
            ..Usage::default()
        };
        assert_eq!((all.input, all.output, all.calls), (30, u64::MAX, 2));
        assert_eq!(all.context, 22);
        all += Usage::default();
        assert_eq!(all.context, 22, "nothing was called");
    }
}
