use std::fmt::Write as _;

use super::{
    Origin, Problem,
    key::Section,
    table::{ISSUER, SECTIONS},
};

/// How wide the comments of the file are.
const WIDTH: usize = 96;

/// Reads the text of the file. The error says where, and does not repeat what stands there: it may
/// be a secret.
pub(super) fn parse(text: &str) -> Result<toml::Table, Problem> {
    text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let place = before.map(|before| format!(" in line {}", before.matches('\n').count() + 1));
        Problem {
            key: String::new(),
            origin: Origin::File,
            reason: format!("does not parse{}", place.unwrap_or_default()),
        }
    })
}

/// The file with every key, its meaning and its default, all of it commented out: as it stands, it
/// changes nothing.
pub fn default_file() -> String {
    let mut text = String::from(
        "# Settings of the gateway, `hermes serve`. A line that begins with `#` followed by a blank is a\n\
         # comment; one that begins with `#` alone is a setting with its default, or an example where\n\
         # there is none: take the `#` away to change it.\n\
         #\n\
         # Flags of `hermes serve` and variables win over this file. The flag of a key is its table and\n\
         # its name: `cert` of `[gateway.tls]` is --tls-cert, `port` of `[gateway]` is --port. The variable\n\
         # is the same in capitals: HERMES_GATEWAY_TLS_CERT, HERMES_GATEWAY_PORT. Instead of a secret its\n\
         # file can be named, and as a flag only its file: `token_file`, HERMES_GATEWAY_TOKEN_FILE,\n\
         # --token-file.\n",
    );
    for section in SECTIONS {
        write_section(&mut text, section, &format!("[{}]", section.table), true);
    }
    write_section(&mut text, &ISSUER, &format!("#[[{}]]", ISSUER.table), false);
    text
}

fn write_section(text: &mut String, section: &Section, head: &str, marks_unset: bool) {
    // Writing to a `String` cannot fail.
    let _ = write!(
        text,
        "\n# {}\n{head}\n",
        section.about.replace('\n', "\n# ")
    );
    for key in section.keys {
        let upstream = key
            .upstream
            .map(|name| format!(" Upstream's variable: {name}."));
        let flag = key.flag.map(|name| format!(" Flag: --{name}."));
        let notes = [flag, upstream].into_iter().flatten();
        let about: String = [key.about.to_owned()].into_iter().chain(notes).collect();
        text.push('\n');
        for line in wrap(&about) {
            let _ = writeln!(text, "# {line}");
        }
        let unset = if key.default.is_none() && marks_unset {
            " # not set"
        } else {
            ""
        };
        let _ = writeln!(text, "#{} = {}{unset}", key.name, key.example);
    }
}

/// Breaks a text at blanks.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut() {
            if line.is_empty() {
                line.push_str(word);
                continue;
            }
            if line.len() + 1 + word.len() <= WIDTH - 2 {
                line.push(' ');
                line.push_str(word);
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}
