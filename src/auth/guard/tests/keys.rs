//! The provider's keys, as they come and go.

use std::sync::atomic::{AtomicUsize, Ordering};

use pretty_assertions::assert_eq;

use super::*;

/// A provider that can be away and can change its keys; it counts how often it is asked.
#[derive(Default)]
struct Provider {
    asked: AtomicUsize,
    keys: Mutex<Option<&'static str>>,
}

impl Provider {
    async fn guard(self: &Arc<Self>, clock: &Arc<HandClock>) -> Guard {
        let provider = self.clone();
        let fetch: jwks::Fetch = Box::new(move || {
            provider.asked.fetch_add(1, Ordering::SeqCst);
            let keys = *provider.keys.lock().unwrap();
            Box::pin(async move { keys.map(str::to_owned).ok_or(std::io::Error::other("away").into()) })
        });
        let jwks = Jwks::new(fetch, clock.clone()).await;
        Guard::with(&config(false, None), Some(jwks), clock.clone()).unwrap()
    }

    fn serve(&self, keys: Option<&'static str>) {
        *self.keys.lock().unwrap() = keys;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_once_a_minute() {
    let (provider, clock) = (Arc::new(Provider::default()), Arc::new(HandClock(Mutex::new(now()))));
    let guard = provider.guard(&clock).await;
    let token = sign(Algorithm::RS256, Some("rsa"), &EncodingKey::from_rsa_pem(RSA).unwrap(), &{
        claims(&json!({ "exp": now().timestamp() + 86_400 }))
    });
    assert_eq!(provider.asked(), 1, "at the start, which does not fail");

    provider.serve(Some(JWKS));
    clock.forward(59);
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey));
    assert_eq!(provider.asked(), 1);
    clock.forward(1);
    assert_eq!(refused(&guard, &token).await, None);
    assert_eq!(provider.asked(), 2);

    for _ in 0..5 {
        assert_eq!(refused(&guard, &rs256(Some("made-up"))).await, Some(Refused::UnknownKey));
    }
    assert_eq!(provider.asked(), 2, "made-up names do not reach the provider");
}

#[tokio::test]
async fn a_withdrawn_key_is_forgotten_and_a_provider_that_is_away_forgets_none() {
    let (provider, clock) = (Arc::new(Provider::default()), Arc::new(HandClock(Mutex::new(now()))));
    provider.serve(Some(JWKS));
    let guard = provider.guard(&clock).await;
    let token = sign(Algorithm::RS256, Some("rsa"), &EncodingKey::from_rsa_pem(RSA).unwrap(), &{
        claims(&json!({ "exp": now().timestamp() + 86_400 }))
    });
    assert_eq!(refused(&guard, &token).await, None);

    provider.serve(None);
    clock.forward(15 * 60);
    assert_eq!(refused(&guard, &token).await, None, "the provider is away: what was known holds");
    provider.serve(Some(r#"{ "keys": [] }"#));
    clock.forward(60);
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey), "withdrawn");
}

#[tokio::test]
async fn a_token_is_remembered_until_the_keys_change() {
    let (provider, clock) = (Arc::new(Provider::default()), Arc::new(HandClock(Mutex::new(now()))));
    provider.serve(Some(JWKS));
    let guard = provider.guard(&clock).await;
    let token = sign(Algorithm::RS256, Some("rsa"), &EncodingKey::from_rsa_pem(RSA).unwrap(), &{
        claims(&json!({ "exp": now().timestamp() + 300 }))
    });
    assert_eq!(refused(&guard, &token).await, None);
    let digest: [u8; 32] = Sha256::digest(&token).into();
    let checked = guard.0.remembered.get(&digest).unwrap();
    clock.forward(60);
    assert_eq!(refused(&guard, &token).await, None);
    let remembered = guard.0.remembered.get(&digest).unwrap();
    assert!(Arc::ptr_eq(&checked.verified, &remembered.verified), "it was not checked again");

    // The provider has withdrawn the key; a token of a key that nobody knows makes us look.
    provider.serve(Some(r#"{ "keys": [] }"#));
    assert_eq!(refused(&guard, &rs256(Some("new"))).await, Some(Refused::UnknownKey));
    assert_eq!(provider.asked(), 2);
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey), "at once, long before it ends");
}
