//! Orders of nobody's that somebody claims later.

use super::table::holds;

#[test]
fn a_guests_order_is_claimed_once() {
    holds(
        "given tiers
        2011-01-05 claim o1 alice                             => refused OrderNotFound o1
        2011-01-05 order o1 - 600.00                          => nobody, wrote nothing
        2011-01-06 claim o1 alice                             => refused NotAMember alice
        2011-01-06 enrol alice                                => available 0
        2011-01-06 enrol bob                                  => available 0
        2011-01-07 claim o1 alice                             => available 600, earned 600, earned at bronze, tier silver, wrote Earn
        2011-01-08 claim o1 alice                             => replayed, available 600, wrote nothing
        2011-01-08 claim o1 bob                               => refused OrderClaimed o1
        2011-01-08 order o1 - 600.00 placed 2011-01-05        => replayed, told nobody, entries none
        # From now on it is hers.
        2011-01-09 return r1 o1 1:1                           => available 0, clawed back 600, tier bronze
        2011-01-09 claim o1 bob                               => refused OrderClaimed o1",
    );
}

#[test]
fn a_claim_has_its_window_and_its_customer() {
    holds(
        "given classic, claims 30 days
        2011-01-05T10:00:00Z order o1 - 100.00                => nobody
        2011-01-05T10:00:00Z order o2 - 100.00                => nobody
        2011-01-05T10:00:00Z order o3 - 100.00                => nobody
        2011-01-06 cancel o3                                  => nobody
        2011-01-06 enrol alice                                => available 0
        2011-01-06 claim o3 alice                             => refused OrderCancelled o3
        2011-02-04T10:00:00Z claim o1 alice                   => available 100
        2011-02-04T10:00:00.000001Z claim o2 alice            => refused ClaimWindowClosed o2 2011-02-04",
    );
    // An order that names its customer is that customer's.
    holds(
        "given classic, enrolment off
        2011-01-05 order o1 alice 100.00                      => nobody
        2011-01-06 enrol bob                                  => available 0
        2011-01-06 claim o1 bob                               => refused OrderClaimed o1
        2011-01-06 enrol alice                                => available 0
        2011-01-07 claim o1 alice                             => available 100",
    );
}

#[test]
fn a_claimed_order_earns_what_is_left_of_it_by_its_own_dates() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 - 4x25.00                         => nobody
        2011-01-06 return r1 o1 1:1                           => nobody
        2011-01-07 enrol alice                                => available 0
        2011-01-10 claim o1 alice                             => pending 75, earned 75, waiting 75, starts 2011-01-19:75
        2011-01-19 look alice                                 => available 75, ends 2011-02-19:75
        2011-01-20 return r2 o1 1:1                           => available 50, clawed back 25",
    );
    // Claimed after its points would have become active, they are; after their end, they are gone.
    holds(
        "given classic, activation 2 days, expiry 5 days
        2011-01-05 order o1 - 100.00                          => nobody
        2011-01-05 order o2 - 10.00                           => nobody
        2011-01-06 enrol alice                                => available 0
        2011-01-10 claim o1 alice                             => available 100, wrote Earn+Activate, ends 2011-01-13:100
        2011-01-20 claim o2 alice                             => available 0, expired 110, wrote Expire+Earn+Activate+Expire",
    );
}

#[test]
fn what_was_fulfilled_before_the_claim_is_active_with_it() {
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 - 2x50.00                         => nobody
        2011-01-06 fulfil f1 o1 1:1                           => nobody, wrote nothing
        2011-01-07 enrol alice                                => available 0
        2011-01-10 claim o1 alice                             => available 50, pending 50, waiting 50, wrote Earn+Activate
        2011-01-11 fulfil f2 o1 1:1                           => available 100, pending 0",
    );
    // It came in time, whenever the claim comes; what did not is called off at once.
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 - 2x50.00                         => nobody
        2011-01-06 fulfil f1 o1 1:1                           => nobody
        2011-01-07 enrol alice                                => available 0
        2011-01-25 claim o1 alice                             => available 50, pending 0, cancelled 50, earned 100, wrote Earn+Activate+Cancel",
    );
    holds(
        "given classic, on fulfilment within 14 days
        2011-01-05 order o1 - 2x50.00                         => nobody
        2011-01-06 fulfil f1 o1 1:2                           => nobody
        2011-01-07 enrol alice                                => available 0
        2011-01-25 claim o1 alice                             => available 100, pending 0, cancelled 0, wrote Earn+Activate",
    );
}

#[test]
fn a_claim_fills_a_deficit_first_and_counts_for_the_orders_own_year() {
    holds(
        "given tiers
        2010-12-20 order o1 - 600.00                          => nobody
        2011-01-05 order o2 alice 50.00                       => available 50, tier bronze
        2011-01-05 redeem x1 alice 50                         => available 0
        2011-01-06 return r1 o2 1:1                           => available -50
        2011-01-07 claim o1 alice                             => available 550, deficit 0, earned at bronze, tier silver
        2011-12-31 look alice                                 => tier silver
        2012-01-01 look alice                                 => tier bronze",
    );
}
