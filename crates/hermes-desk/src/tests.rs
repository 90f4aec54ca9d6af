//! The desk at real gateways: that of this computer, and others in homes of their own.

mod nearby;

use std::{
    net::{Ipv4Addr, UdpSocket},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use hermes_client::kept::{Gateways, KeychainUse};
use hermes_errors::Code;
use hermes_host::{
    World,
    here::{self, Begun, Running},
};
use hermes_login::{Opener, Place, PlaceKind, SystemProbe};
use hermes_machine::{BoxFuture, dns_sd::Networks, file};
use hermes_protocol::{
    bridge::{
        AppPreferences, BridgeAsk, BridgeCall, BridgeRefusal, BridgeTold, BridgeVerb, LineState,
        SignInStarted, SignInWay, SignedOut, TestOutcome, TokenGiven,
    },
    routes,
};
use hermes_secret::Secret;
use hermes_testkit::TestHome;
use serde_json::{Value, json};
use url::Url;

use crate::{Desk, Outfit, SignInWindow, SignInWindows, Tiding, Tidings};

/// Nobody has a browser or a window here.
struct Nowhere;

impl Opener for Nowhere {
    fn open(&self, url: &Url) -> Result<(), String> {
        hermes_login::check_openable(url)
    }
}

impl SignInWindows for Nowhere {
    fn open<'a>(
        &'a self,
        _: &'a Url,
        _: PathBuf,
    ) -> BoxFuture<'a, Result<Box<dyn SignInWindow>, String>> {
        Box::pin(std::future::ready(Err("there is no screen".to_owned())))
    }
}

/// A window that its person closes at the second look.
struct Shut(AtomicU32);

impl SignInWindows for Shut {
    fn open<'a>(
        &'a self,
        page: &'a Url,
        folder: PathBuf,
    ) -> BoxFuture<'a, Result<Box<dyn SignInWindow>, String>> {
        assert_eq!(page.path(), routes::LOGIN_PAGE.path);
        assert!(folder.is_dir());
        Box::pin(std::future::ready(Ok(
            Box::new(Self(AtomicU32::new(0))) as _
        )))
    }
}

impl SignInWindow for Shut {
    fn cookies<'a>(&'a self, _: &'a Url) -> BoxFuture<'a, Option<Vec<(String, Secret)>>> {
        let stranger = vec![("theme".to_owned(), Secret::new("dark"))];
        let is_open = self.0.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(std::future::ready(is_open.then_some(stranger)))
    }
}

/// Loopback, at a port that is nobody's.
fn loopback() -> Networks {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    Networks::loopback(socket.local_addr().unwrap().port())
}

pub(crate) fn outfit(home: &TestHome) -> Outfit {
    let world = World::new(home.environment(), None).unwrap();
    let gateways = Gateways::of(&world.home, &world.ports, KeychainUse::Off);
    Outfit {
        gateways: Arc::new(gateways),
        place: Place {
            kind: PlaceKind::Desktop,
            ..Place::detect(&world.environment, &SystemProbe)
        },
        opener: Arc::new(Nowhere),
        windows: Arc::new(Nowhere),
        networks: loopback(),
        version: "0.1.0".to_owned(),
        logs: world.home.path().join("logs"),
        program: PathBuf::from("/opt/hermes-desktop"),
        world,
    }
}

/// A gateway of another home, in token mode.
async fn another(home: &TestHome) -> Running {
    let world = World::new(home.environment(), None).unwrap();
    match here::begin(&world).await.unwrap() {
        Begun::Ours(running) => running,
        Begun::Theirs(theirs) => panic!("another one runs: {theirs:?}"),
    }
}

fn token(gateway: &Running, token: &str) -> TokenGiven {
    TokenGiven {
        address: gateway.address().to_string(),
        token: token.to_owned(),
        agrees_to_plain: false,
    }
}

/// Waits until the gateway of this id stands so.
async fn stands(desk: &Desk, tidings: &mut Tidings, id: &str, is_it: impl Fn(&LineState) -> bool) {
    loop {
        let board = desk.board();
        let row = board.gateways.iter().find(|row| row.id == id);
        if row.is_some_and(|row| is_it(&row.state)) {
            return;
        }
        assert!(tidings.next().await.is_some(), "the desk is gone");
    }
}

