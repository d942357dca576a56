//! Checks the books: every law that the ledger must keep, and the hot balances against it.

use std::collections::BTreeMap;

use crate::{
    commands::{Entry, MemberSnapshot, merge::MERGED, snapshot::WalletSnapshot, unmerge::UNMERGED},
    hot::Hot,
    ledger::{Account, Kind, Lot, Movement, Points, Wallet},
    store::{CounterAudit, MemberLedger, Pages, StoreError},
};

/// Members of one page.
const PAGE_MEMBERS: u64 = 200;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub members: usize,
    pub entries: usize,
    /// Members of whom a hot copy was there to compare.
    pub hot: usize,
    /// Sums over all members, by programme, currency and account.
    pub sums: BTreeMap<(String, String, &'static str), i64>,
    /// What is not as it must be, one line each, with the member's customer id.
    pub differences: Vec<String>,
}

/// Checks every member of every programme.
pub async fn verify(pages: &Pages, hot: &Hot) -> Result<Findings, StoreError> {
    let mut findings = Findings::default();
    let mut after = None;
    loop {
        let ledgers = pages.ledgers(after, PAGE_MEMBERS).await?;
        let Some(last) = ledgers.last() else { break };
        after = Some(last.member.id);
        for ledger in &ledgers {
            check_member(ledger, &mut findings);
        }
        check_hot(&ledgers, hot, &mut findings).await;
    }
    conserve(&mut findings);
    for counter in pages.counter_audits().await? {
        let CounterAudit { program, name, stored, summed } = counter;
        if stored != summed {
            findings.differences.push(format!(
                "{program}: counter {name} says {stored:?} (taken, held), and {summed:?} are by redemptions and leases"
            ));
        }
    }
    Ok(findings)
}

async fn check_hot(ledgers: &[MemberLedger], hot: &Hot, findings: &mut Findings) {
    let keys: Vec<_> = ledgers.iter().map(|ledger| ledger.member.key.clone()).collect();
    let copies = hot.peek(&keys).await;
    for (ledger, copy) in ledgers.iter().zip(copies) {
        let Some(copy) = copy else { continue };
        findings.hot += 1;
        let truth = MemberSnapshot::of(&ledger.member);
        if !agrees(&copy, &truth) {
            let key = &ledger.member.key;
            findings.differences.push(format!(
                "{}/{}: the hot balance is version {}, the ledger's is {}, and they differ",
                key.program, key.customer, copy.version, truth.version
            ));
        }
    }
}

/// Whether a hot copy says what the ledger says. How far ahead a copy looks depends on how much of the wallet was loaded
/// when it was made.
fn agrees(copy: &MemberSnapshot, truth: &MemberSnapshot) -> bool {
    let wallets = |snapshot: &MemberSnapshot| -> Vec<_> {
        let told = |wallet: &WalletSnapshot| {
            (wallet.currency.clone(), wallet.version, wallet.deficit, wallet.lifetime_earned, wallet.sums())
        };
        let mut told: Vec<_> = snapshot.wallets.iter().map(told).collect();
        told.sort_unstable();
        told
    };
    (copy.id, copy.status, copy.version, &copy.standing)
        == (truth.id, truth.status, truth.version, &truth.standing)
        && wallets(copy) == wallets(truth)
}

fn check_member(ledger: &MemberLedger, findings: &mut Findings) {
    findings.members += 1;
    findings.entries += ledger.entries.len();
    let key = &ledger.member.key;
    let differences = &mut findings.differences;
    let mut report = |what: String| differences.push(format!("{}/{}: {what}", key.program, key.customer));
    let expected: i64 = i64::try_from(ledger.entries.len()).map_or(-1, |count| count + 1);
    if ledger.member.next_seq != expected {
        report(format!("the next entry would be {}, after {} entries", ledger.member.next_seq, expected - 1));
    }
    for entry in &ledger.entries {
        check_entry(entry, &mut report);
    }
    check_orders(ledger, &mut report);
    check_redemptions(ledger, &mut report);
    for wallet in &ledger.member.wallets {
        check_wallet(ledger, wallet, &mut report);
        let mut add = |account: Account, points: i64| {
            let place = (key.program.clone(), wallet.currency.clone(), name(account));
            *findings.sums.entry(place).or_default() += points;
        };
        // The member's side by its lots and holds, the programme's by the entries: that they cancel out is the law of
        // conservation.
        for (account, points) in MEMBER_ACCOUNTS.into_iter().zip(by_lots(wallet)) {
            add(account, points.0);
        }
        for entry in ledger.entries.iter().filter(|entry| entry.currency == wallet.currency) {
            for (account, sign) in [(entry.movement.debit, -1), (entry.movement.credit, 1)] {
                if !account.is_member() {
                    add(account, sign * entry.movement.amount.0);
                }
            }
        }
    }
}

