//! Every flow and dialect, over real sockets, against an authorization server that checks what a
//! real one checks; time is a clock that the tests move.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed helper is a failed test, as in the tests themselves"
)]

mod device;
mod discovery;
mod faults;
mod flows;

use std::sync::Arc;

use hermes_machine::{Environment, SystemClock, http::BoundedClient};
use hermes_oauth::{
    Answer, Attempt, AuthorizationCode, Client, NotOurs, OAuthError, Ports, Registration, TokenSet,
    Verdict, discover,
};
use hermes_providers::{Provider, Table};
use hermes_secret::Secret;
use hermes_testkit::{FakeProvider, FixedRandom, MovedClock};
use url::Url;

thread_local! {
    /// One HTTP client a test, since a test is a thread and loading the roots takes its time. Its
    /// limits are real time, or they would all be over at once.
    static HTTP: Arc<BoundedClient> =
        Arc::new(BoundedClient::new(&Environment::default(), Arc::new(SystemClock)));
}

/// A server, a client's ports and their common clock, on which every sleep completes at once.
struct Rig {
    server: FakeProvider,
    clock: Arc<MovedClock>,
    ports: Ports,
}

impl Rig {
    async fn start() -> Self {
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        clock.set_automatic();
        let server = FakeProvider::start_with_clock(Arc::clone(&clock) as _).await;
        let ports = Ports {
            http: HTTP.with(Arc::clone) as _,
            clock: Arc::clone(&clock) as _,
            random: FixedRandom::seeded(1),
        };
        Self {
            server,
            clock,
            ports,
        }
    }

    /// The table's entry, pointed at the server.
    fn provider(&self, id: &str) -> Provider {
        let table = Table::load(Some(&self.server.table_override(id))).unwrap();
        table.get(id).unwrap().clone()
    }

    async fn client(&self, id: &str) -> Client {
        let client_id = (id == "spotify").then(|| "my-app".to_owned());
        let registration = Registration {
            client_id,
            scope: None,
        };
        let provider = self.provider(id);
        Client::resolve(&provider, &registration, self.ports.clone())
            .await
            .unwrap()
    }

    /// What `--issuer` makes of the server's standard endpoints.
    async fn discovered(&self) -> Result<Provider, OAuthError> {
        let registration = Registration {
            client_id: Some("c1".to_owned()),
            scope: Some("openid email offline_access".to_owned()),
        };
        discover("acme", &self.server.issuer(), &registration, &self.ports).await
    }

    async fn standard(&self) -> Client {
        let provider = self.discovered().await.unwrap();
        Client::resolve(&provider, &Registration::default(), self.ports.clone())
            .await
            .unwrap()
    }

    /// The person agrees in the browser, and the answer comes back.
    fn consent(&self, attempt: &Attempt) -> Verdict {
        attempt.judge(&answer(&self.server.authorize(&attempt.authorize_url)))
    }

    async fn sign_in(&self, client: &Client) -> TokenSet {
        let attempt = client.begin(&redirect_uri(client)).unwrap();
        let code = code(self.consent(&attempt));
        client.exchange(&attempt, &code).await.unwrap()
    }
}

fn redirect_uri(client: &Client) -> Url {
    if let Some(page) = &client.provider().hosted_redirect_uri {
        return page.clone();
    }
    let loopback = client.provider().loopback.as_ref().unwrap();
    let text = format!(
        "http://{}:{}{}",
        loopback.host, loopback.port, loopback.path
    );
    Url::parse(&text).unwrap()
}

fn answer(redirected: &Url) -> Answer {
    Answer::from_query(redirected.query().unwrap()).unwrap()
}

#[track_caller]
fn code(verdict: Verdict) -> AuthorizationCode {
    match verdict {
        Verdict::Code(code) => code,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn not_ours(verdict: Verdict) -> NotOurs {
    match verdict {
        Verdict::NotOurs(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}
