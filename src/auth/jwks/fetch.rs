//! How keys are fetched from where they are.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::config::JwksSource;

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Gets the text of a JWKS.
pub(in crate::auth) type Fetch =
    Box<dyn Fn() -> BoxFuture<'static, Result<String, FetchError>> + Send + Sync>;

/// Why a JWKS could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the file cannot be read")]
    File(#[from] std::io::Error),
    #[error("the provider did not answer with keys")]
    Http(#[source] reqwest::Error),
    #[error("the answer is no JWKS")]
    Json(#[from] serde_json::Error),
}

/// An address may hold a password: errors do not repeat it.
impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}

pub(in crate::auth) fn from(source: &JwksSource) -> Fetch {
    match source.clone() {
        JwksSource::File(path) => Box::new(move || {
            // Small, local, and at most once a minute: not worth a thread of its own.
            let text = std::fs::read_to_string(&path).map_err(FetchError::from);
            Box::pin(std::future::ready(text))
        }),
        JwksSource::Url(url) => {
            let client = reqwest::Client::new();
            Box::new(move || Box::pin(get(client.clone(), url.expose().to_owned())))
        }
    }
}

async fn get(client: reqwest::Client, url: String) -> Result<String, FetchError> {
    let response = client.get(url).timeout(FETCH_TIMEOUT).send().await?;
    Ok(response.error_for_status()?.text().await?)
}
