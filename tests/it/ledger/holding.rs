//! Points set aside: captured, released, or over; each end once.

use loyalty::{
    commands::{Command, HoldPoints, Outcome, Price, Refusal, hold_points::OPEN_HOLDS_MAX},
    ledger::Points,
};

use super::{
    given,
    line::{self, Names},
    table::holds,
};
use crate::desk::Desk;

#[test]
fn what_is_wrong_with_the_request_comes_before_what_is_wrong_with_the_member() {
    holds(
        "given classic, reward mug 50
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05 order o2 bob 10.00                         => available 10
        2011-01-05 hold h1 nobody 0                           => refused BadInput at points
        2011-01-05 hold h1 nobody -1                          => refused BadInput at points
        2011-01-05 hold h1 nobody 9007199254740993            => refused BadInput at points
        2011-01-05 hold h1 nobody 5 for 0s                    => refused BadInput at ttlSeconds
        2011-01-05 hold h1 nobody 5 for 2592001s              => refused BadInput at ttlSeconds
        2011-01-05 hold h1 nobody 5GEMS                       => refused BadInput at currency
        2011-01-05 hold h1 nobody cup                         => refused RewardNotFound cup
        2011-01-05 hold h1 nobody 5                           => refused NotAMember nobody
        2011-01-05 block alice                                => status Blocked
        2011-01-05 hold h1 alice 500                          => refused MemberBlocked alice
        2011-01-05 unblock alice                              => status Active
        2011-01-05 hold h1 alice 101                          => refused InsufficientPoints: 101 asked, 100 there
        2011-01-05 hold h1 alice 5 on o2                      => refused BadInput at orderId
        2011-01-05 hold h1 alice 100 for 2592000s on o1       => available 0, held 100",
    );
}

#[test]
fn held_points_count_at_once_and_are_spent_when_they_are_captured() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 alice 50.00                       => available 150
        2011-02-06 hold h1 alice 120                          => available 30, held 120, redeemed 0, wrote Hold, paid 1:100/2:20
        2011-02-06 hold h2 alice 31                           => refused InsufficientPoints: 31 asked, 30 there
        2011-02-06 redeem x1 alice 31                         => refused InsufficientPoints: 31 asked, 30 there
        2011-02-06 transfer alice alice 31                    => refused BadInput at toCustomerId
        2011-02-06 adjust alice -31                           => refused InsufficientPoints: 31 asked, 30 there
        2011-02-06 hold h2 alice 30                           => available 0, held 150, paid 2:30
        2011-02-06T00:05:00Z capture h1                       => available 0, held 30, redeemed 120, h1 is Captured, h2 is Open, wrote Capture, paid 1:100/2:20
        # Each end comes once.
        2011-02-06T00:05:00Z capture h1                       => refused HoldNotOpen: Captured
        2011-02-06T00:05:00Z release h1                       => refused HoldNotOpen: Captured
        2011-02-06T00:06:00Z release h2                       => available 30, held 0, redeemed 120, h2 is Released, wrote Release, paid 2:30
        2011-02-06T00:06:00Z release h2                       => refused HoldNotOpen: Released
        2011-02-06T00:06:00Z capture h2                       => refused HoldNotOpen: Released
        2011-02-06T00:06:00Z capture h9                       => refused HoldNotFound
        2011-02-06T00:06:00Z release h9                       => refused HoldNotFound",
    );
}

#[test]
fn a_part_is_captured_out_of_the_lots_that_gave_first_and_the_rest_returns() {
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-02-05 order o2 alice 50.00                       => available 150
        2011-02-06 hold h1 alice 120                          => available 30, held 120
        2011-02-06 capture h1 121                             => refused HoldExceeded: 121 asked, 120 held
        2011-02-06 capture h1 0                               => refused BadInput at points
        2011-02-06 capture h1 -1                              => refused BadInput at points
        2011-02-06 capture h1 30 as x1                        => available 120, held 0, redeemed 30, h1 is Captured, wrote Capture+Release, paid 1:30+1:70/2:20
        2011-02-06 capture h1 1                               => refused HoldNotOpen: Captured
        2011-02-06 look alice                                 => ends 2011-05-01:70/2011-06-01:50
        2011-02-07 reverse x1                                 => available 150, redeemed 0, recredited x1 30, paid 1:30",
    );
}

#[test]
fn a_hold_is_over_to_the_instant_and_by_the_clock_alone() {
    holds(
        "given classic, holds 60 seconds
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-05T10:00:00Z hold h1 alice 50                 => available 50, held 50
        2011-01-05T10:00:00Z hold h2 alice 20 for 61s         => available 30, held 70
        2011-01-05T10:00:59.999999Z look alice                => available 30, held 70, h1 is Open
        2011-01-05T10:01:00Z look alice                       => available 80, held 20, h1 is Expired, h2 is Open
        2011-01-05T10:01:00Z capture h1                       => refused HoldNotOpen: Expired
        2011-01-05T10:01:00Z release h1                       => refused HoldNotOpen: Expired
        # What has come back can be spent, though nobody has written that it has.
        2011-01-05T10:01:00Z redeem x1 alice 80               => available 0, held 20, wrote Release+Redeem, paid 1:50+1:80
        2011-01-05T10:02:00Z expire alice                     => available 20, held 0, h2 is Expired, wrote Release, paid 1:20
        2011-01-05T10:03:00Z expire alice                     => wrote nothing",
    );
}

