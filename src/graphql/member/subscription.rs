//! Hearing of a member as it changes.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, ID, Subscription};
use futures_util::{Stream, stream::unfold};

use super::LoyaltyMember;
use crate::{
    auth::ReadMember,
    commands::{MemberKey, MemberSnapshot},
    graphql::{
        directives::{authenticated, cost},
        problem::Problem,
        visit::Visit,
    },
    hot::Watch,
};

#[derive(Default)]
pub(crate) struct MemberSubscription;

/// What happens, as it happens. Over WebSocket, by the protocol `graphql-transport-ws`.
#[Subscription]
impl MemberSubscription {
    /// Sends the member at once and after every change, also after those that time makes. Changes in quick succession may
    /// come as one: the last one always comes. Where the customer is no member, it waits until it is. A customer may hear of
    /// itself; services, staff and partners need the scope `loyalty:member:read`, and partners the member's link: until it is
    /// there, and once it has ended, nothing comes.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    #[expect(clippy::unused_async, reason = "a subscription's field has to be asynchronous")]
    async fn loyalty_balance_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose balance.")] customer_id: ID,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
    ) -> Result<impl Stream<Item = Result<LoyaltyMember, Problem>> + use<>, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(program.as_ref(), "program")?;
        let handle = visit.caller.read_member(MemberKey::new(program.id(), &customer_id))?;
        let listener = Listener::new(visit.again(), handle);
        Ok(unfold(listener, |mut listener| async {
            let member = listener.next().await?;
            Some((member, listener))
        }))
    }
}

/// Waits for changes of one customer's member.
struct Listener {
    visit: Visit,
    handle: ReadMember,
    /// The name that was asked for, and that of the member that it became.
    watches: Vec<Watch>,
    sent: Option<Sent>,
    failed: bool,
}

/// What was sent last: the member's version, and those of its wallets with time let pass.
struct Sent {
    member: Arc<MemberSnapshot>,
    wallets: Vec<i64>,
}

impl Listener {
    fn new(visit: Visit, handle: ReadMember) -> Self {
        let watches = vec![visit.services.hot.watch(handle.key())];
        Self { visit, handle, watches, sent: None, failed: false }
    }

    /// The member, once it is another than was sent before. Nothing comes after a failure.
    async fn next(&mut self) -> Option<Result<LoyaltyMember, Problem>> {
        while !self.failed {
            match self.read().await {
                Ok(Some(member)) => return Some(Ok(member)),
                Ok(None) => self.changed().await,
                Err(problem) => {
                    self.failed = true;
                    return Some(Err(problem));
                }
            }
        }
        None
    }

    async fn read(&mut self) -> Result<Option<LoyaltyMember>, Problem> {
        let read = self.visit.members(std::slice::from_ref(&self.handle)).await?;
        let Some(member) = read.into_iter().next().flatten() else { return Ok(None) };
        self.follow(&member);
        let now = self.visit.now();
        let wallets: Vec<i64> =
            member.wallets.iter().map(|wallet| member.wallet_at(&wallet.currency, now).version).collect();
        let is_old = |sent: &Sent| {
            sent.member.id == member.id && sent.member.version >= member.version && sent.wallets == wallets
        };
        if self.sent.as_ref().is_some_and(is_old) {
            return Ok(None);
        }
        self.sent = Some(Sent { member: Arc::clone(&member), wallets });
        // Each time is a read of its own.
        self.visit.caller.read_member(self.handle.key().clone())?;
        let shown = self.visit.shown(member);
        Ok(shown.map(|shown| shown.asked_for_as(self.handle.key().clone())))
    }

    /// Whoever was merged into another changes with that.
    fn follow(&mut self, member: &MemberSnapshot) {
        if self.watches.iter().all(|watch| *watch.key() != member.key) {
            self.watches.truncate(1);
            self.watches.push(self.visit.services.hot.watch(&member.key));
        }
    }

    /// Waits until something may have changed.
    async fn changed(&mut self) {
        let now = self.visit.now();
        let due = self.sent.as_ref().and_then(|sent| sent.member.due_after(now));
        let left = due.map(|due| (due - now).to_std().unwrap_or(Duration::ZERO));
        let time = async {
            match left {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        let changes = self.watches.iter_mut().map(|watch| Box::pin(watch.changed()));
        tokio::select! {
            _ = futures_util::future::select_all(changes) => {}
            () = time => {}
        }
    }
}
