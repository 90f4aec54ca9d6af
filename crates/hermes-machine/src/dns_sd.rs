//! Services on the networks of this machine: telling of one, and hearing of others, by multicast DNS
//! (RFC 6762, RFC 6763).
//!
//! What is heard, anybody on these networks may have said. It is handed on as it came: whoever listens judges
//! it, and bounds how long and how much.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use mdns_sd::{
    DaemonEvent, IfKind, Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo,
};
use thiserror::Error;

use crate::Clock;

/// How long the word that a service is gone may take to be sent.
const GOODBYE: Duration = Duration::from_secs(1);

/// How often whoever tells of a service looks how much it keeps of what others say.
const LOOK: Duration = Duration::from_secs(5);

/// The most records of others that are kept. They bring the time that they are good for with them, so what nobody
/// asked for could stay for years.
const MOST_RECORDS: i64 = 10_000;

/// The most moments at which one of them is looked at again. Each time that it is said adds some.
const MOST_MOMENTS: i64 = 1_000_000;

/// The networks that are told, and heard.
#[derive(Clone, Copy, Debug)]
pub struct Networks(Which);

#[derive(Clone, Copy, Debug)]
enum Which {
    Shared,
    Loopback(u16),
}

/// A service to tell of.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// Its kind and the domain, such as `_http._tcp.local.`.
    pub kind: &'a str,
    /// What it is called. Where another one has that name already, a number is added.
    pub name: &'a str,
    /// The name of its host, which ends with `.local.`.
    pub host: &'a str,
    /// Where it listens. An unspecified address stands for all of this machine.
    pub at: SocketAddr,
    /// What else is said of it.
    pub texts: &'a [(&'a str, &'a str)],
}

/// A service that somebody tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its name with its kind and the domain.
    pub full_name: String,
    /// Where it is said to be.
    pub addresses: Vec<IpAddr>,
    /// Its port.
    pub port: u16,
    /// What else is said of it; the names in lower case.
    pub texts: BTreeMap<String, Vec<u8>>,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A service is there, or is another one than it was.
    There(Heard),
    /// The service of this full name is gone.
    Gone(String),
}

/// What becomes of telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was said under this full name.
    Said(String),
    /// It could not be said, or is said no more.
    Failed(String),
}

/// The networks can be neither told nor heard.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("multicast DNS cannot be used: {0}")]
pub struct DnsSdError(String);

impl From<mdns_sd::Error> for DnsSdError {
    fn from(error: mdns_sd::Error) -> Self {
        Self(error.to_string())
    }
}

impl Networks {
    /// All that this machine shares with others.
    pub const fn shared() -> Self {
        Self(Which::Shared)
    }

    /// Loopback alone, at a port of its own, so that nobody but who knows that one hears anything.
    pub const fn loopback(port: u16) -> Self {
        Self(Which::Loopback(port))
    }

    /// Tells of a service from now on, until that [ends](Told::end) or is dropped.
    ///
    /// # Errors
    ///
    /// If the service cannot be told of, or no thread starts.
    pub fn tell(self, service: &Service<'_>) -> Result<Told, DnsSdError> {
        let Service {
            kind,
            name,
            host,
            at,
            texts,
        } = *service;
        let info = match at.ip() {
            every if every.is_unspecified() => {
                let mut info = ServiceInfo::new(kind, name, host, (), at.port(), texts)?;
                if every.is_ipv4() {
                    info.set_interfaces(vec![IfKind::IPv4]);
                }
                info.enable_addr_auto()
            }
            one => ServiceInfo::new(kind, name, host, one, at.port(), texts)?,
        };
        let daemon = self.daemon()?;
        let events = daemon.0.monitor()?;
        daemon.0.register(info)?;
        Ok(Told { daemon, events })
    }

    /// Asks for services of this kind, and listens until that is dropped.
    ///
    /// # Errors
    ///
    /// If it is no kind, or no thread starts.
    pub fn listen(self, kind: &str) -> Result<Listening, DnsSdError> {
        let daemon = self.daemon()?;
        let events = daemon.0.browse(kind)?;
        Ok(Listening {
            _daemon: daemon,
            events,
        })
    }

