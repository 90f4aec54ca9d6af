use std::sync::{Arc, Mutex};

use hermes_machine::Clock;
use hermes_providers::Table;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use url::Url;

use super::{
    call::Recorded,
    device::{Device, Stage},
    grant::Issued,
    overrides,
    script::Script,
    server::{self, Shared},
    settings::Settings,
    state::State,
    vendor::{Refused, Vendor},
};
use crate::{hold, must};

/// An authorization server on 127.0.0.1 that checks what a real one checks, stops when dropped, and
/// remembers everything.
///
/// The standard endpoints are at the root: `/.well-known/openid-configuration`,
/// `/.well-known/oauth-authorization-server`, `/authorize`, `/token`, `/device`, `/activate`,
/// `/revoke`, `/userinfo`. Each vendor of the provider table has its own paths behind `/xai`,
/// `/spotify`, `/anthropic`, `/codex`, `/nous`, `/minimax`, `/github` and `/qwen`; to run a table entry
/// against them, use [`table_override`](Self::table_override).
///
/// Where a method takes a path, the end of one is enough: `/token` is the token endpoint of every
/// vendor.
#[derive(Debug)]
pub struct FakeProvider {
    origin: Url,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.stop();
    }
}

impl FakeProvider {
    /// A server on a free port and without a clock: nothing expires, and polls are never too early.
    pub async fn start() -> Self {
        Self::start_at(0, None).await
    }

