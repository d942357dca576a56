//! What is no token is refused, whatever it is.

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use super::*;

/// Texts that are nearly tokens: parts of real ones, other JSON, and noise.
fn nearly_tokens() -> impl Strategy<Value = String> {
    let good = hs256(SECRET, &json!({}));
    let parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    let json = "[{}\\[\\]\":,a-z0-9]{0,40}".prop_map(|text| URL_SAFE_NO_PAD.encode(text));
    let claims = any::<(i64, String)>().prop_map(|(number, text)| {
        let odd =
            json!({ "exp": number, "sub": text, "kind": [text], "programs": { "a": number }, "aud": number });
        URL_SAFE_NO_PAD.encode(odd.to_string())
    });
    let header = select(vec!["HS256", "none", "RS256", "PS512", ""])
        .prop_map(|algorithm| URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "kid": "rsa" }).to_string()));
    let part = prop_oneof![select(parts), json, claims, header, "\\PC{0,20}", "[A-Za-z0-9_-]{0,60}"];
    vec(part, 0..5).prop_map(|parts| parts.join("."))
}

/// Whatever is sent for a token, it is refused and breaks nothing.
#[test]
fn no_text_but_a_token_passes_for_one() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let guard = runtime.block_on(guard(true, true));
    let good = hs256(SECRET, &json!({}));
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let texts = (select(vec!["Bearer ", "bearer", "", "Bearer\t", "Basic "]), nearly_tokens());
    TestRunner::new(config)
        .run(&texts, |(scheme, text)| {
            let is_good = text == good && scheme == "Bearer ";
            let caller = runtime.block_on(guard.caller(Some(&format!("{scheme}{text}"))));
            prop_assert_eq!(caller.is_ok(), is_good, "{}{}", scheme, text);
            Ok(())
        })
        .unwrap();
}