const MEMBER_ACCOUNTS: [Account; 3] = [Account::Available, Account::Pending, Account::Held];

/// What a wallet's lots and holds make: available, pending, held.
fn by_lots(wallet: &Wallet) -> [Points; 3] {
    let sum = |active: bool| -> Points {
        wallet.lots().iter().filter(|lot| lot.active == active).map(|lot| lot.remaining).sum()
    };
    [sum(true) - wallet.deficit, sum(false), wallet.held()]
}

/// A debit is paid by lots, or is deficit; nothing moves between one account and itself.
fn check_entry(entry: &Entry, report: &mut impl FnMut(String)) {
    let movement = &entry.movement;
    let paid: Points = movement.allocations.iter().map(|part| part.points).sum();
    let credits = movement.credit.is_member() && !movement.kind.gives_back() && movement.kind != Kind::Hold;
    let is_paid = paid + movement.deficit == movement.amount;
    if !credits && !is_paid {
        report(format!(
            "entry {} moves {} and names lots for {} and a deficit of {}",
            movement.seq, movement.amount.0, paid.0, movement.deficit.0
        ));
    }
    if !movement.amount.is_positive() || movement.debit == movement.credit {
        report(format!("entry {} moves nothing", movement.seq));
    }
}

fn check_orders(ledger: &MemberLedger, report: &mut impl FnMut(String)) {
    for order in &ledger.orders {
        let of_order = |kind: Kind| -> Points {
            let own = ledger
                .entries
                .iter()
                .filter(|entry| entry.order.as_deref() == Some(&order.id) && entry.movement.kind == kind);
            own.map(|entry| entry.movement.amount).sum()
        };
        let earned: Points = order.awards.iter().map(|award| award.earned).sum();
        let clawed_back: Points = order.awards.iter().map(|award| award.clawed_back).sum();
        let told = (of_order(Kind::Earn), of_order(Kind::Clawback));
        // Of a member that is merged into another, or was, some entries are the other's.
        let was_merged = ledger.was_merged || ledger.member.merged_into.is_some();
        let less = was_merged && told.0 <= earned && told.1 <= clawed_back;
        if told != (earned, clawed_back) && !less {
            report(format!("order {} does not say what its entries say", order.id));
        }
    }
}

/// What was spent is an entry of as many points, and no more came back.
fn check_redemptions(ledger: &MemberLedger, report: &mut impl FnMut(String)) {
    for spent in &ledger.redemptions {
        let entry = ledger.entries.iter().find(|entry| entry.movement.seq == spent.seq);
        let paid: Points = spent.parts.iter().map(|part| part.points).sum();
        let told = entry.is_some_and(|entry| {
            entry.movement.amount == spent.points
                && matches!(entry.movement.kind, Kind::Redeem | Kind::Capture)
        });
        if !told || paid + spent.deficit != spent.points {
            report(format!("redemption {} is not what entry {} says", spent.id, spent.seq));
        }
        if spent.recredited > spent.points || (spent.reversed && spent.recredited != spent.points) {
            report(format!(
                "of redemption {} came back {} of {}",
                spent.id, spent.recredited.0, spent.points.0
            ));
        }
    }
}

