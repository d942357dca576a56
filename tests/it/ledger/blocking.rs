//! Members that may earn and may not spend.

use super::table::holds;

#[test]
fn a_blocked_member_earns_and_may_neither_hold_spend_nor_transfer() {
    holds(
        "given tiers
        2011-01-05 block alice                                => refused NotAMember alice
        2011-01-05 order o1 alice 2x50.00                     => available 100
        2011-01-05 order o2 bob 100.00                        => available 100
        2011-01-06 block alice                                => status Blocked, available 100, wrote nothing
        2011-01-06 block alice                                => status Blocked, wrote nothing
        2011-01-06 hold h1 alice 1                            => refused MemberBlocked alice
        2011-01-06 redeem x1 alice 1                          => refused MemberBlocked alice
        2011-01-06 transfer alice bob 1                       => refused MemberBlocked alice
        2011-01-06 transfer bob alice 1                       => refused MemberBlocked alice
        # Everything else goes on.
        2011-01-07 order o3 alice 400.00                      => available 500, tier silver
        2011-01-08 return r1 o1 1:1                           => available 450, tier bronze
        2011-01-08 adjust alice -50                           => available 400
        2011-01-08 adjust alice 10                            => available 410
        2011-01-09 unblock alice                              => status Active
        2011-01-09 unblock alice                              => status Active
        2011-01-09 redeem x1 alice 410                        => available 0",
    );
}

#[test]
fn what_was_held_before_the_block_ends_as_it_would_have() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 hold h1 alice 30                           => held 30
        2011-01-05 hold h2 alice 30                           => held 60
        2011-01-05 hold h3 alice 30                           => held 90
        2011-01-05 redeem x1 alice 10                         => available 0
        2011-01-05 block alice                                => status Blocked
        2011-01-05 capture h1                                 => redeemed 40
        2011-01-05 release h2                                 => available 30
        2011-01-05 reverse x1                                 => available 40
        2011-01-05T00:15:00Z look alice                       => available 70, held 0, h3 is Expired",
    );
}

#[test]
fn time_goes_on_for_a_blocked_member() {
    holds(
        "given classic, expiry 1 months, activation 14 days
        2011-01-05 order o1 alice 100.00                      => pending 100
        2011-01-06 block alice                                => status Blocked
        2011-01-19 look alice                                 => available 100, pending 0
        2011-03-01 unblock alice                              => available 0, status Active, wrote Activate+Expire",
    );
}
