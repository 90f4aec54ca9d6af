use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
};

use hermes_machine::Environment;

use super::{services::served, *};

/// A machine that is a table of files. A value that starts with `->` is a link.
#[derive(Default)]
struct Fake {
    files: BTreeMap<String, String>,
    user: u32,
}

impl HostProbe for Fake {
    fn read(&self, path: &str) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn list(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let inside = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix));
        let mut names: Vec<_> = inside
            .filter_map(|rest| rest.split('/').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }

    fn link(&self, path: &str) -> Option<String> {
        self.files.get(path)?.strip_prefix("->").map(str::to_owned)
    }

    fn has_address(&self, _: IpAddr) -> bool {
        true
    }

    fn user_id(&self) -> u32 {
        self.user
    }

    fn process_id(&self) -> u32 {
        1
    }
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n\
    svc:x:998:998::/srv/svc:/bin/sh\nquiet:x:997:997::/var/lib/quiet:/usr/sbin/nologin\nbroken\n";

impl Fake {
    fn of(user: u32) -> Self {
        let fake = Self {
            user,
            ..Self::default()
        };
        fake.with("/etc/passwd", PASSWD)
    }

    fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn process(self, id: u32, user: u32, line: &[&str], variables: &[&str]) -> Self {
        let fake = self
            .with(
                &format!("/proc/{id}/cmdline"),
                &format!("{}\0", line.join("\0")),
            )
            .with(
                &format!("/proc/{id}/status"),
                &format!("Name:\tx\nUid:\t0\t{user}\t0\t0\nGid:\t0\t0\t0\t0\n"),
            );
        match variables {
            // Another user's variables cannot be read.
            [] => fake,
            _ => fake.with(&format!("/proc/{id}/environ"), &variables.join("\0")),
        }
    }

    fn strangers(&self, home: &str) -> Vec<Service> {
        let environment = Environment::from([("HOME", "/home/ada")]);
        let services = services(self, &environment);
        strangers(self, Path::new(home), services)
    }

    /// The lines that would be said to who signs in to this home.
    fn lines(&self, home: &str) -> Vec<String> {
        let strangers = self.strangers(home);
        let lines = strangers.iter().map(|s| s.command_line(self, "xai-oauth"));
        lines.collect()
    }
}

#[test]
fn gateways_are_told_from_other_commands() {
    let yes: [&[&str]; 14] = [
        &["hermes", "serve"],
        &["/usr/local/bin/hermes", "serve", "--bind", "0.0.0.0:1"],
        &["hermes", "-p", "work", "serve"],
        &["hermes", "--profile=work", "serve"],
        &["hermes", "gateway"],
        &["hermes", "gateway", "run", "--replace"],
        &["/bin/sh", "/opt/hermes", "serve"],
        &[
            "/opt/venv/bin/python3.11",
            "/opt/venv/bin/hermes",
            "gateway",
            "run",
        ],
        &["python", "-u", "-m", "hermes_cli.main", "gateway", "run"],
        &["python3", "-m", "hermes_cli", "-p", "work", "gateway"],
        &["/usr/bin/env", "HERMES_HOME=/x", "hermes", "serve"],
        &["/usr/bin/env", "python3", "/x/hermes", "serve"],
        &["sh", "-c", "hermes serve --quiet"],
        &["bash", "-c", "exec hermes gateway run"],
    ];
    for words in yes {
        assert!(served(words).is_some(), "{words:?}");
    }
    let no: [&[&str]; 12] = [
        &[],
        &["hermes"],
        &["hermes", "auth", "add", "serve"],
        &["hermes", "gateway", "status"],
        &["hermes", "gateway", "stop"],
        &["vim", "hermes", "serve"],
        &["grep", "hermes serve"],
        &["python3", "-m", "http.server", "hermes", "serve"],
        &["python3"],
        &["sh", "-c"],
        &["nothermes", "serve"],
        &["bash", "-c", "echo hermes serve"],
    ];
    for words in no {
        assert_eq!(served(words), None, "{words:?}");
    }
}

