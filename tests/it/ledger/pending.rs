//! Points that wait: for an event, for a day, and what ends their waiting before its time.

use super::table::holds;

#[test]
fn points_await_the_fulfilment_of_their_order() {
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05T10:00:00Z order o1 alice 100.00            => earned 100, available 0, pending 100, waiting 100
        # Nothing of it will become active by itself.
        2011-01-05T10:00:00Z look alice                       => starts never, ends never
        2011-01-05T10:00:00Z redeem x1 alice 1                => refused InsufficientPoints: 1 asked, 0 there
        # The clock of expiry starts when they become active: thirty days, to the end of the day.
        2011-01-10T10:00:00Z fulfil f1 o1 1:1                 => available 100, pending 0, waiting 0, wrote Activate, ends 2011-02-10:100
        2011-02-09T23:59:59.999999Z look alice                => available 100
        2011-02-10 look alice                                 => available 0",
    );
}

#[test]
fn what_is_not_fulfilled_in_time_is_called_off_to_the_instant() {
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05T10:00:00Z order o1 alice 2x50.00           => pending 100, waiting 100
        2011-01-19T09:59:59.999999Z look alice of o1          => pending 100, waiting 100
        2011-01-19T10:00:00Z look alice of o1                 => available 0, pending 0, waiting 0
        2011-01-19T10:00:00Z expire alice                     => cancelled 100, expired 0, wrote Cancel, paid 1:100
        # Too late is too late, and nothing is taken twice.
        2011-01-19T10:00:00Z fulfil f1 o1 1:1                 => available 0, pending 0, wrote nothing
        2011-01-20 return r1 o1 1:1                           => forgiven 50, clawed back 0, available 0, deficit 0, wrote nothing
        2011-01-20 cancel o1                                  => forgiven 100, clawed back 0, cancelled 100",
    );
    // The moment before, it comes in time.
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05T10:00:00Z order o1 alice 2x50.00           => pending 100
        2011-01-19T09:59:59.999999Z fulfil f1 o1 1:2          => available 100, pending 0
        2011-01-19T10:00:00Z expire alice                     => available 100, wrote nothing",
    );
}

#[test]
fn several_fulfilments_make_active_what_their_lines_are_worth() {
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 3x3.50 b:20.00 5.00/other   => pending 30
        2011-01-06 fulfil f1 o1 1:1                           => available 3, pending 27, waiting 27, wrote Activate
        2011-01-07 fulfil f2 o1 1:1                           => available 7, pending 23
        2011-01-08 fulfil f3 o1 b:1                           => available 27, pending 3
        2011-01-09 fulfil f4 o1 1:1                           => available 30, pending 0, waiting 0
        # Postage is handed over and gives nothing.
        2011-01-10 fulfil f5 o1 3:1                           => available 30, wrote nothing",
    );
    // What is left when the time is over is called off; what became active stays.
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-06 fulfil f1 o1 1:1                           => available 50, pending 50
        2011-01-19 expire alice                               => available 50, pending 0, cancelled 50, paid 1:50
        2011-01-20 fulfil f2 o1 1:1                           => available 50, wrote nothing",
    );
}

#[test]
fn a_fulfilment_is_known_by_its_id_and_hands_over_what_was_bought() {
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 fulfil f1 o1 1:1                           => refused OrderNotFound o1
        2011-01-05 order o1 alice 3x10.00 b:10.00             => pending 40
        2011-01-06 fulfil f1 o1 1:2                           => available 20, pending 20
        2011-01-07 fulfil f1 o1 1:2 at 2011-01-06             => replayed, available 20, wrote nothing
        2011-01-07 fulfil f1 o1 1:2                           => refused ConflictingContent at fulfilment.id
        2011-01-07 fulfil f1 o1 1:1 at 2011-01-06             => refused ConflictingContent at fulfilment.id
        2011-01-07 fulfil f2 o1 1:2                           => refused ExceedsBought at fulfilment.lines[0].quantity
        2011-01-07 fulfil f2 o1 b:1 c:1                       => refused UnknownLine at fulfilment.lines[1].lineId
        2011-01-07 fulfil f2 o1 b:1 b:1                       => refused DuplicateLine at fulfilment.lines[1].lineId
        2011-01-07 fulfil f2 o1 b:0                           => refused QuantityOutOfRange at fulfilment.lines[0].quantity
        2011-01-07 fulfil f2 o1 b:1000001                     => refused QuantityOutOfRange at fulfilment.lines[0].quantity
        2011-01-07 fulfil f2 o1                               => refused LineCount at fulfilment.lines
        2011-01-07 fulfil f2 o1 b:1 at 2011-01-04             => refused BeforeOrder at fulfilment.fulfilledAt
        2011-01-07 fulfil f2 o1 b:1 at 1999-12-31             => refused DateOutOfRange at fulfilment.fulfilledAt
        2011-01-07 fulfil f2 o1 b:1 at 2011-01-08T00:00:00.000001Z => refused DateOutOfRange at fulfilment.fulfilledAt
        2011-01-07 fulfil f2 o1 b:1                           => available 30
        2011-01-08 cancel o1                                  => available 0, pending 0, clawed back 40
        2011-01-08 fulfil f3 o1 1:1                           => refused OrderCancelled at fulfilment.orderId
        # What was told before is still known.
        2011-01-08 fulfil f2 o1 b:1 at 2011-01-07             => replayed, available 0",
    );
}

