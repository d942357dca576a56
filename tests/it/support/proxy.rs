//! A way between a client and a server that breaks when and how a test wants it to.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What only the statement has in it that saves an order, and commits it with what was seen of its member.
pub(crate) const SAVED_ORDER: &str = "unitPrice";

/// When something breaks: as soon as a connection comes to this.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// The client sends a word; nothing of what it sends with it has been passed on.
    Before(&'static str),
    /// The server has done what the client asked for with a word, and its answer has not been passed on.
    After(&'static str),
    /// The client has sent so many bytes more, wherever in a word that is.
    Sent(usize),
    /// The server has answered so many bytes more.
    Answered(usize),
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Break {
    /// Both ends hear of it at once: a reset.
    Cut,
    /// The server is told that the client will say no more, and the client nothing.
    EndToServer,
    /// The client is told that the server will say no more, and the server nothing: to it, the client is there and silent.
    EndToClient,
    /// Nothing is passed on any more, and nobody is told, until [`Proxy::release`].
    Hold,
    /// What is under way comes later.
    Delay(Duration),
}

/// Passes connections on to a server. Breaks one of them for each [`Proxy::break_once`].
pub(crate) struct Proxy {
    port: u16,
    server: String,
    plan: Plan,
}

#[derive(Clone)]
struct Plan {
    next: Arc<Mutex<Option<(Moment, Break)>>>,
    /// How many have come to pass.
    broken: watch::Sender<usize>,
    /// How often what was held has been released.
    released: watch::Sender<usize>,
    /// How many connections there are.
    open: watch::Sender<usize>,
}

impl Proxy {
    /// In front of the server that an address names.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = reqwest::Url::parse(url).unwrap();
        let server = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap());
        let [broken, released, open] = [(); 3].map(|()| watch::Sender::new(0));
        let plan = Plan { next: Arc::default(), broken, released, open };
        let proxy = Self { port, server: server.clone(), plan: plan.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let mut passage = Passage { client, server, plan: plan.clone(), withheld: None };
                plan.open.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    // However it ends is right: ends are what this is about.
                    let _ = passage.carry().await;
                    passage.give_back();
                    passage.plan.open.send_modify(|open| *open -= 1);
                });
            }
        });
        proxy
    }

    /// The same address by way of the proxy.
    pub(crate) fn instead_of(&self, url: &str) -> String {
        assert!(url.contains(&self.server), "{url} is not behind this proxy");
        url.replace(&self.server, &format!("127.0.0.1:{}", self.port))
    }

    /// Breaks the connection that comes to a moment first. Done when it has.
    pub(crate) async fn break_once(&self, moment: Moment, how: Break) {
        let mut broken = self.plan.broken.subscribe();
        let goal = *broken.borrow() + 1;
        *self.plan.next.lock().unwrap() = Some((moment, how));
        broken.wait_for(|broken| *broken == goal).await.unwrap();
    }

    /// Passes on what was held.
    pub(crate) fn release(&self) {
        self.plan.released.send_modify(|released| *released += 1);
    }

    /// Waits until no connection is left. Where the client has died, the server has then done all that was passed on to it.
    pub(crate) async fn ended(&self) {
        self.plan.open.subscribe().wait_for(|open| *open == 0).await.unwrap();
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Toward {
    Server,
    Client,
}

/// A break that is due: after so many bytes of a chunk, or with the answer to it.
enum Due {
    Now { passed: usize, planned: (Moment, Break) },
    WithTheAnswer((Moment, Break)),
}

impl Plan {
    /// What is due now that these bytes have come.
    fn due(&self, toward: Toward, chunk: &[u8]) -> Option<Due> {
        let holds = |word: &str| chunk.windows(word.len()).any(|part| part == word.as_bytes());
        let mut next = self.next.lock().unwrap();
        let (moment, how) = next.as_mut()?;
        let planned = (*moment, *how);
        let due = match (moment, toward) {
            (Moment::Before(word), Toward::Server) if holds(word) => Due::Now { passed: 0, planned },
            (Moment::After(word), Toward::Server) if holds(word) => Due::WithTheAnswer(planned),
            (Moment::Sent(left), Toward::Server) | (Moment::Answered(left), Toward::Client) => {
                if chunk.len() < *left {
                    *left -= chunk.len();
                    return None;
                }
                Due::Now { passed: *left, planned }
            }
            _ => return None,
        };
        *next = None;
        Some(due)
    }
}

/// One connection.
struct Passage {
    client: TcpStream,
    server: TcpStream,
    plan: Plan,
    /// What is due here and has not come to pass yet: it happens instead of the next answer.
    withheld: Option<(Moment, Break)>,
}

const CHUNK: usize = 64 * 1024;

impl Passage {
    async fn carry(&mut self) -> io::Result<()> {
        let (mut asked, mut answered) = (vec![0; CHUNK], vec![0; CHUNK]);
        loop {
            let (toward, chunk) = tokio::select! {
                count = self.client.read(&mut asked) => (Toward::Server, &asked[..count?]),
                count = self.server.read(&mut answered) => (Toward::Client, &answered[..count?]),
            };
            // One end said that this was all: the other hears of it, after everything before it.
            if chunk.is_empty() {
                return self.end(toward).await;
            }
            let due = match self.withheld.take_if(|_| toward == Toward::Client) {
                Some(planned) => Some(Due::Now { passed: 0, planned }),
                None => self.plan.due(toward, chunk),
            };
            match due {
                None => self.pass(toward, chunk).await?,
                Some(Due::WithTheAnswer(planned)) => {
                    self.withheld = Some(planned);
                    self.pass(toward, chunk).await?;
                }
                Some(Due::Now { passed, planned }) => {
                    // An end that has gone already breaks nothing.
                    self.withheld = Some(planned);
                    self.pass(toward, &chunk[..passed]).await?;
                    self.withheld = None;
                    if !self.break_down(planned.1).await? {
                        return Ok(());
                    }
                    self.pass(toward, &chunk[passed..]).await?;
                }
            }
        }
    }

    /// It never came to pass: the moment is another connection's to come to.
    fn give_back(&mut self) {
        if let Some(planned) = self.withheld.take() {
            *self.plan.next.lock().unwrap() = Some(planned);
        }
    }

    async fn pass(&mut self, toward: Toward, bytes: &[u8]) -> io::Result<()> {
        match toward {
            Toward::Server => self.server.write_all(bytes).await,
            Toward::Client => self.client.write_all(bytes).await,
        }
    }

    async fn end(&mut self, toward: Toward) -> io::Result<()> {
        match toward {
            Toward::Server => {
                self.server.shutdown().await?;
                tokio::io::copy(&mut self.server, &mut self.client).await?;
            }
            Toward::Client => {
                self.client.shutdown().await?;
                tokio::io::copy(&mut self.client, &mut self.server).await?;
            }
        }
        Ok(())
    }

    /// Answers whether the connection goes on after it.
    async fn break_down(&mut self, how: Break) -> io::Result<bool> {
        let mut released = self.plan.released.subscribe();
        self.plan.broken.send_modify(|broken| *broken += 1);
        match how {
            Break::Cut => {
                self.client.set_zero_linger()?;
                self.server.set_zero_linger()?;
                Ok(false)
            }
            Break::EndToServer => self.end(Toward::Server).await.map(|()| false),
            Break::EndToClient => {
                self.client.shutdown().await?;
                // Until the server has enough of the silence.
                tokio::io::copy(&mut self.server, &mut tokio::io::sink()).await?;
                Ok(false)
            }
            Break::Hold => {
                // An error would mean that the proxy is gone.
                let _ = released.changed().await;
                Ok(true)
            }
            Break::Delay(time) => {
                tokio::time::sleep(time).await;
                Ok(true)
            }
        }
    }
}
