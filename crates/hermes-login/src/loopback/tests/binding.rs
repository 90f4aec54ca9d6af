//! Which sockets there are, and whose.

use super::*;

#[tokio::test]
async fn lb1_only_loopback_is_bound() {
    let rows: [(&str, &[&str]); 4] = [
        ("127.0.0.1", &["127.0.0.1"]),
        ("[::1]", &["::1"]),
        ("::1", &["::1"]),
        ("localhost", &["127.0.0.1", "::1"]),
    ];
    for (host, expected) in rows {
        let listener = Listener::bind(host, PortChoice::Exactly(0)).unwrap();
        let addresses = listener.addresses();
        let hosts: Vec<_> = addresses.iter().map(|at| at.ip().to_string()).collect();
        assert_eq!(hosts, expected, "{host}");
        let ports: BTreeSet<_> = addresses.iter().map(SocketAddr::port).collect();
        assert_eq!(
            ports,
            BTreeSet::from([listener.port()]),
            "one port for both"
        );
        // What a wildcard would accept.
        let other = TcpStream::connect(("127.0.0.2", listener.port())).await;
        assert!(other.is_err(), "{host}");
    }
}

#[tokio::test]
async fn lb2_a_squatter_keeps_its_port_and_is_named() {
    for address in ["127.0.0.1:0", "0.0.0.0:0"] {
        let squatter = TcpListener::bind(address).await.unwrap();
        let port = squatter.local_addr().unwrap().port();
        let Err(BindError::Busy { address, owner }) =
            Listener::bind("127.0.0.1", PortChoice::Exactly(port))
        else {
            panic!("the port was taken from its owner");
        };
        assert_eq!(address, format!("127.0.0.1:{port}"));
        let owner = owner.unwrap();
        assert!(
            owner.contains(&format!("(process {})", std::process::id())),
            "{owner}"
        );
        let bumped = Listener::bind("127.0.0.1", PortChoice::Preferably(port)).unwrap();
        assert_ne!(bumped.port(), port);
    }
    let squatter = TcpListener::bind("[::1]:0").await.unwrap();
    let port = squatter.local_addr().unwrap().port();
    let both = Listener::bind("localhost", PortChoice::Exactly(port));
    assert!(
        matches!(both, Err(BindError::Busy { .. })),
        "half a port is none"
    );
}

#[tokio::test]
async fn lb2_nobody_else_can_listen_meanwhile() {
    let listener = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    for host in ["127.0.0.1", "0.0.0.0"] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.set_reuseport(true).unwrap();
        let address = format!("{host}:{}", listener.port()).parse().unwrap();
        let taken = socket.bind(address).and_then(|()| socket.listen(1));
        assert!(taken.is_err(), "{host}");
    }
}

#[tokio::test]
async fn lb6_a_fixed_port_is_free_again_at_once() {
    let first = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    let port = first.port();
    // We close first, so the connection lingers at our side.
    let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let ours = first.accept().await.unwrap();
    drop(ours);
    drop(client);
    drop(first);
    for _ in 0..3 {
        let again = Listener::bind("127.0.0.1", PortChoice::Exactly(port)).unwrap();
        assert_eq!(again.port(), port);
        let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        drop(again.accept().await.unwrap());
        drop(client);
    }
}