    /// Nothing is sent before it is asked for something, and by then it knows which networks these are.
    fn daemon(self) -> Result<Daemon, DnsSdError> {
        match self.0 {
            Which::Shared => {
                let daemon = Daemon(ServiceDaemon::new()?);
                let loopback = vec![IfKind::LoopbackV4, IfKind::LoopbackV6];
                daemon.0.disable_interface(loopback)?;
                Ok(daemon)
            }
            Which::Loopback(port) => {
                let daemon = Daemon(ServiceDaemon::new_with_port(port)?);
                daemon.0.disable_interface(IfKind::All)?;
                daemon.0.enable_interface(IfKind::LoopbackV4)?;
                Ok(daemon)
            }
        }
    }
}

/// The thread that speaks and hears. It ends with this, and what it has told of is taken back.
struct Daemon(ServiceDaemon);

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.shutdown();
    }
}

/// A service that is told of.
pub struct Told {
    daemon: Daemon,
    events: Receiver<DaemonEvent>,
}

impl Told {
    /// What becomes of it next; nothing once it has ended. It is to be asked for as long as the service is told of:
    /// meanwhile it is seen to it that others do not fill the memory, and the service is told of no more before that.
    pub async fn next(&self, clock: &dyn Clock) -> Option<Fate> {
        loop {
            tokio::select! {
                event = self.events.recv_async() => match event.ok()? {
                    DaemonEvent::Announce(full_name, _) => return Some(Fate::Said(full_name)),
                    DaemonEvent::Error(error) => return Some(Fate::Failed(error.to_string())),
                    _ => {}
                },
                () = clock.sleep(LOOK) => if self.is_flooded().await? {
                    self.end(clock).await;
                    return Some(Fate::Failed("more is said around here than can be kept".to_owned()));
                },
            }
        }
    }

    async fn is_flooded(&self) -> Option<bool> {
        let kept = self.daemon.0.get_metrics().ok()?.recv_async().await.ok()?;
        let records = kept.iter().filter(|(name, _)| name.starts_with("cached-"));
        let records: i64 = records.map(|(_, count)| count).sum();
        let moments = kept.get("timer").copied().unwrap_or_default();
        Some(records > MOST_RECORDS || moments > MOST_MOMENTS)
    }

