//! Merges that are undone.

use super::table::holds;

#[test]
fn what_nobody_touched_is_as_it_was() {
    holds(
        "given tiers, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 bob 450.00                        => available 450, tier bronze
        2011-02-06 unmerge alice                              => refused NotMerged alice
        2011-02-06 unmerge nobody                             => refused NotAMember nobody
        2011-02-06 merge alice into bob                       => available 550, tier silver
        2011-02-06 unmerge bob                                => refused NotMerged bob
        2011-02-07 unmerge alice                              => available 100, status Active, tier bronze, transferred 0, earned 100, ends 2011-05-01:100, bob's available 450, bob's tier bronze, bob's transferred 0, wrote TransferOut+TransferIn
        2011-02-07 look bob                                   => ends 2011-06-01:450
        2011-02-07 unmerge alice                              => refused NotMerged alice
        2011-02-07 order o3 alice 10.00                       => available 110, bob's available 450
        # And again, as often as it is wanted.
        2011-02-08 merge alice into bob                       => available 560, tier silver
        2011-02-09 unmerge alice                              => available 110, bob's available 450, bob's tier bronze
        2011-02-10 merge bob into alice                       => available 560, tier silver
        2011-02-11 unmerge bob                                => available 450, tier bronze, alice's available 110, alice's tier bronze",
    );
}

#[test]
fn every_currency_comes_back() {
    holds(
        "given classic, stars
        2011-01-05 order o1 alice 50.00                       => available 50, stars 25
        2011-01-05 order o2 bob 10.00                         => available 10, stars 5
        2011-01-06 merge alice into bob                       => available 60, stars 30
        2011-01-07 unmerge alice                              => available 50, stars 25, bob's available 10, bob's stars 5",
    );
}

#[test]
fn what_was_spent_meanwhile_stays_spent() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 bob 450.00                        => available 450
        2011-02-06 merge alice into bob                       => available 550
        # Hers end first.
        2011-02-07 redeem x1 bob 130                          => available 420
        2011-02-08 unmerge alice                              => available 0, bob's available 420, bob's transferred 100
        2011-02-09 reverse x1                                 => available 550
        2011-02-10 return r1 o1 1:1                           => available -100, clawed back 100",
    );
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 bob 450.00                        => available 450
        2011-02-06 merge alice into bob                       => available 550
        2011-02-07 redeem x1 bob 30                           => available 520
        2011-02-08 unmerge alice                              => available 70, ends 2011-05-01:70, bob's available 450
        2011-02-09 order o3 bob 5.00                          => available 455",
    );
}

/// What is recorded while they are one is the other's, whichever name it comes under.
#[test]
fn what_was_recorded_meanwhile_is_the_other_s() {
    holds(
        "given tiers
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 order o2 bob 10.00                         => available 10
        2011-01-06 merge alice into bob                       => available 110
        2011-01-07 order o3 alice 500.00                      => available 610, tier silver
        2011-01-07 order o4 - 20.00                           => nobody
        2011-01-08 claim o4 alice                             => available 635
        2011-01-09 unmerge alice                              => available 100, tier bronze, bob's available 535, bob's tier silver
        2011-01-10 return r1 o3 1:1                           => available 35, tier bronze, alice's available 100",
    );
}

#[test]
fn orders_are_taken_back_out_of_what_came_back() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-05 order o2 alice 40.00                       => available 140
        2011-01-05 order o3 bob 50.00                         => available 50
        2011-01-06 redeem x1 alice 20 on o2                   => available 120, paid 1:20
        2011-01-06 merge alice into bob                       => available 170
        2011-01-07 return r1 o1 1:1                           => available 145, clawed back 25
        2011-01-08 unmerge alice                              => available 95, bob's available 50
        2011-01-09 return r2 o1 1:1                           => available 70, clawed back 25, deficit 0, bob's available 50
        2011-01-10 order o1 alice 4x30.00 placed 2011-01-05 revision 2 => available 80, earned 150
        2011-01-11 reverse x1                                 => available 100
        2011-01-12 cancel o1                                  => available 40, deficit 0
        2011-01-12 cancel o2                                  => available 0, deficit 0",
    );
}

