use std::path::Path;

/// The state of a socket that waits for connections, in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// Whether some process listens on the port on this machine; `None` where the system does not tell.
pub(super) fn is_listening(port: u16) -> Option<bool> {
    let tables = tables();
    (!tables.is_empty()).then(|| tables.iter().any(|table| !inodes(table, port).is_empty()))
}

/// Who listens on the port, in words; `None` if nobody does or the system does not tell.
pub fn port_owner(port: u16) -> Option<String> {
    match is_listening(port) {
        Some(true) => Some(of(port).unwrap_or_else(|| "a process of another user".to_owned())),
        Some(false) | None => None,
    }
}

/// The process that listens on the port: `` `node` (process 4242) ``. `None` where the system does
/// not tell, or does not tell us.
pub(super) fn of(port: u16) -> Option<String> {
    let sockets: Vec<String> = tables()
        .iter()
        .flat_map(|table| inodes(table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let processes = std::fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let name = entry.file_name();
        let id: u32 = name.to_str()?.parse().ok()?;
        holds(&entry.path(), &sockets).then(|| describe(id, &entry.path()))
    })
}

fn tables() -> Vec<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

/// The inodes of the sockets in the table that listen on the port.
fn inodes(table: &str, port: u16) -> Vec<u64> {
    let suffix = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            let ours = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == LISTENING;
            ours.then(|| fields.get(9)?.parse().ok()).flatten()
        })
        .collect()
}

fn holds(process: &Path, sockets: &[String]) -> bool {
    let Ok(descriptors) = std::fs::read_dir(process.join("fd")) else {
        return false;
    };
    descriptors.flatten().any(|descriptor| {
        std::fs::read_link(descriptor.path())
            .ok()
            .and_then(|target| target.to_str().map(str::to_owned))
            .is_some_and(|target| sockets.contains(&target))
    })
}

fn describe(id: u32, process: &Path) -> String {
    match std::fs::read_to_string(process.join("comm")) {
        Ok(name) => format!("`{}` (process {id})", hermes_secret::plain(&name, 32)),
        Err(_) => format!("process {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:DB39 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
             1: 0100007F:DB39 0100007F:8000 06 00000000:00000000 00:00000000 00000000     0        0 0 3\n\
             2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1\n\
             broken\n";
        assert_eq!(inodes(table, 56121), [4711]);
        assert_eq!(inodes(table, 8080), [4712]);
        assert_eq!(inodes(table, 81), Vec::<u64>::new());
    }

    #[test]
    fn this_process_is_named() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        if is_listening(port) == Some(true) {
            let owner = of(port).unwrap();
            assert!(
                owner.contains(&format!("(process {})", std::process::id())),
                "{owner}"
            );
            drop(socket);
            assert_eq!(of(port), None);
        }
    }
}