#[test]
fn a_gateway_of_another_user_is_named_with_the_line_to_type() {
    let python = [
        "/opt/v/bin/python",
        "-m",
        "hermes_cli.main",
        "gateway",
        "run",
    ];
    let rows: [(&[&str], u32, &[&str], &str); 8] = [
        (
            &["hermes", "serve"],
            998,
            &[],
            "sudo -u svc -i hermes auth add xai-oauth",
        ),
        (
            &["hermes serve"],
            998,
            &[],
            "sudo -u svc -i hermes auth add xai-oauth",
        ),
        (
            &python,
            998,
            &["HOME=/srv/svc"],
            "sudo -u svc -i hermes auth add xai-oauth",
        ),
        (
            &python,
            998,
            &["HERMES_HOME=/srv/h"],
            "sudo -u svc -i env HERMES_HOME=/srv/h hermes auth add xai-oauth",
        ),
        (
            &["hermes", "-p", "work", "serve"],
            998,
            &[],
            "sudo -u svc -i env HERMES_HOME=/srv/svc/.hermes/profiles/work hermes auth add xai-oauth",
        ),
        (
            &["hermes", "serve"],
            997,
            &[],
            "sudo -u quiet -H hermes auth add xai-oauth",
        ),
        (
            &["hermes", "serve"],
            4711,
            &["HERMES_HOME=/srv/it's here"],
            r"sudo -u '#4711' -i env HERMES_HOME='/srv/it'\''s here' hermes auth add xai-oauth",
        ),
        (
            &["hermes", "serve"],
            1000,
            &["HERMES_HOME=/srv/h"],
            "HERMES_HOME=/srv/h hermes auth add xai-oauth",
        ),
    ];
    for (line, user, variables, expected) in rows {
        let fake = Fake::of(1000).process(77, user, line, variables);
        assert_eq!(
            fake.lines("/home/ada/.hermes"),
            [expected],
            "{line:?} {user}"
        );
    }
    let fake = Fake::of(1000).process(77, 998, &["hermes", "serve"], &[]);
    let found = fake.strangers("/home/ada/.hermes");
    assert_eq!(found[0].describe(), "`hermes serve` (process 77)");
    assert_eq!(found[0].home, Some(PathBuf::from("/srv/svc/.hermes")));
}

#[test]
fn a_gateway_that_sees_the_credential_is_nothing_to_speak_of() {
    let own = Fake::of(1000).process(7, 1000, &["hermes", "serve"], &["HOME=/home/ada"]);
    assert_eq!(own.lines("/home/ada/.hermes"), [""; 0]);
    // Somebody else's gateway beside it is their affair.
    let both = own.process(8, 998, &["hermes", "serve"], &[]);
    assert_eq!(both.lines("/home/ada/.hermes"), [""; 0]);
    assert_eq!(both.lines("/home/ada/.hermes/profiles/work").len(), 2);
    assert_eq!(Fake::of(1000).lines("/home/ada/.hermes"), [""; 0]);
    // What this process itself is called does not count.
    let own = Fake::of(1000).process(1, 998, &["hermes", "serve"], &[]);
    assert_eq!(own.lines("/home/ada/.hermes"), [""; 0]);
    // Broken rows of /proc are passed over.
    let broken = Fake::of(1000)
        .with("/proc/5/cmdline", "hermes\0serve\0")
        .with("/proc/6/cmdline", "")
        .with("/proc/7/status", "Uid:\n");
    assert_eq!(broken.lines("/home/ada/.hermes"), [""; 0]);
}