#[test]
fn what_expired_meanwhile_is_not_taken_twice() {
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-05 order o2 bob 50.00                         => available 50
        2011-02-06 merge alice into bob                       => available 150
        2011-02-07 redeem x1 bob 20                           => available 130
        2011-03-01 expire bob                                 => available 0, expired 130
        2011-03-02 unmerge alice                              => available 0, expired 100, deficit 0, bob's expired 30
        2011-03-03 return r1 o1 1:1                           => available 0, forgiven 25, clawed back 0
        2011-03-04 cancel o1                                  => available 0, forgiven 100, clawed back 0, deficit 0",
    );
    // What has expired and nobody has written down yet, too.
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 enrol bob                                  => available 0
        2011-02-06 merge alice into bob                       => available 100
        2011-03-02 unmerge alice                              => available 0, expired 100, bob's expired 0
        2011-03-03 return r1 o1 1:1                           => available 0, forgiven 100, deficit 0",
    );
}

#[test]
fn what_waits_comes_back_waiting_and_what_has_become_active_active() {
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-06 merge alice into bob                       => pending 110
        2011-01-07 unmerge alice                              => pending 100, starts 2011-01-19:100, bob's pending 10
        2011-01-08 return r1 o1 1:1                           => pending 0, clawed back 100, deficit 0",
    );
    holds(
        "given classic, activation 14 days, expiry 30 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-06 merge alice into bob                       => pending 110
        2011-01-20 unmerge alice                              => available 100, pending 0, ends 2011-02-19:100, bob's available 10
        2011-01-21 return r1 o1 1:1                           => available 0, clawed back 100, deficit 0",
    );
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-05 order o2 bob 10.00                         => pending 10
        2011-01-06 merge alice into bob                       => pending 110
        2011-01-07 fulfil f1 o1 1:1                           => available 50, pending 60
        2011-01-08 unmerge alice                              => available 50, pending 50, bob's pending 10
        2011-01-09 fulfil f2 o1 1:1                           => available 100, pending 0, waiting 0
        2011-01-10 return r1 o1 1:1                           => available 50, clawed back 50
        2011-01-11 return r2 o1 1:1                           => available 0, clawed back 100, deficit 0",
    );
    // Called off meanwhile.
    holds(
        "given classic, on fulfilment within 14 days, expiry 30 days
        2011-01-05 order o1 alice 2x50.00                     => pending 100
        2011-01-05 enrol bob                                  => pending 0
        2011-01-06 merge alice into bob                       => pending 100
        2011-01-20 unmerge alice                              => pending 0, available 0, cancelled 100, bob's cancelled 0
        2011-01-21 return r1 o1 1:1                           => available 0, deficit 0, clawed back 0",
    );
}

#[test]
fn holds_that_came_with_it_go_back() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o0 bob 10.00                         => available 10
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 hold h1 alice 60 for 7200s                 => available 40, held 60
        2011-01-06 merge alice into bob                       => available 50, held 60
        2011-01-06 hold h2 bob 15 for 7200s                   => available 35, held 75
        2011-01-06T01:00:00Z unmerge alice                    => held 60, h1 is Open, bob's held 15, available 35, bob's available 0
        2011-01-06T01:10:00Z capture h1 50 as x1              => available 45, held 0, redeemed 50
        2011-01-06T01:20:00Z release h2                       => available 15, held 0
        2011-01-07 reverse x1                                 => available 95, bob's available 15",
    );
    // One that has ended meanwhile has ended.
    holds(
        "given classic
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 hold h1 alice 60 for 3600s                 => available 40, held 60
        2011-01-06 merge alice into bob                       => available 40, held 60
        2011-01-06T02:00:00Z unmerge alice                    => available 100, held 0, bob's held 0, h1 is Expired",
    );
}

