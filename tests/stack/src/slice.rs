//! `slice`: cuts the committed slice from the whole feed. See `data/README.md` for what it holds and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
};

use anyhow::{Context, Result};
use chrono::Datelike;
use rust_decimal::Decimal;

use crate::feed::{self, Event, Kind};

/// Customers taken of each of the six groups.
const CUSTOMERS_PER_GROUP: usize = 8;
/// Orders of nobody in particular.
const GUEST_ORDERS: usize = 6;

/// What decides whether a customer is taken.
#[derive(Default)]
struct Profile {
    spend: Decimal,
    lines: usize,
    returns: usize,
    months: BTreeSet<(i32, u32)>,
}

/// Spend by which the tiers of the demo's programme part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Band {
    Small,
    Middle,
    Large,
}

pub(crate) fn cut(feed_file: &Path, out: &Path) -> Result<()> {
    let open = File::open(feed_file).with_context(|| format!("opening {}", feed_file.display()))?;
    let slice = choose(feed::read(open)?);
    feed::write(&slice, File::create(out).with_context(|| format!("writing {}", out.display()))?)?;
    println!("{} events to {}", slice.len(), out.display());
    Ok(())
}

/// Every event of the chosen customers, and a few guest orders, in the feed's order.
fn choose(events: Vec<Event>) -> Vec<Event> {
    let customers = chosen_customers(&events);
    let guests = chosen_guest_orders(&events);
    let is_chosen = |event: &Event| match (event, event.customer()) {
        (_, Some(customer)) => customers.contains(customer),
        (Event::Order(order), None) => guests.contains(&order.order_id),
        (Event::Return(event), None) => guests.contains(&event.order_id),
    };
    events.into_iter().filter(is_chosen).collect()
}

/// Of each band, with and without returns: those who bought in the most months, with the fewest lines, so that a small file
/// shows long stories.
fn chosen_customers(events: &[Event]) -> BTreeSet<String> {
    let mut groups: BTreeMap<(Band, bool), Vec<(&str, Profile)>> = BTreeMap::new();
    for (customer, profile) in profiles(events) {
        groups.entry((profile.band(), profile.returns > 0)).or_default().push((customer, profile));
    }
    let mut chosen = BTreeSet::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|(customer, profile)| {
            (std::cmp::Reverse(profile.months.len()), profile.lines, (*customer).to_owned())
        });
        chosen.extend(group.into_iter().take(CUSTOMERS_PER_GROUP).map(|(customer, _)| customer.to_owned()));
    }
    chosen
}

fn profiles(events: &[Event]) -> BTreeMap<&str, Profile> {
    let mut profiles: BTreeMap<&str, Profile> = BTreeMap::new();
    for event in events {
        let Some(customer) = event.customer() else { continue };
        let profile = profiles.entry(customer).or_default();
        match event {
            Event::Return(_) => profile.returns += 1,
            Event::Order(order) => {
                let products = order.lines.iter().filter(|line| line.kind == Kind::Product);
                profile.spend += products.map(feed::Line::amount).sum::<Decimal>();
                profile.lines += order.lines.len();
                profile.months.insert((order.placed_at.year(), order.placed_at.month()));
            }
        }
    }
    profiles
}

/// The smallest guest orders of more than one line.
fn chosen_guest_orders(events: &[Event]) -> BTreeSet<String> {
    let mut orders: Vec<(usize, &str)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Order(order) if order.customer_id.is_none() && order.lines.len() > 1 => {
                Some((order.lines.len(), order.order_id.as_str()))
            }
            _ => None,
        })
        .collect();
    orders.sort_unstable();
    orders.into_iter().take(GUEST_ORDERS).map(|(_, id)| id.to_owned()).collect()
}

impl Profile {
    fn band(&self) -> Band {
        match self.spend {
            spend if spend >= Decimal::from(2_000) => Band::Large,
            spend if spend >= Decimal::from(500) => Band::Middle,
            _ => Band::Small,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spend_decides_the_band() {
        for (spend, band) in [
            ("0", Band::Small),
            ("499.99", Band::Small),
            ("500", Band::Middle),
            ("1999.99", Band::Middle),
            ("2000.00", Band::Large),
        ] {
            let profile = Profile { spend: spend.parse().unwrap(), ..Profile::default() };
            assert_eq!(profile.band(), band, "spend {spend}");
        }
    }

    /// Cutting the slice again takes all of it: the rule depends on nothing but what is in it.
    #[test]
    fn the_committed_slice_is_a_whole() {
        let slice = feed::read(crate::dataset::SLICE).unwrap();
        assert_eq!(choose(slice.clone()), slice);
    }
}
