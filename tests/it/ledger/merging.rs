//! Two members who become one.

use super::table::holds;

#[test]
fn lots_move_with_their_ends_and_amounts_make_the_tier() {
    holds(
        "given tiers, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 bob 450.00                        => available 450, tier bronze
        2011-02-06 merge nobody into bob                      => refused NotAMember nobody
        2011-02-06 merge alice into nobody                    => refused NotAMember nobody
        2011-02-06 merge alice into alice                     => refused BadInput at fromCustomerId
        2011-02-06 merge alice into bob                       => available 550, transferred 100, earned 450, tier silver, alice's available 0, alice's transferred -100, alice's earned 100, alice's status Merged, alice's tier bronze, wrote TransferOut+TransferIn, paid 1:100+-
        2011-02-06 look bob                                   => ends 2011-05-01:100/2011-06-01:450
        # Whatever is asked of her is asked of him.
        2011-02-07 order o3 alice 10.00                       => available 562, earned at silver, earned 462
        2011-02-07 adjust alice -12                           => available 550
        2011-02-07 redeem x1 alice 50                         => available 500, redeemed 50
        2011-02-07 hold h1 alice 10                           => available 490, held 10
        2011-02-07 enrol alice                                => refused AlreadyMember alice
        2011-02-07 merge alice into bob                       => refused BadInput at fromCustomerId
        2011-02-07 merge bob into alice                       => refused BadInput at fromCustomerId
        2011-02-07 expire alice                               => available 490, alice's available 0, wrote nothing",
    );
}

#[test]
fn whoever_takes_another_in_is_a_member_since_the_first_of_both() {
    holds(
        "given tiers
        2010-12-01 order o1 alice 600.00                      => tier silver
        2011-03-01 order o2 bob 10.00                         => tier bronze
        2011-03-02 merge alice into bob                       => tier silver, available 610
        # Last year's spend still counts for this year, and no longer.
        2011-12-31 look bob                                   => tier silver
        2012-01-01 look bob                                   => tier bronze",
    );
}

#[test]
fn what_waits_goes_on_waiting() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-06 merge alice into bob                       => available 0, pending 110, starts 2011-01-19:110
        2011-01-07 return r1 o1 1:1                           => pending 10, clawed back 100, waiting 0
        2011-01-19 look bob                                   => available 10, ends 2011-02-19:10",
    );
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-06 merge alice into bob                       => pending 110
        2011-01-07 fulfil f1 o1 1:1                           => available 50, pending 60, waiting 50
        2011-01-08 return r1 o1 1:1                           => available 50, pending 10, waiting 0, clawed back 50, paid 2:50
        2011-01-09 return r2 o1 1:1                           => available 0, pending 10, clawed back 100
        2011-01-19 look bob                                   => available 0, pending 0",
    );
    // What was handed over before the merge and is told of after it is active, and its end counts from then.
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-08 merge alice into bob                       => pending 110
        2011-01-09 fulfil f1 o1 1:1 at 2011-01-06             => available 50, pending 60, ends 2011-02-06:50",
    );
}

#[test]
fn holds_move_and_end_where_they_are() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o0 bob 10.00                         => available 10
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 hold h1 alice 60 for 3600s on o1           => available 40, held 60
        2011-01-06 hold h2 alice 30 for 3600s                 => available 10, held 90
        2011-01-06 release h2                                 => available 40, held 60
        2011-01-06 merge alice into bob                       => available 50, held 60, alice's held 0, h1 is Open, wrote TransferOut+TransferOut+TransferIn+Hold+TransferIn, paid 1:60+1:40+-+2:60+-
        2011-01-06T00:30:00Z release h2                       => refused HoldNotOpen: Released
        2011-01-06T00:30:00Z capture h1 50 as x1              => available 60, held 0, redeemed 50, paid 2:50+2:10
        2011-01-07 reverse x1                                 => available 110, paid 2:50",
    );
    // By the clock, too.
    holds(
        "given classic
        2011-01-05 order o0 bob 10.00                         => available 10
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 hold h1 alice 60 for 3600s                 => available 40, held 60
        2011-01-06 merge alice into bob                       => available 50, held 60
        2011-01-06T00:59:59.999999Z look bob                  => held 60, h1 is Open
        2011-01-06T01:00:00Z look bob                         => available 110, held 0, h1 is Expired",
    );
}

