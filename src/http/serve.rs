//! Serves until asked to stop, and then lets what is under way finish.

use std::{io, time::Duration};

use axum::{Router, serve::ListenerExt as _};
use tokio::{net::TcpListener, sync::watch};

/// Serves until `shutdown` is done; then takes no new connections and waits at most `grace` for requests under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    let (stop, mut stopped) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping: requests under way are finished");
        stop.send_replace(true);
    };
    // An answer is small and must not wait for more to be sent.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let overdue = async move {
        // An error means that the server is gone, and with it the need to wait.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(signal) => served,
        () = overdue => {
            tracing::warn!("stopped with requests under way");
            Ok(())
        }
    }
}

/// Done when the process is asked to stop: Ctrl-C, or SIGTERM where there is one.
pub async fn shutdown_signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
