use std::{
    fs,
    net::{IpAddr, SocketAddr, TcpListener},
    path::Path,
};

/// The most bytes of a file that are looked at.
const LIMIT: u64 = 1024 * 1024;
/// The most names of a directory that are looked at.
const NAMES: usize = 16 * 1024;

/// What is asked of the machine. Tests answer from tables.
pub trait HostProbe {
    /// The start of a text file, `None` if it cannot be read.
    fn read(&self, path: &str) -> Option<String>;

    /// The names in a directory; none if it cannot be read.
    fn list(&self, path: &str) -> Vec<String>;

    /// Where a symbolic link leads.
    fn link(&self, path: &str) -> Option<String>;

    /// Whether two paths are one place under two names.
    fn is_same_place(&self, one: &Path, other: &Path) -> bool {
        one == other
    }

    /// Whether this machine's loopback has the address.
    fn has_address(&self, address: IpAddr) -> bool;

    /// The effective user's id.
    fn user_id(&self) -> u32;

    /// The id of this process.
    fn process_id(&self) -> u32;
}

/// The machine that the process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemHost;

impl HostProbe for SystemHost {
    fn read(&self, path: &str) -> Option<String> {
        use std::io::Read as _;
        let mut text = Vec::new();
        let file = fs::File::open(path).ok()?;
        file.take(LIMIT).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn list(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(path) else {
            return Vec::new();
        };
        let names = entries.flatten().take(NAMES);
        names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    fn link(&self, path: &str) -> Option<String> {
        let target = fs::read_link(path).ok()?;
        target.to_str().map(str::to_owned)
    }

    fn is_same_place(&self, one: &Path, other: &Path) -> bool {
        let real = |path| fs::canonicalize(path).ok();
        one == other || real(one).is_some_and(|one| Some(one) == real(other))
    }

    fn has_address(&self, address: IpAddr) -> bool {
        TcpListener::bind(SocketAddr::new(address, 0)).is_ok()
    }

    fn user_id(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn process_id(&self) -> u32 {
        std::process::id()
    }
}

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The id.
    pub id: u32,
    /// The home directory.
    pub home: String,
    /// The shell that a login gets.
    pub shell: String,
}

impl Account {
    /// Whether `sudo -i` and `su` get a shell as this user.
    pub fn can_log_in(&self) -> bool {
        let shell = self.shell.rsplit('/').next().unwrap_or_default();
        !matches!(shell, "nologin" | "false" | "true" | "sync")
    }
}

/// The user with this id, by the machine's own list.
pub fn account(probe: &dyn HostProbe, id: u32) -> Option<Account> {
    find(probe, |account| account.id == id)
}

/// The user with this name.
pub fn account_named(probe: &dyn HostProbe, name: &str) -> Option<Account> {
    find(probe, |account| account.name == name)
}

fn find(probe: &dyn HostProbe, wanted: impl Fn(&Account) -> bool) -> Option<Account> {
    let list = probe.read("/etc/passwd")?;
    list.lines().filter_map(parse).find(wanted)
}

fn parse(line: &str) -> Option<Account> {
    let fields: Vec<_> = line.split(':').collect();
    let [name, _, id, _, _, home, shell] = fields.as_slice() else {
        return None;
    };
    Some(Account {
        name: (*name).to_owned(),
        id: id.parse().ok()?,
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
    })
}
