//! The keys that lead along the ladder: what they stand for at this moment, and the line that says
//! so. Nothing is printed or read here.

use hermes_providers::Flow;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Another rung.
    Take(Flow),
    /// The paste, which is read already.
    Paste,
    /// The tunnel, once more.
    Tunnel,
}

/// The rungs as the person sees them.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    /// Whether keys reach whoever takes the rungs.
    has_keys: bool,
    left: Vec<Flow>,
    waiting: Vec<Flow>,
    has_tunnel: bool,
    /// Whether Enter takes the first of them: only right after they were offered.
    is_offered: bool,
}

impl Ladder {
    /// A ladder before its first rung.
    pub(crate) fn new(has_keys: bool) -> Self {
        Self {
            has_keys,
            ..Self::default()
        }
    }

    /// A rung was taken.
    pub(crate) fn taken(&mut self, flow: Flow, left: &[Flow]) {
        self.left = left.to_vec();
        self.waiting.push(flow);
        self.is_offered = false;
    }

    /// The way to the listener was shown.
    pub(crate) fn tunnel_shown(&mut self) {
        self.has_tunnel = true;
    }

    /// A rung fell.
    pub(crate) fn fell(&mut self, flow: Flow, left: &[Flow]) {
        self.left = left.to_vec();
        self.waiting.retain(|waiting| *waiting != flow);
        self.has_tunnel &= flow != Flow::Loopback;
    }

    /// Whether other rungs wait.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Something was typed that is no key.
    pub(crate) fn answered(&mut self) {
        self.is_offered = false;
    }

    /// What a line asks for, if it is a key.
    pub(crate) fn step(&self, line: &str) -> Option<Step> {
        let flow = match line {
            "" if self.is_offered => *self.offered().first()?,
            "d" => Flow::Device,
            "p" => Flow::Paste,
            "l" => Flow::Loopback,
            "t" if self.has_tunnel => return Some(Step::Tunnel),
            _ => return None,
        };
        match flow {
            Flow::Paste if self.reads_pastes() => Some(Step::Paste),
            flow if self.offered().contains(&flow) => Some(Step::Take(flow)),
            _ => None,
        }
    }

    /// The line that offers what may be done now; from then on Enter takes the first of it.
    pub(crate) fn offer(&mut self) -> Option<String> {
        let flows = self.offered();
        let first = flows.first()?;
        self.is_offered = true;
        let mut line = format!("  Enter or {}", name(*first));
        for flow in flows.iter().skip(1) {
            line.push_str("   ");
            line.push_str(name(*flow));
        }
        if self.has_tunnel {
            line.push_str("   t: the tunnel again");
        }
        line.push_str("   Ctrl-C: give up");
        Some(line)
    }

    /// The same keys for the list of all.
    pub(crate) fn help(&self) -> Option<String> {
        let mut keys: Vec<_> = self.offered().into_iter().map(name).collect();
        if self.has_tunnel {
            keys.push("t: the tunnel again");
        }
        // As the other keys of that list are written.
        (!keys.is_empty()).then(|| keys.join("   ").replace(": ", " "))
    }

    /// What may be asked for, in the order of the ladder. A listener is none while pastes are read:
    /// it reads them itself.
    fn offered(&self) -> Vec<Flow> {
        if !self.has_keys {
            return Vec::new();
        }
        let is_possible = |flow: &Flow| *flow != Flow::Loopback || !self.reads_pastes();
        self.left.iter().copied().filter(is_possible).collect()
    }

    /// Whether a line that is no key is taken for the answer.
    pub(crate) fn reads_pastes(&self) -> bool {
        self.waiting.iter().any(|flow| *flow != Flow::Device)
    }
}

const fn name(flow: Flow) -> &'static str {
    match flow {
        Flow::Device => "d: device code",
        Flow::Paste => "p: paste",
        Flow::Loopback => "l: listen here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(left: &[Flow]) -> Ladder {
        Ladder {
            left: left.to_vec(),
            ..Ladder::new(true)
        }
    }

    #[test]
    fn beside_a_listener_the_paste_is_a_reminder_and_enter_takes_the_device_code() {
        let mut ladder = ladder(&[]);
        ladder.taken(Flow::Loopback, &[Flow::Device, Flow::Paste]);
        ladder.tunnel_shown();
        assert_eq!(ladder.step(""), None, "nothing was offered yet");
        let offer = ladder.offer().unwrap();
        assert_eq!(
            offer,
            "  Enter or d: device code   p: paste   t: the tunnel again   Ctrl-C: give up"
        );
        assert!(offer.len() < 80);
        assert_eq!(ladder.step(""), Some(Step::Take(Flow::Device)));
        assert_eq!(ladder.step("d"), Some(Step::Take(Flow::Device)));
        assert_eq!(ladder.step("p"), Some(Step::Paste));
        assert_eq!(ladder.step("t"), Some(Step::Tunnel));
        assert_eq!(ladder.step("l"), None);
        ladder.answered();
        assert_eq!(ladder.step(""), None, "Enter after an answer is no key");
        ladder.taken(Flow::Device, &[Flow::Paste]);
        assert_eq!(ladder.step("d"), None, "it runs already");
    }

    #[test]
    fn when_nothing_waits_any_more_the_paste_is_a_rung() {
        let mut ladder = ladder(&[]);
        ladder.taken(Flow::Loopback, &[Flow::Paste]);
        ladder.fell(Flow::Loopback, &[Flow::Paste]);
        assert!(!ladder.is_waiting());
        assert_eq!(
            ladder.offer().as_deref(),
            Some("  Enter or p: paste   Ctrl-C: give up")
        );
        assert_eq!(ladder.step(""), Some(Step::Take(Flow::Paste)));
        assert_eq!(ladder.step("t"), None);
    }

    #[test]
    fn a_listener_is_offered_where_no_paste_is_read() {
        let mut ladder = ladder(&[Flow::Device, Flow::Loopback]);
        ladder.waiting = vec![Flow::Paste];
        assert_eq!(ladder.help().as_deref(), Some("d device code"));
        ladder.fell(Flow::Paste, &[Flow::Device, Flow::Loopback]);
        assert_eq!(ladder.step("l"), Some(Step::Take(Flow::Loopback)));
    }

    #[test]
    fn without_somebody_to_ask_there_are_no_keys() {
        let mut ladder = Ladder::new(false);
        ladder.taken(Flow::Loopback, &[Flow::Device]);
        assert_eq!(ladder.offer(), None);
        assert_eq!(ladder.help(), None);
        assert_eq!(ladder.step("d"), None);
    }
}
