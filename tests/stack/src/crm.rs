//! The CRM: it owns `Customer`, that is the person.
//!
//! The data knows customers by number only. The people are invented from the number, so that they are the same at every
//! start, and their addresses lead nowhere.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::{
    dataset::{self, Dataset},
    subgraph,
};

const FIRST_NAMES: [&str; 16] = [
    "Ada", "Bruno", "Clara", "Dilip", "Elena", "Farid", "Greta", "Hamza", "Ines", "Jonas", "Kira", "Luca",
    "Maya", "Noah", "Olga", "Pavel",
];
const LAST_NAMES: [&str; 15] = [
    "Archer", "Barrow", "Carver", "Dyer", "Ellwood", "Fletcher", "Grover", "Hooper", "Ironside", "Joyner",
    "Kember", "Lorimer", "Mercer", "Nailor", "Osgood",
];
const CITIES: [&str; 11] = [
    "London", "Leeds", "Bristol", "York", "Cardiff", "Glasgow", "Belfast", "Norwich", "Exeter", "Durham",
    "Bath",
];

/// By customer number.
type People = BTreeMap<String, dataset::Customer>;

struct Query;

/// A person who buys: invented, but for the number.
#[derive(SimpleObject)]
struct Customer {
    id: ID,
    name: String,
    email: String,
    city: String,
    member_since: DateTime<Utc>,
}

/// Its schema, in federation's language.
pub(crate) fn sdl() -> String {
    subgraph::sdl(Query)
}

/// Serves the subgraph until it is told to stop.
pub(crate) async fn serve(data: &Path, port: u16) -> Result<()> {
    let people = Dataset::load(data)?.customers();
    subgraph::serve("crm", subgraph::schema(Query).data(people).finish(), port).await
}

#[Object]
impl Query {
    /// One customer; null where there is none.
    async fn customer(&self, context: &Context<'_>, id: ID) -> Option<Customer> {
        find(context, &id)
    }

    /// Customers by number, at most 100.
    async fn customers(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "Some(10)")] first: Option<i32>,
    ) -> Vec<Customer> {
        let first = subgraph::page(first);
        people(context).iter().take(first).map(|(id, customer)| Customer::invent(id, customer)).collect()
    }

    #[graphql(entity)]
    async fn find_customer(&self, context: &Context<'_>, id: ID) -> Option<Customer> {
        find(context, &id)
    }
}

fn people<'context>(context: &Context<'context>) -> &'context People {
    context.data_unchecked::<People>()
}

fn find(context: &Context<'_>, id: &str) -> Option<Customer> {
    people(context).get(id).map(|customer| Customer::invent(id, customer))
}

impl Customer {
    fn invent(id: &str, customer: &dataset::Customer) -> Self {
        let number = id.bytes().fold(0_usize, |number, byte| (number * 31 + usize::from(byte)) % 65_537);
        let first_name = FIRST_NAMES[number % FIRST_NAMES.len()];
        let last_name = LAST_NAMES[number % LAST_NAMES.len()];
        let day = customer.first_order_at.date_naive().and_time(NaiveTime::MIN).and_utc();
        let days = i64::try_from(number % 900).unwrap_or(0);
        Self {
            id: ID(id.to_owned()),
            name: format!("{first_name} {last_name}"),
            email: format!("{first_name}.{last_name}.{id}@example.com").to_lowercase(),
            city: CITIES[number % CITIES.len()].to_owned(),
            member_since: day - TimeDelta::days(days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_same_every_time_and_was_there_before_the_first_order() {
        let first_order_at = "2011-02-28T23:00:00Z".parse().unwrap();
        for id in ["14217", "12347", "x"] {
            let (one, again) =
                [(); 2].map(|()| Customer::invent(id, &dataset::Customer { first_order_at })).into();
            assert_eq!(
                (&one.name, &one.email, &one.city),
                (&again.name, &again.email, &again.city),
                "customer {id}"
            );
            assert!(one.email.ends_with(&format!("{id}@example.com")));
            assert!(one.member_since <= first_order_at);
        }
    }
}
