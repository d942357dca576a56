//! Lets a partner see a member, and stops that.

use serde::{Deserialize, Serialize};

use super::{
    Context, Decision, Entry, Member, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
};
use crate::clock::Instant;

/// The most partners that one member may have linked.
pub const LINKS_MAX: usize = 50;

/// A partner that a member has linked: its apps see the member, and may give and spend points of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerLink {
    pub partner: String,
    pub linked_at: Instant,
}

/// Links a partner, or unlinks it. Whoever is linked already stays so, since then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkPartner {
    pub program: String,
    pub customer: String,
    pub partner: String,
    pub linked: bool,
}

impl LinkPartner {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        if !is_name(&self.partner) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Refusal::bad_input("partnerId", message));
        }
        let key = world.member_of(&self.program, &self.customer, context)?;
        let member = world.members.get_mut(&key).expect("it was found above");
        let is_linked = member.has_linked(&self.partner);
        if self.linked && !is_linked && member.partners.len() >= LINKS_MAX {
            let message = format!("the member has linked {LINKS_MAX} partners, and may link no more");
            return Err(Refusal::bad_input("partnerId", message));
        }

        if self.linked != is_linked {
            let entries = member.settle(&program, context.now);
            if self.linked {
                member.partners.push(PartnerLink { partner: self.partner.clone(), linked_at: context.now });
            } else {
                member.partners.retain(|link| link.partner != self.partner);
            }
            member.touched();
            world.entries.extend(entries);
        }
        Ok(Decision::new(Outcome::PartnersChanged { member: key }))
    }
}

impl Member {
    /// Whether a partner may see it.
    pub fn has_linked(&self, partner: &str) -> bool {
        self.partners.iter().any(|link| link.partner == partner)
    }

    /// Takes over the links of another member, each since it was made first.
    pub(super) fn take_links_of(&mut self, other: &Self) {
        for link in &other.partners {
            match self.partners.iter_mut().find(|own| own.partner == link.partner) {
                Some(own) => own.linked_at = own.linked_at.min(link.linked_at),
                None => self.partners.push(link.clone()),
            }
        }
    }
}

/// Says of entries that a partner's command names whose making they are.
pub(super) fn sign(entries: &mut [Entry], outcome: &Outcome, partner: &str) {
    for entry in entries.iter_mut().filter(|entry| outcome.entries().contains(&entry.movement.seq)) {
        entry.partner = Some(partner.to_owned());
    }
}