#[test]
fn a_return_takes_what_waits_first_and_what_is_kept_and_fulfilled_becomes_active() {
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 4x25.00                     => pending 100
        2011-01-06 fulfil f1 o1 1:2                           => available 50, pending 50
        2011-01-07 return r1 o1 1:1                           => available 50, pending 25, clawed back 25, waiting 25, wrote Clawback, paid 1:25
        # Two are handed over and two are kept besides the returned one, of which one is still awaited.
        2011-01-08 fulfil f2 o1 1:1                           => available 75, pending 0, waiting 0
        2011-01-09 return r2 o1 1:3                           => available 0, clawed back 100, deficit 0",
    );
    // A return of what was not handed over leaves nothing to wait for.
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 50.00 b:60.00               => pending 110
        2011-01-06 fulfil f1 o1 1:1                           => available 50, pending 60
        2011-01-07 return r1 o1 b:1                           => available 50, pending 0, waiting 0, clawed back 60
        2011-01-19 expire alice                               => available 50, wrote nothing",
    );
}

#[test]
fn points_that_become_active_fill_a_deficit_first() {
    holds(
        "given classic, on fulfilment within 14 days, spendingDeficitMax 100
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-05 redeem x1 alice 70                         => available -70, deficit 70
        2011-01-06 fulfil f1 o1 1:1                           => available -20, deficit 20, pending 50, wrote Activate, paid 3:50
        2011-01-07 fulfil f2 o1 1:1                           => available 30, deficit 0, pending 0, paid 1:20",
    );
}

#[test]
fn one_lot_may_be_made_active_or_called_off_by_hand() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100, starts 2011-01-19:100
        2011-01-05 order o2 alice 10.00                       => pending 110
        2011-01-05 activate bob lot 1                         => refused NotAMember bob
        2011-01-05 activate alice lot 9                       => refused NothingPending in 9
        # Its end stays what it was.
        2011-01-06 activate alice lot 1 of o1                 => available 100, pending 10, waiting 0, wrote Activate, ends 2011-02-19:100
        2011-01-06 activate alice lot 1 of o1                 => refused NothingPending in 1
        2011-01-06 call-off alice lot 1 of o1                 => refused NothingPending in 1
        2011-01-07 call-off alice lot 2 of o2                 => available 100, pending 0, waiting 0, cancelled 10, wrote Cancel, paid 2:10
        2011-01-07 call-off alice lot 2 of o2                 => refused NothingPending in 2
        # What was called off is gone, and is not taken again.
        2011-01-08 return r1 o2 1:1                           => available 100, forgiven 10, clawed back 0, wrote nothing
        2011-01-08 return r2 o1 1:1                           => available 0, clawed back 100",
    );
    // At the very instant at which it becomes active there is nothing left to hasten.
    holds(
        "given classic, activation 14 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-19 call-off alice lot 1 of o1                 => refused NothingPending in 1
        2011-01-19 look alice                                 => available 100",
    );
}

#[test]
fn what_was_made_active_by_hand_is_not_made_active_again_by_a_fulfilment() {
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-06 activate alice lot 1 of o1                 => available 100, pending 0, ends 2011-02-06:100
        2011-01-07 fulfil f1 o1 1:1                           => available 100, wrote nothing
        2011-01-08 return r1 o1 1:2                           => available 0, clawed back 100",
    );
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-06 fulfil f1 o1 1:1                           => available 50, pending 50
        2011-01-06 call-off alice lot 1 of o1                 => available 50, pending 0, cancelled 50
        2011-01-07 fulfil f2 o1 1:1                           => available 50, wrote nothing
        2011-01-08 return r1 o1 1:2                           => available 0, clawed back 50, forgiven 50",
    );
}

#[test]
fn a_fulfilment_told_of_late_counts_from_its_own_time() {
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-12 fulfil f1 o1 1:1 at 2011-01-06             => available 100, ends 2011-02-06:100
        2011-01-12 order o2 alice 10.00                       => pending 10
        2011-03-12 look alice                                 => available 0, pending 0",
    );
}

#[test]
fn a_fulfilment_that_gives_nothing_writes_what_time_has_done_to_the_tier() {
    holds(
        "given tiers
        2010-12-01 order o1 alice 2x300.00                    => tier silver, version 2
        2010-12-02 fulfil f1 o1 1:1                           => tier silver, version 2
        2012-01-01 fulfil f2 o1 1:1                           => tier bronze, version 3, wrote nothing",
    );
}
