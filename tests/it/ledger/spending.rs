//! Points spent, and what comes back of them.

use super::table::holds;

#[test]
fn what_is_wrong_with_the_request_comes_before_what_is_wrong_with_the_member() {
    holds(
        "given classic, reward mug 50
        2011-01-05 order o1 alice 40.00                       => available 40
        2011-01-05 order o2 bob 10.00                         => available 10
        2011-01-05 redeem x1 nobody 0                         => refused BadInput at points
        2011-01-05 redeem x1 nobody -1                        => refused BadInput at points
        2011-01-05 redeem x1 nobody 9007199254740993          => refused BadInput at points
        2011-01-05 redeem x1 nobody 5GEMS                     => refused BadInput at currency
        2011-01-05 redeem x1 nobody cup                       => refused RewardNotFound cup
        2011-01-05 redeem x1 nobody mug                       => refused NotAMember nobody
        2011-01-05 block alice                                => status Blocked
        2011-01-05 redeem x1 alice mug                        => refused MemberBlocked alice
        2011-01-05 unblock alice                              => status Active
        2011-01-05 redeem x1 alice mug                        => refused InsufficientPoints: 50 asked, 40 there
        2011-01-05 redeem x1 alice 5 on o2                    => refused BadInput at orderId
        2011-01-05 redeem x1 alice 40 on o1                   => available 0, redeemed 40, wrote Redeem",
    );
}

#[test]
fn points_are_spent_soonest_expiry_first_and_come_back_last_spent_first() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 adjust alice 30 until 2011-03-01           => available 130
        2011-01-06 redeem x1 alice 131                        => refused InsufficientPoints: 131 asked, 130 there
        2011-01-06 redeem x1 alice 50                         => available 80, redeemed 50, wrote Redeem, paid 2:30/1:20
        2011-01-07 reverse x1                                 => available 130, redeemed 0, recredited x1 50, wrote Recredit, paid 1:20/2:30
        # To their lots, with the end that those have.
        2011-01-07 look alice                                 => ends 2011-03-01:30/2011-05-01:100
        2011-01-07 reverse x1                                 => refused RedemptionReversed
        2011-01-07 reverse x9                                 => refused RedemptionNotFound
        2011-01-07 redeem x2 alice 130                        => available 0",
    );
}

#[test]
fn waiting_points_cannot_be_spent() {
    holds(
        "given classic, activation 14 days
        2011-01-05T10:00:00Z order o1 alice 100.00            => available 0, pending 100
        2011-01-19T09:59:59.999999Z redeem x1 alice 1         => refused InsufficientPoints: 1 asked, 0 there
        2011-01-19T10:00:00Z redeem x1 alice 100              => available 0, wrote Activate+Redeem",
    );
}

#[test]
fn points_spent_on_an_order_come_back_as_its_goods_do_and_add_up() {
    holds(
        "given classic
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 3x10.00                     => available 130
        2011-01-06 redeem x1 alice 10 on o1                   => available 120, paid 1:10
        # The burnt points come back first, then what the order no longer earns is taken.
        2011-01-07 return r1 o1 1:1                           => recredited x1 3, available 113, wrote Recredit+Clawback, paid 1:3+2:10
        2011-01-07 return r2 o1 1:1                           => recredited x1 6, available 106
        2011-01-07 return r3 o1 1:1                           => recredited x1 10, available 100, redeemed 0
        2011-01-08 reverse x1                                 => recredited x1 10, available 100, wrote nothing
        2011-01-08 reverse x1                                 => refused RedemptionReversed",
    );
    // A third of three is one, not a hair less.
    holds(
        "given classic
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 3x10.00                     => available 130
        2011-01-06 redeem x1 alice 3 on o1                    => available 127
        2011-01-07 return r1 o1 1:1                           => recredited x1 1
        2011-01-07 return r2 o1 1:1                           => recredited x1 2
        2011-01-07 return r3 o1 1:1                           => recredited x1 3",
    );
    // Split returns give back exactly as much as one; postage is part of what was paid for.
    holds(
        "given classic
        2011-01-05 order o0 alice 1000.00                     => available 1000
        2011-01-06 order o1 alice 4x7.00 2.00/other           => earned 1028
        2011-01-06 order o2 alice 4x7.00 2.00/other           => earned 1056
        2011-01-06 redeem x1 alice 100 on o1                  => redeemed 100
        2011-01-06 redeem x2 alice 100 on o2                  => redeemed 200
        2011-01-07 return r1 o1 1:1                           => recredited x1 23
        2011-01-07 return r2 o1 1:2                           => recredited x1 70
        2011-01-07 return r3 o2 1:3                           => recredited x2 70
        2011-01-07 return r4 o1 1:1                           => recredited x1 93
        2011-01-07 return r5 o1 2:1                           => recredited x1 100",
    );
    // What cost nothing comes back by the piece.
    holds(
        "given classic
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 4x10.00-40.00               => earned 100
        2011-01-06 redeem x1 alice 40 on o1                   => redeemed 40
        2011-01-07 return r1 o1 1:1                           => recredited x1 10
        2011-01-07 return r2 o1 1:3                           => recredited x1 40",
    );
}

