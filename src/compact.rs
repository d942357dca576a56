//! Plain values in few bytes: fields by their places, numbers in as many bytes as they need, texts and lists behind their
//! lengths. What is written has no version of its own: whoever keeps it beyond one release names its form.

use uuid::Uuid;

use crate::clock::Instant;

/// Bits of a number that one byte holds; the eighth says whether there is another byte.
const BITS: u32 = 7;

/// Writes values behind what is there already.
pub(crate) struct Writer<'a>(pub &'a mut Vec<u8>);

impl Writer<'_> {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn truth(&mut self, truth: bool) {
        self.byte(u8::from(truth));
    }

    pub(crate) fn id(&mut self, id: Uuid) {
        self.bytes(id.as_bytes());
    }

    /// The nearer to zero, the shorter.
    pub(crate) fn number(&mut self, number: i64) {
        self.unsigned(((number << 1) ^ (number >> (i64::BITS - 1))).cast_unsigned());
    }

    pub(crate) fn instant(&mut self, at: Instant) {
        self.bytes(&at.timestamp_micros().to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.truth(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.unsigned(items.len() as u64);
        items.for_each(|item| write(self, item));
    }

    fn unsigned(&mut self, mut number: u64) {
        loop {
            let low = number.to_le_bytes()[0] & 0x7F;
            number >>= BITS;
            if number == 0 {
                return self.byte(low);
            }
            self.byte(low | 0x80);
        }
    }
}

/// What has not been read yet. Whatever cannot be read is None.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    pub(crate) fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn id(&mut self) -> Option<Uuid> {
        self.bytes().map(Uuid::from_bytes)
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        let coded = self.unsigned()?;
        Some((coded >> 1).cast_signed() ^ -(coded & 1).cast_signed())
    }

    pub(crate) fn instant(&mut self) -> Option<Instant> {
        Instant::from_timestamp_micros(i64::from_le_bytes(self.bytes()?))
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "the one is whether it can be read, the other whether there is one"
    )]
    pub(crate) fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.truth()? { read(self).map(Some) } else { Some(None) }
    }

    pub(crate) fn list<T, C: FromIterator<T>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<C> {
        (0..self.unsigned()?).map(|_| read(self)).collect()
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for place in (0..u64::BITS).step_by(BITS as usize) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7F);
            number |= part << place;
            if byte & 0x80 == 0 {
                // No bit may fall off the end.
                return (part << place >> place == part).then_some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut Writer(&mut bytes));
        bytes
    }

    #[test]
    fn numbers_are_as_long_as_they_need() {
        for (number, length) in [(0, 1), (-1, 1), (63, 1), (64, 2), (-65, 2), (8_191, 2), (8_192, 3)] {
            assert_eq!(written(|to| to.number(number)).len(), length, "{number}");
        }
        for number in [i64::MIN, i64::MIN + 1, i64::MAX] {
            let bytes = written(|to| to.number(number));
            assert_eq!((bytes.len(), Reader(&bytes).number()), (10, Some(number)));
        }
    }

    #[test]
    fn a_number_beyond_all_numbers_is_none() {
        let mut bytes = vec![0xFF; 9];
        assert_eq!(Reader(&bytes).unsigned(), None);
        bytes.push(1);
        assert_eq!(Reader(&bytes).unsigned(), Some(u64::MAX));
        bytes[9] = 2;
        assert_eq!(Reader(&bytes).unsigned(), None);
        bytes[9] = 0x81;
        bytes.push(0);
        assert_eq!(Reader(&bytes).unsigned(), None);
    }

    proptest! {
        #[test]
        fn numbers_and_texts_read_back(numbers: Vec<i64>, text: String, maybe: Option<String>) {
            let bytes = written(|to| {
                to.list(numbers.iter(), |to, number| to.number(*number));
                to.text(&text);
                to.optional(maybe.as_deref(), Writer::text);
            });
            let mut from = Reader(&bytes);
            prop_assert_eq!(from.list::<_, Vec<i64>>(Reader::number), Some(numbers));
            prop_assert_eq!(from.text(), Some(&*text));
            prop_assert_eq!(from.optional(Reader::text), Some(maybe.as_deref()));
            prop_assert!(from.is_empty());
        }
    }
}