#[test]
fn a_deficit_comes_back_and_what_was_paid_for_it() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o0 bob 100.00                        => available 100
        2011-01-05 order o1 alice 30.00                       => available 30
        2011-01-05 redeem x1 alice 30                         => available 0
        2011-01-06 return r1 o1 1:1                           => available -30
        2011-01-07 merge alice into bob                       => available 70
        2011-01-08 unmerge alice                              => available -30, deficit 30, transferred 0, bob's available 100, bob's deficit 0, bob's transferred 0, wrote Recredit+TransferOut
        2011-01-08 look bob                                   => ends 2011-05-01:100
        2011-01-09 reverse x1                                 => available 0, deficit 0",
    );
    holds(
        "given classic, spendingDeficitMax 50
        2011-01-05 enrol alice                                => available 0
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 redeem x1 alice 20                         => available -20
        2011-01-05 redeem x2 bob 30                           => available -30
        2011-01-07 merge alice into bob                       => available -50, deficit 50
        2011-01-08 order o1 bob 40.00                         => available -10
        2011-01-09 unmerge alice                              => available -20, deficit 20, bob's available 10, bob's deficit 0",
    );
    // What paid has ended: what comes back to it ends at once.
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o0 bob 100.00                        => available 100
        2011-01-05 order o1 alice 30.00                       => available 30
        2011-01-05 redeem x1 alice 30                         => available 0
        2011-01-06 return r1 o1 1:1                           => available -30
        2011-01-07 merge alice into bob                       => available 70
        2011-03-02 unmerge alice                              => available -30, bob's available 0, bob's expired 100",
    );
}

#[test]
fn what_filled_the_other_s_deficit_comes_back() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o0 bob 50.00                         => available 50
        2011-01-05 redeem x1 bob 50                           => available 0
        2011-01-06 return r0 o0 1:1                           => available -50
        2011-02-05 order o1 alice 2x40.00                     => available 80
        2011-02-06 merge alice into bob                       => available 30, deficit 0
        2011-02-07 unmerge alice                              => available 80, ends 2011-06-01:80, bob's available -50, bob's deficit 50
        2011-02-08 return r1 o1 1:1                           => available 40, clawed back 40, bob's available -50",
    );
    // And not where it was taken back meanwhile: that the other has paid.
    holds(
        "given classic
        2011-01-05 order o0 bob 50.00                         => available 50
        2011-01-05 redeem x1 bob 50                           => available 0
        2011-01-06 return r0 o0 1:1                           => available -50
        2011-02-05 order o1 alice 2x40.00                     => available 80
        2011-02-06 merge alice into bob                       => available 30
        2011-02-07 return r1 o1 1:1                           => available -10
        2011-02-08 unmerge alice                              => available 40, bob's available -50
        2011-02-09 return r2 o1 1:1                           => available 0, deficit 0",
    );
    // It has ended meanwhile.
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o0 bob 50.00                         => available 50
        2011-01-05 redeem x1 bob 50                           => available 0
        2011-01-06 return r0 o0 1:1                           => available -50
        2011-01-07 order o1 alice 80.00                       => available 80
        2011-01-08 merge alice into bob                       => available 30
        2011-03-02 unmerge alice                              => available 0, expired 80, bob's available -50, bob's expired 0
        2011-03-03 return r1 o1 1:1                           => available 0, forgiven 80, deficit 0",
    );
}

#[test]
fn what_a_hold_was_lent_is_lent_again() {
    holds(
        "given classic, spendingDeficitMax 50
        2011-01-05 enrol alice                                => available 0
        2011-01-05 order o1 bob 100.00                        => available 100
        2011-01-06 hold h1 alice 30                           => available -30, held 30
        2011-01-06 merge alice into bob                       => available 70, held 30
        2011-01-06 unmerge alice                              => available -30, held 30, h1 is Open, bob's available 100, bob's held 0
        2011-01-06 release h1                                 => available 0, held 0, bob's available 100",
    );
}

