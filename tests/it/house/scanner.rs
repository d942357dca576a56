//! Reads the paths that a source file names: those of `use` trees, and those written out in code.

use std::fmt;

/// A path and the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("::"))
    }
}

/// Every path that a source names, in order. A path of one segment is none, but for `use` and `extern crate`.
pub(super) fn paths(source: &str) -> Vec<Named> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        let next = tokens.get(i + 1).map_or("", |token| token.text.as_str());
        if token.text == "use" && next != "<" {
            i = tree(&tokens, i + 1, &[], &mut found);
        } else if token.text == "extern" && next == "crate" {
            i = tree(&tokens, i + 2, &[], &mut found);
        } else if token.is_word() && next == "::" {
            i = written_out(&tokens, i, &mut found);
        } else {
            i += 1;
        }
    }
    found
}

/// A path in code. Where it goes on into a turbofish or a macro, what it has named by then is enough.
fn written_out(tokens: &[Token], mut i: usize, found: &mut Vec<Named>) -> usize {
    let mut segments = vec![tokens[i].text.clone()];
    let line = tokens[i].line;
    while tokens.get(i + 1).is_some_and(|token| token.text == "::")
        && let Some(word) = tokens.get(i + 2).filter(|token| token.is_word())
    {
        segments.push(word.text.clone());
        i += 2;
    }
    found.push(Named { line, segments });
    i + 1
}

/// One tree of a `use`: `a::b`, `a::{b, c::d}`, `a::*`, `a as b`. Answers the place after it.
fn tree(tokens: &[Token], mut i: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens.get(i).map_or(0, |token| token.line);
    let mut grouped = false;
    while let Some(token) = tokens.get(i) {
        match token.text.as_str() {
            "::" | "*" => i += 1,
            "as" => i += 2,
            "{" => {
                grouped = true;
                i += 1;
                while tokens.get(i).is_some_and(|token| token.text != "}") {
                    i = tree(tokens, i, &segments, found);
                    i += usize::from(tokens.get(i).is_some_and(|token| token.text == ","));
                }
                i += 1;
            }
            _ if token.is_word() => {
                segments.push(token.text.clone());
                i += 1;
            }
            _ => break,
        }
    }
    if !grouped {
        found.push(Named { line, segments });
    }
    // Whatever stands here, it is passed: a tree that cannot be read must not stop the reading.
    if tokens.get(i).is_some_and(|token| !matches!(token.text.as_str(), "," | "}")) { i + 1 } else { i }
}

struct Token {
    line: usize,
    text: String,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text.starts_with(is_word_start)
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Words, `::`, and single signs. Comments, strings and characters are left out.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => character_or_lifetime(rest),
            _ if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            _ if is_word_start(c) => {
                let end = rest.find(|c: char| !is_word_start(c) && !c.is_numeric()).unwrap_or(rest.len());
                tokens.push(Token { line, text: rest[..end].to_owned() });
                end
            }
            _ if rest.starts_with("::") => {
                tokens.push(Token { line, text: "::".to_owned() });
                2
            }
            _ => {
                if !c.is_whitespace() {
                    tokens.push(Token { line, text: c.to_string() });
                }
                c.len_utf8()
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of `r"..."`, `br#"..."#` and their like.
fn raw_string(text: &str) -> Option<usize> {
    let after =
        text.strip_prefix("br").or_else(|| text.strip_prefix("cr")).or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inside.len();
    Some(inside.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

/// Length of `'a'` or `'\n'`; of a lifetime, the quote alone, so that its name is a word that no path begins with.
fn character_or_lifetime(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => chars.find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::paths;

    #[test]
    fn paths_are_read_as_the_compiler_reads_them() {
        for (text, expected) in [
            ("use a::b;", "1 a::b"),
            ("pub(crate) use a::{self, b::{c, d as e}, f::*};", "1 a::self, 1 a::b::c, 1 a::b::d, 1 a::f"),
            ("use {a::b,\n c};", "1 a::b, 2 c"),
            ("use ::a::b;", "1 a::b"),
            ("use a as b; c::d();", "1 a, 1 c::d"),
            ("extern crate a; fn b() {}", "1 a"),
            ("fn f(a: &'a str) -> b::C<d::E> { g::<h::I>() }", "1 b::C, 1 d::E, 1 g, 1 h::I"),
            ("#[a::b]\nmod c {}", "1 a::b"),
            ("fn f() -> impl A + use<'a> {} b::c", "1 b::c"),
            ("/* a::b /* c::d */ e::f */\n// g::h\ni::j", "3 i::j"),
            (r##"let a = "b::c \" d::e"; let f = r#"g::"h"#; let i = b"j::k"; l::m"##, "1 l::m"),
            (r"let a = ':'; let b = '\''; let c = '\u{3a}'; d::e", "1 d::e"),
            ("let a = \"one\n two\"; b::c", "2 b::c"),
            ("a.b(); c = d; e: f", ""),
        ] {
            let found = paths(text).iter().map(|named| format!("{} {named}", named.line)).collect::<Vec<_>>();
            assert_eq!(found.join(", "), expected, "{text}");
        }
    }
}
