//! Greetings, by callers who say something and by callers who do not.

use tokio::io::AsyncReadExt as _;
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

use super::*;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

fn tls() -> Tls {
    let files =
        TlsFiles { certificate: fixture("server-1.pem"), key: fixture("server-1.key"), client_cas: None };
    Tls(Arc::new(RwLock::new(Arc::new(read(&files).unwrap()))))
}

fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&fixture("root.pem")).unwrap() {
        roots.add(certificate).unwrap();
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth()).into()
}

/// An entrance with so many places.
async fn entrance(most: usize) -> (SocketAddr, mpsc::Receiver<Greeted>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ready, greeted) = mpsc::channel(WAITING_MAX);
    tokio::spawn(greet_all(listener, tls(), ready, most));
    (address, greeted)
}

#[tokio::test]
async fn who_says_nothing_makes_place_for_who_does() {
    let (address, mut greeted) = entrance(2).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    // More than twice as many as there are places, one after another: nobody waits for the silent ones to be given up.
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let greet = async {
        for _ in 0..5 {
            let stream = TcpStream::connect(address).await.unwrap();
            connector().connect(name.clone(), stream).await.unwrap();
            greeted.recv().await.unwrap();
        }
        // Of those who say nothing, only as many as there are places may be left; the first has been sent away.
        assert_eq!(silent[0].read(&mut [0]).await.unwrap_or_default(), 0);
    };
    tokio::time::timeout(HANDSHAKE_TIMEOUT / 2, greet).await.expect("before anybody is given up");
}

/// However many come and go, only those that are there are remembered.
#[tokio::test]
async fn who_has_been_greeted_is_forgotten() {
    let mut rows = Rows { most: 3, places: Arc::new(Semaphore::new(3)), silent: VecDeque::new() };
    let first = rows.enter();
    for _ in 0..100 {
        let place = rows.place().await.unwrap();
        drop((rows.enter(), place));
        assert!(rows.silent.len() <= 2 * rows.most, "{}", rows.silent.len());
    }
    assert!(!rows.silent[0].is_closed(), "the one that has not been greeted is still there");
    drop(first);
}
