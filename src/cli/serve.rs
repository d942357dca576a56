//! `loyalty serve`.

use std::{process::ExitCode, sync::Arc};

use tokio::net::TcpListener;

use super::TaskResult;
use crate::{
    app::{App, Opening, door},
    auth::Guard,
    config::Config,
    http::{self, Tls},
    ids::RandomIds,
    journal::BatchTime,
    telemetry,
};

pub(super) async fn run(config: &Config) -> TaskResult {
    let metrics = telemetry::start_metrics()?;
    tokio::spawn(telemetry::keep_metrics_small(metrics.clone()));
    let ids = Arc::new(RandomIds::default());
    let opening = Opening {
        programs: config.programs.documents()?,
        time: BatchTime::Clock,
        clock: Arc::default(),
        ids: ids.clone(),
    };
    let tls = Tls::start(&config.router).map_err(|error| format!("LOYALTY_TLS_CERTIFICATE: {error}"))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = TcpListener::bind(config.server.listen)
        .await
        .map_err(|error| format!("LOYALTY_LISTEN={}: {error}", config.server.listen))?;
    let address = listener.local_addr()?;
    let mut app = App::start(config, opening).await?;
    if let Some(interval) = config.jobs.sweep_interval {
        app.sweep_regularly(interval);
    }
    let guard = Guard::new(&config.auth, app.services.clock.clone()).await?;
    let door = door(config, &app, guard, &*ids, move || metrics.render())?;

    let signal = http::shutdown_signal()?;
    // On standard output, where a supervisor or a test finds it; everything else goes to the log.
    println!("listening on {scheme}://{address}");
    tracing::info!(%address, programs = ?app.program_ids(), "serving");
    let clerk = app.watch_clerk();
    let stop = async move {
        tokio::select! {
            () = signal => {}
            () = clerk => tracing::error!("the clerk is gone; stopping"),
        }
    };
    http::serve(listener, tls, http::router(door), stop, config.server.request_timeout).await?;
    app.stop().await?;
    Ok(ExitCode::SUCCESS)
}
