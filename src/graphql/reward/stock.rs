//! How many of a reward are left.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::{
    commands::spending::stock_counter,
    graphql::{
        problem::Problem,
        visit::{Place, Visit},
    },
    ledger::Counter,
    program::{Program, document::Reward},
};

/// The counters of limited rewards, read together.
#[derive(Debug, Default)]
pub(crate) struct Stocks(HashMap<Place, Counter>);

impl Stocks {
    /// Reads what some programmes' rewards have left; those without a limit need no reading.
    pub(crate) async fn read(visit: &Visit, programs: &[&Program]) -> Result<Arc<Self>, Problem> {
        let limited = programs.iter().flat_map(|program| {
            let rewards = program.document().rewards.iter().filter(|reward| reward.stock.is_some());
            rewards.map(|reward| place(program, reward))
        });
        let counters = visit.services.pages.counters_at(&limited.collect::<Vec<_>>(), visit.now()).await;
        counters.map(|counters| Arc::new(Self(counters))).map_err(|error| visit.fault(&error))
    }

    /// How many of a reward are left; None where it has no limit.
    pub(super) fn left(&self, program: &Program, reward: &Reward) -> Option<i64> {
        let limit = reward.stock?.cast_signed();
        Some(self.0.get(&place(program, reward)).map_or(limit, |counter| counter.left(limit)))
    }
}

fn place(program: &Program, reward: &Reward) -> Place {
    (program.id().to_owned(), stock_counter(&reward.id))
}