/// What is set aside is out of time's reach until the hold ends: a merge in between changes nothing of that.
#[test]
fn a_hold_on_a_lot_that_has_ended_moves_whole() {
    holds(
        "given classic, expiry 3 months, reward mug 60
        2011-01-05 order o0 bob 0.50                          => available 0
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-04-30T23:50:00Z hold h1 alice mug for 3600s      => available 40, held 60
        2011-05-01T00:10:00Z merge alice into bob             => available 0, held 60, h1 is Open
        2011-05-01T00:20:00Z capture h1 as x1                 => held 0, redeemed 60, available 0",
    );
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o0 bob 0.50                          => available 0
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-04-30T23:50:00Z hold h1 alice 60 for 3600s       => available 40, held 60
        2011-05-01T00:10:00Z merge alice into bob             => available 0, held 60, h1 is Open, alice's expired 40
        2011-05-01T00:50:00Z expire bob                       => held 0, available 0, expired 60, h1 is Expired",
    );
}

#[test]
fn a_deficit_moves_and_what_either_has_fills_it() {
    holds(
        "given classic
        2011-01-05 order o0 bob 100.00                        => available 100
        2011-01-05 order o1 alice 30.00                       => available 30
        2011-01-05 redeem x1 alice 30                         => available 0
        2011-01-06 return r1 o1 1:1                           => available -30
        2011-01-07 merge alice into bob                       => available 70, deficit 0, transferred -30, alice's available 0, alice's deficit 0, wrote TransferIn+TransferOut, paid deficit:30+1:30",
    );
    holds(
        "given classic
        2011-01-05 order o0 bob 30.00                         => available 30
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 redeem x1 bob 30                           => available 0
        2011-01-06 return r1 o0 1:1                           => available -30, deficit 30
        2011-01-07 merge alice into bob                       => available 70, deficit 0, transferred 100",
    );
    holds(
        "given classic, spendingDeficitMax 50
        2011-01-05 enrol alice                                => available 0
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 redeem x1 alice 20                         => available -20
        2011-01-05 redeem x2 bob 30                           => available -30
        2011-01-07 merge alice into bob                       => available -50, deficit 50
        2011-01-08 reverse x1                                 => available -30, deficit 30
        2011-01-08 reverse x2                                 => available 0, deficit 0",
    );
}

#[test]
fn orders_of_the_merged_member_are_taken_back_out_of_their_own_lots() {
    holds(
        "given tiers, expiry 3 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-05 order o2 alice 40.00                       => available 140
        2011-02-05 order o3 bob 450.00                        => available 450
        2011-02-06 merge alice into bob                       => available 590, tier silver
        2011-02-07 return r1 o1 1:1                           => available 565, clawed back 25, tier silver, paid 2:25
        2011-02-07 return r2 o2 1:1                           => available 525, clawed back 65, paid 3:40, tier silver
        2011-02-07 cancel o1                                  => available 450, clawed back 140, paid 2:75, tier bronze",
    );
    // What had ended before the merge, after it, and after a second one is not taken twice.
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-05 order o2 bob 50.00                         => available 50
        2011-01-06 redeem x1 alice 10                         => available 90
        2011-02-06 merge alice into bob                       => available 140
        2011-02-07 return r1 o1 1:1                           => available 115, clawed back 25, forgiven 0
        2011-02-20 order o3 carol 60.00                       => available 60
        2011-03-01 expire bob                                 => available 0, expired 115
        2011-03-02 return r2 o1 1:1                           => available 0, forgiven 25, clawed back 25
        2011-03-03 merge bob into carol                       => available 60
        2011-03-04 return r3 o1 1:1                           => available 60, forgiven 50, clawed back 0
        2011-03-05 return r4 o1 1:1                           => available 50, forgiven 65, clawed back 10",
    );
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 2x50.00                     => available 100
        2011-01-05 enrol bob                                  => available 0
        2011-03-01 merge alice into bob                       => available 0, alice's expired 100
        2011-03-02 return r1 o1 1:1                           => available 0, forgiven 50, clawed back 0, deficit 0",
    );
}