/// What comes back to whom it was spent by stays there, whoever is merged into whom later.
#[test]
fn what_stayed_is_the_other_s_own() {
    holds(
        "given classic
        2011-01-05 order o1 dave 100.00                       => available 100
        2011-01-05 enrol alice                                => available 0
        2011-01-05 enrol bob                                  => available 0
        2011-01-06 merge dave into alice                      => available 100
        2011-01-06 redeem x1 alice 100                        => available 0
        2011-01-07 unmerge dave                               => available 0
        2011-01-07 reverse x1                                 => available 100
        2011-01-08 order o2 dave 500.00                       => available 500
        2011-01-09 merge alice into bob                       => available 100
        2011-01-09 merge dave into bob                        => available 600
        2011-01-10 unmerge alice                              => available 100, bob's available 500
        2011-01-10 unmerge dave                               => available 500, bob's available 0",
    );
    // What comes back after a second merge comes home from that one.
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 redeem x1 alice 60                         => available 40
        2011-01-06 merge alice into bob                       => available 40
        2011-01-06 unmerge alice                              => available 40
        2011-01-07 merge alice into bob                       => available 40
        2011-01-07 reverse x1                                 => available 100
        2011-01-08 unmerge alice                              => available 100, bob's available 0",
    );
    // Down a chain, too, where nothing had moved before.
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 redeem x1 alice 100                        => available 0
        2011-01-05 enrol bob                                  => available 0
        2011-01-05 enrol carol                                => available 0
        2011-01-06 merge alice into bob                       => available 0
        2011-01-06 merge bob into carol                       => available 0
        2011-01-07 reverse x1                                 => available 100
        2011-01-08 unmerge bob                                => available 100, carol's available 0
        2011-01-09 unmerge alice                              => available 100, bob's available 0",
    );
}

#[test]
fn what_counts_towards_the_tier_goes_with_the_orders() {
    holds(
        "given tiers
        2011-01-05 order o1 alice 4x150.00                    => tier silver
        2011-01-05 order o2 bob 450.00                        => tier bronze
        2011-01-06 merge alice into bob                       => tier silver
        2011-01-07 return r1 o1 1:1                           => tier silver
        2011-01-08 unmerge alice                              => tier bronze, bob's tier bronze
        # 450 each.
        2011-01-09 order o3 alice 50.00                       => tier silver, bob's tier bronze
        2011-01-09 order o4 bob 50.00                         => tier silver",
    );
}

#[test]
fn of_two_merges_one_upon_the_other_the_last_is_undone_first() {
    holds(
        "given tiers, expiry 3 months
        2011-01-05 order o1 alice 2x50.00                     => available 100
        2011-01-05 order o2 bob 20.00                         => available 20
        2011-01-05 order o3 carol 450.00                      => available 450
        2011-01-06 merge alice into bob                       => available 120
        2011-01-07 merge bob into carol                       => available 570, tier silver
        2011-01-07 return r1 o1 1:1                           => available 520, clawed back 50
        2011-01-08 unmerge alice                              => refused BadInput at customerId
        2011-01-08 unmerge bob                                => available 70, carol's available 450, carol's tier bronze
        2011-01-09 return r2 o1 1:1                           => available 20, clawed back 50
        2011-01-10 order o1 alice 2x60.00 placed 2011-01-05 revision 2 => available 20
        2011-01-11 unmerge alice                              => available 0, bob's available 20",
    );
    holds(
        "given classic, expiry 1 months
        2011-01-05 order o1 alice 2x50.00                     => available 100
        2011-01-05 order o2 bob 20.00                         => available 20
        2011-01-05 enrol carol                                => available 0
        2011-01-06 merge alice into bob                       => available 120
        2011-01-07 merge bob into carol                       => available 120
        2011-03-02 unmerge bob                                => available 0, expired 120, carol's expired 0
        2011-03-03 unmerge alice                              => available 0, expired 100, bob's expired 20
        2011-03-04 return r1 o1 1:2                           => available 0, forgiven 100, deficit 0",
    );
}

#[test]
fn a_block_stays_with_both() {
    holds(
        "given classic
        2011-01-05 order o1 alice 50.00                       => available 50
        2011-01-05 order o2 bob 5.00                          => available 5
        2011-01-06 block alice                                => status Blocked
        2011-01-06 merge alice into bob                       => status Blocked
        2011-01-07 unmerge alice                              => status Blocked, bob's status Blocked
        2011-01-08 unblock alice                              => status Active, bob's status Blocked
        2011-01-08 merge alice into bob                       => status Blocked
        2011-01-08 unblock bob                                => status Active
        2011-01-09 unmerge alice                              => status Active, bob's status Active",
    );
}