/// The next event of the gateway that is shown.
async fn event(tidings: &mut Tidings) -> Value {
    loop {
        if let Some(Tiding::Told(told)) = tidings.next().await
            && let BridgeTold::Event { event, .. } = *told
        {
            return serde_json::from_str(event.get()).unwrap();
        }
    }
}

fn get(gateway: &str, path: &str) -> BridgeAsk {
    BridgeAsk {
        gateway: gateway.to_owned(),
        verb: BridgeVerb::Get,
        path: path.to_owned(),
        body: None,
    }
}

fn code(refusal: &BridgeRefusal) -> &str {
    refusal.code.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn a_gateway_is_found_entered_used_and_left() {
    let (home, theirs) = (TestHome::new(), TestHome::new());
    let gateway = another(&theirs).await;
    let (desk, mut tidings) = Desk::open(outfit(&home)).await;
    assert!(desk.board().gateways.is_empty() && desk.board().current.is_none());
    let look = desk.look(gateway.address().as_str()).await.unwrap();
    assert_eq!(look.ways, [SignInWay::Token]);
    assert!(!look.is_readable && look.saved_as.is_none());

    let wrong = desk
        .give_token(token(&gateway, "not-the-token"))
        .await
        .unwrap_err();
    assert_eq!(code(&wrong), Code::ConnectTokenWrong.as_str());
    assert!(desk.board().gateways.is_empty(), "nothing is kept of it");
    let secret = gateway.token().expose().to_owned();
    let done = desk.give_token(token(&gateway, &secret)).await.unwrap();
    let id = done.gateway;
    assert_eq!(desk.board().current.as_ref(), Some(&id));
    assert_eq!(event(&mut tidings).await["type"], "gateway.ready");
    stands(&desk, &mut tidings, &id, |state| *state == LineState::Live).await;

    let call = BridgeCall {
        gateway: id.clone(),
        method: "session.list".to_owned(),
        params: json!({}),
    };
    let answer = desk.call(call).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    assert!(answer["sessions"].is_array(), "{answer}");
    let answer = desk.ask(get(&id, "/api/sessions?limit=1")).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tested = desk.test(&id).await.unwrap();
    let is_yes = |outcome: &TestOutcome| matches!(outcome, TestOutcome::Yes { .. });
    assert!(
        tested.steps.iter().all(|step| is_yes(&step.outcome)),
        "{tested:?}"
    );

    // Dt4: what is told has no secret in it.
    let told = serde_json::to_string(&(desk.board(), desk.about(), &look, &tested)).unwrap();
    assert!(!told.contains(&secret), "{told}");
    assert_eq!(desk.forget(&id).await.unwrap(), SignedOut::Token);
    assert!(desk.board().gateways.is_empty() && desk.board().current.is_none());
    let gone = desk.ask(get(&id, "/api/sessions")).await.unwrap_err();
    assert_eq!(code(&gone), Code::ConnectUnknown.as_str());
    gateway.end().await;
}

#[tokio::test]
async fn dt4_what_opens_a_gateway_is_asked_for_by_no_page() {
    let (home, theirs) = (TestHome::new(), TestHome::new());
    let gateway = another(&theirs).await;
    let (desk, _tidings) = Desk::open(outfit(&home)).await;
    let secret = gateway.token().expose().to_owned();
    let id = desk
        .give_token(token(&gateway, &secret))
        .await
        .unwrap()
        .gateway;
    for path in [
        routes::WS_TICKET.path,
        "/api/ws",
        "//evil.test/api/sessions",
        "https://evil.test/api/sessions",
        "/api/../auth/logout",
        "/api/sessions#x",
        "/api/sessions\r\nx: y",
        "api/sessions",
        "",
    ] {
        let refused = desk.ask(get(&id, path)).await.unwrap_err();
        assert_eq!(code(&refused), Code::ConnectNotAllowed.as_str(), "{path}");
    }
    gateway.end().await;
}

#[tokio::test]
async fn a_gateway_that_was_away_is_live_again_and_is_there_the_next_time() {
    let (home, theirs) = (TestHome::new(), TestHome::new());
    let gateway = another(&theirs).await;
    let (desk, mut tidings) = Desk::open(outfit(&home)).await;
    let secret = gateway.token().expose().to_owned();
    let id = desk
        .give_token(token(&gateway, &secret))
        .await
        .unwrap()
        .gateway;
    stands(&desk, &mut tidings, &id, |state| *state == LineState::Live).await;
    drop((desk, tidings));
    let (desk, mut tidings) = Desk::open(outfit(&home)).await;
    assert_eq!(desk.board().current.as_ref(), Some(&id));
    stands(&desk, &mut tidings, &id, |state| *state == LineState::Live).await;
    gateway.end().await;
    stands(&desk, &mut tidings, &id, |state| {
        matches!(state, LineState::Waiting { .. })
    })
    .await;
}

#[tokio::test]
async fn the_gateway_of_this_computer_begins_once_and_leaves_its_place_at_the_end() {
    let home = TestHome::new();
    let (desk, mut tidings) = Desk::open(outfit(&home)).await;
    let (one, other) = tokio::join!(desk.use_here(), desk.use_here());
    assert_eq!((one, other), (Ok(()), Ok(())));
    stands(&desk, &mut tidings, "here", |state| {
        *state == LineState::Live
    })
    .await;
    assert_eq!(desk.board().gateways.len(), 1);
    let answer = desk
        .ask(get("here", "/api/sessions?limit=1"))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    desk.end().await;
    drop((desk, tidings));
    // It is there the next time without being asked for.
    let (desk, mut tidings) = Desk::open(outfit(&home)).await;
    assert_eq!(desk.board().current.as_deref(), Some("here"));
    stands(&desk, &mut tidings, "here", |state| {
        *state == LineState::Live
    })
    .await;
    desk.end().await;
    let world = World::new(home.environment(), None).unwrap();
    match here::begin(&world).await.unwrap() {
        Begun::Ours(running) => running.end().await,
        Begun::Theirs(theirs) => panic!("it is still there: {theirs:?}"),
    }
}

#[tokio::test]
async fn the_gateway_of_this_computer_has_a_name_and_ends_when_it_is_removed() {
    let home = TestHome::new();
    let (desk, tidings) = Desk::open(outfit(&home)).await;
    desk.use_here().await.unwrap();
    let refused = desk.rename("here", "no name at all").await.unwrap_err();
    assert_eq!(code(&refused), Code::ConnectName.as_str());
    desk.rename("here", "moss").await.unwrap();
    assert_eq!(desk.board().gateways[0].name, "moss");
    desk.end().await;
    drop((desk, tidings));
    let (desk, _tidings) = Desk::open(outfit(&home)).await;
    assert_eq!(desk.board().gateways[0].name, "moss");
    desk.use_here().await.unwrap();
    assert_eq!(desk.forget("here").await.unwrap(), SignedOut::Nothing);
    assert!(desk.board().gateways.is_empty() && desk.board().current.is_none());
    let gateway = another(&home).await;
    gateway.end().await;
}

#[tokio::test]
async fn the_environment_may_say_which_gateway_it_is_and_then_there_is_no_other() {
    let (home, theirs) = (TestHome::new(), TestHome::new());
    let gateway = another(&theirs).await;
    let address = gateway.address().to_string();
    let variables = |outfit: &mut Outfit, names: &[(&str, &str)]| {
        let mut environment = std::mem::take(&mut outfit.world.environment);
        for (name, value) in names {
            environment = environment.with(name, value);
        }
        outfit.world.environment = environment;
    };
    let mut fixed = outfit(&home);
    let token = gateway.token().expose().to_owned();
    variables(
        &mut fixed,
        &[
            ("HERMES_DESKTOP_REMOTE_URL", &address),
            ("HERMES_DESKTOP_REMOTE_TOKEN", &token),
        ],
    );
    let (desk, mut tidings) = Desk::open(fixed).await;
    let board = desk.board();
    assert!(board.is_fixed && board.gateways.len() == 1);
    let id = board.current.unwrap();
    stands(&desk, &mut tidings, &id, |state| *state == LineState::Live).await;
    assert!(desk.use_here().await.is_err());
    let refused = desk.nearby().await.unwrap_err();
    assert_eq!(code(&refused), Code::ConnectNotAllowed.as_str());
    let refused = desk
        .give_token(self::token(&gateway, &token))
        .await
        .unwrap_err();
    assert_eq!(code(&refused), Code::ConnectNotAllowed.as_str());
    drop((desk, tidings));
    // One of the two says nothing.
    let mut half = outfit(&home);
    variables(&mut half, &[("HERMES_DESKTOP_REMOTE_URL", &address)]);
    let (desk, _tidings) = Desk::open(half).await;
    assert!(!desk.board().is_fixed && desk.board().gateways.is_empty());
    gateway.end().await;
}

#[tokio::test]
async fn dt7_plain_http_beyond_this_computer_needs_a_yes_and_no_way_is_changed_for_another() {
    let home = TestHome::new();
    let (desk, _tidings) = Desk::open(outfit(&home)).await;
    let asked = |way, agrees_to_plain| SignInStarted {
        address: "http://gateway.example".to_owned(),
        way,
        method: None,
        agrees_to_plain,
    };
    let refused = desk
        .sign_in(asked(SignInWay::Browser, false))
        .await
        .unwrap_err();
    assert_eq!(code(&refused), Code::ConnectNotEncrypted.as_str());
    // The window cannot be opened, and nothing else is tried in its place.
    let failed = desk
        .sign_in(asked(SignInWay::Window, true))
        .await
        .unwrap_err();
    assert_eq!(code(&failed), Code::ConnectNoMethod.as_str());
    assert!(failed.message.contains("there is no screen"), "{failed:?}");
    assert!(desk.board().sign_in.is_none() && desk.board().gateways.is_empty());
    for url in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://evil.test",
        "x",
    ] {
        assert!(desk.open_link(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_window_that_is_closed_early_is_no_sign_in() {
    let home = TestHome::new();
    let windows = Arc::new(Shut(AtomicU32::new(0)));
    let outfit = Outfit {
        windows,
        ..outfit(&home)
    };
    let (desk, _tidings) = Desk::open(outfit).await;
    let asked = SignInStarted {
        address: "https://gateway.example".to_owned(),
        way: SignInWay::Window,
        method: None,
        agrees_to_plain: false,
    };
    let closed = desk.sign_in(asked).await.unwrap_err();
    assert_eq!(code(&closed), Code::ConnectTimedOut.as_str());
    assert!(closed.message.contains("was closed"), "{closed:?}");
    assert!(desk.board().sign_in.is_none() && desk.board().gateways.is_empty());
}

#[tokio::test]
async fn a_damaged_list_is_put_aside_and_told_until_it_was_read() {
    let home = TestHome::new();
    let outfit = outfit(&home);
    std::fs::create_dir_all(outfit.world.home.path()).unwrap();
    let list = outfit.world.home.path().join("gateways.json");
    file::write_private(&list, b"{ half").unwrap();
    let (desk, _tidings) = Desk::open(outfit).await;
    let notes = desk.board().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].text.contains("was damaged"), "{notes:?}");
    desk.note_read(notes[0].id);
    assert!(desk.board().notes.is_empty());
}

#[tokio::test]
async fn what_is_preferred_is_so_the_next_time_and_leaves_the_place_as_it_was() {
    let home = TestHome::new();
    let (desk, tidings) = Desk::open(outfit(&home)).await;
    let preferred = desk.preferences();
    assert!(preferred.notifies && preferred.stays_in_tray);
    assert!(!preferred.opens_at_login && !preferred.has_shortcut);
    desk.use_here().await.unwrap();
    let preferred = AppPreferences {
        notifies: false,
        opens_at_login: true,
        ..preferred
    };
    desk.prefer(preferred).unwrap();
    assert_eq!(desk.board().preferences, preferred);
    assert!(
        desk.begins_in_tray() && !desk.begins_in_tray(),
        "it is said once"
    );
    desk.end().await;
    drop((desk, tidings));
    let (desk, _tidings) = Desk::open(outfit(&home)).await;
    assert_eq!(desk.preferences(), preferred);
    assert!(!desk.begins_in_tray());
    assert_eq!(desk.board().current.as_deref(), Some("here"));
    desk.use_here().await.unwrap();
    desk.end().await;
}
