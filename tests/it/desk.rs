//! The desk by itself: a world in memory, time and ids as given, nothing stored.

mod narrow;

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

impl CountingIds {
    /// Others that go on from the same place.
    fn fork(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
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
        command.decide(&mut self.world, &Context { now, ids: &self.ids, partner: None })
    }

    /// Decides a command, and holds that a refused or repeated one left the world exactly as it was, and that all of it is
    /// decided by what it touches.
    pub(crate) fn decide_watched(&mut self, command: &Command, now: Instant) -> Result<Decision, Refusal> {
        self.decide_together(&[command], now).pop().expect("a batch of one has one answer")
    }

    /// The same of a batch: one after another, in what was loaded for all of them at once.
    pub(crate) fn decide_together(
        &mut self,
        commands: &[&Command],
        now: Instant,
    ) -> Vec<Result<Decision, Refusal>> {
        let (whole_before, ids) = (self.picture(), self.ids.fork());
        let mut narrow = narrow::Narrow::of(&self.world, commands, now);
        let mut answers = Vec::new();
        for command in commands {
            let before = self.picture();
            let foreseen = command.decide(&mut narrow.world, &Context { now, ids: &ids, partner: None });
            let decided = self.decide(command, now);
            if decided.as_ref().map_or(true, |decision| decision.replayed) {
                assert_eq!(self.picture(), before, "{command:?} was {decided:?} and yet changed the world");
            }
            assert_eq!(
                foreseen, decided,
                "{command:?} is decided by more than it touches, after {commands:?}"
            );
            answers.push(decided);
        }
        narrow.assert_same(&self.world, &whole_before);
        answers
    }

    /// All that the world holds, to compare.
    pub(crate) fn picture(&self) -> Picture {
        let world = &self.world;
        Picture {
            members: world.members.clone(),
            orders: world.orders.clone(),
            returns: world.returns.clone(),
            redemptions: world.redemptions.clone(),
            counters: world.counters.clone(),
            merges: world.merges.clone(),
            entries: world.entries.clone(),
        }
    }

    pub(crate) fn member(&self, customer: &str) -> Option<&Member> {
        self.world.members.get(&MemberKey::new(self.program.id(), customer))
    }

    /// Whoever a member has become.
    pub(crate) fn now<'a>(&'a self, mut member: &'a Member) -> &'a Member {
        while let Some(into) = member.merged_into {
            member = &self.world.members[self.world.key_of(into).expect("a member of the world")];
        }
        member
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
            .decide(&mut alone, &Context { now, ids: &self.ids, partner: None })
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
        let snapshot = MemberSnapshot::of(member);
        if snapshot.reaches(now) {
            return read(&snapshot.at(&self.program, now));
        }
        // So do the pages: whoever looks beyond a snapshot looks at the member.
        read(&MemberSnapshot::of(&self.settled(member, now)).at(&self.program, now))
    }
}

/// All that a world holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) members: hashbrown::HashMap<MemberKey, Member>,
    pub(crate) orders: hashbrown::HashMap<(String, String), loyalty::commands::Order>,
    pub(crate) returns: hashbrown::HashMap<(String, String), loyalty::commands::ReturnRecord>,
    pub(crate) redemptions: hashbrown::HashMap<loyalty::ids::RedemptionId, loyalty::commands::Redemption>,
    pub(crate) counters: hashbrown::HashMap<(String, String), loyalty::ledger::Counter>,
    pub(crate) merges: hashbrown::HashMap<loyalty::ids::MemberId, loyalty::commands::Merged>,
    pub(crate) entries: Vec<Entry>,
}
