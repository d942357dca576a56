//! Numbers that many share: the stock of a reward, set aside, taken, given back, never overdrawn.

use super::table::holds;

#[test]
fn a_reward_is_redeemed_for_its_price_and_one_of_its_stock() {
    holds(
        "given classic, reward mug 50 stock 2, reward pen 10
        2011-01-05 order o1 alice 1000.00                     => available 1000
        2011-01-05 order o2 bob 40.00                         => available 40, left mug 2
        2011-01-06 redeem x1 alice mug                        => available 950, redeemed 50, left mug 1, wrote Redeem
        2011-01-06 redeem x2 bob mug                          => refused InsufficientPoints: 50 asked, 40 there
        2011-01-06 look bob                                   => left mug 1
        2011-01-06 redeem x2 alice mug                        => available 900, left mug 0
        2011-01-06 redeem x3 alice mug                        => refused OutOfStock mug: 0 left
        # That there is none comes before that the points are missing.
        2011-01-06 redeem x3 bob mug                          => refused OutOfStock mug: 0 left
        2011-01-06 hold h1 bob mug                            => refused OutOfStock mug: 0 left
        # What is reversed is there again, once.
        2011-01-07 reverse x1                                 => available 950, left mug 1
        2011-01-07 reverse x1                                 => refused RedemptionReversed
        2011-01-07 redeem x4 alice mug                        => available 900, left mug 0
        # Without a limit there is no end of it.
        2011-01-08 redeem x5 alice pen                        => available 890
        2011-01-08 redeem x6 alice pen                        => available 880",
    );
}

#[test]
fn goods_that_come_back_do_not_bring_the_reward_back() {
    holds(
        "given classic, reward mug 50 stock 2
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 redeem x1 alice mug on o1                  => available 50, left mug 1
        2011-01-07 return r1 o1 1:1                           => recredited x1 50, left mug 1
        # By hand it does: nothing is left to give back but the mug.
        2011-01-08 reverse x1                                 => recredited x1 50, left mug 2, wrote nothing",
    );
}

#[test]
fn a_held_reward_is_one_less_until_the_hold_ends() {
    holds(
        "given classic, reward mug 50 stock 2, holds 60 seconds
        2011-01-05 order o1 alice 500.00                      => available 500
        2011-01-05 order o2 bob 500.00                        => available 500
        2011-01-06T10:00:00Z hold h1 alice mug                => available 450, held 50, left mug 1
        2011-01-06T10:00:00Z hold h2 alice mug for 90s        => available 400, held 100, left mug 0
        2011-01-06T10:00:00Z hold h3 bob mug                  => refused OutOfStock mug: 0 left
        2011-01-06T10:00:00Z redeem x1 bob mug                => refused OutOfStock mug: 0 left
        # It is captured as a whole.
        2011-01-06T10:00:30Z capture h1 49                    => refused BadInput at points
        2011-01-06T10:00:30Z capture h1 as x2                 => redeemed 50, held 50, left mug 0
        2011-01-06T10:00:59.999999Z redeem x1 bob mug         => refused OutOfStock mug: 0 left
        2011-01-06T10:01:29.999999Z redeem x1 bob mug         => refused OutOfStock mug: 0 left
        # By the clock alone, whoever asks.
        2011-01-06T10:01:30Z look alice                       => left mug 1, h2 is Expired
        2011-01-06T10:01:30Z redeem x1 bob mug                => available 450, left mug 0
        # A batch that was given an earlier time and comes later: what it held is somebody else's.
        2011-01-06T10:01:29Z capture h2 as x3                 => refused HoldNotOpen: Expired
        2011-01-06T10:01:29Z release h2                       => refused HoldNotOpen: Expired
        2011-01-06T10:01:30Z capture h2                       => refused HoldNotOpen: Expired
        2011-01-06T10:02:00Z expire alice                     => available 450, held 0, left mug 0
        2011-01-06T10:03:00Z reverse x2                       => available 500, left mug 1
        2011-01-06T10:03:00Z hold h4 bob mug                  => left mug 0
        2011-01-06T10:03:00Z release h4                       => left mug 1, held 0",
    );
}

#[test]
fn a_hold_moves_with_its_member_and_keeps_its_place_in_the_stock() {
    holds(
        "given classic, reward mug 50 stock 1
        2011-01-05 order o1 alice 50.00                       => available 50
        2011-01-05 order o2 bob 100.00                        => available 100
        2011-01-06 hold h1 alice mug                          => left mug 0
        2011-01-06 merge alice into bob                       => available 100, held 50, left mug 0, h1 is Open
        2011-01-06 redeem x1 bob mug                          => refused OutOfStock mug: 0 left
        2011-01-06 capture h1 as x1                           => redeemed 50, held 0, left mug 0
        2011-01-07 reverse x1                                 => available 150, left mug 1",
    );
}

#[test]
fn what_is_refused_takes_nothing() {
    holds(
        "given classic, reward mug 50 stock 1
        2011-01-05 order o1 alice 40.00                       => available 40
        2011-01-05 order o2 bob 100.00                        => available 100
        2011-01-06 redeem x1 nobody mug                       => refused NotAMember nobody
        2011-01-06 redeem x1 alice mug                        => refused InsufficientPoints: 50 asked, 40 there
        2011-01-06 hold h1 alice mug                          => refused InsufficientPoints: 50 asked, 40 there
        2011-01-06 block bob                                  => status Blocked
        2011-01-06 redeem x1 bob mug                          => refused MemberBlocked bob
        2011-01-06 look bob                                   => left mug 1
        2011-01-06 unblock bob                                => left mug 1
        2011-01-06 redeem x1 bob mug                          => left mug 0",
    );
}
