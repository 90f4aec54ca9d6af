//! TLS of the gateway's own, over real connections and with certificates of an authority of the test.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt as _;
use hermes_testkit::{Authority, Certified};
use rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use super::rig::{LOCAL, PASSWORD, Rig};
use crate::{
    serve::{self, Capacity, Door},
    settings::TlsFiles,
    tls::{Pair, Tls, TlsError},
};

/// The name that the certificate is for.
const NAME: &str = "gw.example.com";

/// Beyond any time that something may take, so that what never happens fails a test.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time for a handshake.
const HEAD: Duration = Duration::from_secs(10);

/// A folder with a certificate and its key.
struct Kept {
    folder: TempDir,
    authority: Authority,
}

impl Kept {
    fn new() -> Self {
        let kept = Self {
            folder: tempfile::tempdir().unwrap(),
            authority: Authority::new(),
        };
        kept.write(&kept.authority.certify(&[NAME]));
        kept
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles {
            cert: self.path("cert.pem"),
            key: self.path("key.pem"),
        }
    }

    fn write(&self, certified: &Certified) {
        write(&self.files().cert, &certified.cert);
        write(&self.files().key, &certified.key);
    }
}

fn write(path: &Path, text: &str) {
    hermes_machine::file::write_private(path, text.as_bytes()).unwrap();
}

/// A gateway that speaks TLS.
struct Listening {
    rig: Rig,
    kept: Kept,
    tls: Arc<Tls>,
    at: SocketAddr,
}

