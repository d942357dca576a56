//! TLS, and certificates of callers. The files are looked at again as long as the process lives: connections that are open
//! stay as they are, new ones are greeted with what the files say now.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject as _},
        },
        server::{VerifierBuilderError, WebPkiClientVerifier},
    },
    server::TlsStream,
};

use super::serve::{Peer, without_delay};
use crate::config::{RouterConfig, TlsFiles};

/// How long a caller may take to be greeted.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Greetings that may be under way. Who comes when there are as many takes the place of whoever has been silent longest, so
/// that callers who say nothing hold up nobody else.
const GREETINGS_MAX: usize = 1_000;
/// Connections that are greeted and wait to be taken.
const WAITING_MAX: usize = 64;

/// Why the files are of no use.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("`{file}` holds no PEM that can be used: {source}")]
    Pem { file: String, source: pem::Error },
    #[error("`{file}` holds no certificate")]
    Empty { file: String },
    #[error("the certificate and the key cannot be used: {0}")]
    Rustls(#[from] tokio_rustls::rustls::Error),
    #[error("the certificates of those who sign callers' cannot be used: {0}")]
    Cas(#[from] VerifierBuilderError),
}

/// What new connections are greeted with.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// None where connections are open to read.
    pub fn start(config: &RouterConfig) -> Result<Option<Self>, TlsError> {
        let Some(files) = &config.tls else { return Ok(None) };
        let tls = Self(Arc::new(RwLock::new(Arc::new(read(files)?))));
        tokio::spawn(tls.clone().follow(files.clone(), config.reload_interval));
        Ok(Some(tls))
    }

    /// Reads the files again where one of them has changed. What cannot be used changes nothing.
    async fn follow(self, files: TlsFiles, interval: Duration) {
        let mut known = contents(&files);
        loop {
            tokio::time::sleep(interval).await;
            let now = contents(&files);
            if now == known {
                continue;
            }
            known = now;
            match read(&files) {
                Ok(config) => {
                    *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                    tracing::info!("the certificates have changed");
                }
                // Files are changed one after another: the next look finds them together.
                Err(error) => tracing::error!(%error, "the certificates stay as they are"),
            }
        }
    }

    fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

/// A few small files: waiting for them costs less than to hand the work over.
fn contents(files: &TlsFiles) -> Vec<Option<Vec<u8>>> {
    let all = [Some(&files.certificate), Some(&files.key), files.client_cas.as_ref()];
    all.into_iter().flatten().map(|file| std::fs::read(file).ok()).collect()
}

fn read(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    // Two providers are built in, for others' sake: this one is meant.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match &files.client_cas {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots.add(certificate)?;
            }
            // Whoever has none is let in, and told no by whatever needs one: probes need none.
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build()?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|source| unusable(&files.key, source))?;
    let mut config = builder.with_single_cert(certificates(&files.certificate)?, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|source| unusable(file, source))?;
    if found.is_empty() { Err(TlsError::Empty { file: file.display().to_string() }) } else { Ok(found) }
}

fn unusable(file: &Path, source: pem::Error) -> TlsError {
    TlsError::Pem { file: file.display().to_string(), source }
}

/// Where connections come in that nobody else reads.
pub(super) struct TlsEntrance {
    greeted: mpsc::Receiver<Greeted>,
    address: SocketAddr,
    greeting: JoinHandle<()>,
}

impl TlsEntrance {
    pub(super) fn new(listener: TcpListener, tls: Tls) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (ready, greeted) = mpsc::channel(WAITING_MAX);
        let greeting = tokio::spawn(greet_all(listener, tls, ready, GREETINGS_MAX));
        Ok(Self { greeted, address, greeting })
    }
}

impl Drop for TlsEntrance {
    fn drop(&mut self) {
        self.greeting.abort();
    }
}

type Greeted = (TlsStream<TcpStream>, Peer);

/// Takes connections, and greets each by itself.
async fn greet_all(mut listener: TcpListener, tls: Tls, ready: mpsc::Sender<Greeted>, most: usize) {
    let mut rows = Rows { most, places: Arc::new(Semaphore::new(most)), silent: VecDeque::new() };
    loop {
        let (stream, address) = Listener::accept(&mut listener).await;
        without_delay(&stream);
        let Some(place) = rows.place().await else { return };
        let leave = rows.enter();
        tokio::spawn(greet(tls.acceptor(), (stream, address), leave, ready.clone(), place));
    }
}

/// Who is being greeted.
struct Rows {
    most: usize,
    places: Arc<Semaphore>,
    /// Who has not been greeted yet, the one that came first at the front. Dropped, it has to leave.
    silent: VecDeque<oneshot::Sender<()>>,
}

impl Rows {
    /// A place for one more.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        // Those that have been greeted, and wait to be taken, stay.
        self.forget();
        drop(self.silent.pop_front());
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Lets one more in, and answers by what it hears that it has to leave.
    fn enter(&mut self) -> oneshot::Receiver<()> {
        if self.silent.len() >= 2 * self.most {
            self.forget();
        }
        let (stay, leave) = oneshot::channel();
        self.silent.push_back(stay);
        leave
    }

    /// Forgets those that are silent no longer.
    fn forget(&mut self) {
        self.silent.retain(|greeting| !greeting.is_closed());
    }
}

/// Greets one, unless it has to leave before.
async fn greet(
    acceptor: TlsAcceptor,
    (stream, address): (TcpStream, SocketAddr),
    mut leave: oneshot::Receiver<()>,
    ready: mpsc::Sender<Greeted>,
    place: OwnedSemaphorePermit,
) {
    let greeting = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream));
    let greeted = tokio::select! {
        greeted = greeting => greeted,
        _ = &mut leave => {
            tracing::debug!("a connection was silent while others came");
            return;
        }
    };
    drop(leave);
    match greeted {
        Ok(Ok(stream)) => {
            let has_certificate = stream.get_ref().1.peer_certificates().is_some();
            // Whoever takes them may have ended.
            let _ = ready.send((stream, Peer { address, has_certificate })).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a connection was not greeted"),
        Err(_) => tracing::debug!("a connection was silent"),
    }
    drop(place);
}

impl Listener for TlsEntrance {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Peer) {
        match self.greeted.recv().await {
            Some(connection) => connection,
            // Nobody listens any more: nothing will come.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { address: self.address, has_certificate: false })
    }
}

impl Connected<IncomingStream<'_, TlsEntrance>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsEntrance>) -> Self {
        *stream.remote_addr()
    }
}

#[cfg(test)]
mod tests;
