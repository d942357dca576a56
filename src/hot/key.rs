//! Where a member's entry lies in Redis.

use crate::commands::MemberKey;

/// Makes keys under one prefix.
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        let mut escaped = String::with_capacity(prefix.len());
        escape(prefix, &mut escaped);
        Self { prefix: escaped }
    }

    /// Where changes are told: no member's key, for it has no braces.
    pub(super) fn channel(&self) -> String {
        format!("{}:changes", self.prefix)
    }

    /// Where a caller is counted, by the digest of its name.
    pub(super) fn pace(&self, digest: &str) -> String {
        format!("{}:pace:{digest}", self.prefix)
    }

    /// Where a text lies, by its digest.
    pub(super) fn text(&self, digest: &str) -> String {
        format!("{}:text:{digest}", self.prefix)
    }

    /// `<prefix>:{<program>/<customer>}`. The braces are the hash tag: whatever else is kept of a member one day lies on
    /// the same node of a cluster.
    pub(super) fn of(&self, member: &MemberKey) -> String {
        let length = self.prefix.len() + member.program.len() + member.customer.len() + 4;
        let mut key = String::with_capacity(length);
        key.push_str(&self.prefix);
        key.push_str(":{");
        escape(&member.program, &mut key);
        key.push('/');
        escape(&member.customer, &mut key);
        key.push('}');
        key
    }
}

/// Ids come from outside: a brace would end the hash tag early, and a slash make two members one.
fn escape(text: &str, key: &mut String) {
    if !text.contains(['%', '{', '}', '/']) {
        key.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '%' => key.push_str("%25"),
            '{' => key.push_str("%7B"),
            '}' => key.push_str("%7D"),
            '/' => key.push_str("%2F"),
            other => key.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_names_the_member_in_one_hash_tag() {
        let keys = Keys::new("loyalty");
        for (program, customer, expected) in [
            ("classic", "c1", "loyalty:{classic/c1}"),
            ("classic", "", "loyalty:{classic/}"),
            ("a", "b/c", "loyalty:{a/b%2Fc}"),
            ("a/b", "c", "loyalty:{a%2Fb/c}"),
            ("a", "}{", "loyalty:{a/%7D%7B}"),
            ("a", "100%", "loyalty:{a/100%25}"),
        ] {
            assert_eq!(keys.of(&MemberKey::new(program, customer)), expected);
        }
        assert_eq!(Keys::new("{x}").of(&MemberKey::new("a", "b")), "%7Bx%7D:{a/b}");
    }

    proptest! {
        #[test]
        fn two_members_never_share_a_key(a in "[a/{}%]{0,4}", b in "[a/{}%]{0,4}", c in "[a/{}%]{0,4}", d in "[a/{}%]{0,4}") {
            let keys = Keys::new("p");
            let (one, other) = (MemberKey::new(&a, &b), MemberKey::new(&c, &d));
            prop_assert_eq!(one == other, keys.of(&one) == keys.of(&other));
        }
    }
}
