//! People of the gateway, made and signed in as anybody is: the bench has no way in of its own.

use std::net::Ipv4Addr;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use super::server::{Program, Server};
use crate::client::{Login, Person};
use crate::process;

const PASSWORD: &str = "the password of everybody here";

/// How many sockets the defaults give to one session, and how many sessions with as many sockets to
/// one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Limits {
    pub(in crate::bench) sockets_per_session: u32,
    sessions_per_user: u32,
}

impl Limits {
    /// Asks the gateway for its limits, which nobody may have set.
    pub(in crate::bench) async fn read(gateway: &Program, sockets: u32) -> Result<Self> {
        let shown = gateway.command(["config", "show", "--json"]);
        let shown: Value = serde_json::from_str(&process::output(shown).await?)?;
        let limit = |name: &str| -> Result<u32> {
            let key = format!("gateway.limits.{name}");
            let rows = shown.get("settings").and_then(Value::as_array);
            let row = rows.into_iter().flatten().find(|row| {
                let says = |field: &str, text: &str| row.get(field).is_some_and(|is| is == text);
                says("key", &key) && says("origin", "default")
            });
            let value = row.and_then(|row| row.get("value")).and_then(Value::as_u64);
            let value = value.with_context(|| format!("`{key}` is not at its default"))?;
            Ok(u32::try_from(value)?)
        };
        ensure!(
            sockets <= limit("sockets")?,
            "the gateway does not hold {sockets} sockets by default"
        );
        Ok(Self::of(
            limit("sockets_per_session")?,
            limit("sockets_per_user")?,
        ))
    }

    fn of(sockets_per_session: u32, sockets_per_user: u32) -> Self {
        Self {
            sockets_per_session,
            sessions_per_user: (sockets_per_user / sockets_per_session.max(1)).max(1),
        }
    }

    /// How many sessions so many sockets need.
    pub(in crate::bench) const fn sessions(self, sockets: u32) -> u32 {
        sockets.div_ceil(self.sockets_per_session)
    }

    /// How many users so many sockets need.
    pub(in crate::bench) const fn users(self, sockets: u32) -> u32 {
        self.sessions(sockets).div_ceil(self.sessions_per_user)
    }
}

/// Adds so many users.
pub(in crate::bench) async fn add(gateway: &Program, users: u32) -> Result<()> {
    for user in 0..users {
        let name = name(user);
        let mut command = gateway.command(["users", "add", &name, "--password-stdin"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut adding = command.spawn().context("`hermes users add` does not run")?;
        if let Some(mut stdin) = adding.stdin.take() {
            stdin.write_all(PASSWORD.as_bytes()).await?;
        }
        let ended = adding.wait_with_output().await?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "`{name}` was not added: {said}");
    }
    Ok(())
}

/// Signs in for as many sessions as so many sockets need, user by user.
pub(in crate::bench) async fn sign_in(
    server: &Server,
    limits: Limits,
    sockets: u32,
) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for session in 0..limits.sessions(sockets) {
        people.push(one(server, session / limits.sessions_per_user).await?);
    }
    Ok(people)
}

/// Signs one user in, from an address of theirs.
pub(in crate::bench) async fn one(server: &Server, user: u32) -> Result<Person> {
    let login = Login {
        method: "password",
        name: &name(user),
        password: PASSWORD,
    };
    Person::sign_in(server.address, address(user), &login).await
}

fn name(user: u32) -> String {
    format!("user-{user}")
}

/// An address on loopback for each user: each has limits and ports of its own.
pub(in crate::bench) fn address(user: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_people_as_the_limits_need() {
        for (of_session, of_user, sockets, sessions, users) in [
            (32, 128, 15_000, 469, 118),
            (32, 128, 128, 4, 1),
            (32, 128, 129, 5, 2),
            (32, 16, 33, 2, 2),
            (1, 1, 3, 3, 3),
        ] {
            let limits = Limits::of(of_session, of_user);
            let needed = (limits.sessions(sockets), limits.users(sockets));
            assert_eq!(needed, (sessions, users), "{limits:?}, {sockets}");
        }
    }

    #[test]
    fn addresses_are_on_loopback_and_differ() {
        assert_eq!(address(0), Ipv4Addr::new(127, 1, 0, 1));
        assert_eq!(address(300), Ipv4Addr::new(127, 1, 1, 45));
        assert!(address(100_000).is_loopback());
    }
}
