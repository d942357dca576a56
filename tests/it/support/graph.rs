//! Loyalty's neighbours and a real gateway over them: what is built beside loyalty, by `make build`.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use loyalty_servers::{Children, Signal, process};
use tempfile::TempDir;

use super::server::SECRET;

/// The subgraphs that are joined with loyalty, and the variables of their ports.
const NEIGHBOURS: [(&str, &str); 3] =
    [("oms", "OMS_PORT"), ("inventory", "INVENTORY_PORT"), ("crm", "CRM_PORT")];

fn built(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{} is not built: run `make build`", path.display());
    path
}

/// The stack's binary lies beside loyalty's.
pub(crate) fn stack_binary() -> PathBuf {
    built(Path::new(env!("CARGO_BIN_EXE_loyalty")).with_file_name("loyalty-stack"))
}

pub(crate) fn gateway_binary() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    built(root.join("tests/stack/gateway/target/debug/loyalty-gateway"))
}

/// Ports that are free, all at once.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// What a command prints that must succeed.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A schema of loyalty's, composed with its neighbours'.
pub(crate) fn supergraph(loyalty: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut compose = Command::new(gateway_binary());
    compose.arg("compose");
    let mut subgraphs = vec![("loyalty", loyalty.to_owned())];
    subgraphs.extend(
        NEIGHBOURS.map(|(name, _)| (name, printed(Command::new(stack_binary()).args(["schema", name])))),
    );
    for (name, sdl) in subgraphs {
        let file = folder.path().join(name);
        std::fs::write(&file, sdl).unwrap();
        compose.arg("--subgraph").arg(format!("{name}=http://{name}.test/graphql@{}", file.display()));
    }
    printed(&mut compose)
}

/// The neighbours, and a gateway over them and a server of loyalty, with the router's own enforcement as `make run` has it.
/// Dropped, all of them end.
pub(crate) struct Graph {
    children: Children,
    /// Of the gateway.
    pub(crate) address: String,
    _folder: TempDir,
}

impl Graph {
    /// Joined with the server that listens at an address.
    pub(crate) async fn with(loyalty: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut children = Children::new(folder.path().join("logs"));
        let [port, ports @ ..] = free_ports::<4>();
        let mut gateway = process::tied(&gateway_binary(), Signal::SIGTERM, None);
        gateway.arg("serve").args(["--port", &port.to_string()]);
        gateway.arg("--data").arg(folder.path().join("gateway")).env("LOYALTY_AUTH_SECRET", SECRET);
        // The router would listen elsewhere if it saw these.
        gateway.env_remove("HOST").env_remove("PORT");
        gateway.arg("--subgraph").arg(format!("loyalty={loyalty}/graphql"));
        for ((name, variable), port) in NEIGHBOURS.into_iter().zip(ports) {
            let mut command = process::tied(&stack_binary(), Signal::SIGTERM, None);
            command.arg(name).arg("--data").arg(folder.path()).env(variable, port.to_string());
            children.start(name, command).unwrap();
            children.wait_for(name, &format!("http://127.0.0.1:{port}/health")).await.unwrap();
            gateway.arg("--subgraph").arg(format!("{name}=http://127.0.0.1:{port}/graphql"));
        }
        children.start("gateway", gateway).unwrap();
        let address = format!("http://127.0.0.1:{port}");
        children.wait_for("gateway", &format!("{address}/health")).await.unwrap();
        Self { children, address, _folder: folder }
    }

    pub(crate) async fn stop(mut self) {
        self.children.stop().await;
    }
}