    /// Says that the service is gone, and waits until that is sent, or has taken too long.
    pub async fn end(&self, clock: &dyn Clock) {
        let Ok(over) = self.daemon.0.shutdown() else {
            return;
        };
        tokio::select! {
            _ = over.recv_async() => {}
            () = clock.sleep(GOODBYE) => {}
        }
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

/// Services of one kind, as they are heard of.
pub struct Listening {
    _daemon: Daemon,
    events: Receiver<ServiceEvent>,
}

impl Listening {
    /// What is heard next; nothing once nothing more can be.
    pub async fn next(&self) -> Option<News> {
        loop {
            match self.events.recv_async().await.ok()? {
                ServiceEvent::ServiceResolved(service) => {
                    return Some(News::There(heard(*service)));
                }
                ServiceEvent::ServiceRemoved(_, full_name) => return Some(News::Gone(full_name)),
                _ => {}
            }
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}

fn heard(service: ResolvedService) -> Heard {
    let texts = service.txt_properties.iter().map(|text| {
        let value = text.val().unwrap_or_default();
        (text.key().to_lowercase(), value.to_vec())
    });
    let addresses = service.addresses.iter();
    Heard {
        addresses: addresses.map(mdns_sd::ScopedIp::to_ip_addr).collect(),
        texts: texts.collect(),
        port: service.port,
        full_name: service.fullname,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::*;
    use crate::SystemClock;

    const KIND: &str = "_hermes-test._tcp.local.";

    /// Beyond any time that a machine may take, so that what is never heard fails a test.
    const PATIENCE: Duration = Duration::from_secs(120);

    /// Loopback, at a port that is nobody's.
    fn loopback() -> Networks {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Networks::loopback(socket.local_addr().unwrap().port())
    }

    async fn next(listening: &Listening) -> News {
        let heard = tokio::time::timeout(PATIENCE, listening.next()).await;
        heard.expect("nothing is heard").expect("nobody listens")
    }

    #[tokio::test]
    async fn what_is_told_is_heard_and_its_end_too() {
        let networks = loopback();
        let listening = networks.listen(KIND).unwrap();
        let service = Service {
            kind: KIND,
            name: "build7",
            host: "hermes-build7.local.",
            at: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9119)),
            texts: &[("v", "1"), ("URL", "https://gw.example.com/hermes")],
        };
        let told = networks.tell(&service).unwrap();
        let said = tokio::time::timeout(PATIENCE, told.next(&SystemClock)).await;
        let full_name = format!("build7.{KIND}");
        assert_eq!(said, Ok(Some(Fate::Said(full_name.clone()))));
        let heard = loop {
            // What is told in several messages is heard in several.
            match next(&listening).await {
                News::There(heard) if heard.texts.len() == 2 => break heard,
                News::There(_) => {}
                News::Gone(name) => panic!("{name} is gone"),
            }
        };
        assert_eq!(heard.full_name, full_name);
        assert_eq!(heard.addresses, [IpAddr::from(Ipv4Addr::LOCALHOST)]);
        assert_eq!(heard.port, 9119);
        assert_eq!(heard.texts["v"], b"1");
        assert_eq!(heard.texts["url"], b"https://gw.example.com/hermes");
        told.end(&SystemClock).await;
        loop {
            if let News::Gone(name) = next(&listening).await {
                assert_eq!(name, full_name);
                break;
            }
        }
        assert_eq!(told.next(&SystemClock).await, None, "it has ended");
    }

    /// A clock on which any time passes at once.
    struct Hurried;

    impl Clock for Hurried {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }

        fn sleep(&self, _: Duration) -> crate::BoxFuture<'_, ()> {
            Box::pin(tokio::task::yield_now())
        }
    }

    /// A message in which a hundred hosts say where they are, for as long as can be said.
    fn flood(message: u32) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, 100, 0, 0, 0, 0];
        for host in 0..100 {
            let name = format!("{message:06}{host:02}");
            bytes.push(8);
            bytes.extend(name.bytes());
            bytes.extend(b"\x05local\x00\x00\x01\x00\x01\x7f\xff\xff\xff\x00\x04\x7f\x00\x00\x01");
        }
        bytes
    }

    #[tokio::test]
    async fn who_tells_is_not_made_to_keep_what_others_say() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let Networks(Which::Loopback(port)) = loopback() else {
            unreachable!("it is loopback");
        };
        let service = Service {
            kind: KIND,
            name: "build7",
            host: "hermes-build7.local.",
            at: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9119)),
            texts: &[],
        };
        let told = Networks::loopback(port).tell(&service).unwrap();
        let fated = async {
            loop {
                if let Fate::Failed(why) = told.next(&Hurried).await.expect("it has ended") {
                    break why;
                }
            }
        };
        let flooding = async {
            for message in 0.. {
                // Until it listens nobody is there, which the next message is told.
                let _ = socket.send_to(&flood(message), (Ipv4Addr::LOCALHOST, port));
                tokio::task::yield_now().await;
            }
        };
        let ended = async {
            tokio::select! {
                why = fated => why,
                () = flooding => unreachable!("it goes on"),
            }
        };
        let why = tokio::time::timeout(PATIENCE, ended).await.unwrap();
        assert!(why.contains("more is said"), "{why}");
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_told() {
        let long = "x".repeat(256);
        let service = Service {
            kind: KIND,
            name: "build7",
            host: "hermes-build7.local.",
            at: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9119)),
            texts: &[("url", &long)],
        };
        let refused = loopback().tell(&service).unwrap_err().to_string();
        assert!(refused.contains("255"), "{refused}");
        assert!(loopback().listen("_hermes.example.com.").is_err());
    }
}
