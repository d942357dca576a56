//! What returns take back, and from where.

use super::table::holds;

#[test]
fn after_a_return_an_order_is_worth_what_is_kept_of_it() {
    holds(
        "given classic
        2011-01-05 order o1 alice 3x33.50 b:2x10.00 5.00/other => earned 120, available 120
        2011-01-06 return r1 o1 1:1                           => clawed back 33, available 87, wrote Clawback, paid 1:33
        2011-01-07 return r2 o1 1:1 b:2                       => clawed back 87, available 33
        2011-01-08 return r3 o1 3:1                           => clawed back 87, available 33, wrote nothing
        2011-01-09 return r4 o1 1:1                           => clawed back 120, available 0",
    );
}

#[test]
fn split_returns_take_exactly_as_much_as_one() {
    holds(
        "given classic
        2011-01-05 order o1 alice 4x2.40                      => earned 9
        2011-01-05 order o2 bob 4x2.40                        => earned 9
        2011-01-06 return r1 o1 1:1                           => clawed back 2
        2011-01-06 return r2 o1 1:1                           => clawed back 5
        2011-01-06 return r3 o1 1:1                           => clawed back 7, available 2
        2011-01-06 return r4 o2 1:3                           => clawed back 7, available 2
        2011-01-07 return r5 o1 1:1                           => clawed back 9, available 0
        2011-01-07 return r6 o2 1:1                           => clawed back 9, available 0",
    );
    holds(
        "given classic, rounding up
        2011-01-05 order o1 alice 3x0.40-0.10                 => earned 2
        2011-01-06 return r1 o1 1:1                           => clawed back 1
        2011-01-06 return r2 o1 1:1                           => clawed back 1
        2011-01-06 return r3 o1 1:1                           => clawed back 2",
    );
}

#[test]
fn points_that_have_expired_are_not_taken_twice() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-02-01 return r1 o1 1:1                           => clawed back 25, available 75
        2011-05-01 return r2 o1 1:1                           => clawed back 25, forgiven 25, expired 75, available 0, wrote Expire
        2011-05-02 return r3 o1 1:2                           => clawed back 25, forgiven 75, available 0, deficit 0, wrote nothing",
    );
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        # At the very instant it is gone; the microsecond before it is taken.
        2011-04-30T23:59:59.999999Z return r1 o1 1:1          => clawed back 25, forgiven 0
        2011-05-01 return r2 o1 1:3                           => clawed back 25, forgiven 75, expired 75",
    );
}

#[test]
fn what_was_spent_is_taken_from_other_lots_and_then_is_deficit() {
    holds(
        "given classic
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-06 order o2 alice 10.00                       => available 110
        2011-01-07 adjust alice -70                           => available 40, paid 1:70
        # Own lot, other lots, deficit.
        2011-01-08 return r1 o1 1:1                           => available 15, paid 1:25
        2011-01-08 return r2 o1 1:1                           => available -10, deficit 10, paid 1:5/2:10/deficit:10
        2011-01-08 return r3 o1 1:1                           => available -35, deficit 35, paid deficit:25
        # The next credits fill it first.
        2011-01-09 order o3 alice 30.00                       => available -5, deficit 5, paid 7:30
        2011-01-10 adjust alice 5                             => available 0, deficit 0, paid 8:5
        2011-01-11 order o4 alice 20.00                       => available 20, paid -
        2011-01-12 return r4 o1 1:1                           => available -5, clawed back 100, paid 9:20/deficit:5",
    );
}

#[test]
fn own_points_first_then_what_expired_of_them_then_others_in_spending_order() {
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-06 adjust alice -40                           => available 60
        2011-03-01 order o2 alice 10.00                       => available 10, expired 60
        2011-03-01 adjust alice 10 until 2011-03-10           => available 20
        2011-03-02 return r1 o1 1:2                           => forgiven 50, clawed back 0, available 20, wrote nothing
        2011-03-03 return r2 o1 1:2                           => forgiven 60, clawed back 40, paid 5:10/4:10/deficit:20, available -20
        2011-03-04 look alice                                 => deficit 20",
    );
}