#[test]
fn a_policy_may_wait_for_the_full_return_or_give_nothing_back() {
    holds(
        "given classic, recredit on full return
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 2x10.00 5.00/other          => available 120
        2011-01-06 redeem x1 alice 10 on o1                   => available 110
        2011-01-07 return r1 o1 1:2                           => recredited x1 0, available 90, wrote Clawback
        2011-01-07 return r2 o1 2:1                           => recredited x1 10, available 100, wrote Recredit",
    );
    holds(
        "given classic, recredit never
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 2x10.00                     => available 120
        2011-01-06 redeem x1 alice 10 on o1                   => available 110
        2011-01-07 return r1 o1 1:1                           => recredited x1 0, available 100
        2011-01-07 return r2 o1 1:1                           => recredited x1 0, available 90
        # By hand it may be undone.
        2011-01-08 reverse x1                                 => recredited x1 10, available 100",
    );
    // Whatever the policy, a cancelled order has cost nothing.
    holds(
        "given classic, recredit never
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-06 order o1 alice 2x10.00                     => available 120
        2011-01-06 redeem x1 alice 60 on o1                   => available 60
        2011-01-07 cancel o1                                  => recredited x1 60, redeemed 0, clawed back 20, available 100, wrote Recredit+Clawback",
    );
}

#[test]
fn points_come_back_to_their_lots_with_the_end_that_those_have() {
    let before = "2011-01-05 order o1 alice 100.00            => available 100, ends 2011-03-01:100
        2011-02-20 order o2 alice 2x10.00                     => available 120
        2011-02-20 redeem x1 alice 100 on o2                  => available 20, ends 2011-04-01:20
        ";
    let then = |programme: &str, after: &str| holds(&format!("given {programme}\n{before}{after}"));
    then(
        "classic, expiry 1 months",
        "2011-02-28T23:59:59.999999Z return r1 o2 1:1         => available 60, ends 2011-03-01:50/2011-04-01:10, paid 1:50+2:10
        # Never a new life: what has ended meanwhile ends at once, and says so.
        2011-03-01 return r2 o2 1:1                           => available 0, recredited x1 100, expired 100, wrote Expire+Recredit+Expire+Clawback, paid 1:50+1:50+1:50+2:10",
    );
    then(
        "classic, expiry 1 months, grace 7 days",
        "2011-03-01T12:00:00Z return r1 o2 1:1                => available 60, expired 0, wrote Recredit+Clawback, paid 4:50+2:10, ends 2011-03-08:50/2011-04-01:10
        2011-03-08T11:59:59.999999Z look alice                => available 60
        2011-03-08T12:00:00Z look alice                       => available 10
        # Each return has its own grace.
        2011-03-10 return r2 o2 1:1                           => available 50, expired 50, ends 2011-03-17:50",
    );
    // A lot that is still alive needs no grace.
    then(
        "classic, expiry 1 months, grace 7 days",
        "2011-02-25 return r1 o2 1:2                          => available 100, ends 2011-03-01:100",
    );
}

#[test]
fn what_comes_back_fills_a_deficit_first() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 redeem x1 alice 80                         => available 20
        2011-01-07 return r1 o1 1:1                           => available -80, deficit 80, paid 1:20/deficit:80
        2011-01-08 reverse x1                                 => available 0, deficit 0, redeemed 0, paid deficit:80",
    );
    // Of points that have ended meanwhile nothing is left to fill it with, unless they have a grace.
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 redeem x1 alice 80                         => available 20
        2011-01-07 return r1 o1 1:1                           => available -80
        2011-05-01 reverse x1                                 => available -80, deficit 80, expired 80, wrote Recredit+Expire",
    );
    holds(
        "given classic, expiry 3 months, grace 7 days
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 redeem x1 alice 90                         => available 10
        2011-01-07 return r1 o1 1:1                           => available -90
        2011-01-08 adjust alice 50                            => available -40
        2011-05-01 reverse x1                                 => available 50, deficit 0, wrote Recredit, paid 5:50/deficit:40, ends 2011-05-08:50",
    );
}

#[test]
fn an_order_s_own_points_that_were_spent_on_it_come_back_before_they_are_taken() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 redeem x1 alice 100 on o1                  => available 0
        2011-01-06 return r1 o1 1:1                           => available 0, deficit 0, clawed back 100, redeemed 0, paid 1:100+1:100",
    );
}
