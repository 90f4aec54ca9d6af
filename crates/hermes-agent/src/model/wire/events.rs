//! Server-sent events, as the HTML standard has them, out of bytes that come in any pieces.

use std::mem;

/// The most bytes of one event. The last one of a Responses stream says the whole answer again.
const LIMIT: usize = 16 * 1024 * 1024;

/// One event with something in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its name; empty where it has none.
    pub(crate) name: String,
    /// What it says.
    pub(crate) data: String,
}

/// An event is larger than events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Reads events. What it holds is one unfinished event and never more than the limit.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    after_cr: bool,
    begun: bool,
    name: String,
    data: Option<String>,
}

impl Events {
    /// Takes the next bytes, and hands every event that they complete to `each`. It stops at the
    /// first error of either.
    pub(crate) fn push<E: From<TooLarge>>(
        &mut self,
        bytes: &[u8],
        each: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        for &byte in bytes {
            if mem::take(&mut self.after_cr) && byte == b'\n' {
                continue;
            }
            if !matches!(byte, b'\r' | b'\n') {
                self.hold(byte)?;
                continue;
            }
            self.after_cr = byte == b'\r';
            if let Some(event) = self.end_of_line() {
                each(event)?;
            }
        }
        Ok(())
    }

    /// The event that the end of the bytes completes: not every server closes its last one with an
    /// empty line.
    pub(crate) fn finish(&mut self) -> Option<Event> {
        let last = match self.line.is_empty() {
            true => None,
            false => self.end_of_line(),
        };
        last.or_else(|| self.end_of_line())
    }

    fn hold(&mut self, byte: u8) -> Result<(), TooLarge> {
        let data = self.data.as_ref().map_or(0, String::len);
        if self.line.len() + data >= LIMIT {
            return Err(TooLarge);
        }
        self.line.push(byte);
        Ok(())
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let bytes = mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        let mut line = &*line;
        if !mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            let name = mem::take(&mut self.name);
            return self.data.take().map(|data| Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // Comments, which some servers send to keep a connection alive, ids and times.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Event>, TooLarge> {
        let (mut reader, mut all) = (Events::default(), Vec::new());
        for piece in pieces {
            reader.push::<TooLarge>(piece, &mut |event| {
                all.push(event);
                Ok(())
            })?;
        }
        all.extend(reader.finish());
        Ok(all)
    }

    fn event(name: &str, data: &str) -> Event {
        Event {
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn events_are_read_as_the_standard_has_them() {
        for (text, expected) in [
            ("data: a\n\n", vec![event("", "a")]),
            (
                "data:a\r\n\r\ndata: b\r\r",
                vec![event("", "a"), event("", "b")],
            ),
            ("\u{feff}data: a\n\n", vec![event("", "a")]),
            ("event: x\ndata: a\ndata: b\n\n", vec![event("x", "a\nb")]),
            (": ping\n\nid: 1\nretry: 5\n\n", vec![]),
            ("event: x\n\ndata: a\n\n", vec![event("", "a")]),
            ("data\n\n", vec![event("", "")]),
            ("data: a", vec![event("", "a")]),
            ("data:  a: b\n\n", vec![event("", " a: b")]),
            ("database: a\n\n", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(events([text.as_bytes()]), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn an_event_has_a_limit_whether_in_one_line_or_in_many() {
        let line = vec![b'a'; LIMIT + 1];
        assert_eq!(events([line.as_slice()]), Err(TooLarge));
        let many = b"data: 0123456789012345678901234567890123456789\n".repeat(LIMIT / 40 + 2);
        assert_eq!(events([many.as_slice()]), Err(TooLarge));
        let few = [&b"data: "[..], &line[..LIMIT - 64], b"\n\n"].concat();
        assert_eq!(events([few.as_slice()]).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(
            text in "(data|event|id|:)?[: \r\n]{0,3}[aé\r\n]{0,6}(\n\n|\r\n\r\n|data: x\n)*",
            cuts in prop::collection::vec(0usize..64, 0..5),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(events(pieces), events([bytes]));
        }
    }
}
