//! The servers that are compared, and how somebody comes to be signed in at each.

use std::fs::DirBuilder;
use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::app;
use super::people;
use super::report::Side;
use super::server::{ADDRESS, Program, Server};
use crate::client::{Login, Person};
use crate::workspace::Workspace;

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";
const NAME: &str = "admin";
const PASSWORD: &str = "the password of the one user";

/// A server under measurement.
pub(in crate::bench) struct Subject {
    pub(in crate::bench) side: Side,
    /// Where people sign in.
    pub(in crate::bench) gated: Program,
    /// Where a token lets them in, if that answers what is measured.
    pub(in crate::bench) token: Option<Program>,
}

impl Subject {
    /// The bare server. It asks nobody who they are, so one program stands for both modes.
    pub(in crate::bench) fn floor(workspace: &Workspace, homes: &Path) -> Result<Self> {
        let at = |home: &str| -> Result<Program> {
            Ok(Program {
                program: workspace.target.join("release/examples/floor"),
                arguments: vec![ADDRESS.to_string()],
                environment: Vec::new(),
                address: ADDRESS,
                home: new(homes, home)?,
            })
        };
        Ok(Self {
            side: Side::Floor,
            gated: at("floor")?,
            token: Some(at("floor-token")?),
        })
    }

    /// The gateway: one where users sign in by their passwords, and one in token mode.
    pub(in crate::bench) fn hermes(workspace: &Workspace, homes: &Path) -> Result<Self> {
        let program = || workspace.target.join("release/hermes");
        let serve = |host: &str| {
            let words = ["serve", "--no-open", "--port", "0", "--host", host];
            words.map(str::to_owned).to_vec()
        };
        Ok(Self {
            side: Side::Hermes,
            gated: Program {
                program: program(),
                arguments: serve(&ADDRESS.to_string()),
                environment: Vec::new(),
                address: ADDRESS,
                home: new(homes, "hermes")?,
            },
            token: Some(Program {
                program: program(),
                arguments: serve(&Ipv4Addr::LOCALHOST.to_string()),
                environment: vec![("HERMES_DASHBOARD_SESSION_TOKEN", TOKEN.into())],
                address: Ipv4Addr::LOCALHOST,
                home: new(homes, "hermes-token")?,
            }),
        })
    }

    /// Upstream's gateway, of an environment that has it. Its token mode makes no tickets.
    pub(in crate::bench) fn upstream(environment: &Path, homes: &Path) -> Result<Self> {
        let program = environment.join("bin/hermes");
        let program = std::path::absolute(&program)
            .ok()
            .filter(|program| program.is_file())
            .with_context(|| format!("there is no `{}`", program.display()))?;
        let words = ["serve", "--port", "0", "--host"].map(str::to_owned);
        Ok(Self {
            side: Side::Upstream,
            gated: Program {
                program,
                arguments: words.into_iter().chain([ADDRESS.to_string()]).collect(),
                environment: vec![
                    ("HERMES_DASHBOARD_BASIC_AUTH_USERNAME", NAME.into()),
                    ("HERMES_DASHBOARD_BASIC_AUTH_PASSWORD", PASSWORD.into()),
                ],
                address: ADDRESS,
                home: new(homes, "upstream")?,
            },
            token: None,
        })
    }

    /// Somebody with a session, who has just signed in.
    pub(in crate::bench) async fn person(&self, server: &Server) -> Result<Person> {
        let from = people::address(0);
        match self.side {
            // As many bytes as ours has.
            Side::Floor => {
                let value = &TOKEN[..43];
                let cookies = format!("hermes_session_at={value}; hermes_session_rt={value}");
                Person::with_cookies(from, &cookies)
            }
            Side::Hermes => people::one(server, 0).await,
            Side::Upstream => {
                let login = Login {
                    method: "basic",
                    name: NAME,
                    password: PASSWORD,
                };
                Person::sign_in(server.address, from, &login).await
            }
        }
    }

    /// An app of somebody who has just signed in; `None` for upstream, whose apps are not measured.
    pub(in crate::bench) async fn app(
        &self,
        server: &Server,
        person: &Person,
    ) -> Result<Option<Person>> {
        match self.side {
            Side::Floor => Person::with_bearer(person.from, &TOKEN[..43]).map(Some),
            Side::Hermes => app::of(server.address, person).await.map(Some),
            Side::Upstream => Ok(None),
        }
    }

    /// The holder of the token.
    pub(in crate::bench) fn holder() -> Result<Person> {
        Person::holder(people::address(0), TOKEN)
    }
}

/// A home of its own, for its owner alone.
fn new(homes: &Path, name: &str) -> Result<PathBuf> {
    let home = homes.join(name);
    let made = DirBuilder::new().mode(0o700).create(&home);
    made.with_context(|| format!("could not make `{}`", home.display()))?;
    Ok(home)
}
