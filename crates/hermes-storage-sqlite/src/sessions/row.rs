use hermes_storage::{Label, Session, SessionKind};

use crate::{fault::Fault, moment, users};

/// A session as stored.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) method: String,
    pub(super) name: Option<String>,
    pub(super) client: Option<String>,
    pub(super) address: String,
    pub(super) created_at: i64,
    pub(super) authenticated_at: i64,
    pub(super) last_seen_at: i64,
    pub(super) ends_at: i64,
    pub(super) turn: Option<Vec<u8>>,
    pub(super) at_most: String,
    pub(super) passkey_id: Option<String>,
}

impl TryFrom<Row> for Session {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let passkey = row.passkey_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(Fault::damaged)?,
            user: row.user_id.parse().map_err(Fault::damaged)?,
            kind: match row.turn {
                Some(_) => SessionKind::App,
                None => SessionKind::Browser,
            },
            at_most: users::role(&row.at_most)?,
            method: row.method,
            name: row.name.as_deref().and_then(Label::new),
            client: row.client.as_deref().and_then(Label::new),
            address: row.address.parse().map_err(Fault::damaged)?,
            created_at: moment::read(row.created_at)?,
            authenticated_at: moment::read(row.authenticated_at)?,
            last_seen_at: moment::read(row.last_seen_at)?,
            ends_at: moment::read(row.ends_at)?,
            passkey: passkey.map_err(Fault::damaged)?,
        })
    }
}

/// The rows of sessions that the rest of a query picks.
macro_rules! sessions {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "SELECT id, user_id, method, name, client, address, created_at, authenticated_at, \
             last_seen_at, ends_at, turn, at_most, passkey_id FROM sessions " + $rest
            $(, $argument)*
        )
    };
}

pub(super) use sessions;
