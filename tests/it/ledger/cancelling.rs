//! Orders undone, and orders told of twice.

use super::table::holds;

#[test]
fn a_cancelled_order_has_given_nothing() {
    holds(
        "given tiers
        2011-01-05 cancel o1                                  => refused OrderNotFound o1
        2011-01-05 order o1 alice 2x300.00 5.00/other         => available 600, tier silver
        2011-01-06 cancel o1                                  => available 0, clawed back 600, tier bronze, wrote Clawback, paid 1:600
        2011-01-07 cancel o1                                  => replayed, available 0, clawed back 600, wrote nothing
        2011-01-07 return r1 o1 1:1                           => refused OrderCancelled at return.orderId
        # The order told of again is still the cancelled one.
        2011-01-07 order o1 alice 2x300.00 5.00/other placed 2011-01-05 => replayed, available 0, wrote nothing
        2011-01-08 order o2 alice 10.00                       => earned at bronze, available 10",
    );
}

#[test]
fn a_cancellation_after_a_return_takes_what_is_left() {
    holds(
        "given classic
        2011-01-05 order o1 alice 3x33.50                     => available 100
        2011-01-06 return r1 o1 1:1                           => available 67
        2011-01-07 cancel o1                                  => available 0, clawed back 100
        # The return told of again is answered as it was.
        2011-01-08 return r1 o1 1:1 at 2011-01-06             => replayed, available 0
        2011-01-08 return r2 o1 1:1                           => refused OrderCancelled at return.orderId",
    );
}

#[test]
fn a_cancellation_takes_waiting_points_forgives_expired_ones_and_knows_the_floor() {
    holds(
        "given classic, activation 14 days, expiry 30 days, deficitMax 10
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-06 cancel o1                                  => pending 0, clawed back 100, wrote Clawback
        2011-01-10 order o2 alice 50.00                       => pending 50
        2011-01-24 adjust alice -30                           => available 20
        2011-03-01 cancel o2                                  => expired 20, forgiven 20, clawed back 110, uncollected 20, available -10",
    );
}

#[test]
fn the_same_order_again_changes_nothing_and_another_by_its_id_is_refused() {
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 100.00                      => available 100, wrote Earn
        2011-01-06 order o1 alice 100.00 placed 2011-01-05    => replayed, available 100, wrote nothing
        2011-01-06 order o1 alice 100.00                      => refused ConflictingContent at order.id
        2011-01-06 order o1 alice 101.00 placed 2011-01-05    => refused ConflictingContent at order.id
        2011-01-06 order o1 bob 100.00 placed 2011-01-05      => refused ConflictingContent at order.id
        2011-01-06 order o1 - 100.00 placed 2011-01-05        => refused ConflictingContent at order.id
        # Not even what has fallen due in between is written by a repetition.
        2011-06-01 order o1 alice 100.00 placed 2011-01-05    => replayed, available 0, expired 0, wrote nothing",
    );
}
