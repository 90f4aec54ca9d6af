/// What reached the loopback listener. A wait that ends without an answer is explained by what
/// came instead, so each arrival is told, the harmless ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// A connection, over which family.
    Connected {
        /// Whether it came to ::1.
        ipv6: bool,
    },
    /// A connection that ended before a byte was sent: one held in reserve, or a look at the port.
    Silent,
    /// A TLS `ClientHello` on the plain port: a browser that insists on https.
    Tls,
    /// The answer.
    Answer,
    /// An answer of another attempt.
    OldAnswer,
    /// A request on the right path that is no answer.
    NotAnAnswer,
    /// A request for a name that is not this machine's loopback.
    WrongHost,
    /// A request for this loopback, but for another port: through a tunnel that joins two ports.
    OtherPort(u16),
    /// The provider's page asked whether it may send the answer to this machine.
    Preflight,
    /// A page that the table does not list asked the same.
    UnlistedPreflight {
        /// Its origin, made safe to show.
        origin: String,
    },
    /// The browser fetched ahead of the person.
    Prefetch,
    /// Anything else: an icon, another method, another path.
    Other,
}

impl Arrival {
    /// The kind in one word, as records and scripts have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Connected { ipv6: false } => "ipv4",
            Self::Connected { ipv6: true } => "ipv6",
            Self::Silent => "silent",
            Self::Tls => "tls",
            Self::Answer => "answer",
            Self::OldAnswer => "old_answer",
            Self::NotAnAnswer => "not_an_answer",
            Self::WrongHost => "wrong_host",
            Self::OtherPort(_) => "other_port",
            Self::Preflight => "preflight",
            Self::UnlistedPreflight { .. } => "unlisted_preflight",
            Self::Prefetch => "prefetch",
            Self::Other => "other",
        }
    }

    /// What is worth to be known of it besides: the port, the origin.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::OtherPort(port) => Some(port.to_string()),
            Self::UnlistedPreflight { origin } => Some(origin.clone()),
            _ => None,
        }
    }
}
