use super::*;
use crate::place::SshConnection;

fn remote() -> Place {
    Place {
        kind: PlaceKind::Ssh,
        evidence: Vec::new(),
        user: "ada".to_owned(),
        host: "build7".to_owned(),
        ssh: Some(SshConnection {
            client: None,
            server: "203.0.113.7".parse().ok(),
            port: Some(22),
        }),
        inside: Vec::new(),
        graphical_browser: Err("elsewhere".to_owned()),
    }
}

fn reached_at(server: &str, port: u16) -> Place {
    let ssh = Some(SshConnection {
        client: None,
        server: server.parse().ok(),
        port: Some(port),
    });
    Place { ssh, ..remote() }
}

fn hint(place: &Place, uri: &str) -> Option<TunnelHint> {
    tunnel_hint(place, uri, None, GUIDE_BASE)
}

const XAI: &str = "http://127.0.0.1:56121/callback";

#[test]
fn the_hint_as_it_is_printed() {
    let docs = "https://hermes-agent.nousresearch.com/docs/guides/xai-grok-oauth";
    let docs = Url::parse(docs).unwrap();
    let hint = tunnel_hint(&remote(), XAI, Some(&docs), GUIDE_BASE).unwrap();
    insta::assert_snapshot!(hint.lines.join("\n"), @r"
    ------------------------------------------------------------
    Remote session detected — SSH tunnel required
    Hermes waits on http://127.0.0.1:56121/callback here on build7;
    your browser is elsewhere. On your laptop, in a second terminal:
      ssh -N -L 56121:127.0.0.1:56121 ada@203.0.113.7
    Through a jump box (put its name in place of JUMP):
      ssh -N -L 56121:127.0.0.1:56121 -J JUMP ada@203.0.113.7
    No tunnel? Paste here the address of the page that fails to load.
    Provider docs:      https://hermes-agent.nousresearch.com/docs/guides/xai-grok-oauth
    SSH/jump-box guide: https://hermes-agent.nousresearch.com/docs/guides/oauth-over-ssh
                        (also: hermes guide oauth-over-ssh)
    ------------------------------------------------------------
    ");
}

#[test]
fn the_hint_for_a_private_address_in_mosh_without_a_page() {
    let mut place = reached_at("192.168.1.20", 2222);
    place.inside = vec![Inside::Tmux, Inside::Mosh];
    let base = "https://docs.example.org/hermes/";
    let hint = tunnel_hint(
        &place,
        "http://localhost:43827/spotify/callback",
        None,
        base,
    )
    .unwrap();
    insta::assert_snapshot!(hint.lines.join("\n"), @r"
    ------------------------------------------------------------
    Remote session detected — SSH tunnel required
    Hermes waits on http://localhost:43827/spotify/callback here on build7;
    your browser is elsewhere. On your laptop, in a second terminal:
      ssh -N -L 43827:127.0.0.1:43827 -p 2222 ada@192.168.1.20
      (or the name you used with ssh, in place of 192.168.1.20)
    Through a jump box (put its name in place of JUMP):
      ssh -N -L 43827:127.0.0.1:43827 -J JUMP -p 2222 ada@192.168.1.20
    No tunnel? Paste here the address of the page that fails to load.
    You are in mosh, which carries no tunnel: the command above needs a plain
    ssh session of its own. Your mosh session can stay as it is.
    SSH/jump-box guide: https://docs.example.org/hermes/guides/oauth-over-ssh
                        (also: hermes guide oauth-over-ssh)
    ------------------------------------------------------------
    ");
}

#[test]
fn the_command_fits_the_listener_and_the_host() {
    let nameless = Place {
        ssh: None,
        ..remote()
    };
    let rows = [
        (
            "bumped port",
            remote(),
            "http://127.0.0.1:42739/callback",
            "ssh -N -L 42739:127.0.0.1:42739 ada@203.0.113.7",
        ),
        (
            "localhost",
            remote(),
            "http://localhost:56121/callback",
            "ssh -N -L 56121:127.0.0.1:56121 ada@203.0.113.7",
        ),
        (
            "IPv6 listener",
            remote(),
            "http://[::1]:56121/callback",
            "ssh -N -L 56121:[::1]:56121 ada@203.0.113.7",
        ),
        (
            "IPv6 host",
            reached_at("2001:db8::7", 22),
            XAI,
            "ssh -N -L 56121:127.0.0.1:56121 ada@2001:db8::7",
        ),
        (
            "IPv6 host, other port",
            reached_at("2001:db8::7", 2222),
            XAI,
            "ssh -N -L 56121:127.0.0.1:56121 -p 2222 ada@2001:db8::7",
        ),
        (
            "no address",
            nameless,
            XAI,
            "ssh -N -L 56121:127.0.0.1:56121 ada@build7",
        ),
        (
            "an address of the host's own",
            reached_at("127.0.0.1", 22),
            XAI,
            "ssh -N -L 56121:127.0.0.1:56121 ada@build7",
        ),
        (
            "an address that needs an interface",
            reached_at("fe80::7", 22),
            XAI,
            "ssh -N -L 56121:127.0.0.1:56121 ada@build7",
        ),
        (
            "blanks around",
            remote(),
            "  http://127.0.0.1:56121/callback\n",
            "ssh -N -L 56121:127.0.0.1:56121 ada@203.0.113.7",
        ),
    ];
    for (name, place, uri, expected) in rows {
        let hint = hint(&place, uri).unwrap();
        assert_eq!(hint.command, expected, "{name}");
        assert_eq!(
            hint.jump_command.replace(" -J JUMP", ""),
            expected,
            "{name}"
        );
        assert_eq!(hint.jump_command.matches("JUMP").count(), 1, "{name}");
        for command in [&hint.command, &hint.jump_command] {
            assert!(hint.lines.contains(&format!("  {command}")), "{name}");
        }
    }
}

#[test]
fn other_names_are_offered_where_the_address_is_not_everybodys() {
    let rows = [
        ("203.0.113.7", false),
        ("10.77.2.2", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.1.20", true),
        ("100.64.0.1", true),
        ("100.128.0.1", false),
        ("fd00::7", true),
        ("2001:db8::7", false),
        ("127.0.0.1", true),
    ];
    for (server, expected) in rows {
        let hint = hint(&reached_at(server, 22), XAI).unwrap();
        let said = hint
            .lines
            .iter()
            .any(|line| line.contains("the name you used with ssh"));
        assert_eq!(said, expected, "{server}");
    }
}

#[test]
fn silent_where_there_is_nothing_to_say() {
    for uri in [
        "",
        " ",
        "x",
        "not a url",
        "http://",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:notaport/",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:-1/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.2:56121/callback",
        "http://127.0.0.1.evil.test:56121/callback",
        "http://localhost.evil.test:56121/callback",
        "http://203.0.113.7:56121/callback",
        "http://0.0.0.0:56121/callback",
        "http://[::]:56121/callback",
        "http://[::ffff:127.0.0.1]:56121/callback",
        "http://[::1:56121/callback",
        "https://127.0.0.1:56121/callback",
        "https://console.anthropic.com/oauth/code/callback",
        "ftp://127.0.0.1:56121/callback",
        "127.0.0.1:56121/callback",
        "urn:ietf:wg:oauth:2.0:oob",
        "\u{0}",
    ] {
        assert_eq!(hint(&remote(), uri), None, "{uri:?}");
    }
    for kind in [PlaceKind::Desktop, PlaceKind::Wsl] {
        assert_eq!(hint(&Place { kind, ..remote() }, XAI), None);
    }
}

#[test]
fn in_a_container_the_paste_comes_first() {
    let place = Place {
        kind: PlaceKind::Container,
        ssh: None,
        inside: vec![Inside::Container],
        ..remote()
    };
    insta::assert_snapshot!(hint(&place, XAI).unwrap().lines.join("\n"), @r"
    ------------------------------------------------------------
    Container detected — paste the answer
    Hermes waits on http://127.0.0.1:56121/callback in here, and a tunnel to the container's
    host does not reach that, nor does a published port. Approve in your browser, and
    paste here the address of the page that fails to load.
    If the container shares its host's network, a tunnel to the host works too:
      ssh -N -L 56121:127.0.0.1:56121 ada@build7
    SSH/jump-box guide: https://hermes-agent.nousresearch.com/docs/guides/oauth-over-ssh
                        (also: hermes guide oauth-over-ssh)
    ------------------------------------------------------------
    ");
}

#[test]
fn notes_fit_the_place() {
    let rows: [(PlaceKind, &[Inside], &str); 5] = [
        (PlaceKind::Ssh, &[Inside::Mosh], "mosh carries no tunnel"),
        (PlaceKind::Ssh, &[Inside::Tmux], "You are in tmux or screen"),
        (
            PlaceKind::Ssh,
            &[Inside::Screen],
            "You are in tmux or screen",
        ),
        (PlaceKind::Ssh, &[Inside::Container], "This is a container"),
        (
            PlaceKind::BrowserShell("Replit"),
            &[],
            "A shell in a web page",
        ),
    ];
    for (kind, inside, expected) in rows {
        let place = Place {
            kind,
            inside: inside.to_vec(),
            ..remote()
        };
        let text = hint(&place, XAI).unwrap().lines.join("\n");
        let text = text.replace("mosh, which carries", "mosh carries");
        assert!(text.contains(expected), "{text}");
    }
    let text = hint(&remote(), XAI).unwrap().lines.join("\n");
    assert!(
        !text.contains("mosh") && !text.contains("container"),
        "{text}"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(uri in ".*", base in ".*") {
        let _ = tunnel_hint(&remote(), &uri, None, &base);
    }

    #[test]
    fn the_port_is_always_the_one_of_the_listener(port in 1u16..) {
        // Port 80 is http's own and disappears from the URL; nobody listens there for this.
        proptest::prop_assume!(port != 80);
        let hint = hint(&remote(), &format!("http://127.0.0.1:{port}/callback")).unwrap();
        let forward = format!(" {port}:127.0.0.1:{port} ");
        proptest::prop_assert!(hint.command.contains(&forward));
    }
}
