//! What orders earn, and at which tier.

use super::table::holds;

#[test]
fn an_order_earns_a_point_for_each_whole_pound_of_its_products() {
    holds(
        "given classic
        2011-01-05 order o1 alice 100.00                      => earned 100, available 100, pending 0, wrote Earn
        2011-01-06 order o2 alice 2x10.25 1x5.00              => earned 125, available 125
        2011-01-06 order o3 alice 0.99                        => earned 125, wrote nothing
        2011-01-06 order o4 alice 0.99 0.99                   => earned 126
        2011-01-06 order o5 alice 10.00 18.00/other           => earned 136
        2011-01-06 order o6 alice 4x10.00-4.00                => earned 172
        2011-01-06 order o7 alice 18.00/other                 => earned 172, wrote nothing
        2011-01-07 order o8 bob 7.00                          => earned 7, available 7
        2011-01-07 look alice                                 => available 172",
    );
}

#[test]
fn a_fraction_is_rounded_once_for_the_order_as_the_programme_says() {
    holds(
        "given classic, rounding up
        2011-01-05 order o1 alice 1.10 1.10                   => earned 3
        2011-01-05 order o2 alice 5.00                        => earned 8",
    );
}

#[test]
fn a_guests_order_is_recorded_and_earns_nobody_anything() {
    holds(
        "given classic
        2011-01-05 order o1 - 2x50.00                         => nobody, wrote nothing
        2011-01-06 return r1 o1 1:1                           => nobody, wrote nothing
        2011-01-06 return r2 o1 1:2                           => refused ExceedsBought at return.lines[0].quantity
        2011-01-07 cancel o1                                  => nobody, wrote nothing
        2011-01-07 cancel o1                                  => replayed, nobody",
    );
}

#[test]
fn the_first_order_makes_a_member_where_the_programme_says_so() {
    holds(
        "given classic
        2011-01-05 order o1 alice 30.00                       => earned 30
        2011-01-06 enrol alice                                => refused AlreadyMember alice",
    );
    holds(
        "given classic, enrolment off
        2011-01-05 order o1 alice 30.00                       => nobody, wrote nothing
        2011-01-06 adjust alice 10                            => refused NotAMember alice
        2011-01-06 expire alice                               => refused NotAMember alice
        2011-01-06 enrol alice                                => earned 0, available 0
        2011-01-06 enrol alice                                => refused AlreadyMember alice
        2011-01-07 order o2 alice 20.00                       => earned 20, available 20
        # What was bought before the enrolment stays nobody's.
        2011-01-08 return r1 o1 1:1                           => nobody, wrote nothing
        2011-01-08 look alice                                 => available 20",
    );
}

#[test]
fn an_order_earns_at_the_tier_held_just_before_it() {
    holds(
        "given tiers
        2011-01-05 order o1 alice 499.99                      => earned 499, earned at bronze, tier bronze
        2011-01-06 order o2 alice 0.01                        => earned 499, earned at bronze, tier silver
        2011-01-07 order o3 alice 100.00                      => earned 624, earned at silver, tier silver
        2011-01-08 order o4 alice 1400.00                     => earned 2374, earned at silver, tier gold
        2011-01-09 order o5 alice 100.00                      => earned 2524, earned at gold
        # Postage neither earns nor counts.
        2011-01-10 order o6 bob 499.00 900.00/other           => earned 499, tier bronze",
    );
}

#[test]
fn a_years_spend_is_held_to_the_end_of_the_next_and_years_do_not_add_up() {
    holds(
        "given tiers
        2010-12-01 order o1 alice 400.00                      => earned 400, tier bronze
        2011-01-01 order o2 alice 400.00                      => earned 800, tier bronze
        2011-06-01 order o3 alice 100.00                      => earned 900, tier silver
        2012-12-31T23:59:59.999999Z look alice                => tier silver
        2013-01-01 look alice                                 => tier bronze
        2012-12-31T23:59:59.999999Z order o4 alice 10.00      => earned 912, earned at silver
        2013-01-01 order o5 alice 10.00                       => earned 922, earned at bronze",
    );
}

#[test]
fn years_begin_at_midnight_where_the_programme_is() {
    holds(
        "given tiers, zone Asia/Dubai
        2010-06-01 order o1 alice 600.00                      => tier silver
        2011-12-31T19:59:59.999999Z look alice                => tier silver
        2011-12-31T20:00:00Z look alice                       => tier bronze
        2010-12-31T20:00:00Z order o2 bob 600.00              => tier silver
        2012-06-01 look bob                                   => tier silver",
    );
}

#[test]
fn a_lifetime_tier_is_lost_only_by_returns() {
    holds(
        "given lifetime
        2010-12-01 order o1 alice 300.00                      => tier bronze
        2014-12-01 order o2 alice 2x100.00                    => tier silver
        2030-01-01 order o3 alice 10.00                       => earned at silver, earned 512
        2030-01-02 return r1 o2 1:1                           => tier bronze
        2030-01-03 order o4 alice 10.00                       => earned at bronze",
    );
}

#[test]
fn a_return_lowers_the_spend_of_its_orders_year_and_so_the_tier() {
    holds(
        "given tiers
        2010-12-01 order o1 alice 4x150.00                    => earned 600, tier silver
        2011-01-10 order o2 alice 100.00                      => earned 725, earned at silver
        2011-01-20 return r1 o1 1:1                           => clawed back 150, tier bronze
        2011-01-21 order o3 alice 100.00                      => earned 825, earned at bronze
        # What was bought at silver stays valued at silver.
        2011-01-22 return r2 o2 1:1                           => clawed back 275",
    );
}

#[test]
fn an_order_told_of_late_earns_as_of_its_day() {
    holds(
        "given tiers, expiry 1 months
        2011-06-01 order o1 alice 600.00                      => earned 600, tier silver
        # Of the same year: what is known by now decides the tier. Of the year before: that year's.
        2011-06-05 order o2 alice 100.00 placed 2011-05-20    => earned 725, earned at silver, available 725
        2011-06-05 order o3 alice 100.00 placed 2010-05-20    => earned 825, earned at bronze, available 725, expired 100, wrote Earn+Expire
        2011-07-01 look alice                                 => available 600
        2011-08-01 look alice                                 => available 0
        # A day ahead is another clock; more is a mistake.
        2011-08-01 order o4 alice 10.00 placed 2011-08-02     => earned 837
        2011-08-01 order o5 alice 10.00 placed 2011-08-02T00:00:00.000001Z => refused DateOutOfRange at order.placedAt",
    );
}
