//! `loyalty`: serve | migrate | replay | verify | schema | token.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    loyalty::cli::run().await
}
