//! What servers counted of their own work: loyalty's `/metrics` and Redis's statistics.

/// Sums since a start; what happened in between is the difference of two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counters {
    /// Commands that were done, or rows that were written.
    pub done: u64,
    /// Commands that were refused, replayed, turned away or failed.
    pub not_done: u64,
    /// Errors in GraphQL answers.
    pub errors: u64,
    /// Statements sent to the database.
    pub statements: u64,
    /// Members found in Redis.
    pub hits: u64,
    /// Members that had to be read from the database.
    pub misses: u64,
    /// Commands that Redis ran; those of a script as well.
    pub redis_commands: u64,
    /// How often Redis read what clients had sent: what comes together is read at once.
    pub redis_reads: u64,
    /// What the process used of the machine's cores, in microseconds.
    pub cpu_micros: u64,
}

impl Counters {
    /// From the text of `/metrics` and from Redis's `INFO commandstats stats`; the process is looked at elsewhere.
    pub(crate) fn read(metrics: &str, redis: &str) -> Self {
        let sum = |name: &str, which: &dyn Fn(&str) -> bool| metric(metrics, name, which);
        let done = |labels: &str| labels.contains("outcome=\"done\"");
        let hit = |labels: &str| labels.contains("result=\"hit\"");
        Self {
            done: sum("loyalty_commands_total", &done),
            not_done: sum("loyalty_commands_total", &|labels| !done(labels)),
            errors: sum("loyalty_graphql_errors_total", &|_| true),
            statements: sum("loyalty_sql_statements_total", &|_| true),
            hits: sum("loyalty_hot_reads_total", &hit),
            misses: sum("loyalty_hot_reads_total", &|labels| !hit(labels)),
            redis_commands: redis_commands(redis),
            redis_reads: redis_reads(redis),
            cpu_micros: 0,
        }
    }

    /// What happened since.
    pub(crate) fn since(&self, before: &Self) -> Self {
        self.zip(before, u64::saturating_sub)
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.zip(other, u64::saturating_add)
    }

    fn zip(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            done: with(self.done, other.done),
            not_done: with(self.not_done, other.not_done),
            errors: with(self.errors, other.errors),
            statements: with(self.statements, other.statements),
            hits: with(self.hits, other.hits),
            misses: with(self.misses, other.misses),
            redis_commands: with(self.redis_commands, other.redis_commands),
            redis_reads: with(self.redis_reads, other.redis_reads),
            cpu_micros: with(self.cpu_micros, other.cpu_micros),
        }
    }
}

/// Changes whose news the outbox still holds: work that goes on after the last answer.
pub(crate) fn backlog(metrics: &str) -> u64 {
    metric(metrics, "loyalty_outbox_backlog", |_| true)
}

/// The sum over the labels that are wanted. A counter that has not counted yet is not there.
fn metric(text: &str, name: &str, wanted: impl Fn(&str) -> bool) -> u64 {
    let values = text.lines().filter_map(|line| {
        let (labels, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
        let is_it = labels.is_empty() || labels.starts_with('{');
        (is_it && wanted(labels)).then(|| value.parse::<u64>().ok())?
    });
    values.sum()
}

/// All but the question itself.
fn redis_commands(text: &str) -> u64 {
    let calls = text.lines().filter_map(|line| {
        let (command, figures) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        (command != "info").then(|| figures.split(',').next()?.parse::<u64>().ok())?
    });
    calls.sum()
}

fn redis_reads(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
    line.and_then(|reads| reads.trim().parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = "# HELP loyalty_commands_total Commands decided, by command and outcome.\n\
        loyalty_commands_total{command=\"record_order\",outcome=\"done\"} 40\n\
        loyalty_commands_total{command=\"adjust\",outcome=\"done\"} 2\n\
        loyalty_commands_total{command=\"adjust\",outcome=\"refused\"} 3\n\
        loyalty_commands_total_more{outcome=\"done\"} 500\n\
        loyalty_sql_statements_total 77\nloyalty_outbox_backlog 5\n\
        loyalty_hot_reads_total{result=\"hit\"} 9\nloyalty_hot_reads_total{result=\"miss\"} 1\n\
        loyalty_hot_reads_total{result=\"bypass\"} 2\n";
    const REDIS: &str = "# Commandstats\r\ncmdstat_mget:calls=12,usec=30,usec_per_call=2.50,rejected_calls=0\r\n\
        cmdstat_info:calls=4,usec=1\r\ncmdstat_client|setinfo:calls=2,usec=1\r\n\
        # Stats\r\ntotal_reads_processed:15\r\ntotal_writes_processed:3\r\n";

    #[test]
    fn both_texts_are_read() {
        let expected = Counters {
            done: 42,
            not_done: 3,
            errors: 0,
            statements: 77,
            hits: 9,
            misses: 3,
            redis_commands: 14,
            redis_reads: 15,
            cpu_micros: 0,
        };
        let read = Counters::read(METRICS, REDIS);
        assert_eq!(read, expected);
        assert_eq!(read.since(&read), Counters::default());
        assert_eq!(read.plus(&read).since(&read), read);
        assert_eq!(backlog(METRICS), 5);
    }
}
