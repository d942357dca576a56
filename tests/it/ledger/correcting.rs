//! Orders that are told again, otherwise.

use super::table::holds;

#[test]
fn a_later_revision_takes_the_place_of_the_order() {
    holds(
        "given tiers
        2011-01-05 order o1 alice 2x300.00                    => available 600, tier silver, earned at bronze
        2011-01-06 order o1 alice 300.00 placed 2011-01-05 revision 2 => available 300, clawed back 300, tier bronze, wrote Clawback, paid 1:300
        2011-01-07 order o1 alice 550.00 placed 2011-01-05 revision 3 => available 550, earned 850, tier silver, earned at bronze, wrote Earn
        # What was told before is known, whichever it was.
        2011-01-08 order o1 alice 550.00 placed 2011-01-05 revision 3 => replayed, available 550
        2011-01-08 order o1 alice 300.00 placed 2011-01-05 revision 2 => replayed, available 550
        2011-01-08 order o1 alice 2x300.00 placed 2011-01-05  => replayed, available 550
        2011-01-08 order o1 alice 551.00 placed 2011-01-05 revision 3 => refused ConflictingContent at order.id
        2011-01-08 order o1 alice 301.00 placed 2011-01-05 revision 2 => refused ConflictingContent at order.id
        2011-01-08 order o1 alice 551.00 placed 2011-01-05    => refused ConflictingContent at order.id
        2011-01-09 order o1 alice 10.00 placed 2011-01-05 revision 9 => available 10, clawed back 840
        2011-01-09 order o1 alice 20.00 placed 2011-01-05 revision 5 => refused StaleRevision at order.revision
        2011-01-10 return r1 o1 1:1                           => available 0, clawed back 850",
    );
}

#[test]
fn a_correction_changes_neither_whose_the_order_is_nor_when_nor_in_what_money() {
    holds(
        "given classic
        2011-01-05 order o1 alice 3x10.00 b:10.00             => available 40
        2011-01-06 order o1 bob 30.00 placed 2011-01-05 revision 2 => refused UnlikeRecorded at order.customerId
        2011-01-06 order o1 - 30.00 placed 2011-01-05 revision 2 => refused UnlikeRecorded at order.customerId
        2011-01-06 order o1 alice 30.00 revision 2            => refused UnlikeRecorded at order.placedAt
        2011-01-06 order o1 alice 30.00 placed 2011-01-05 in EUR revision 2 => refused UnlikeRecorded at order.currencyCode
        2011-01-06 return r1 o1 1:2                           => available 20
        2011-01-07 order o1 alice b:10.00 placed 2011-01-05 revision 2 => refused UnlikeRecorded at order.lines
        2011-01-07 order o1 alice b:10.00 1:1x10.00 placed 2011-01-05 revision 2 => refused UnlikeRecorded at order.lines[1].quantity
        # What came back stays so.
        2011-01-07 order o1 alice b:10.00 1:2x10.00 placed 2011-01-05 revision 2 => available 10
        2011-01-08 cancel o1                                  => available 0
        2011-01-08 order o1 alice 30.00 placed 2011-01-05 revision 3 => refused OrderCancelled at order.id
        2011-01-08 order o1 alice 30.00 placed 2011-01-05 revision 0 => refused StaleRevision at order.revision",
    );
}

#[test]
fn more_is_given_by_the_orders_own_dates_and_taken_back_lot_by_lot() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100, waiting 100
        2011-01-06 order o1 alice 130.00 placed 2011-01-05 revision 2 => pending 130, waiting 130, starts 2011-01-19:130
        2011-01-07 order o1 alice 20.00 placed 2011-01-05 revision 3 => pending 20, waiting 20, clawed back 110, paid 1:100/2:10
        2011-01-20 order o1 alice 50.00 placed 2011-01-05 revision 4 => available 50, pending 0, waiting 0, ends 2011-02-19:50, wrote Activate+Earn+Activate
        2011-03-01 order o1 alice 90.00 placed 2011-01-05 revision 5 => available 0, expired 90, wrote Expire+Expire+Earn+Activate+Expire
        2011-03-02 order o1 alice 10.00 placed 2011-01-05 revision 6 => available 0, forgiven 80, clawed back 110, deficit 0, wrote nothing",
    );
}

/// What was left to the member is not given a second time.
#[test]
fn what_could_not_be_taken_back_counts_when_the_order_grows_again() {
    holds(
        "given classic, clamped
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 redeem x1 alice 100                        => available 0
        2011-01-07 order o1 alice 40.00 placed 2011-01-05 revision 2 => available 0, uncollected 60, wrote nothing
        2011-01-08 order o1 alice 70.00 placed 2011-01-05 revision 3 => available 0, uncollected 30, earned 100, wrote nothing
        2011-01-09 order o1 alice 120.00 placed 2011-01-05 revision 4 => available 20, uncollected 0, earned 120, wrote Earn",
    );
}

#[test]
fn a_guests_order_may_get_its_customer_by_a_correction() {
    holds(
        "given tiers
        2011-01-05 order o1 - 600.00                          => nobody
        2011-01-06 enrol alice                                => available 0
        2011-01-07 order o1 alice 550.00 placed 2011-01-05 revision 2 => available 550, earned at bronze, tier silver, wrote Earn
        2011-01-08 claim o1 alice                             => replayed, available 550
        2011-01-08 order o1 alice 500.00 placed 2011-01-05 revision 3 => available 500, clawed back 50",
    );
}

/// Who sells to guests need not know who has claimed what.
#[test]
fn a_guests_order_that_was_claimed_is_corrected_as_a_guests() {
    holds(
        "given classic
        2011-01-05 order o1 - 60.00                           => nobody
        2011-01-06 enrol alice                                => available 0
        2011-01-07 claim o1 alice                             => available 60
        2011-01-08 order o1 - 40.00 placed 2011-01-05 revision 2 => available 40, earned 60, clawed back 20
        2011-01-08 look alice                                 => available 40
        2011-01-09 order o1 - 40.00 placed 2011-01-05 revision 2 => replayed, available 40
        2011-01-09 return r1 o1 1:1                           => available 0
        2011-01-10 order o1 bob 40.00 placed 2011-01-05 revision 3 => refused UnlikeRecorded at order.customerId",
    );
}

#[test]
fn a_correction_of_a_fulfilled_order_is_active_in_the_measure_in_which_it_is() {
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-06 fulfil f1 o1 1:1                           => available 50, pending 50
        2011-01-07 order o1 alice 2x60.00 placed 2011-01-05 revision 2 => available 60, pending 60, earned 120
        2011-01-08 fulfil f2 o1 1:1                           => available 120, pending 0",
    );
    // Fulfilled in time is in time, however late the correction.
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-06 fulfil f1 o1 1:1                           => available 100
        2011-02-07 order o1 alice 120.00 placed 2011-01-05 revision 2 => available 120, pending 0, cancelled 0, wrote Earn+Activate",
    );
}
