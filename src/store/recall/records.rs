//! Bytes by name, in so much memory and not more: records one behind the other in segments that are cleaned in turn, as a
//! log-structured store has them.
//!
//! A cache that keeps each value where the allocator has room for it leaves holes: what stays for long lies between what
//! was needed for a moment, and no page that holds some of both is ever given back. The holes were more than the values.

use hashbrown::HashTable;

/// Bytes of a segment: few enough to be cleaned between two batches without being felt.
const SEGMENT: usize = 1 << 16;
/// As many as a place can name: four gibibytes.
const SEGMENTS_MAX: usize = 1 << 16;
/// What may be left in a segment when it has been cleaned.
const LIVE_MAX: usize = SEGMENT / 8 * 7;
/// What the segments hold on the average before there is one more of them.
const LIVE_BEFORE_GROWTH: usize = SEGMENT / 4 * 3;
/// No record may fill a segment alone: where one has been cleaned there is room for any.
const RECORD_MAX: usize = SEGMENT - LIVE_MAX;
/// What a record takes at least, so that there are no more places than memory was counted for.
const RECORD_MIN: usize = 96;
/// Memory of a segment's places: a table of five bytes for each, of which less than a quarter may be in use when it has grown.
const PLACES: usize = SEGMENT / 4;
/// A record's name and length come before it.
const HEADER: usize = NAME + 2;
const NAME: usize = 8;

/// Where a record begins: its segment, and how far in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    segment: u16,
    at: u16,
}

#[derive(Default)]
pub(super) struct Records {
    places: HashTable<Place>,
    segments: Vec<Segment>,
    segments_max: usize,
    /// The segment that is written to.
    active: usize,
    /// How often another segment was gone on to.
    turns: u64,
    /// Bytes of all records.
    live: usize,
}

struct Segment {
    bytes: Box<[u8]>,
    end: usize,
    /// Bytes of the records that have not been taken out.
    live: usize,
    /// The turn in which it was written to last.
    turn: u64,
}

impl Records {
    /// None where there is not even room for one segment.
    pub(super) fn new(bytes_max: u64) -> Option<Self> {
        let segments_max = usize::try_from(bytes_max).unwrap_or(usize::MAX) / (SEGMENT + PLACES);
        let segments_max = segments_max.min(SEGMENTS_MAX);
        (segments_max > 0).then(|| Self { segments_max, ..Self::default() })
    }

    /// Takes a record out, which is there to be read until another is put in.
    pub(super) fn take(&mut self, name: u64) -> Option<&[u8]> {
        let segments = &self.segments;
        let found = self.places.find_entry(name, |place| name_at(segments, *place) == name).ok()?;
        let (place, _) = found.remove();
        let length = length(record(segments, place));
        self.live -= length;
        self.segments[usize::from(place.segment)].live -= length;
        Some(record(&self.segments, place))
    }

    /// Puts a record in, instead of the one of its name. Where there is no room others go: those of the segment that was
    /// written to longest ago.
    pub(super) fn put(&mut self, name: u64, bytes: &[u8]) {
        self.take(name);
        let length = length(bytes);
        let Some(written) = u16::try_from(bytes.len()).ok().filter(|_| length <= RECORD_MAX) else { return };
        while self.segments.get(self.active).is_none_or(|active| active.end + length > SEGMENT) {
            self.next_segment();
        }
        let active = &mut self.segments[self.active];
        let place = Place::new(self.active, active.end);
        let mut at = active.end;
        for part in [&name.to_le_bytes()[..], &written.to_le_bytes(), bytes] {
            active.bytes[at..][..part.len()].copy_from_slice(part);
            at += part.len();
        }
        active.end += length;
        active.live += length;
        self.live += length;
        let segments = &self.segments;
        self.places.insert_unique(name, place, |place| name_at(segments, *place));
    }

