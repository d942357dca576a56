//! `loyalty sweep`.

use std::{process::ExitCode, sync::Arc};

use super::TaskResult;
use crate::{
    app::{App, Opening},
    config::Config,
    ids::RandomIds,
    jobs::sweep::sweep,
    journal::BatchTime,
};

pub(super) async fn run(config: &Config) -> TaskResult {
    let ids = Arc::new(RandomIds::default());
    let opening = Opening {
        programs: config.programs.documents()?,
        time: BatchTime::Clock,
        clock: Arc::default(),
        ids,
    };
    let app = App::start(config, opening).await?;
    let swept = sweep(&app.sweeper).await;
    app.stop().await?;
    let swept = swept?;
    println!("{} members settled, {} entries written", swept.members, swept.entries);
    Ok(ExitCode::SUCCESS)
}
