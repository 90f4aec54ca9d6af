//! The host's words, made safe to show and to hand to scripts.

use hermes_errors::Code;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Map, Value};

use crate::via::{FrameError, HostHello, Signed, ViaError};

/// The most remarks that are shown, and the most fields of a credential.
const MOST: usize = 32;

pub(super) fn clean(hello: &HostHello) -> HostHello {
    HostHello {
        hermes: plain(&hello.hermes, 32),
        user: plain(&hello.user, 64),
        host: plain(&hello.host, 64),
        home: plain(&hello.home, LABEL_LIMIT),
    }
}

/// The host's failure, by our own table of codes.
pub(super) fn failure(code: &str, message: &str) -> ViaError {
    let known = Code::ALL.iter().find(|known| known.as_str() == code);
    match known {
        Some(code) => ViaError::Remote {
            code: *code,
            message: plain(message, LABEL_LIMIT),
        },
        None => FrameError::Unknown.into(),
    }
}

/// The credential without anything that could harm a terminal or a script.
pub(super) fn presentable(signed: Signed) -> Result<Signed, ViaError> {
    let mut credential = Map::new();
    for (name, value) in signed.credential.into_iter().take(MOST) {
        let value = match value {
            Value::String(text) => Value::String(plain(&text, LABEL_LIMIT * 2)),
            Value::Array(_) | Value::Object(_) => return Err(FrameError::Unknown.into()),
            value => value,
        };
        credential.insert(plain(&name, 64), value);
    }
    let remarks = signed.remarks.iter().take(MOST);
    Ok(Signed {
        provider: plain(&signed.provider, 64),
        already: signed.already,
        file: plain(&signed.file, LABEL_LIMIT),
        remarks: remarks.map(|remark| plain(remark, LABEL_LIMIT)).collect(),
        credential,
    })
}
