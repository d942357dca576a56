//! What the README says of the code is what the code says of itself.

use loyalty::{auth::scopes, config::variables};

const README: &str = include_str!("../../README.md");

#[test]
fn the_configuration_table_is_the_code_s() {
    assert!(
        README.contains(&variables::markdown()),
        "README.md, Configuration: put in what `loyalty schema configuration` prints"
    );
}

#[test]
fn the_table_of_who_may_what_is_the_code_s() {
    assert!(
        README.contains(&scopes::markdown()),
        "README.md, Tokens: put in what `loyalty schema access` prints"
    );
}

#[test]
fn every_file_that_is_named_is_there() {
    let named = README.split('`').filter(|text| text.starts_with("src/") || text.starts_with("tests/"));
    let missing: Vec<&str> = named
        .filter(|path| {
            !path.contains(' ') && !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists()
        })
        .collect();
    assert!(missing.is_empty(), "the README names {missing:?}");
}
