//! A programme as clients see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        directives::{authenticated, entity, list_size},
        problem::{Problem, unless_forbidden},
        reward::{LoyaltyReward, Stocks},
        scalars::Decimal,
        visit::Visit,
    },
    program::{
        Program,
        document::{Currency, Level, Texts},
    },
};

/// The newest version of a programme.
pub(crate) struct LoyaltyProgram(pub(crate) Arc<Program>);

impl LoyaltyProgram {
    /// A programme by id; None where there is none, and where the caller may not see it.
    pub(crate) fn find(visit: &Visit, id: &str) -> Result<Option<Self>, Problem> {
        let allowed = unless_forbidden(visit.caller.read_program(id))?;
        Ok(allowed.and_then(|_| visit.programs().latest(id)).cloned().map(Self))
    }
}

/// A brand's loyalty programme.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyProgram {
    /// Names the programme for ever: lower-case letters, digits and hyphens.
    async fn id(&self) -> ID {
        self.0.id().into()
    }

    /// The name that members see.
    async fn name(
        &self,
        #[graphql(
            desc = "A BCP 47 tag such as `en` or `ar`. Without it, and where there is no such text, the first language."
        )]
        language: Option<String>,
    ) -> &str {
        text(&self.0.document().name, language.as_deref())
    }

    /// The version that rewards orders now; it grows with every change.
    async fn version(&self) -> u32 {
        self.0.version()
    }

    /// IANA time zone in which the programme's days, months and years begin.
    async fn time_zone(&self) -> &str {
        &self.0.document().time_zone
    }

    /// What members collect. The first is the one that a member's `balance` shows.
    #[graphql(directive = list_size::apply(2, None, None, None))]
    async fn currencies(&self) -> Vec<LoyaltyCurrency> {
        (0..self.0.document().currencies.len()).map(|i| LoyaltyCurrency::new(&self.0, i)).collect()
    }

    /// What points can be spent on, in the programme's order; empty where it has no rewards.
    #[graphql(directive = list_size::apply(20, None, None, None))]
    async fn rewards(&self, context: &Context<'_>) -> Result<Vec<LoyaltyReward>, Problem> {
        let stocks = if context.look_ahead().field("stock").exists() {
            Some(Stocks::read(Visit::of(context), &[&self.0]).await?)
        } else {
            None
        };
        Ok(LoyaltyReward::of(&self.0, None, stocks.as_ref()))
    }

    /// The ladder, lowest tier first; empty where the programme has none.
    #[graphql(directive = list_size::apply(4, None, None, None))]
    async fn tiers(&self) -> Vec<LoyaltyTier> {
        let levels = self.0.document().tiers.as_ref().map_or(0, |ladder| ladder.levels.len());
        (0..levels).map(|i| LoyaltyTier { program: Arc::clone(&self.0), index: i }).collect()
    }
}

/// A currency of a programme, by its place there.
pub(crate) struct LoyaltyCurrency {
    program: Arc<Program>,
    index: usize,
}

impl LoyaltyCurrency {
    pub(crate) fn new(program: &Arc<Program>, index: usize) -> Self {
        Self { program: Arc::clone(program), index }
    }

    /// The currency with a code; None where the programme has no such one.
    pub(crate) fn find(program: &Arc<Program>, code: &str) -> Option<Self> {
        let index = program.document().currencies.iter().position(|currency| currency.code == code)?;
        Some(Self::new(program, index))
    }

    fn currency(&self) -> &Currency {
        &self.program.document().currencies[self.index]
    }
}

/// What members collect: points, stars, cashback.
#[Object]
impl LoyaltyCurrency {
    /// Unique in the programme: capital letters, digits and underscores.
    async fn code(&self) -> &str {
        &self.currency().code
    }

    /// The name that members see.
    async fn name(
        &self,
        #[graphql(
            desc = "A BCP 47 tag such as `en` or `ar`. Without it, and where there is no such text, the first language."
        )]
        language: Option<String>,
    ) -> &str {
        text(&self.currency().name, language.as_deref())
    }

    /// Digits after the point when shown, 0 to 9: 0 for points, 2 for cashback in cents. Amounts are whole units always.
    async fn scale(&self) -> u8 {
        self.currency().scale
    }
}

/// A tier of a programme, by its place on the ladder.
#[derive(Clone)]
pub(crate) struct LoyaltyTier {
    program: Arc<Program>,
    index: usize,
}

impl LoyaltyTier {
    /// The tier with an id; None where the programme has no such one.
    pub(crate) fn find(program: &Arc<Program>, id: &str) -> Option<Self> {
        let levels = &program.document().tiers.as_ref()?.levels;
        let index = levels.iter().position(|level| level.id == id)?;
        Some(Self { program: Arc::clone(program), index })
    }

    #[cfg(test)]
    pub(crate) fn id_text(&self) -> &str {
        &self.level().id
    }

    fn level(&self) -> &Level {
        let ladder = self.program.document().tiers.as_ref();
        &ladder.expect("a tier is made of a ladder's level").levels[self.index]
    }
}

/// A step of a programme's ladder.
#[Object]
impl LoyaltyTier {
    /// Unique in the programme.
    async fn id(&self) -> ID {
        ID(self.level().id.clone())
    }

    /// The name that members see.
    async fn name(
        &self,
        #[graphql(
            desc = "A BCP 47 tag such as `en` or `ar`. Without it, and where there is no such text, the first language."
        )]
        language: Option<String>,
    ) -> &str {
        text(&self.level().name, language.as_deref())
    }

    /// The qualifying spend from which it is held, in the currency of the orders; 0 for the lowest tier.
    async fn threshold(&self) -> Decimal {
        Decimal(self.level().threshold)
    }

    /// What the rate of rules that heed the tier is multiplied with; 1 changes nothing.
    async fn multiplier(&self) -> Decimal {
        Decimal(self.level().multiplier)
    }

    /// Perks as named facts, for other systems to act on.
    async fn benefits(&self) -> &[String] {
        &self.level().benefits
    }
}

/// The text in a language: of the very tag, or of its language alone (`pt` for `pt-BR`), or the first.
pub(crate) fn text<'a>(texts: &'a Texts, language: Option<&str>) -> &'a str {
    let wanted = |tag: &str| texts.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
    let chosen = language.and_then(|tag| wanted(tag).or_else(|| wanted(tag.split('-').next()?)));
    chosen.or_else(|| texts.iter().next()).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_its_tag_then_its_language_then_the_first() {
        let texts =
            Texts::from([("en".to_owned(), "Points".to_owned()), ("pt".to_owned(), "Pontos".to_owned())]);
        for (language, expected) in [
            (None, "Points"),
            (Some("PT"), "Pontos"),
            (Some("pt-BR"), "Pontos"),
            (Some("ja"), "Points"),
            (Some(""), "Points"),
        ] {
            assert_eq!(text(&texts, language), expected, "{language:?}");
        }
    }
}