/// The wallet as it is stored is the one that its entries make.
fn check_wallet(ledger: &MemberLedger, wallet: &Wallet, report: &mut impl FnMut(String)) {
    let code = &wallet.currency;
    let entries = || ledger.entries.iter().filter(|entry| entry.currency == *code);
    let movements = || entries().map(|entry| &entry.movement);
    let ends = |seq: i64| wallet.holds().iter().find(|hold| hold.seq == seq).map(|hold| hold.expires_at);
    let made = Wallet::replay(code.clone(), movements(), ends);
    let lots = by_lots(wallet);
    if ledger.stored_balances.get(code) != Some(&lots) {
        report(format!("{code}: the wallet says {:?}, its lots {lots:?}", ledger.stored_balances.get(code)));
    }
    let balances = MEMBER_ACCOUNTS.map(|account| balance(movements(), account));
    if lots != balances {
        report(format!("{code}: lots make {lots:?} (available, pending, held), entries {balances:?}"));
    }
    check_running(movements(), code, report);
    for (stored, told) in wallet.lots().iter().zip(made.lots()) {
        if *stored != (Lot { origin: stored.origin, ..told.clone() }) {
            report(format!("{code}: lot {stored:?} is {told:?} by its entries"));
        }
    }
    if wallet.lots().len() != made.lots().len() {
        let (stored, told) = (wallet.lots().len(), made.lots().len());
        report(format!("{code}: there are {stored} lots, and {told} by the entries"));
    }
    if (wallet.deficit, wallet.totals) != (made.deficit, made.totals) {
        report(format!(
            "{code}: deficit and totals are {:?} {:?} by the wallet and {:?} {:?} by its entries",
            wallet.deficit, wallet.totals, made.deficit, made.totals
        ));
    }
    for hold in made.holds() {
        // A hold that was handed over is another member's now, and has a number of its own there.
        let is_handed_over = entries().any(|entry| {
            let by_merge = matches!(entry.reason.as_deref(), Some(MERGED | UNMERGED));
            by_merge && entry.movement.kind != Kind::Hold && entry.movement.hold == Some(hold.seq)
        });
        let stored = wallet.holds().iter().find(|stored| stored.seq == hold.seq);
        if stored.is_none_or(|stored| stored.state != hold.state) && !is_handed_over {
            report(format!(
                "{code}: hold {} is {:?} by its entries, and stored as {stored:?}",
                hold.seq, hold.state
            ));
        }
    }
}

fn balance<'a>(movements: impl Iterator<Item = &'a Movement>, account: Account) -> Points {
    movements.fold(Points::ZERO, |mut sum, movement| {
        if movement.credit == account {
            sum += movement.amount;
        }
        if movement.debit == account {
            sum -= movement.amount;
        }
        sum
    })
}

/// Every entry's balance is that of the entry before it and its own movement.
fn check_running<'a>(
    movements: impl Iterator<Item = &'a Movement>,
    code: &str,
    report: &mut impl FnMut(String),
) {
    let mut running = Points::ZERO;
    for movement in movements {
        running += balance(std::iter::once(movement), Account::Available);
        if movement.balance_after != running {
            report(format!(
                "{code}: entry {} says that {} are left, and {} are",
                movement.seq, movement.balance_after.0, running.0
            ));
        }
    }
}

fn name(account: Account) -> &'static str {
    match account {
        Account::Pending => "pending",
        Account::Available => "available",
        Account::Held => "held",
        Account::Issued => "issued",
        Account::Adjusted => "adjusted",
        Account::Expired => "expired",
        Account::Cancelled => "cancelled",
        Account::ClawedBack => "clawedBack",
        Account::Redeemed => "redeemed",
        Account::Transferred => "transferred",
    }
}

/// What was issued is somewhere: over all accounts of a currency everything sums to zero.
fn conserve(findings: &mut Findings) {
    let mut totals: BTreeMap<(String, String), i64> = BTreeMap::new();
    for ((program, currency, _), sum) in &findings.sums {
        *totals.entry((program.clone(), currency.clone())).or_default() += sum;
    }
    for ((program, currency), sum) in totals {
        if sum != 0 {
            findings
                .differences
                .push(format!("{program}: the accounts of {currency} sum to {sum}, not to zero"));
        }
    }
}
