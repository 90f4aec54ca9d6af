use std::io;

use hermes_secret::Secret;
use serde::Serialize as _;
use serde_json::{
    Map, Serializer, Value,
    ser::{CharEscape, Formatter, PrettyFormatter},
};

/// Writes the document as Python's `json.dumps(indent=2, ensure_ascii=True)` and a line end would,
/// so that a file which went through both programs differs in nothing but what was changed.
pub(super) fn text(document: &Map<String, Value>) -> Secret {
    let mut bytes = Vec::with_capacity(8 * 1024);
    let mut serializer = Serializer::with_formatter(&mut bytes, Ascii(PrettyFormatter::new()));
    // Writing a document to memory cannot fail: its keys are text and nothing else is involved.
    let written = document.serialize(&mut serializer);
    debug_assert!(written.is_ok());
    bytes.push(b'\n');
    Secret::new(String::from_utf8(bytes).unwrap_or_default())
}

/// serde_json's layout, with everything outside printable ASCII escaped.
struct Ascii(PrettyFormatter<'static>);

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let plain = |ch: char| matches!(ch, ' '..='~');
        if fragment.chars().all(plain) {
            return writer.write_all(fragment.as_bytes());
        }
        for ch in fragment.chars() {
            if plain(ch) {
                writer.write_all(&[ch as u8])?;
            } else {
                for unit in ch.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
