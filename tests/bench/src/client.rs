//! Asks one GraphQL server, for what has to be right rather than fast.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::task::JoinSet;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    pub(crate) fn new(url: String, token: String) -> Self {
        Self { http: reqwest::Client::new(), url, token }
    }

    /// The data of an answer without errors.
    pub(crate) async fn ask(&self, body: &Value) -> Result<Value> {
        let request = self.http.post(&self.url).bearer_auth(&self.token).json(body);
        let answer = request.send().await.with_context(|| format!("asking {}", self.url))?;
        let status = answer.status();
        let answer: Value = answer.json().await.with_context(|| format!("{status} without JSON"))?;
        if !status.is_success() || answer.get("errors").is_some() {
            bail!("{} answered {status}: {answer}", self.url);
        }
        Ok(answer["data"].clone())
    }

    /// Asks everything, so many at a time, each as soon as another is answered. `check` sees every answer.
    pub(crate) async fn ask_all(
        &self,
        at_a_time: usize,
        bodies: impl Iterator<Item = Value>,
        check: impl Fn(&Value) -> Result<()>,
    ) -> Result<()> {
        let mut asking = JoinSet::new();
        for body in bodies {
            if asking.len() == at_a_time
                && let Some(answer) = asking.join_next().await
            {
                check(&answer.context("asking")??)?;
            }
            let client = self.clone();
            asking.spawn(async move { client.ask(&body).await });
        }
        while let Some(answer) = asking.join_next().await {
            check(&answer.context("asking")??)?;
        }
        Ok(())
    }
}