    /// A server whose codes and tokens expire by this clock, and whose `Date` header shows it.
    pub async fn start_with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::start_at(0, Some(clock)).await
    }

    /// A server on this port of 127.0.0.1; 0 is a free one.
    ///
    /// # Panics
    ///
    /// If the port is taken.
    pub async fn start_at(port: u16, clock: Option<Arc<dyn Clock>>) -> Self {
        let bound = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = must(bound, "the fake provider cannot listen");
        let address = must(listener.local_addr(), "the fake provider has no address");
        let origin = format!("http://{address}");
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(origin.clone(), clock)),
            served: watch::Sender::new(0),
        });
        Self {
            origin: must(Url::parse(&origin), "the origin"),
            task: tokio::spawn(server::serve(listener, Arc::clone(&shared))),
            shared,
        }
    }

    /// Closes the port and every connection, as a server that goes down.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// `http://127.0.0.1:PORT/`.
    pub fn origin(&self) -> Url {
        self.origin.clone()
    }

    /// The issuer identifier of the standard endpoints: the origin without a slash at the end.
    pub fn issuer(&self) -> String {
        hold(&self.shared.state).origin.clone()
    }

    /// This path at this server.
    #[track_caller]
    pub fn url(&self, path: &str) -> Url {
        must(self.origin.join(path), "not a path")
    }

    /// TOML for `providers.toml` that points a provider of the built-in table here: endpoints,
    /// hosts, issuer, hosted redirect and preflight origins. Everything else stays.
    ///
    /// # Panics
    ///
    /// If the table has no such provider.
    #[track_caller]
    pub fn table_override(&self, provider_id: &str) -> String {
        let table = must(Table::load(None), "the built-in table");
        let provider = must(table.get(provider_id).ok_or(provider_id), "no provider");
        let vendor = Vendor::of_provider(provider_id);
        overrides::table_override(provider, vendor, &hold(&self.shared.state).origin)
    }

    /// Changes how the server behaves from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut hold(&self.shared.state).settings);
    }

    /// The next request to a path that ends so gets this instead of an honest answer. Several for
    /// one path are used in order.
    pub fn next(&self, path: &str, script: impl Into<Script>) {
        let script = (path.to_owned(), script.into());
        hold(&self.shared.state).scripts.push(script);
    }

    /// The scripted answers that nobody has fetched yet.
    pub fn unused_scripts(&self) -> usize {
        hold(&self.shared.state).scripts.len()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        hold(&self.shared.state).requests.clone()
    }

    /// The requests to paths that end so.
    pub fn requests_to(&self, path: &str) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(|request| request.path.ends_with(path));
        requests
    }

    /// Waits until there were at least `n` requests to paths that end so.
    pub async fn until_requests(&self, path: &str, n: usize) -> Vec<Recorded> {
        self.until(|| Some(self.requests_to(path)).filter(|found| found.len() >= n))
            .await
    }

    /// Waits until a device code is pending, and gives its user code.
    pub async fn until_device(&self) -> String {
        self.until(|| self.pending_user_codes().pop()).await
    }

    async fn until<T>(&self, found: impl Fn() -> Option<T>) -> T {
        let mut served = self.shared.served.subscribe();
        loop {
            if let Some(value) = found() {
                return value;
            }
            // It fails only when the sender is gone, and the sender is ours.
            let _ = served.changed().await;
        }
    }

    /// Where the browser is sent from this authorization URL when the person agrees, or, if
    /// something else than client and redirect URI is wrong with the request, with the error.
    ///
    /// # Panics
    ///
    /// If the server would show an error page instead: an unknown client, an unregistered redirect
    /// URI, a parameter given twice.
    #[track_caller]
    pub fn authorize(&self, url: &Url) -> Url {
        must(self.try_authorize(url), "no consent page")
    }

    /// The same, with what the error page says.
    ///
    /// # Errors
    ///
    /// If the server would show an error page.
    pub fn try_authorize(&self, url: &Url) -> Result<Url, String> {
        self.consent(url, true)
    }

    /// Where the browser is sent when the person says no.
    ///
    /// # Panics
    ///
    /// As [`authorize`](Self::authorize).
    #[track_caller]
    pub fn deny(&self, url: &Url) -> Url {
        must(self.consent(url, false), "no consent page")
    }

    fn consent(&self, url: &Url, agrees: bool) -> Result<Url, String> {
        let call = Recorded::visit(url);
        let outcome = {
            let mut state = hold(&self.shared.state);
            state.record(&call);
            state.consent(url, agrees)
        };
        self.shared.served.send_modify(|count| *count += 1);
        outcome.map_err(|Refused(why)| why)
    }

    /// What Anthropic's page shows after [`authorize`](Self::authorize): `code#state`.
    #[track_caller]
    pub fn shown_code(&self, redirected: &Url) -> String {
        let call = Recorded::visit(redirected);
        let code = must(call.param("code").ok_or("absent"), "code");
        let state = must(call.param("state").ok_or("absent"), "state");
        let shown = format!("{code}#{state}");
        hold(&self.shared.state).note_secret(&shown);
        shown
    }

    /// The user codes that wait for a person, the oldest first.
    pub fn pending_user_codes(&self) -> Vec<String> {
        let state = hold(&self.shared.state);
        let pending = |device: &&Device| device.stage == Stage::Pending;
        let devices = state.devices.iter().filter(pending);
        devices.map(|device| device.user_code.clone()).collect()
    }

    /// The person approves.
    ///
    /// # Panics
    ///
    /// If there is no such user code, or its tokens were fetched already.
    #[track_caller]
    pub fn approve_device(&self, user_code: &str) {
        self.with_device(user_code, |device| device.stage = Stage::Approved);
    }

    /// The person says no.
    ///
    /// # Panics
    ///
    /// If there is no such user code, or its tokens were fetched already.
    #[track_caller]
    pub fn deny_device(&self, user_code: &str) {
        self.with_device(user_code, |device| device.stage = Stage::Denied);
    }

    /// The code expires now.
    ///
    /// # Panics
    ///
    /// If there is no such user code, or its tokens were fetched already.
    #[track_caller]
    pub fn expire_device(&self, user_code: &str) {
        self.with_device(user_code, |device| device.stage = Stage::Expired);
    }

    /// The next poll is answered with `slow_down`, and the interval grows by 5 s.
    ///
    /// # Panics
    ///
    /// If there is no such user code, or its tokens were fetched already.
    #[track_caller]
    pub fn slow_down(&self, user_code: &str) {
        self.with_device(user_code, Device::slow_down);
    }

    #[track_caller]
    fn with_device(&self, user_code: &str, change: impl FnOnce(&mut Device)) {
        let mut state = hold(&self.shared.state);
        let device = state.device_mut(user_code);
        let device = device.filter(|device| device.stage != Stage::Spent);
        change(must(device.ok_or(user_code), "no such user code"));
    }

    /// Tokens as if somebody had signed in to this provider with this client id before; a provider
    /// that is not in the built-in table stands for the standard endpoints.
    pub fn issue(&self, provider_id: &str, client_id: &str, scope: &str) -> Issued {
        let vendor = Vendor::of_provider(provider_id);
        let mut state = hold(&self.shared.state);
        let grant = state.new_grant(vendor, client_id, scope);
        state.issue(grant)
    }

    /// Ends the sign-in that this access or refresh token comes from, as the person can on the
    /// provider's own pages.
    pub fn end_grant(&self, token: &str) {
        let mut state = hold(&self.shared.state);
        let access = state.access.get(token).map(|record| record.grant.family);
        let refresh = state.refresh.get(token).map(|record| record.grant.family);
        state.dead_families.extend(access.or(refresh));
    }

    /// Whether userinfo would accept this access token.
    pub fn accepts_access(&self, token: &str) -> bool {
        hold(&self.shared.state).account_of(token).is_some()
    }

    /// Whether the token endpoint would accept this refresh token.
    pub fn accepts_refresh(&self, token: &str) -> bool {
        hold(&self.shared.state).is_live_refresh(token)
    }

    /// How many refreshes succeeded.
    pub fn refreshes(&self) -> usize {
        hold(&self.shared.state).refreshed
    }

    /// How many sign-ins were ended: by reuse of a spent token or code, or by revocation.
    pub fn ended_grants(&self) -> usize {
        hold(&self.shared.state).dead_families.len()
    }

    /// Every secret that the server gave out or was shown: codes, tokens, verifiers, states,
    /// nonces, device codes.
    pub fn all_secrets(&self) -> Vec<String> {
        hold(&self.shared.state).secrets()
    }
}
