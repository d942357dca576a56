//! Points that go from one member to another.

use super::table::holds;

#[test]
fn transferred_points_keep_their_end() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 alice 50.00                       => available 150
        2011-02-05 transfer nobody bob 0                      => refused BadInput at points
        2011-02-05 transfer nobody bob 10                     => refused NotAMember nobody
        2011-02-05 transfer alice bob 10                      => refused NotAMember bob
        2011-02-06 enrol bob                                  => available 0
        2011-02-06 transfer alice alice 10                    => refused BadInput at toCustomerId
        2011-02-06 transfer alice bob 151                     => refused InsufficientPoints: 151 asked, 150 there
        2011-02-06 transfer bob alice 1                       => refused InsufficientPoints: 1 asked, 0 there
        2011-02-06 transfer alice bob 120                     => available 30, transferred -120, earned 150, bob's available 120, bob's transferred 120, bob's earned 0, wrote TransferOut+TransferIn+TransferIn, paid 1:100/2:20+-+-
        2011-02-06 look alice                                 => ends 2011-06-01:30
        2011-02-06 look bob                                   => ends 2011-05-01:100/2011-06-01:20
        2011-05-01 look bob                                   => available 20
        2011-05-01 transfer bob alice 20                      => available 0, transferred 100, alice's available 50, alice's transferred -100, alice's ends 2011-06-01:50",
    );
}

#[test]
fn points_that_wait_or_are_held_stay() {
    holds(
        "given classic, activation 14 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-05 enrol bob                                  => available 0
        2011-01-06 transfer alice bob 1                       => refused InsufficientPoints: 1 asked, 0 there
        2011-01-19 hold h1 alice 60                           => available 40, held 60
        2011-01-19 transfer alice bob 41                      => refused InsufficientPoints: 41 asked, 40 there
        2011-01-19 transfer alice bob 40                      => available 0, bob's available 40, held 60",
    );
}

#[test]
fn what_comes_in_fills_a_deficit_first_and_what_was_given_away_is_taken_from_others() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 order o2 bob 30.00                         => available 30
        2011-01-05 redeem x1 bob 30                           => available 0
        2011-01-06 return r1 o2 1:1                           => available -30, deficit 30
        2011-01-07 transfer alice bob 50                      => available 50, bob's available 20, bob's deficit 0, paid 1:50+4:30
        # Alice has given away what her order gave: what she has left pays, and then it is deficit.
        2011-01-08 return r2 o1 1:1                           => available -50, deficit 50, clawed back 100
        2011-01-08 transfer bob alice 20                      => available 0, alice's available -30, alice's deficit 30",
    );
}

#[test]
fn what_time_has_done_to_either_side_is_written_first() {
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 order o2 bob 10.00                         => available 10
        2011-02-05 order o3 alice 40.00                       => available 140
        2011-03-01 transfer alice bob 41                      => refused InsufficientPoints: 41 asked, 40 there
        2011-03-01 transfer alice bob 40                      => available 0, bob's available 40, wrote Expire+TransferOut+Expire+TransferIn",
    );
}
