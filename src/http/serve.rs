//! Serves until asked to stop, and then lets what is under way finish.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::tls::{Tls, TlsEntrance};

/// Who holds the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    /// Whether it has shown a certificate that is trusted.
    pub has_certificate: bool,
}

impl Connected<IncomingStream<'_, Entrance>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Entrance>) -> Self {
        *stream.remote_addr()
    }
}

/// Where connections come in that anybody on the way can read.
struct Entrance(TcpListener);

impl Listener for Entrance {
    type Io = TcpStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (TcpStream, Peer) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        without_delay(&stream);
        (stream, Peer { address, has_certificate: false })
    }

    fn local_addr(&self) -> io::Result<Peer> {
        self.0.local_addr().map(|address| Peer { address, has_certificate: false })
    }
}

/// An answer is small and must not wait for more to be sent.
pub(super) fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
}

/// Serves until `shutdown` is done; then takes no new connections and waits at most `grace` for requests under way.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    match tls {
        None => serve_at(Entrance(listener), router, shutdown, grace).await,
        Some(tls) => serve_at(TlsEntrance::new(listener, tls)?, router, shutdown, grace).await,
    }
}

async fn serve_at<L: Listener<Addr = Peer>>(
    entrance: L,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()>
where
    for<'a> Peer: Connected<IncomingStream<'a, L>>,
{
    let (stop, mut stopped) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping: requests under way are finished");
        stop.send_replace(true);
    };
    let overdue = async move {
        // An error means that the server is gone, and with it the need to wait.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(grace).await;
    };
    // Requests carry where they came from.
    let router = router.into_make_service_with_connect_info::<Peer>();
    tokio::select! {
        served = axum::serve(entrance, router).with_graceful_shutdown(signal) => served,
        () = overdue => {
            tracing::warn!("stopped with requests under way");
            Ok(())
        }
    }
}

/// Hears SIGTERM and SIGINT from now on; the future ends with the first of them. Whoever says that it serves asks for this
/// before: a signal that nobody hears ends the process at once.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot hear signals; stopping");
        }
    })
}
