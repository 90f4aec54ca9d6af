//! The table of places.

use super::*;

#[test]
fn every_kind_of_place_is_recognised() {
    use Inside::{Container, Kubernetes, Mosh, Screen, Sudo, Tmux, Wsl};
    use PlaceKind as Kind;
    type Row<'a> = (
        &'a str,
        &'a [(&'a str, &'a str)],
        Machine,
        PlaceKind,
        &'a [Inside],
    );
    let passed = || TmuxVariable::Value("198.51.100.9 1 203.0.113.7 22".to_owned());
    let rows: Vec<Row<'_>> = vec![
        ("bare", &[], machine(), Kind::Headless, &[]),
        ("x11", &[("DISPLAY", ":0")], machine(), Kind::Desktop, &[]),
        (
            "wayland",
            &[("WAYLAND_DISPLAY", "wayland-0")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "empty display",
            &[("DISPLAY", "")],
            machine(),
            Kind::Headless,
            &[],
        ),
        (
            "a browser and no display",
            &[("BROWSER", "firefox")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "another system",
            &[],
            Machine {
                system: Some("macos"),
                ..machine()
            },
            Kind::Desktop,
            &[],
        ),
        ("ssh connection", &[SSH], machine(), Kind::Ssh, &[]),
        (
            "ssh client",
            &[("SSH_CLIENT", "198.51.100.9 50122 22")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "ssh tty",
            &[("SSH_TTY", "/dev/pts/1")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "empty ssh",
            &[("SSH_CLIENT", ""), ("SSH_TTY", ""), ("DISPLAY", ":0")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "garbled ssh",
            &[("SSH_CONNECTION", "not what sshd writes")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "ssh with forwarded x11",
            &[SSH, ("DISPLAY", "localhost:10.0")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "tmux over ssh",
            &[("TMUX", "/tmp/t,1,0"), SSH],
            machine().tmux(passed()),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "tmux that does not answer",
            &[("TMUX", "/tmp/t,1,0"), SSH],
            machine(),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "old pane, attached over ssh since",
            &[("TMUX", "/tmp/t,1,0"), ("DISPLAY", ":0")],
            machine().tmux(passed()),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "pane of an ssh login, attached at the desk since",
            &[("TMUX", "/tmp/t,1,0"), SSH, ("DISPLAY", ":0")],
            machine().tmux(TmuxVariable::Removed),
            Kind::Desktop,
            &[Tmux],
        ),
        (
            "screen over ssh",
            &[("STY", "1.pts"), SSH],
            machine(),
            Kind::Ssh,
            &[Screen],
        ),
        (
            "mosh by its process",
            &[],
            machine().under(&["bash", "mosh-server", "systemd"]),
            Kind::Ssh,
            &[Mosh],
        ),
        (
            "mosh by a variable",
            &[("MOSH_IP", "203.0.113.7")],
            machine(),
            Kind::Ssh,
            &[Mosh],
        ),
        (
            "tmux in mosh",
            &[("TMUX", "/tmp/t,1,0"), ("MOSH_IP", "203.0.113.7")],
            machine(),
            Kind::Ssh,
            &[Tmux, Mosh],
        ),
        (
            "sudo over ssh",
            &[("SUDO_USER", "ada")],
            machine().under(&["sudo", "bash", "sshd", "sshd", "systemd"]),
            Kind::Ssh,
            &[Sudo],
        ),
        (
            "su - over ssh",
            &[],
            machine().under(&["bash", "su", "bash", "sshd-session", "sshd"]),
            Kind::Ssh,
            &[Sudo],
        ),
        (
            "sudo at the desk",
            &[("SUDO_USER", "ada"), ("DISPLAY", ":0")],
            machine().under(&["sudo", "bash", "gnome-terminal-", "systemd"]),
            Kind::Desktop,
            &[Sudo],
        ),
        (
            "sshd among the processes, no variable",
            &[],
            machine().under(&["bash", "sshd", "sshd"]),
            Kind::Ssh,
            &[],
        ),
        (
            "dropbear",
            &[],
            machine().under(&["ash", "dropbear"]),
            Kind::Ssh,
            &[],
        ),
        (
            "a program that is merely called like sshd",
            &[("DISPLAY", ":0")],
            machine().under(&["bash", "sshdfs"]),
            Kind::Desktop,
            &[],
        ),
        (
            "docker",
            &[],
            machine().with("/.dockerenv", ""),
            Kind::Container,
            &[Container],
        ),
        (
            "podman",
            &[],
            machine().with("/run/.containerenv", ""),
            Kind::Container,
            &[Container],
        ),
        (
            "by its control group",
            &[],
            machine().with("/proc/self/cgroup", "3:cpu:/docker/0123\n"),
            Kind::Container,
            &[Container],
        ),
        (
            "the one control group of today's kernels",
            &[("DISPLAY", ":0")],
            machine().with("/proc/self/cgroup", "0::/user.slice\n"),
            Kind::Desktop,
            &[],
        ),
        (
            "by its variable",
            &[("container", "podman")],
            machine(),
            Kind::Container,
            &[Container],
        ),
        (
            "kubernetes",
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
            machine(),
            Kind::Container,
            &[Container, Kubernetes],
        ),
        (
            "ssh in a container",
            &[SSH],
            machine().with("/.dockerenv", ""),
            Kind::Ssh,
            &[Container],
        ),
        (
            "a container with an ssh server of its own",
            &[SSH],
            machine()
                .with("/.dockerenv", "")
                .under(&["bash", "sshd-session", "sshd"]),
            Kind::Ssh,
            &[],
        ),
        (
            "toolbox on a desktop",
            &[("container", "oci"), ("DISPLAY", ":0")],
            machine()
                .with("/run/.containerenv", "")
                .with("/run/.toolboxenv", ""),
            Kind::Desktop,
            &[],
        ),
        (
            "flatpak",
            &[("container", "flatpak"), ("WAYLAND_DISPLAY", "w")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "wsl by the kernel",
            &[],
            machine().with(
                "/proc/version",
                "Linux version 5.15.1-microsoft-standard-WSL2",
            ),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "wsl 1",
            &[],
            machine().with("/proc/version", "Linux version 4.4.0-19041-Microsoft"),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "wsl by its variable",
            &[("WSL_DISTRO_NAME", "Debian"), ("DISPLAY", ":0")],
            machine(),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "ssh into wsl",
            &[("WSL_DISTRO_NAME", "Debian"), SSH],
            machine(),
            Kind::Ssh,
            &[Wsl],
        ),
        (
            "codespaces",
            &[("CODESPACES", "true"), ("CODESPACE_NAME", "fluffy")],
            machine().with("/.dockerenv", ""),
            Kind::BrowserShell("Codespaces"),
            &[Container],
        ),
        (
            "codespaces by name",
            &[("CODESPACE_NAME", "fluffy")],
            machine(),
            Kind::BrowserShell("Codespaces"),
            &[],
        ),
        (
            "cloud shell",
            &[("CLOUD_SHELL", "true"), SSH],
            machine(),
            Kind::BrowserShell("Cloud Shell"),
            &[],
        ),
        (
            "gitpod",
            &[("GITPOD_WORKSPACE_ID", "x")],
            machine(),
            Kind::BrowserShell("Gitpod"),
            &[],
        ),
        (
            "replit",
            &[("REPL_ID", "x")],
            machine(),
            Kind::BrowserShell("Replit"),
            &[],
        ),
        (
            "stackblitz",
            &[("STACKBLITZ", "1")],
            machine(),
            Kind::BrowserShell("StackBlitz"),
            &[],
        ),
    ];
    for (name, variables, machine, kind, inside) in rows {
        let place = place(variables, &machine);
        assert_eq!(place.kind, kind, "{name}: {:?}", place.evidence);
        assert_eq!(place.inside, inside, "{name}");
        assert!(
            !place.evidence.is_empty() || machine.system.is_some(),
            "{name}"
        );
        for Evidence { finding, follows } in &place.evidence {
            assert!(!finding.is_empty() && !follows.is_empty(), "{name}");
        }
        assert_eq!(
            place.is_remote(),
            !matches!(kind, Kind::Desktop | Kind::Wsl),
            "{name}"
        );
        if place.is_remote() {
            assert!(place.graphical_browser.is_err(), "{name}");
        }
    }
}