    pub(super) fn clear(&mut self) {
        *self = Self { segments_max: self.segments_max, ..Self::default() };
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Memory of the records and of their places.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.segments.len() * SEGMENT + self.places.allocation_size()
    }

    /// Goes on to a segment with room: one that is cleaned, or a new one where little could be cleaned away. Where all are full
    /// of records, those go that nobody has put in again for longest: whoever is not worked on makes room for who is.
    fn next_segment(&mut self) {
        let count = self.segments.len();
        let roomy = self.oldest(|segment| segment.live <= LIVE_MAX);
        let is_full = roomy.is_none() || self.live > count * LIVE_BEFORE_GROWTH;
        if is_full && count < self.segments_max {
            self.active = count;
            self.segments.push(Segment { bytes: vec![0; SEGMENT].into(), end: 0, live: 0, turn: 0 });
        } else {
            self.active = roomy.unwrap_or_else(|| self.empty_oldest());
            self.clean(self.active);
        }
        self.turns += 1;
        self.segments[self.active].turn = self.turns;
    }

    /// Of such segments the one that was written to longest ago.
    fn oldest(&self, is_such: impl Fn(&Segment) -> bool) -> Option<usize> {
        let such = self.segments.iter().enumerate().filter(|(_, segment)| is_such(segment));
        such.min_by_key(|(_, segment)| segment.turn).map(|(number, _)| number)
    }

    /// Takes all records out of the segment that was written to longest ago.
    fn empty_oldest(&mut self) -> usize {
        let oldest = self.oldest(|_| true).expect("there is one that is full");
        for (name, at, _) in self.live_in(oldest) {
            let place = Place::new(oldest, at);
            if let Ok(found) = self.places.find_entry(name, |other| *other == place) {
                found.remove();
            }
        }
        let segment = &mut self.segments[oldest];
        self.live -= segment.live;
        (segment.live, segment.end) = (0, 0);
        oldest
    }

    /// Moves a segment's records together, without those that have been taken out.
    fn clean(&mut self, segment: usize) {
        let mut end = 0;
        for (name, from, length) in self.live_in(segment) {
            let (before, after) = (Place::new(segment, from), Place::new(segment, end));
            let Some(place) = self.places.find_mut(name, |other| *other == before) else { continue };
            *place = after;
            self.segments[segment].bytes.copy_within(from..from + length, end);
            end += length;
        }
        self.segments[segment].end = end;
        self.segments[segment].live = end;
    }

    /// The records of a segment that have not been taken out: their names, where they begin, and how long they are.
    fn live_in(&self, segment: usize) -> Vec<(u64, usize, usize)> {
        let (mut live, mut from) = (Vec::new(), 0);
        while from < self.segments[segment].end {
            let place = Place::new(segment, from);
            let (name, length) = (name_at(&self.segments, place), length(record(&self.segments, place)));
            if self.places.find(name, |other| *other == place).is_some() {
                live.push((name, from, length));
            }
            from += length;
        }
        live
    }
}

impl Place {
    fn new(segment: usize, at: usize) -> Self {
        let part = |number| {
            u16::try_from(number).expect("there are as many segments, and bytes in one, as this can name")
        };
        Self { segment: part(segment), at: part(at) }
    }

    /// What is written from here on.
    fn of(self, segments: &[Segment]) -> &[u8] {
        &segments[usize::from(self.segment)].bytes[usize::from(self.at)..]
    }
}

/// What a record takes in its segment.
fn length(record: &[u8]) -> usize {
    (HEADER + record.len()).max(RECORD_MIN)
}

fn name_at(segments: &[Segment], place: Place) -> u64 {
    let name = place.of(segments).first_chunk().expect("a record begins with its name");
    u64::from_le_bytes(*name)
}

fn record(segments: &[Segment], place: Place) -> &[u8] {
    let (length, rest) = place.of(segments)[NAME..].split_first_chunk().expect("its length comes next");
    &rest[..usize::from(u16::from_le_bytes(*length))]
}
