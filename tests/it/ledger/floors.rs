//! How far below zero a balance may be brought, and by whom.

use super::table::holds;

#[test]
fn taking_back_may_go_down_to_the_floor_of_the_tier() {
    holds(
        "given tiers, deficitMax 0, deficitMax 100 at silver
        2011-01-05 order o1 alice 600.00                      => available 600, tier silver
        2011-01-05 order o2 alice 2x80.00                     => available 800
        2011-01-06 redeem x1 alice 800                        => available 0
        # The first goes down to silver's floor.
        2011-01-07 return r1 o2 1:1                           => available -100, deficit 100, uncollected 0
        2011-01-08 return r2 o2 1:1                           => available -100, deficit 100, uncollected 100, wrote nothing
        2011-01-09 adjust alice 100                           => available 0
        # Bronze has none. The tier is that which the return leaves.
        2011-01-10 return r3 o1 1:1                           => tier bronze, available 0, uncollected 600, wrote nothing",
    );
}

#[test]
fn a_clamped_balance_never_goes_below_zero_and_what_is_left_is_said() {
    holds(
        "given classic, clamped
        2011-01-05 order o1 alice 4x25.00                     => available 100
        2011-01-06 order o2 alice 10.00                       => available 110
        2011-01-06 redeem x1 alice 90                         => available 20
        2011-01-07 return r1 o1 1:1                           => available 0, clawed back 20, uncollected 5, paid 1:10/2:10
        2011-01-08 return r2 o1 1:1                           => available 0, clawed back 20, uncollected 30, wrote nothing",
    );
}

#[test]
fn a_policy_may_take_only_what_still_waits() {
    holds(
        "given classic, pending only, activation 14 days
        2011-01-05 order o1 alice 4x25.00                     => pending 100
        2011-01-06 return r1 o1 1:1                           => pending 75, clawed back 25, uncollected 0
        2011-01-19 return r2 o1 1:1                           => available 75, clawed back 25, uncollected 25, wrote Activate
        2011-01-20 order o2 alice 10.00                       => available 75, pending 10
        # Nobody else's waiting points pay for it.
        2011-01-20 return r3 o1 1:1                           => available 75, pending 10, uncollected 50
        2011-01-20 return r4 o2 1:1                           => available 75, pending 0, uncollected 0",
    );
}

#[test]
fn spending_stops_at_zero_unless_the_programme_lends() {
    holds(
        "given tiers, spendingDeficitMax 30, spendingDeficitMax 50 at silver
        2011-01-05 order o1 alice 20.00                       => available 20, tier bronze
        2011-01-06 redeem x1 alice 51                         => refused InsufficientPoints: 51 asked, 20 there
        2011-01-06 redeem x1 alice 50                         => available -30, deficit 30, paid 1:20/deficit:30
        2011-01-06 redeem x2 alice 1                          => refused InsufficientPoints: 1 asked, -30 there
        2011-01-06 hold h1 alice 1                            => refused InsufficientPoints: 1 asked, -30 there
        # By hand and from member to member only what is there goes.
        2011-01-06 adjust alice -1                            => refused InsufficientPoints: 1 asked, -30 there
        2011-01-06 enrol bob                                  => available 0
        2011-01-06 transfer bob alice 1                       => refused InsufficientPoints: 1 asked, 0 there
        2011-01-07 order o2 alice 500.00                      => available 470, deficit 0, tier silver, paid 3:30
        2011-01-08 redeem x3 alice 520                        => available -50
        2011-01-09 order o3 alice 50.00                       => available 12, paid 5:50",
    );
}

#[test]
fn what_was_lent_and_comes_back_lessens_the_deficit() {
    holds(
        "given classic, spendingDeficitMax 50, expiry 3 months
        2011-01-05 order o1 alice 20.00                       => available 20
        2011-01-06 redeem x1 alice 60                         => available -40, paid 1:20/deficit:40
        2011-01-07 reverse x1                                 => available 20, deficit 0, wrote Recredit, paid 1:20/deficit:40, ends 2011-05-01:20",
    );
    // Where later credits have filled it, it is a lot that never ends.
    holds(
        "given classic, spendingDeficitMax 50, expiry 3 months
        2011-01-05 order o1 alice 20.00                       => available 20
        2011-01-06 redeem x1 alice 60                         => available -40
        2011-01-07 order o2 alice 30.00                       => available -10, deficit 10
        2011-01-08 reverse x1                                 => available 50, deficit 0, paid 1:20/4:30/deficit:10, ends 2011-05-01:20",
    );
}

#[test]
fn a_hold_may_be_lent_too() {
    holds(
        "given classic, spendingDeficitMax 50
        2011-01-05 order o1 alice 20.00                       => available 20
        2011-01-06 hold h1 alice 60                           => available -40, held 60, deficit 40, paid 1:20/deficit:40
        2011-01-06 capture h1 30                              => available -10, held 0, redeemed 30, deficit 10, paid 1:20/deficit:10+deficit:30
        2011-01-07 order o2 alice 25.00                       => available 15, paid 5:10
        2011-01-08 hold h2 alice 60                           => available -45, deficit 45
        2011-01-08 release h2                                 => available 15, deficit 0, paid 5:15/deficit:45",
    );
    // Filled meanwhile, what was lent returns as a lot of its own.
    holds(
        "given classic, spendingDeficitMax 50, expiry 3 months
        2011-01-05 enrol alice                                => available 0
        2011-01-06 hold h1 alice 40                           => available -40, held 40
        2011-01-06 adjust alice 30 until 2011-02-01           => available -10, deficit 10
        2011-01-06 release h1                                 => available 30, deficit 0, paid 3:30/deficit:10, ends never",
    );
}

#[test]
fn what_was_lent_for_an_order_comes_back_as_of_the_return() {
    holds(
        "given classic, spendingDeficitMax 50
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 redeem x1 alice 150 on o1                  => available -50
        2011-01-06 order o2 alice 60.00                       => available 10
        2011-01-09 return r1 o1 1:1 at 2011-01-08             => recredited x1 150, available 60, wrote Recredit+Clawback, paid 1:100/4:50+1:100",
    );
}
