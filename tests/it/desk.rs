//! The desk by itself: a world in memory, time and ids as given, nothing stored.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use loyalty::{
    clock::Instant,
    commands::{
        Command, Context, Decision, Entry, Expire, Member, MemberKey, MemberReading, MemberSnapshot, Refusal,
        World,
    },
    ids::IdSource,
    program::{Program, Programs},
};
use pretty_assertions::assert_eq;
use uuid::Uuid;

/// Ids that count: the first is 1.
#[derive(Default)]
struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn new_uuid(&self, _at: Instant) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// One programme's world, and whatever its commands have written.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) program: Arc<Program>,
    ids: CountingIds,
}

impl Desk {
    pub(crate) fn new(program: Program) -> Self {
        let id = program.id().to_owned();
        let programs = Programs::new(vec![program], None).expect("one programme is enough");
        let program = Arc::clone(programs.latest(&id).expect("it was just put in"));
        Self { world: World::new(Arc::new(programs)), program, ids: CountingIds::default() }
    }

    /// Decides a command at a moment.
    pub(crate) fn decide(&mut self, command: &Command, now: Instant) -> Result<Decision, Refusal> {
        command.decide(&mut self.world, &Context { now, ids: &self.ids })
    }

    /// Decides a command, and holds that a refused or repeated one left the world exactly as it was.
    pub(crate) fn decide_watched(&mut self, command: &Command, now: Instant) -> Result<Decision, Refusal> {
        let before = self.picture();
        let decided = self.decide(command, now);
        if decided.as_ref().map_or(true, |decision| decision.replayed) {
            assert_eq!(self.picture(), before, "{command:?} was {decided:?} and yet changed the world");
        }
        decided
    }

    /// All that the world holds, to compare.
    pub(crate) fn picture(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let world = &self.world;
        (world.members.clone(), world.orders.clone(), world.returns.clone(), world.entries.clone())
    }

    pub(crate) fn member(&self, customer: &str) -> Option<&Member> {
        self.world.members.get(&MemberKey::new(self.program.id(), customer))
    }

    pub(crate) fn entries_of<'a>(&'a self, member: &'a Member) -> impl Iterator<Item = &'a Entry> {
        self.world.entries.iter().filter(|entry| entry.member == member.id)
    }

    /// The member alone in a copy of the world, with everything written down that time has done until then.
    pub(crate) fn settled(&self, member: &Member, now: Instant) -> Member {
        let mut alone = World::new(Arc::clone(&self.world.programs));
        alone.add_member(member.clone());
        let command = Expire { program: member.key.program.clone(), customer: member.key.customer.clone() };
        Command::Expire(command)
            .decide(&mut alone, &Context { now, ids: &self.ids })
            .expect("time may pass for any member");
        alone.members.remove(&member.key).expect("it was put in above")
    }

    /// What a screen shows at a moment.
    pub(crate) fn reading<T>(
        &self,
        member: &Member,
        now: Instant,
        read: impl FnOnce(&MemberReading<'_>) -> T,
    ) -> T {
        read(&MemberSnapshot::of(member).at(&self.program, now))
    }
}
