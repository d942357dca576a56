//! The words of a document, counted without parsing it (GraphQL specification, 2.1.6).

/// How many lexical tokens a text has. Whatever is no token counts as one: the parser says what is wrong with it.
pub(super) fn count(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (mut place, mut tokens) = (0, 0);
    while let Some(&byte) = bytes.get(place) {
        let rest = &bytes[place..];
        let (length, is_token) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => (1, false),
            b'#' => (run(rest, |byte| !matches!(byte, b'\n' | b'\r')), false),
            // The mark of the byte order.
            0xEF if rest.starts_with(&[0xEF, 0xBB, 0xBF]) => (3, false),
            b'"' => (string(rest), true),
            b'.' => (run(rest, |byte| byte == b'.').min(3), true),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (run(rest, is_of_name), true),
            b'-' | b'0'..=b'9' => (1 + run(&rest[1..], is_of_number), true),
            _ => (1, true),
        };
        tokens += u64::from(is_token);
        place += length;
    }
    tokens
}

fn is_of_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'+' | b'-' | b'.') || byte.is_ascii_alphanumeric()
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

/// The length of a text in quotes. One that does not end is as long as its line, or, with three quotes, as the rest.
fn string(bytes: &[u8]) -> usize {
    const BLOCK: &[u8] = b"\"\"\"";
    /// The one escape that a text in three quotes has: a backslash alone is a character.
    const ESCAPED_BLOCK: &[u8] = b"\\\"\"\"";
    let is_block = bytes.starts_with(BLOCK);
    let mut place = if is_block { BLOCK.len() } else { 1 };
    while let Some(&byte) = bytes.get(place) {
        match byte {
            b'\\' if is_block && bytes[place..].starts_with(ESCAPED_BLOCK) => place += ESCAPED_BLOCK.len(),
            b'\\' if !is_block => place += 2,
            b'"' if !is_block => return place + 1,
            b'"' if bytes[place..].starts_with(BLOCK) => return place + BLOCK.len(),
            b'\n' | b'\r' if !is_block => return place,
            _ => place += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_are_what_the_specification_counts() {
        for (text, expected) in [
            ("", 0),
            (" ,\n\t\u{feff}# a { comment }\n", 0),
            ("{ a }", 3),
            ("query Q($n: Int! = -1.5e+3) { a(b: $n, c: [\"x, {y}\" 2]) @skip(if: true) { ...F } }", 37),
            ("\"\"\"a \" b \\\"\"\" c\"\"\" d", 2),
            ("\"\"\"\\\\\"\"\" \"\"\" a a a a", 5),
            ("\"\"\"\\\"\"\" a\\\"\"\"", 1),
            ("\"\"\"\\ \"\"\" a a", 3),
            ("\"a \\\" b\" c", 2),
            ("\"never ends\n a", 2),
            ("\"\"\"never ends a", 1),
            ("...F . ....", 5),
            ("é", 2),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_counted_and_never_has_more_tokens_than_bytes(text in "\\PC{0,64}|[\"\\\\\n{}.a1 #-]{0,32}") {
            prop_assert!(count(&text) <= text.len() as u64);
        }
    }
}