#[test]
fn what_was_spent_before_the_merge_comes_back_to_whoever_they_are_now() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 alice 2x10.00                     => available 120
        2011-02-05 order o3 bob 5.00                          => available 5
        2011-02-05 redeem x1 alice 50 on o2                   => available 70, paid 1:50
        2011-02-06 merge alice into bob                       => available 75
        2011-02-07 return r1 o2 1:1                           => available 90, recredited x1 25, ends 2011-05-01:75/2011-06-01:15
        2011-02-08 reverse x1                                 => available 115, recredited x1 50, ends 2011-05-01:100/2011-06-01:15",
    );
    // Its lot had nothing left that could move: what comes back has a lot of its own, with the same end.
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 redeem x1 alice 100                        => available 0
        2011-01-06 merge alice into bob                       => available 0
        2011-01-07 reverse x1                                 => available 100, ends 2011-05-01:100, redeemed -100
        2011-01-08 merge bob into bob                         => refused BadInput at fromCustomerId
        2011-05-01 look bob                                   => available 0",
    );
    // Twice merged is still theirs.
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 enrol carol                                => available 0
        2011-01-05 redeem x1 alice 40                         => available 60
        2011-01-06 merge alice into bob                       => available 60
        2011-01-06 redeem x2 alice 20                         => available 40
        2011-01-07 merge bob into carol                       => available 40
        2011-01-08 reverse x1                                 => available 80
        2011-01-08 reverse x2                                 => available 100, ends 2011-05-01:100
        2011-01-09 return r1 o1 1:1                           => available 0, clawed back 100, deficit 0",
    );
}

#[test]
fn orders_go_on_where_the_member_went() {
    // A correction gives more: it is the order's own, and is taken first when goods come back.
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 2x50.00                     => available 100
        2011-01-05 order o2 alice 10.00                       => available 110
        2011-01-05 order o3 bob 20.00                         => available 20
        2011-01-06 merge alice into bob                       => available 130
        2011-01-07 order o1 alice 2x70.00 placed 2011-01-05 revision 2 => available 170, earned 60
        2011-01-08 redeem x1 bob 30                           => available 140
        2011-01-09 return r1 o1 1:2                           => available 0, clawed back 140, deficit 0",
    );
    // Nothing was earned before it.
    holds(
        "given classic
        2011-01-05 order o1 alice 0.50                        => available 0
        2011-01-05 order o2 bob 30.00                         => available 30
        2011-01-06 merge alice into bob                       => available 30
        2011-01-07 order o1 alice 20.00 placed 2011-01-05 revision 2 => available 50, wrote Earn
        2011-01-08 return r1 o1 1:1                           => available 30, clawed back 20, paid 2:20",
    );
    // Guests' orders and points claimed for the one are the other's.
    holds(
        "given classic
        2011-01-05 order o1 - 50.00                           => nobody
        2011-01-05 order o2 alice 10.00                       => available 10
        2011-01-05 order o3 bob 5.00                          => available 5
        2011-01-06 merge alice into bob                       => available 15
        2011-01-07 claim o1 alice                             => available 65
        2011-01-07 claim o1 bob                               => replayed, available 65
        2011-01-07 claim o2 bob                               => replayed, available 65, told alice, entries 1
        2011-01-07 order o2 alice 10.00 placed 2011-01-05     => replayed, available 65, told alice, entries 1",
    );
}

#[test]
fn a_block_outlives_a_merge() {
    holds(
        "given classic
        2011-01-05 order o1 alice 50.00                       => available 50
        2011-01-05 order o2 bob 5.00                          => available 5
        2011-01-06 block alice                                => status Blocked
        2011-01-06 merge alice into bob                       => status Blocked, available 55
        2011-01-06 redeem x1 bob 1                            => refused MemberBlocked bob
        2011-01-07 unblock alice                              => status Active, alice's status Merged
        2011-01-07 redeem x1 bob 55                           => available 0",
    );
}

#[test]
fn every_currency_moves() {
    holds(
        "given classic, stars
        2011-01-05 order o1 alice 50.00                       => available 50, stars 25
        2011-01-05 redeem x1 alice 5STARS                     => available 50, stars 20
        2011-01-05 order o2 bob 10.00                         => available 10, stars 5
        2011-01-06 merge alice into bob                       => available 60, stars 25, alice's stars 0
        2011-01-07 reverse x1                                 => stars 30",
    );
}
