//! Where the points of an order are, when whoever earned them has become another member.
//!
//! An award knows its lots by their numbers in one member's ledger. When that member is merged into another, what is left in
//! them moves to lots of the other's, which remember where they came from; so the award is found again wherever it went. Where
//! the merge was undone they have come home, to lots that remember it as well.

use super::{Member, MemberKey, Order, OrderAward, World};
use crate::{
    ids::MemberId,
    ledger::{Lot, Points, Wallet},
};

impl Order {
    /// Whose ledger an award's lots are numbered in.
    pub(super) fn home(&self, award: &OrderAward) -> Option<MemberId> {
        award.home.or(self.member)
    }

    /// Numbers of an award's lots in the wallet of whoever has them now.
    pub(super) fn own_lots(&self, award: &OrderAward, member: &Member) -> Vec<i64> {
        let home = self.home(award);
        let mut lots: Vec<i64> = Vec::new();
        if home.is_none_or(|home| home == member.id) {
            lots.extend(award.lots());
        }
        if let Some((home, wallet)) = home.zip(member.wallet(&award.currency)) {
            let moved = award.lots().flat_map(|lot| wallet.lots_out_of(home.0, lot)).map(|lot| lot.seq);
            for lot in moved {
                if !lots.contains(&lot) {
                    lots.push(lot);
                }
            }
        }
        lots
    }

    /// The number by which an award knows a lot of whoever has it now; none where the lot is not the award's.
    pub(super) fn known_as(&self, award: &OrderAward, member: &Member, lot: i64) -> Option<i64> {
        let home = self.home(award)?;
        let is_known = |number: &i64| award.lots().any(|own| own == *number);
        let as_it_is = Some(lot).filter(|_| home == member.id).filter(is_known);
        as_it_is.or_else(|| {
            let lots = member.wallet(&award.currency)?.lots();
            let origin = lots.iter().find(|own| own.seq == lot)?.origin;
            origin.filter(|(owner, _)| *owner == home.0).map(|(_, number)| number).filter(is_known)
        })
    }
}

impl World {
    /// What has expired of each award's points while they were other members', whom the owner has taken in.
    pub(super) fn expired_elsewhere(&self, order: &Order, owner: &MemberKey) -> Vec<Points> {
        order.awards.iter().map(|award| self.expired_on_the_way(order, award, owner)).collect()
    }

    fn expired_on_the_way(&self, order: &Order, award: &OrderAward, owner: &MemberKey) -> Points {
        let mut expired = Points::ZERO;
        let mut next = order.home(award);
        while let Some(member) = next.and_then(|id| self.members.get(self.key_of(id)?)) {
            if member.key == *owner {
                break;
            }
            let own = order.own_lots(award, member);
            let lots = member.wallet(&award.currency).map_or(&[][..], Wallet::lots);
            let own = |lot: &&Lot| own.contains(&lot.seq);
            expired += lots.iter().filter(own).map(|lot| lot.expired).sum();
            next = member.merged_into;
        }
        expired
    }
}
