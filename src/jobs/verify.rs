//! Checks the books: every law that the ledger must keep, and the hot balances against it.

use std::collections::{BTreeMap, HashMap};

use crate::{
    commands::{Entry, MemberSnapshot},
    hot::Hot,
    ledger::{Account, Kind, Points, Wallet},
    store::{MemberLedger, Pages, StoreError},
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
    Ok(findings)
}

async fn check_hot(ledgers: &[MemberLedger], hot: &Hot, findings: &mut Findings) {
    let keys: Vec<_> = ledgers.iter().map(|ledger| ledger.member.key.clone()).collect();
    let copies = hot.peek(&keys).await;
    for (ledger, copy) in ledgers.iter().zip(copies) {
        let Some(copy) = copy else { continue };
        findings.hot += 1;
        let truth = MemberSnapshot::of(&ledger.member);
        if *copy != truth {
            let key = &ledger.member.key;
            findings.differences.push(format!(
                "{}/{}: the hot balance is version {}, the ledger's is {}, and they differ",
                key.program, key.customer, copy.version, truth.version
            ));
        }
    }
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
    for wallet in &ledger.member.wallets {
        check_wallet(ledger, wallet, &mut report);
        let mut add = |account: Account, points: i64| {
            let place = (key.program.clone(), wallet.currency.clone(), name(account));
            *findings.sums.entry(place).or_default() += points;
        };
        // The member's side by its lots, the programme's by the entries: that they cancel out is the law of conservation.
        add(Account::Available, wallet.available().0);
        add(Account::Pending, wallet.pending().0);
        for entry in ledger.entries.iter().filter(|entry| entry.currency == wallet.currency) {
            for (account, sign) in [(entry.movement.debit, -1), (entry.movement.credit, 1)] {
                if !account.is_member() {
                    add(account, sign * entry.movement.amount.0);
                }
            }
        }
    }
}

/// A debit is paid by lots, or is deficit; nothing moves between one account and itself.
fn check_entry(entry: &Entry, report: &mut impl FnMut(String)) {
    let movement = &entry.movement;
    let paid: Points = movement.allocations.iter().map(|part| part.points).sum();
    let debits_member = movement.debit.is_member() && !movement.credit.is_member();
    if debits_member && paid + movement.deficit != movement.amount {
        report(format!(
            "entry {} takes {} and names lots for {} and a deficit of {}",
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
        if (earned, clawed_back) != (of_order(Kind::Earn), of_order(Kind::Clawback)) {
            report(format!("order {} does not say what its entries say", order.id));
        }
    }
}

fn check_wallet(ledger: &MemberLedger, wallet: &Wallet, report: &mut impl FnMut(String)) {
    let code = &wallet.currency;
    let entries: Vec<&Entry> = ledger.entries.iter().filter(|entry| entry.currency == *code).collect();
    let balance = |account: Account| -> Points {
        let gained: Points =
            entries.iter().filter(|e| e.movement.credit == account).map(|e| e.movement.amount).sum();
        let lost: Points =
            entries.iter().filter(|e| e.movement.debit == account).map(|e| e.movement.amount).sum();
        gained - lost
    };
    let lots = (wallet.available(), wallet.pending());
    let by_entries = (balance(Account::Available), balance(Account::Pending));
    if lots != by_entries {
        report(format!("{code}: lots make {lots:?} (available, pending), entries {by_entries:?}"));
    }
    if ledger.stored_balances.get(code) != Some(&lots) {
        report(format!("{code}: the wallet says {:?}, its lots {lots:?}", ledger.stored_balances.get(code)));
    }
    let mut running = Points::ZERO;
    for movement in entries.iter().map(|entry| &entry.movement) {
        if movement.credit == Account::Available {
            running += movement.amount;
        }
        if movement.debit == Account::Available {
            running -= movement.amount;
        }
        if movement.balance_after != running {
            let said = movement.balance_after.0;
            report(format!(
                "{code}: entry {} says that {said} are left, and {} are",
                movement.seq, running.0
            ));
        }
    }
    let mut taken: HashMap<i64, Points> = HashMap::new();
    for part in entries.iter().flat_map(|entry| &entry.movement.allocations) {
        *taken.entry(part.lot).or_default() += part.points;
    }
    for lot in wallet.lots() {
        let gone = taken.get(&lot.seq).copied().unwrap_or_default();
        if lot.issued != lot.remaining + gone {
            report(format!(
                "{code}: lot {} was issued {}, has {} left, and {} were taken",
                lot.seq, lot.issued.0, lot.remaining.0, gone.0
            ));
        }
    }
    let of_kind = |kind: Kind| -> Points {
        entries.iter().filter(|e| e.movement.kind == kind).map(|e| e.movement.amount).sum()
    };
    let totals = [
        ("earned", wallet.totals.earned, of_kind(Kind::Earn)),
        ("clawed back", wallet.totals.clawed_back, of_kind(Kind::Clawback)),
        ("expired", wallet.totals.expired, of_kind(Kind::Expire)),
        ("adjusted", wallet.totals.adjusted, -balance(Account::Adjusted)),
    ];
    for (what, said, summed) in totals {
        if said != summed {
            report(format!("{code}: {what} is {} by the wallet and {} by its entries", said.0, summed.0));
        }
    }
}

fn name(account: Account) -> &'static str {
    match account {
        Account::Pending => "pending",
        Account::Available => "available",
        Account::Issued => "issued",
        Account::Adjusted => "adjusted",
        Account::Expired => "expired",
        Account::ClawedBack => "clawedBack",
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
