//! `loyalty serve`.

use std::{process::ExitCode, sync::Arc};

use tokio::net::TcpListener;

use super::TaskResult;
use crate::{
    app::{App, Opening, door},
    auth::Guard,
    clock::SystemClock,
    config::Config,
    http,
    ids::RandomIds,
    journal::BatchTime,
    telemetry,
};

pub(super) async fn run(config: &Config) -> TaskResult {
    let metrics = telemetry::start_metrics()?;
    tokio::spawn(telemetry::keep_metrics_small(metrics.clone()));
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(RandomIds::default());
    let opening = Opening {
        programs: config.programs.documents()?,
        time: BatchTime::Clock(clock.clone()),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    let listener = TcpListener::bind(config.server.listen)
        .await
        .map_err(|error| format!("LOYALTY_LISTEN={}: {error}", config.server.listen))?;
    let address = listener.local_addr()?;
    let guard = Guard::new(&config.auth, clock.clone()).await?;
    let app = App::start(config, opening).await?;
    let door = door(config, &app, guard, &*ids, move || metrics.render());

    let signal = http::shutdown_signal()?;
    // On standard output, where a supervisor or a test finds it; everything else goes to the log.
    println!("listening on http://{address}");
    tracing::info!(%address, programs = ?app.program_ids(), "serving");
    let clerk = app.watch_clerk();
    let stop = async move {
        tokio::select! {
            () = signal => {}
            () = clerk => tracing::error!("the clerk is gone; stopping"),
        }
    };
    http::serve(listener, http::router(door), stop, config.server.request_timeout).await?;
    app.stop().await?;
    Ok(ExitCode::SUCCESS)
}
