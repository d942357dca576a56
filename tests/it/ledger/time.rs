//! What time does: activation, expiry, and what is written of them.

use super::table::holds;

#[test]
fn points_end_at_the_instant() {
    holds(
        "given classic, expiry 3 months
        2010-12-01T08:26:00Z order o1 alice 100.00            => available 100
        2010-12-31T23:59:59.999999Z order o2 alice 10.00      => available 110
        2011-01-01 order o3 alice 1.00                        => available 111
        2011-03-31T23:59:59.999999Z look alice                => available 111
        2011-04-01 look alice                                 => available 1
        2011-04-30T23:59:59.999999Z look alice                => available 1
        2011-05-01 look alice                                 => available 0
        # A look writes nothing; the next command writes what fell due, before it decides.
        2011-04-30T23:59:59.999999Z look alice                => expired 0
        2011-04-30T23:59:59.999999Z expire alice              => expired 110, available 1, wrote Expire+Expire, paid 1:100+2:10
        2011-05-01 adjust alice -1                            => refused InsufficientPoints: 1 asked, 0 there
        2011-05-01 look alice                                 => expired 110
        2011-05-01 order o4 alice 5.00                        => expired 111, available 5, wrote Expire+Earn
        2011-05-01 expire alice                               => expired 111, wrote nothing",
    );
}

#[test]
fn a_day_ends_at_midnight_where_the_programme_is() {
    holds(
        "given classic, expiry 1 days, zone Asia/Dubai
        2011-05-31T20:30:00Z order o1 alice 100.00            => available 100
        2011-06-02T19:59:59.999999Z look alice                => available 100
        2011-06-02T20:00:00Z look alice                       => available 0",
    );
}

#[test]
fn points_wait_for_their_activation_to_the_instant() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05T10:00:00Z order o1 alice 100.00            => earned 100, available 0, pending 100
        2011-01-06 adjust alice -1                            => refused InsufficientPoints: 1 asked, 0 there
        2011-01-19T09:59:59.999999Z look alice                => available 0, pending 100
        2011-01-19T10:00:00Z look alice                       => available 100, pending 0
        2011-01-19T10:00:00Z adjust alice -30                 => available 70, wrote Activate+Adjust, paid -+1:30
        # The clock of expiry starts at the activation: thirty days, to the end of the day.
        2011-02-18T23:59:59.999999Z look alice                => available 70
        2011-02-19 look alice                                 => available 0
        2011-03-01 expire alice                               => expired 70, wrote Expire",
    );
}

#[test]
fn what_is_active_at_once_waits_for_no_clock_that_runs_ahead() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00 placed 2011-01-05T00:10:00Z => available 100, pending 0, waiting 0",
    );
    holds(
        "given classic, activation 14 days
        2011-01-05 order o1 alice 2x50.00 placed 2011-01-05T00:10:00Z => available 0, pending 100, waiting 100
        2011-01-19 return r1 o1 1:1                           => available 0, pending 50, waiting 50
        2011-01-19T00:10:00Z return r2 o1 1:1                 => available 0, pending 0, waiting 0, wrote Activate+Clawback",
    );
}

#[test]
fn a_late_order_passes_at_once_through_what_has_been_due() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-10 order o1 alice 100.00 placed 2011-01-01    => pending 100, wrote Earn
        2011-01-16 order o2 alice 100.00 placed 2011-01-01    => available 200, wrote Activate+Earn+Activate
        2011-04-01 order o3 alice 100.00 placed 2011-01-01    => available 0, expired 300, wrote Expire+Expire+Earn+Activate+Expire",
    );
}

#[test]
fn soonest_expiry_is_spent_first_and_what_never_ends_last() {
    holds(
        "given classic, expiry 3 months
        2011-03-01 order o1 alice 100.00                      => available 100
        2011-01-01 order o2 alice 100.00                      => available 200
        2011-03-02 adjust alice 100 until 2011-03-20          => available 300
        2011-03-02 order o3 alice 50.00 placed 2011-02-28     => available 350
        2011-03-03 adjust alice -250                          => available 100, wrote Adjust, paid 3:100/2:100/4:50
        2011-03-03 adjust alice -100                          => available 0, paid 1:100",
    );
    holds(
        "given classic
        2011-03-01 order o1 alice 100.00                      => available 100
        2011-03-01 order o2 alice 100.00                      => available 200
        2011-03-01 adjust alice 100 until 2030-01-01          => available 300
        # Ties: by when they were given, then by number.
        2011-03-03 order o3 alice 100.00 placed 2011-02-01    => available 400
        2011-03-03 adjust alice -350                          => paid 3:100/4:100/1:100/2:50",
    );
}