#[test]
fn units_are_read() {
    let unit = |exec: &str, rest: &str| {
        format!("[Unit]\nExecStart=no\n[Service]\n{rest}\nExecStart={exec}\n")
    };
    let sudo = "sudo -u svc -i hermes auth add xai-oauth";
    let rows = [
        (unit("/usr/bin/hermes serve", "User=svc"), sudo),
        (unit("-/usr/bin/hermes serve", "User=998"), sudo),
        (unit("/usr/bin/env hermes \\\n  serve", "User = svc"), sudo),
        (
            unit(
                "/v/bin/python -m hermes_cli.main gateway run --replace",
                "User=svc\nEnvironment=\"PATH=/v/bin:/bin\" \"HERMES_HOME=/srv/h\"",
            ),
            "sudo -u svc -i env HERMES_HOME=/srv/h hermes auth add xai-oauth",
        ),
        (
            unit(
                "/usr/bin/hermes serve",
                "User=svc\nEnvironment=HERMES_HOME=%h/.hermes",
            ),
            sudo,
        ),
        (
            unit("/usr/bin/hermes serve", ""),
            "sudo -u root -i hermes auth add xai-oauth",
        ),
    ];
    for (text, expected) in rows {
        let fake = Fake::of(1000).with("/etc/systemd/system/h.service", &text);
        assert_eq!(fake.lines("/home/ada/.hermes"), [expected], "{text}");
    }
    for text in [
        unit("/usr/bin/hermes auth list", "User=svc"),
        unit("/usr/bin/hermes serve", "User=nobody-has-this"),
        unit("", "ExecStart=/usr/bin/hermes serve"),
        "ExecStart=hermes serve".to_owned(),
        "\0\u{1b}[[".to_owned(),
    ] {
        let fake = Fake::of(1000).with("/etc/systemd/system/h.service", &text);
        assert_eq!(fake.lines("/home/ada/.hermes"), [""; 0], "{text}");
    }
}

#[test]
fn drop_ins_and_masks_of_units_count() {
    let system = "/usr/lib/systemd/system/h.service";
    let fake = Fake::of(1000).with(system, "[Service]\nExecStart=/usr/bin/hermes serve\n");
    let fake = fake.with(&format!("{system}.d/user.conf"), "[Service]\nUser=svc\n");
    let line = "sudo -u svc -i hermes auth add xai-oauth";
    assert_eq!(fake.lines("/home/ada/.hermes"), [line]);
    // A unit of the same name in /etc takes its place.
    let masked = fake.with("/etc/systemd/system/h.service", "");
    assert_eq!(masked.lines("/home/ada/.hermes"), [""; 0]);
    // A unit and the process that it started are one service.
    let twice = Fake::of(1000)
        .with(
            "/etc/systemd/system/h.service",
            "[Service]\nUser=svc\nExecStart=hermes serve\n",
        )
        .process(9, 998, &["hermes", "serve"], &[]);
    assert_eq!(twice.lines("/home/ada/.hermes"), [line]);
    // A unit of one's own runs as oneself.
    let own = Fake::of(1000).with(
        "/home/ada/.config/systemd/user/h.service",
        "[Service]\nExecStart=hermes serve\n",
    );
    assert_eq!(own.lines("/home/ada/.hermes"), [""; 0]);
}

#[test]
fn listeners_have_address_port_and_process() {
    let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
         0: 0100007F:DB39 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
         1: 0100007F:DB39 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 4713 1\n\
         2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1\nbroken\n";
    let tcp6 = "  sl\n   0: 00000000000000000000000001000000:DB3A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1\n";
    let fake = Fake::default()
        .with("/proc/net/tcp", tcp)
        .with("/proc/net/tcp6", tcp6)
        .with("/proc/9/fd/3", "->socket:[4711]")
        .with("/proc/9/fd/4", "->/dev/null")
        .with("/proc/9/comm", "sshd-session\n")
        .with("/proc/12/fd/3", "->socket:[4714]")
        .with("/proc/12/comm", "node\n");
    let found = listeners(&fake);
    let shown: Vec<_> = found
        .iter()
        .map(|l| format!("{} {} {} {}", l.address, l.port, l.owner(), l.is_ssh()))
        .collect();
    assert_eq!(
        shown,
        [
            "127.0.0.1 56121 `sshd-session` (process 9) true",
            "0.0.0.0 22 a process of another user false",
            "::1 56122 `node` (process 12) false",
        ]
    );
}

#[test]
fn the_machine_answers() {
    let probe = SystemHost;
    assert!(probe.read("/no/such/file").is_none());
    assert!(probe.list("/no/such/directory").is_empty());
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let found = listeners(&probe)
        .into_iter()
        .find(|found| found.port == port);
    let (_, id) = found.unwrap().process.unwrap();
    assert_eq!(id, std::process::id());
    assert!(account(&probe, 0).is_some_and(|root| root.name == "root"));
}
