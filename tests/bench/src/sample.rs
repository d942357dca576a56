//! What one run of a load generator came to, and what several runs come to.

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Requests or transactions that were answered in full.
    pub requests: u64,
    /// Of them in a second.
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// The middle one; between the two middle ones where their number is even. None of nothing.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[values.len() / 2 - 1], upper) })
}

/// The smallest value that at least `percent` of them do not exceed. None of nothing.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// As a figure: counts here are far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "a benchmark counts less than 2^53 of anything")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        for (values, expected) in [
            (vec![], None),
            (vec![3.0], Some(3.0)),
            (vec![5.0, 1.0, 4.0], Some(4.0)),
            (vec![4.0, 1.0, 2.0, 9.0], Some(3.0)),
        ] {
            assert_eq!(median(values.clone()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let hundred: Vec<u64> = (1..=100).collect();
        for (sorted, percent, expected) in [
            (&hundred[..], 50, Some(50)),
            (&hundred[..], 99, Some(99)),
            (&hundred[..], 100, Some(100)),
            (&hundred[..1], 99, Some(1)),
            (&hundred[..3], 50, Some(2)),
            (&[], 99, None),
        ] {
            assert_eq!(percentile(sorted, percent), expected, "{percent} of {}", sorted.len());
        }
    }
}