impl Listening {
    async fn new(connections: usize) -> Self {
        let rig = Rig::with(LOCAL).await;
        let hash = rig.hash(PASSWORD).await;
        rig.add_login("owner", "ada", &hash).await;
        rig.gateway.look_for_owner().await.unwrap();
        let kept = Kept::new();
        let tls = Arc::new(Tls::open(kept.files()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let door = Door {
            listener,
            tls: Some(Arc::clone(&tls)),
        };
        let capacity = Capacity {
            connections,
            head_timeout: HEAD,
        };
        tokio::spawn(serve::serve(door, Arc::clone(&rig.gateway), capacity));
        Self { rig, kept, tls, at }
    }

    async fn connect_by(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsStream<TcpStream> {
        let authority = CertificateDer::from_pem_slice(self.kept.authority.pem.as_bytes());
        let mut roots = RootCertStore::empty();
        roots.add(authority.unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(self.at).await.unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        timeout(PATIENCE, connecting).await.unwrap().unwrap()
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        self.connect_by(&[&TLS13]).await
    }

    /// The bytes of the certificate that a client is shown.
    async fn shown(&self) -> Vec<u8> {
        let stream = self.connect().await;
        let shown = stream.get_ref().1.peer_certificates().unwrap();
        shown[0].to_vec()
    }
}

async fn ask(stream: &mut TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
}

fn leaf(certified: &Certified) -> Vec<u8> {
    let der = CertificateDer::from_pem_slice(certified.cert.as_bytes());
    der.unwrap().to_vec()
}

#[tokio::test]
async fn wb5_sc2_over_tls_of_its_own_everything_is_as_behind_a_proxy_with_tls() {
    let gateway = Listening::new(16).await;
    for (version, expected) in [
        (&TLS13, ProtocolVersion::TLSv1_3),
        (&TLS12, ProtocolVersion::TLSv1_2),
    ] {
        let mut stream = gateway.connect_by(&[version]).await;
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(expected));
        assert_eq!(session.alpn_protocol(), Some(b"http/1.1".as_slice()));
        let status = ask(&mut stream, &get("/api/status")).await;
        assert!(status.starts_with("HTTP/1.1 200 "), "{status}");
        assert!(
            status.contains("strict-transport-security: max-age=31536000"),
            "{status}"
        );
    }

    let body = serde_json::json!({
        "provider": "password", "username": "ada", "password": PASSWORD,
    });
    let body = body.to_string();
    let sign_in = format!(
        "POST /auth/password-login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Origin: https://127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len(),
        port = gateway.at.port(),
    );
    let signed_in = ask(&mut gateway.connect().await, &sign_in).await;
    assert!(signed_in.starts_with("HTTP/1.1 200 "), "{signed_in}");
    let cookies: Vec<_> = signed_in
        .lines()
        .filter(|line| line.starts_with("set-cookie: __Host-hermes_session_"))
        .filter(|line| line.contains("; Secure"))
        .collect();
    assert!(cookies.len() >= 2, "{signed_in}");
}

#[tokio::test]
async fn a_socket_knows_its_own_page_by_https() {
    let gateway = Listening::new(16).await;
    for (origin, expected) in [
        (format!("https://{}", gateway.at), (4401, "no credential")),
        (
            format!("http://{}", gateway.at),
            (4403, "origin not allowed"),
        ),
    ] {
        let url = format!("wss://{}/api/ws", gateway.at);
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let stream = gateway.connect().await;
        let upgraded = tokio_tungstenite::client_async(request, stream);
        let (mut socket, _) = timeout(PATIENCE, upgraded).await.unwrap().unwrap();
        let frame = timeout(PATIENCE, socket.next()).await.unwrap();
        let Some(Ok(Message::Close(Some(close)))) = frame else {
            unreachable!("{frame:?}");
        };
        assert_eq!((close.code.into(), close.reason.as_str()), expected);
    }
}

#[tokio::test]
async fn whoever_speaks_plain_http_is_told_so() {
    let gateway = Listening::new(16).await;
    let mut stream = TcpStream::connect(gateway.at).await.unwrap();
    stream
        .write_all(get("/api/status").as_bytes())
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.ends_with("begin the address with https://\n"),
        "{answer}"
    );
    assert!(!answer.contains("auth_required"), "{answer}");
}

#[tokio::test]
async fn ds1_whoever_dawdles_over_a_handshake_keeps_their_own_place_and_nobody_elses() {
    let gateway = Listening::new(2).await;
    let mut first = TcpStream::connect(gateway.at).await.unwrap();
    // The other place is free, and the acceptor takes who comes.
    let status = ask(&mut gateway.connect().await, &get("/api/status")).await;
    assert!(status.starts_with("HTTP/1.1 200 "), "{status}");
    // Both places are taken, by the bytes of half a handshake too.
    let mut second = TcpStream::connect(gateway.at).await.unwrap();
    second.write_all(&[22, 3, 1]).await.unwrap();
    let mut third = TcpStream::connect(gateway.at).await.unwrap();
    third.write_all(get("/").as_bytes()).await.unwrap();
    third.shutdown().await.unwrap();
    let mut byte = [0];
    let waits = timeout(Duration::from_millis(100), third.read(&mut byte)).await;
    assert!(waits.is_err(), "there was a third place");
    // Their time is over, whenever it began.
    let served = async {
        loop {
            gateway.rig.clock.advance(HEAD);
            tokio::select! {
                biased;
                read = third.read(&mut byte) => return read.unwrap(),
                () = tokio::task::yield_now() => {}
            }
        }
    };
    assert_eq!(timeout(PATIENCE, served).await.unwrap(), 1);
    let ended = timeout(PATIENCE, first.read(&mut byte)).await.unwrap();
    assert_eq!(ended.unwrap(), 0);
    // The bytes of the other one that nobody has read make it a reset.
    let ended = timeout(PATIENCE, second.read(&mut byte)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[tokio::test]
async fn new_files_are_shown_and_bad_ones_change_nothing() {
    let gateway = Listening::new(16).await;
    let old = gateway.shown().await;
    let new = gateway.kept.authority.certify(&[NAME]);

    // A certificate is there a moment before its key.
    write(&gateway.kept.files().cert, &new.cert);
    let mismatch = TlsError::Mismatch {
        cert: gateway.kept.files().cert,
        key: gateway.kept.files().key,
    };
    assert_eq!(gateway.tls.look().unwrap_err(), mismatch);
    assert_eq!(gateway.shown().await, old);

    let held = gateway.connect().await;
    write(&gateway.kept.files().key, &new.key);
    // Nobody has to say so: the files are looked at every ten seconds.
    let looked = async {
        while gateway.shown().await == old {
            gateway.rig.clock.advance(Duration::from_secs(10));
        }
    };
    timeout(PATIENCE, looked).await.unwrap();
    assert_eq!(gateway.shown().await, leaf(&new));
    // Whoever was there stays.
    let mut held = held;
    let status = ask(&mut held, &get("/api/status")).await;
    assert!(status.starts_with("HTTP/1.1 200 "), "{status}");

    let same = gateway.tls.look().unwrap();
    assert!(!gateway.tls.show(same));
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let kept = Kept::new();
    let files = kept.files();
    let good = kept.authority.certify(&[NAME]);
    let said = |cert: &str, key: &str| {
        write(&files.cert, cert);
        write(&files.key, key);
        Pair::read(&files).unwrap_err().to_string()
    };
    let (cert, key) = (files.cert.display(), files.key.display());
    let no_certificate = format!("`{cert}` holds no certificate in PEM");
    for wrong in ["", "text", &good.key] {
        assert_eq!(said(wrong, &good.key), no_certificate);
    }
    let rotten = good.cert.replace("MII", "AAA");
    assert_eq!(said(&rotten, &good.key), no_certificate);
    let no_key = format!("`{key}` holds no private key in PEM, or one with a passphrase");
    for wrong in ["", "text", &good.cert] {
        assert_eq!(said(&good.cert, wrong), no_key);
    }
    let other = kept.authority.certify(&[NAME]);
    assert_eq!(
        said(&good.cert, &other.key),
        format!("`{key}` is not the key of the certificate in `{cert}`")
    );
    fs::remove_file(&files.key).unwrap();
    assert_eq!(
        Pair::read(&files).unwrap_err().to_string(),
        format!("`{key}` cannot be read: there is no such file")
    );
}

#[test]
fn what_is_doubtful_is_said() {
    let kept = Kept::new();
    let files = kept.files();
    kept.write(&kept.authority.certify_until(&[NAME], (2030, 6, 20)));
    let pair = Pair::read(&files).unwrap();
    let doubts = |now: &str| pair.doubts(&files, now.parse().unwrap());
    let cert = files.cert.display();
    assert_eq!(doubts("2030-06-01T00:00:00Z"), Vec::<String>::new());
    for (now, trouble) in [
        ("2030-06-10T00:00:00Z", "ends in 10 d, on 2030-06-20"),
        ("2030-06-20T00:00:01Z", "has ended on 2030-06-20"),
        ("2019-12-31T00:00:00Z", "is not valid before 2020-01-01"),
    ] {
        assert_eq!(doubts(now), [format!("the certificate `{cert}` {trouble}")]);
    }

    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o640)).unwrap();
    let open = |files: &TlsFiles| {
        let pair = Pair::read(files).unwrap();
        pair.doubts(files, "2030-06-01T00:00:00Z".parse().unwrap())
    };
    assert_eq!(open(&files), Vec::<String>::new(), "a group may read it");
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
    let key = files.key.display();
    assert_eq!(
        open(&files),
        [format!(
            "everybody on this machine may read `{key}`: chmod o= '{key}'"
        )]
    );
}
