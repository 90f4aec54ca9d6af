use std::{process::Stdio, sync::mpsc, thread, time::Duration};

/// How many ancestors are looked at: enough for any real chain, an end for a strange one.
const ANCESTORS: usize = 64;

/// How long tmux may take to answer.
const TMUX_PATIENCE: Duration = Duration::from_millis(500);

/// What a tmux session knows of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TmuxVariable {
    /// The client that is attached now brought this value.
    Value(String),
    /// The client that is attached now came without it.
    Removed,
    /// tmux does not know it, or did not answer.
    Unknown,
}

/// A process above this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Its id.
    pub id: u32,
    /// Its name, as the kernel has it.
    pub name: String,
}

/// What detection asks of the machine. Tests answer from tables.
pub trait Probe: Send + Sync {
    /// The start of a text file, `None` if it cannot be read.
    fn read(&self, path: &str) -> Option<String>;

    /// Whether there is a file.
    fn exists(&self, path: &str) -> bool;

    /// What `tmux show-environment` says of a variable.
    fn tmux_variable(&self, name: &str) -> TmuxVariable;

    /// The name of the machine.
    fn host_name(&self) -> Option<String>;

    /// The effective user's id.
    fn user_id(&self) -> u32;

    /// The operating system, as `std::env::consts::OS` has it.
    fn system(&self) -> &'static str;

    /// The processes above this one, the nearest first.
    fn ancestors(&self) -> Vec<Ancestor> {
        let mut ancestors = Vec::new();
        let mut next = self
            .read("/proc/self/stat")
            .as_deref()
            .and_then(process)
            .map(|(_, parent)| parent);
        while let Some(id) = next.filter(|id| *id != 0) {
            let stat = self.read(&format!("/proc/{id}/stat"));
            let Some((name, parent)) = stat.as_deref().and_then(process) else {
                break;
            };
            ancestors.push(Ancestor { id, name });
            next = Some(parent).filter(|_| ancestors.len() < ANCESTORS);
        }
        ancestors
    }

    /// A variable of another process, as it was when that started; `None` also where we may not
    /// look.
    fn variable_of(&self, id: u32, name: &str) -> Option<String> {
        let environment = self.read(&format!("/proc/{id}/environ"))?;
        environment.split('\0').find_map(|pair| {
            let (found, value) = pair.split_once('=')?;
            (found == name && !value.is_empty()).then(|| value.to_owned())
        })
    }

    /// The user of an id, by the machine's own list.
    fn user_name(&self, id: u32) -> Option<String> {
        let list = self.read("/etc/passwd")?;
        list.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
        })
    }

    /// The user who logged in, whoever the process has become since.
    fn login_user(&self) -> Option<String> {
        let id: u32 = self.read("/proc/self/loginuid")?.trim().parse().ok()?;
        // The kernel's word for "nobody logged in here".
        if id == u32::MAX {
            return None;
        }
        self.user_name(id)
    }
}

/// Name and parent from a line of `/proc/<id>/stat`. The name stands in parentheses and may hold
/// some itself, so the last one counts.
fn process(stat: &str) -> Option<(String, u32)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let parent = tail.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

/// The machine that the process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemProbe;

impl Probe for SystemProbe {
    fn read(&self, path: &str) -> Option<String> {
        use std::io::Read as _;
        let mut text = Vec::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(64 * 1024).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn exists(&self, path: &str) -> bool {
        std::path::Path::new(path).exists()
    }

    fn tmux_variable(&self, name: &str) -> TmuxVariable {
        let (sender, receiver) = mpsc::channel();
        let mut command = std::process::Command::new("tmux");
        command
            .args(["show-environment", name])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        // On a thread of its own, since a tmux server that hangs must not hang a sign-in.
        let asked = thread::Builder::new().spawn(move || {
            // Nobody listens any more once the patience has ended.
            let _ = sender.send(command.output());
        });
        if asked.is_err() {
            return TmuxVariable::Unknown;
        }
        match receiver.recv_timeout(TMUX_PATIENCE) {
            Ok(Ok(output)) if output.status.success() => {
                tmux_answer(name, &String::from_utf8_lossy(&output.stdout))
            }
            _ => TmuxVariable::Unknown,
        }
    }

    fn host_name(&self) -> Option<String> {
        rustix::system::uname()
            .nodename()
            .to_str()
            .ok()
            .map(str::to_owned)
    }

    fn user_id(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn system(&self) -> &'static str {
        std::env::consts::OS
    }
}

/// Reads `NAME=value`, or `-NAME` for a variable that the attached client does not have.
fn tmux_answer(name: &str, output: &str) -> TmuxVariable {
    let line = output.lines().next().unwrap_or_default();
    match line.split_once('=') {
        Some((found, value)) if found == name => TmuxVariable::Value(value.to_owned()),
        _ if line.strip_prefix('-') == Some(name) => TmuxVariable::Removed,
        _ => TmuxVariable::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_parentheses_are_read_whole() {
        assert_eq!(
            process("17 (sshd) S 1 17 17 0"),
            Some(("sshd".to_owned(), 1))
        );
        assert_eq!(process("9 (a) (b)) S 4 0"), Some(("a) (b)".to_owned(), 4)));
        for broken in ["", "17", "17 (sshd", "17 (sshd) S", "17 (sshd) S x"] {
            assert_eq!(process(broken), None, "{broken}");
        }
    }

    #[test]
    fn tmux_answers_are_told_apart() {
        let name = "SSH_CONNECTION";
        let cases = [
            (
                "SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22\n",
                TmuxVariable::Value("192.0.2.1 1 192.0.2.2 22".to_owned()),
            ),
            ("-SSH_CONNECTION\n", TmuxVariable::Removed),
            ("SSH_CLIENT=1\n", TmuxVariable::Unknown),
            ("", TmuxVariable::Unknown),
        ];
        for (output, expected) in cases {
            assert_eq!(tmux_answer(name, output), expected, "{output}");
        }
    }

    #[test]
    fn the_machine_answers() {
        let probe = SystemProbe;
        assert!(probe.host_name().is_some());
        assert!(probe.read("/no/such/file").is_none());
        if probe.system() == "linux" {
            assert!(!probe.ancestors().is_empty(), "a test has a parent");
        }
    }
}
