//! A whole number of points, within what every client can hold exactly.

use std::{iter::Sum, ops::Neg};

use serde::{Deserialize, Serialize};

/// A whole number of points (or stars, stamps, minor units).
///
/// Arithmetic panics on overflow of 64 bits, which the bound on what enters ([`Points::MAX`] an amount) puts out of
/// reach: it would take a thousand times the whole range in one wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    pub const ZERO: Self = Self(0);
    /// 2^53: beyond it a JSON number is no longer exact in most clients.
    pub const MAX: Self = Self(1 << 53);

    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is within +-2^53.
    pub fn in_range(self) -> bool {
        self.0.unsigned_abs() <= Self::MAX.0.unsigned_abs()
    }
}

impl std::ops::Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("amounts are bounded where they enter"))
    }
}

impl std::ops::Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("amounts are bounded where they enter"))
    }
}

impl std::ops::AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Points {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Points {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, |sum, next| sum + next)
    }
}