#[test]
fn the_deficit_stops_at_its_floor_and_the_rest_is_left_to_the_member() {
    holds(
        "given classic, deficitMax 0
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-06 adjust alice -90                           => available 10
        2011-01-07 return r1 o1 1:1                           => available 0, clawed back 10, uncollected 15, deficit 0
        2011-01-07 return r2 o1 1:1                           => available 0, clawed back 10, uncollected 40, wrote nothing
        # What was left is left for ever.
        2011-01-08 order o2 alice 100.00                      => available 100
        2011-01-09 return r3 o1 1:1                           => available 75, clawed back 35",
    );
    holds(
        "given classic, deficitMax 30
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-06 adjust alice -100                          => available 0
        2011-01-07 return r1 o1 1:1                           => available -25, uncollected 0
        2011-01-07 return r2 o1 1:1                           => available -30, uncollected 20, paid deficit:5
        2011-01-08 adjust alice 20                            => available -10
        2011-01-09 return r3 o1 1:1                           => available -30, uncollected 25
        2011-01-09 return r4 o1 1:1                           => available -30, uncollected 50, clawed back 50, wrote nothing",
    );
}

#[test]
fn waiting_points_are_taken_where_they_wait_and_do_not_pay_for_others() {
    holds(
        "given classic, activation 14 days
        2011-01-01 order o1 alice 2x50.00                     => pending 100
        2011-01-20 order o2 alice 2x20.00                     => available 100, pending 40
        2011-01-20 adjust alice -90                           => available 10
        2011-01-21 return r1 o2 1:1                           => available 10, pending 20, paid 3:20
        # Own lot 10, and no other is active: the waiting ones are spared, and the rest is deficit.
        2011-01-22 return r2 o1 1:2                           => available -90, pending 20, deficit 90
        # Activation fills the deficit.
        2011-02-02T23:59:59.999999Z look alice                => available -90, pending 20
        2011-02-03 look alice                                 => available -70, pending 0
        2011-02-03 expire alice                               => available -70, deficit 70, wrote Activate, paid 3:20
        2011-02-04 order o3 alice 100.00                      => available -70, pending 100, deficit 70
        2011-02-18 look alice                                 => available 30, pending 0
        2011-02-18 expire alice                               => deficit 0, paid 8:70",
    );
}

#[test]
fn a_return_needs_its_order_and_what_was_bought_there() {
    holds(
        "given classic
        2011-01-05 return r1 o1 1:1                           => refused OrderNotFound o1
        2011-01-05 order o1 alice 3x10.00 b:10.00             => available 40
        # What was refused was not recorded: it may come again.
        2011-01-05 return r1 o1 1:1                           => available 30
        2011-01-06 return r2 o1 1:3                           => refused ExceedsBought at return.lines[0].quantity
        2011-01-06 return r2 o1 b:1 1:3                       => refused ExceedsBought at return.lines[1].quantity
        2011-01-06 return r2 o1 b:1 c:1                       => refused UnknownLine at return.lines[1].lineId
        2011-01-06 return r2 o1 1:1 b:1 1:1                   => refused DuplicateLine at return.lines[2].lineId
        2011-01-06 return r2 o1 1:0                           => refused QuantityOutOfRange at return.lines[0].quantity
        2011-01-06 return r2 o1 1:-1                          => refused QuantityOutOfRange at return.lines[0].quantity
        2011-01-06 return r2 o1 1:1000001                     => refused QuantityOutOfRange at return.lines[0].quantity
        2011-01-06 return r2 o1                               => refused LineCount at return.lines
        2011-01-06 return r2 o1 1:1 at 2011-01-04             => refused BeforeOrder at return.returnedAt
        2011-01-06 return r2 o1 1:1 at 1999-12-31             => refused DateOutOfRange at return.returnedAt
        2011-01-06 return r2 o1 1:1 at 2011-01-07T00:00:00.000001Z => refused DateOutOfRange at return.returnedAt
        2011-01-06 look alice                                 => available 30
        2011-01-06 return r2 o1 1:2 b:1                       => available 0",
    );
}

#[test]
fn the_same_return_again_changes_nothing_and_another_by_its_id_is_refused() {
    holds(
        "given classic
        2011-01-05 order o1 alice 3x10.00                     => available 30
        2011-01-06 return r1 o1 1:1                           => available 20, wrote Clawback
        2011-01-07 return r1 o1 1:1 at 2011-01-06             => replayed, available 20, wrote nothing
        2011-01-07 return r1 o1 1:1                           => refused ConflictingContent at return.id
        2011-01-07 return r1 o1 1:2 at 2011-01-06             => refused ConflictingContent at return.id
        2011-01-07 return r2 o1 1:1                           => available 10",
    );
}
