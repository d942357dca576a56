//! What is written of time where nobody came by: in the order in which it fell due, once.

use super::table::holds;

#[test]
fn everything_that_fell_due_is_written_in_its_order() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-01 order o1 alice 100.00                      => pending 100
        2011-01-03 order o2 alice 10.00                       => pending 110
        2011-01-15 hold h1 alice 60 for 86400s                => available 40, held 60, pending 10, wrote Activate+Hold
        # The hold ends on the 16th, the second lot starts on the 17th, then both lots end.
        2011-03-01 expire alice                               => available 0, expired 110, held 0, wrote Release+Activate+Expire+Expire, paid 1:60+-+1:100+2:10
        2011-03-01 expire alice                               => wrote nothing
        2011-03-02 expire alice                               => wrote nothing",
    );
}

#[test]
fn a_sweep_in_steps_writes_what_one_sweep_writes() {
    let before = "given classic, activation 14 days, expiry 30 days
        2011-01-01 order o1 alice 100.00                      => pending 100
        2011-01-03 order o2 alice 10.00                       => pending 110
        ";
    let then = |after: &str| holds(&format!("{before}{after}"));
    then(
        "2011-03-01 expire alice                              => expired 110, wrote Activate+Activate+Expire+Expire, paid -+-+1:100+2:10",
    );
    then(
        "2011-01-15 expire alice                              => wrote Activate
        2011-01-16 expire alice                               => wrote nothing
        2011-01-17 expire alice                               => wrote Activate
        2011-02-14 expire alice                               => wrote nothing
        2011-02-15 expire alice                               => wrote Expire, paid 1:100
        2011-03-01 expire alice                               => wrote Expire, paid 2:10, expired 110",
    );
}

#[test]
fn a_deficit_is_filled_by_what_starts_and_lots_end_with_what_is_left() {
    holds(
        "given classic, activation 14 days, expiry 30 days, spendingDeficitMax 30
        2011-01-01 order o1 alice 100.00                      => pending 100
        2011-01-02 redeem x1 alice 30                         => available -30, deficit 30
        2011-03-01 expire alice                               => available 0, deficit 0, expired 70, wrote Activate+Expire, paid 1:30+1:70",
    );
}

#[test]
fn what_happens_at_one_instant_happens_holds_first() {
    // The hold returns to a lot that ends at that instant, and ends with it.
    holds(
        "given classic
        2011-01-05 enrol alice                                => available 0
        2011-01-05 adjust alice 50 until 2011-01-06           => available 50
        2011-01-05T23:00:00Z hold h1 alice 20 for 3600s       => available 30
        2011-01-05T23:00:00Z adjust alice 5 until 2011-01-06  => available 35
        2011-01-06 expire alice                               => available 0, expired 55, wrote Release+Expire+Expire, paid 1:20+1:50+3:5",
    );
}

#[test]
fn the_tier_ends_with_its_year_whether_or_not_there_are_points() {
    holds(
        "given tiers, expiry 3 months
        2010-12-01 order o1 alice 600.00                      => tier silver
        2011-12-31T23:59:59.999999Z expire alice              => tier silver, wrote Expire
        2012-01-01 expire alice                               => tier bronze, wrote nothing
        2012-01-01 expire alice                               => tier bronze, wrote nothing
        2012-01-01 expire bob                                 => refused NotAMember bob",
    );
}
