//! Why a socket ends, as its client is told (facts 2.4).
//!
//! A socket that is refused is accepted first and closed then, since a browser shows nothing of an
//! HTTP refusal (`DESIGN` 5.3). The reasons are also the words of the logs and of the guide.

/// What a client should do after its socket was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Get a new ticket, and if that is refused, sign in again; in token mode, get the token.
    NewCredential,
    /// Nothing by itself: trying again in the same way meets the same refusal.
    Stop,
    /// Connect again, after a pause that grows.
    Reconnect,
}

macro_rules! closes {
    ($($(#[$doc:meta])* $variant:ident $code:literal $then:ident $reason:literal;)*) => {
        /// Why the gateway closes a socket.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Close {
            $($(#[$doc])* $variant,)*
        }

        impl Close {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The close code (RFC 6455 section 7.4).
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code,)* }
            }

            /// The reason that goes with it, at most 123 bytes (RFC 6455 section 5.5).
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }

            /// What the client should do now. The code alone tells, so that a client of which the
            /// reason is unknown does the right thing.
            pub const fn then(self) -> Then {
                match self { $(Self::$variant => Then::$then,)* }
            }
        }
    };
}

closes! {
    /// The address holds neither a ticket nor a token.
    NoCredential 4401 NewCredential "no credential";
    /// No such ticket is open: it never was, was used, or is over. Which of them is not told.
    TicketInvalid 4401 NewCredential "ticket unknown, used or expired";
    /// The token of token mode is another one.
    TokenMismatch 4401 NewCredential "token does not match";
    /// The session was ended or is over; the socket ends with it (checklist WS7).
    SessionEnded 4401 NewCredential "session ended";
    /// What the person may do has changed; the session goes on with the new rights (WS7).
    RightsChanged 1012 Reconnect "rights changed";
    /// The `Host` header names none of the allowed hosts (facts 2.3).
    HostNotAllowed 4403 Stop "host not allowed";
    /// The `Origin` header names none of the allowed origins (facts 2.3).
    OriginNotAllowed 4403 Stop "origin not allowed";
    /// The request came through a proxy although the gateway is in token mode (`DESIGN` 5.1).
    Forwarded 4403 Stop "forwarded request in token mode";
    /// The gateway has no owner yet, and serves nothing but its claim.
    Unclaimed 4403 Stop "gateway has no owner yet";
    /// A binary frame where only text is defined.
    TextOnly 1003 Stop "text frames only";
    /// Too many frames that are no requests (checklist DS5).
    RefusedFrames 1008 Stop "too many frames that are no requests";
    /// A frame over [`limits::FRAME_BYTES`](crate::limits::FRAME_BYTES); the text is upstream's.
    FrameTooLarge 1009 Stop "frame exceeds limit of 16777216 bytes";
    /// A frame over [`limits::SMALL_FRAME_BYTES`](crate::limits::SMALL_FRAME_BYTES), on a socket
    /// that has this limit.
    SmallFrameTooLarge 1009 Stop "frame exceeds limit of 65536 bytes";
    /// The gateway failed.
    Internal 1011 Reconnect "internal error";
    /// The client answered no ping in time.
    NoPong 1011 Reconnect "no pong in time";
    /// The gateway stops or starts again.
    Restart 1012 Reconnect "service restart";
    /// More events wait for the client than are kept for it (checklist WS10).
    SlowReader 1013 Reconnect "reader too slow";
    /// The session, the user or the gateway has as many sockets as it may.
    TooManySockets 1013 Reconnect "too many sockets";
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::Close;
    use crate::limits;

    #[test]
    fn a_reason_fits_into_a_close_frame_and_is_the_only_one_of_its_words() {
        let mut seen = HashSet::new();
        for close in Close::ALL {
            assert!((1..=123).contains(&close.reason().len()), "{close:?}");
            assert!(seen.insert(close.reason()), "{close:?}");
        }
    }

    #[test]
    fn the_code_alone_says_what_to_do() {
        let mut known = HashMap::new();
        for close in Close::ALL {
            let then = *known.entry(close.code()).or_insert_with(|| close.then());
            assert_eq!(then, close.then(), "{close:?}");
        }
    }

    #[test]
    fn the_guide_has_a_row_for_each() {
        let guide = include_str!("../../../docs/src/gateway/gateway-security.md");
        for close in Close::ALL {
            let row = format!("| {} | {} |", close.code(), close.reason());
            assert!(guide.contains(&row), "{row}");
        }
    }

    #[test]
    fn the_reasons_name_the_limits() {
        for (close, limit) in [
            (Close::FrameTooLarge, limits::FRAME_BYTES),
            (Close::SmallFrameTooLarge, limits::SMALL_FRAME_BYTES),
        ] {
            let expected = format!("frame exceeds limit of {limit} bytes");
            assert_eq!(close.reason(), expected);
        }
    }
}
