//! Which calls go together, and which wait.

use std::time::Duration;

use futures_util::FutureExt as _;
use pretty_assertions::assert_eq;

use super::{Backlog, Batch, Extent};
use crate::{
    auth::Allowed,
    commands::{Command, Enroll},
    journal::{AnswerWith, Envelope, Journal, JournalLimits},
};

/// Calls that wait, each a word for whom it enrols: one customer a letter.
fn backlog(batches_max: usize, calls: &[&str]) -> Backlog {
    let limits = JournalLimits {
        queue_commands_max: 100,
        batch_commands_max: 100,
        batch_timeout: Duration::from_secs(1),
    };
    let (journal, mut queue) = Journal::new(limits);
    let mut backlog = Backlog::new(batches_max);
    for customers in calls {
        let envelopes = customers.chars().map(enrolment).collect();
        // Nobody waits for the answer; the call is in the queue all the same.
        assert!(journal.submit(envelopes).now_or_never().is_none());
        backlog.add(queue.try_recv().into_iter());
    }
    backlog
}

fn enrolment(customer: char) -> Envelope {
    let enroll = Enroll { program: "p".into(), customer: customer.into(), channel: None, store: None };
    let command = Allowed::by_operator(Command::Enroll(enroll), "test");
    Envelope { key: None, command, answer_with: AnswerWith::Nothing }
}

/// The calls of the next batch, and what has to be said when it is done.
fn taken(backlog: &mut Backlog, commands_max: usize) -> Option<(String, Extent)> {
    let Batch { calls, extent } = backlog.take(commands_max)?;
    assert_eq!(extent.commands, calls.iter().map(|call| call.envelopes.len()).sum::<usize>());
    let customer = |envelope: &Envelope| match envelope.command.command() {
        Command::Enroll(enroll) => enroll.customer.clone(),
        other => panic!("nobody asked for {other:?}"),
    };
    let words = calls.iter().map(|call| call.envelopes.iter().map(customer).collect::<String>());
    Some((words.collect::<Vec<_>>().join(" "), extent))
}

#[test]
fn calls_go_together_up_to_the_maximum_and_are_never_cut() {
    let mut backlog = backlog(1, &["a", "bc", "c", "defgh", "i"]);
    let batches: Vec<String> = std::iter::from_fn(|| {
        let (calls, extent) = taken(&mut backlog, 3)?;
        backlog.done(&extent);
        Some(calls)
    })
    .collect();
    assert_eq!(batches, ["a bc", "c i", "defgh"], "`i` finds room before a call that is a batch by itself");
}

#[test]
fn calls_of_one_name_keep_their_order() {
    let mut backlog = backlog(9, &["a", "b", "ab", "b", "c"]);
    let (first, of_first) = taken(&mut backlog, 1).unwrap();
    assert_eq!(first, "a");
    let (second, of_second) = taken(&mut backlog, 100).unwrap();
    assert_eq!(second, "b", "the second `b` is behind `ab`, which waits for `a`");
    let (third, of_third) = taken(&mut backlog, 100).unwrap();
    assert_eq!(third, "c");
    assert!(taken(&mut backlog, 100).is_none());

    backlog.done(&of_second);
    backlog.done(&of_third);
    assert!(taken(&mut backlog, 100).is_none(), "`a` is still under way");
    backlog.done(&of_first);
    assert_eq!(taken(&mut backlog, 100).unwrap().0, "ab b");
}

#[test]
fn what_comes_later_does_not_overtake_what_was_passed_over() {
    let mut waiting = backlog(9, &["a", "ab"]);
    let (_, of_first) = taken(&mut waiting, 1).unwrap();
    assert!(taken(&mut waiting, 1).is_none());
    waiting.fresh.extend(backlog(9, &["b", "c"]).fresh);
    assert_eq!(taken(&mut waiting, 100).unwrap().0, "c");
    waiting.done(&of_first);
    assert_eq!(taken(&mut waiting, 100).unwrap().0, "ab b");
}

#[test]
fn a_crowd_is_shared_out_and_what_would_have_to_wait_goes_along() {
    let mut waiting = backlog(2, &["a", "b", "c", "ad", "e", "d", "f"]);
    let (first, of_first) = taken(&mut waiting, 100).unwrap();
    assert_eq!(first, "a b c ad d", "half of it, and what shares a name with that half");
    assert!(taken(&mut waiting, 100).is_none(), "two commands are no batch beside six");
    waiting.fresh.extend(backlog(2, &["a", "g", "h", "i"]).fresh);
    let (second, _) = taken(&mut waiting, 100).unwrap();
    assert_eq!(second, "e f g h i");
    waiting.done(&of_first);
    assert!(taken(&mut waiting, 100).is_none(), "one command is no batch beside five");
}

#[test]
fn whoever_is_left_for_the_next_batch_is_not_overtaken() {
    let mut waiting = backlog(2, &["a", "b", "ab", "c", "d", "bc", "e", "f"]);
    let (first, _) = taken(&mut waiting, 100).unwrap();
    assert_eq!(first, "a b ab c bc", "`bc` comes behind all that it shares a name with");
    let mut waiting = backlog(2, &["a", "b", "c", "d", "ad", "e"]);
    assert_eq!(taken(&mut waiting, 100).unwrap().0, "a b c d ad");
    let mut waiting = backlog(3, &["a", "b", "c", "d", "ad", "e"]);
    assert_eq!(taken(&mut waiting, 100).unwrap().0, "a b c", "`ad` may not go before `d`");
}

#[test]
fn what_is_held_does_not_overtake_what_was_left() {
    let mut waiting = backlog(2, &["z", "y"]);
    let (_, of_first) = taken(&mut waiting, 100).unwrap();
    waiting.fresh.extend(backlog(2, &["a", "b", "c", "x", "xz"]).fresh);
    let (second, of_second) = taken(&mut waiting, 100).unwrap();
    assert_eq!(second, "y a b c");
    waiting.done(&of_first);
    waiting.done(&of_second);
    assert_eq!(taken(&mut waiting, 100).unwrap().0, "x xz");
}
