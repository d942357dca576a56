//! Points given and taken by hand.

use super::table::holds;

#[test]
fn points_are_given_and_taken_and_never_below_zero() {
    holds(
        "given classic
        2011-01-05 adjust alice 10                            => refused NotAMember alice
        2011-01-05 enrol alice                                => available 0
        2011-01-05 adjust alice -1                            => refused InsufficientPoints: 1 asked, 0 there
        2011-01-05 adjust alice 10                            => available 10, adjusted 10, earned 0, wrote Adjust
        2011-01-05 adjust alice -11                           => refused InsufficientPoints: 11 asked, 10 there
        2011-01-05 adjust alice -10                           => available 0, adjusted 0, wrote Adjust
        2011-01-05 adjust alice 0                             => refused BadInput at points
        2011-01-05 adjust alice 9007199254740993              => refused BadInput at points
        2011-01-05 adjust alice -9007199254740993             => refused BadInput at points
        2011-01-05 adjust alice 9007199254740992              => available 9007199254740992",
    );
}

#[test]
fn given_points_end_when_it_is_said_or_by_the_currencys_rule() {
    holds(
        "given classic, expiry 3 months, activation 14 days
        2011-01-05 enrol alice                                => available 0
        # What is given by hand is active at once.
        2011-01-05 adjust alice 10                            => available 10, pending 0
        2011-01-05 adjust alice 5 until 2011-01-06            => available 15
        2011-01-05 adjust alice 5 until 2011-01-05            => refused BadInput at expiresAt
        2011-01-05 adjust alice -5 until 2011-01-06           => refused BadInput at expiresAt
        2011-01-05T23:59:59.999999Z look alice                => available 15
        2011-01-06 look alice                                 => available 10
        # What has ended is not there to be taken, whether that is written yet or not.
        2011-01-06 adjust alice -15                           => refused InsufficientPoints: 15 asked, 10 there
        2011-04-30T23:59:59.999999Z look alice                => available 10
        2011-05-01 look alice                                 => available 0",
    );
}

#[test]
fn a_negative_balance_has_nothing_to_take() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 adjust alice -60                           => available 40
        2011-01-07 return r1 o1 1:1                           => available -60, deficit 60
        2011-01-08 adjust alice -1                            => refused InsufficientPoints: 1 asked, -60 there
        2011-01-09 adjust alice 60                            => available 0, deficit 0, adjusted 0, paid 4:60
        2011-01-10 adjust alice -1                            => refused InsufficientPoints: 1 asked, 0 there",
    );
}
