//! Where a subgraph answers, and what it says its schema is.

use std::{fs, path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// One `--subgraph`: a name, an address, and perhaps a file that holds the SDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subgraph {
    pub name: String,
    pub url: String,
    file: Option<PathBuf>,
}

impl FromStr for Subgraph {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || format!("`{text}` is not name=url or name=url@file");
        let (name, rest) = text.split_once('=').ok_or_else(usage)?;
        let (url, file) = match rest.split_once('@') {
            Some((url, file)) => (url, Some(file)),
            None => (rest, None),
        };
        if name.is_empty() || url.is_empty() || file.is_some_and(str::is_empty) {
            return Err(usage());
        }
        Ok(Self { name: name.to_owned(), url: url.to_owned(), file: file.map(PathBuf::from) })
    }
}

impl Subgraph {
    /// The SDL, from the file where one is named, else from the running subgraph.
    pub async fn sdl(&self) -> Result<String> {
        match &self.file {
            Some(file) => fs::read_to_string(file)
                .with_context(|| format!("reading {}'s SDL from {}", self.name, file.display())),
            None => {
                self.ask().await.with_context(|| format!("asking {} at {} for its SDL", self.name, self.url))
            }
        }
    }

    async fn ask(&self) -> Result<String> {
        let answer: Value = reqwest::Client::new()
            .post(&self.url)
            .json(&json!({ "query": "{ _service { sdl } }" }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        match answer.pointer("/data/_service/sdl").and_then(Value::as_str) {
            Some(sdl) => Ok(sdl.to_owned()),
            None => bail!("it answered {answer}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subgraph_is_a_name_an_address_and_perhaps_a_file() {
        let subgraph = |name: &str, url: &str, file: Option<&str>| {
            Some(Subgraph { name: name.to_owned(), url: url.to_owned(), file: file.map(PathBuf::from) })
        };
        for (text, expected) in [
            ("oms=http://127.0.0.1:4002/graphql", subgraph("oms", "http://127.0.0.1:4002/graphql", None)),
            ("oms=http://h/graphql@a/b.graphql", subgraph("oms", "http://h/graphql", Some("a/b.graphql"))),
            ("http://h/graphql", None),
            ("=http://h/graphql", None),
            ("oms=", None),
            ("oms=http://h/graphql@", None),
        ] {
            assert_eq!(text.parse::<Subgraph>().ok(), expected, "{text}");
        }
    }
}