#[test]
fn points_whose_lot_ended_meanwhile_can_be_captured_and_end_when_they_return() {
    let before = "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-04-30T23:50:00Z hold h1 alice 60 for 3600s       => available 40, held 60
        2011-04-30T23:59:59.999999Z look alice                => available 40, held 60
        2011-05-01 look alice                                 => available 0, held 60, h1 is Open
        ";
    let then = |after: &str| holds(&format!("{before}{after}"));
    then(
        "2011-05-01T00:10:00Z capture h1                      => held 0, redeemed 60, expired 40, wrote Expire+Capture, paid 1:40+1:60",
    );
    then(
        "2011-05-01T00:10:00Z capture h1 20                   => held 0, redeemed 20, expired 80, available 0, wrote Expire+Capture+Release+Expire, paid 1:40+1:20+1:40+1:40",
    );
    then(
        "2011-05-01T00:10:00Z release h1                      => held 0, expired 100, available 0, wrote Expire+Release+Expire, paid 1:40+1:60+1:60",
    );
    then(
        "2011-05-01T00:50:00Z expire alice                    => held 0, expired 100, available 0, h1 is Expired, wrote Expire+Release+Expire",
    );
    // The hold and its lot end at one instant: the points return, and all of them end.
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-04-30T23:00:00Z hold h1 alice 60 for 3600s       => available 40, held 60
        2011-05-01 look alice                                 => available 0, held 0
        2011-05-01 expire alice                               => available 0, expired 100, wrote Release+Expire, paid 1:60+1:100",
    );
}

#[test]
fn what_returns_fills_a_deficit_first_unless_its_lot_has_ended() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-01-06 hold h1 alice 80                           => available 20, held 80
        # What is held is not there to be taken back: it is deficit.
        2011-01-06 return r1 o1 1:1                           => available -80, held 80, deficit 80, clawed back 100, paid 1:20/deficit:80
        2011-01-06 hold h2 alice 1                            => refused InsufficientPoints: 1 asked, -80 there
        2011-01-06 capture h1 30                              => available -30, held 0, deficit 30, redeemed 30, paid 1:30+deficit:50
        2011-01-07 order o2 alice 40.00                       => available 10, deficit 0, paid 6:30",
    );
    holds(
        "given classic, expiry 3 months
        2011-01-05 order o1 alice 100.00                      => available 100
        2011-04-30T23:50:00Z hold h1 alice 100 for 3600s      => available 0, held 100
        2011-04-30T23:55:00Z return r1 o1 1:1                 => available -100, held 100, deficit 100
        # It has ended, fills nothing, and is gone.
        2011-05-01T00:10:00Z release h1                       => available -100, deficit 100, expired 100, held 0, wrote Release+Expire, paid 1:100+1:100",
    );
}

#[test]
fn a_hold_knows_the_order_that_it_is_for() {
    holds(
        "given classic
        2011-01-05 order o0 alice 100.00                      => available 100
        2011-01-05 order o1 alice 2x10.00                     => available 120
        2011-01-05 order o2 bob 10.00                         => available 10
        2011-01-05 hold h1 alice 50 on o1                     => available 70
        2011-01-05 capture h1 on o2                           => refused BadInput at orderId
        2011-01-05 capture h1 as x1                           => redeemed 50
        2011-01-06 return r1 o1 1:1                           => recredited x1 25, redeemed 25
        # What it was captured for counts, not what it was held for.
        2011-01-07 hold h2 alice 50 on o1                     => held 50
        2011-01-07 capture h2 as x2 on o3                     => redeemed 75
        2011-01-08 return r2 o1 1:1                           => recredited x1 50, recredited x2 0
        2011-01-09 order o3 alice 10.00                       => earned 130
        2011-01-09 return r3 o3 1:1                           => recredited x2 50",
    );
}

/// Holds that are over, written down or not, take nobody's place.
#[test]
fn a_member_has_a_hundred_open_holds_at_most() {
    let mut desk = Desk::new(given::program("given classic"));
    let bought = line::read("2011-01-05 order o1 alice 1000.00", &desk.program, &Names::default());
    desk.decide_watched(&bought.command.unwrap(), bought.now).unwrap();
    let hold = Command::HoldPoints(HoldPoints {
        program: "tiered".into(),
        customer: "alice".into(),
        price: Price::Points { points: Points(1), currency: None },
        ttl_seconds: Some(60),
        order: None,
    });
    for _ in 0..OPEN_HOLDS_MAX {
        desk.decide_watched(&hold, bought.now).unwrap();
    }
    let refused = desk.decide_watched(&hold, bought.now).unwrap_err();
    assert!(matches!(&refused, Refusal::BadInput { field, .. } if field == "customerId"), "{refused}");
    let later = bought.now + chrono::Duration::seconds(60);
    let decision = desk.decide_watched(&hold, later).unwrap();
    assert!(matches!(decision.outcome, Outcome::Held { .. }));
}
