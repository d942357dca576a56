//! Who may what: the whole table.

mod limits;

use pretty_assertions::assert_eq;

use super::*;
use crate::{
    auth::scopes::{
        SCOPES,
        Scope::{
            self, AuditRead, MemberRead, MemberWrite, OrdersWrite, PointsAdjust, PointsHold, ProgramRead,
            ProgramWrite,
        },
    },
    clock::Instant,
    commands::{
        Adjust, CancelOrder, CaptureHold, ChangeLot, ClaimOrder, Enroll, Expire, HoldPoints, LinkPartner,
        LotChange, Merge, OrderInput, Price, RecordFulfilment, RecordOrder, RecordReturn, Redeem,
        ReleaseHold, ReverseRedemption, SetStatus, Transfer, Unmerge,
    },
    ids::{HoldId, RedemptionId},
    ledger::Points,
};

const PROGRAM: &str = "tiered";

fn enroll(customer: &str) -> Command {
    let (program, customer) = (PROGRAM.to_owned(), customer.to_owned());
    Command::Enroll(Enroll { program, customer, channel: None, store: None })
}

fn record_order(customer: &str) -> Command {
    Command::RecordOrder(RecordOrder {
        program: PROGRAM.to_owned(),
        order: OrderInput {
            id: "o-1".to_owned(),
            customer: Some(customer.to_owned()),
            placed_at: Instant::UNIX_EPOCH,
            currency: "GBP".to_owned(),
            channel: None,
            store: None,
            revision: 1,
            lines: Vec::new(),
        },
    })
}

fn record_return() -> Command {
    Command::RecordReturn(RecordReturn {
        program: PROGRAM.to_owned(),
        id: "r-1".to_owned(),
        order_id: "o-1".to_owned(),
        returned_at: Instant::UNIX_EPOCH,
        lines: Vec::new(),
    })
}

fn cancel() -> Command {
    Command::CancelOrder(CancelOrder { program: PROGRAM.to_owned(), order_id: "o-1".to_owned() })
}

fn adjust(customer: &str) -> Command {
    Command::Adjust(Adjust {
        program: PROGRAM.to_owned(),
        customer: customer.to_owned(),
        currency: None,
        points: Points::ZERO,
        reason: "goodwill".to_owned(),
        expires_at: None,
    })
}

fn change_lot(customer: &str) -> Command {
    Command::ChangeLot(ChangeLot {
        program: PROGRAM.to_owned(),
        customer: customer.to_owned(),
        lot: 1,
        order: None,
        change: LotChange::Activate,
        reason: "goodwill".to_owned(),
    })
}

fn record_fulfilment() -> Command {
    Command::RecordFulfilment(RecordFulfilment {
        program: PROGRAM.to_owned(),
        id: "f-1".to_owned(),
        order_id: "o-1".to_owned(),
        fulfilled_at: Instant::UNIX_EPOCH,
        lines: Vec::new(),
    })
}

fn claim(customer: &str) -> Command {
    let (program, order_id) = (PROGRAM.to_owned(), "o-1".to_owned());
    Command::ClaimOrder(ClaimOrder { program, order_id, customer: customer.to_owned() })
}

fn price() -> Price {
    Price::Points { points: Points(1), currency: None }
}

fn hold(customer: &str) -> Command {
    let (program, customer) = (PROGRAM.to_owned(), customer.to_owned());
    Command::HoldPoints(HoldPoints { program, customer, price: price(), ttl_seconds: None, order: None })
}

fn redeem(customer: &str) -> Command {
    let (program, customer) = (PROGRAM.to_owned(), customer.to_owned());
    Command::Redeem(Redeem { program, customer, price: price(), order: None, reason: None })
}

fn transfer(from: &str, to: &str) -> Command {
    let (program, from, to) = (PROGRAM.to_owned(), from.to_owned(), to.to_owned());
    Command::Transfer(Transfer { program, from, to, points: Points(1), currency: None })
}

fn capture() -> Command {
    let (program, hold) = (PROGRAM.to_owned(), HoldId(uuid::Uuid::nil()));
    Command::CaptureHold(CaptureHold { program, hold, points: None, order: None })
}

fn release() -> Command {
    let hold = HoldId(uuid::Uuid::nil());
    Command::ReleaseHold(ReleaseHold { program: PROGRAM.to_owned(), hold })
}

fn reverse() -> Command {
    let redemption = RedemptionId(uuid::Uuid::nil());
    Command::ReverseRedemption(ReverseRedemption { program: PROGRAM.to_owned(), redemption })
}

fn block(customer: &str) -> Command {
    let (program, customer, reason) = (PROGRAM.to_owned(), customer.to_owned(), "fraud".to_owned());
    Command::SetStatus(SetStatus { program, customer, blocked: true, reason })
}

fn merge(from: &str, into: &str) -> Command {
    let (program, from, into) = (PROGRAM.to_owned(), from.to_owned(), into.to_owned());
    Command::Merge(Merge { program, from, into })
}

fn unmerge(customer: &str) -> Command {
    Command::Unmerge(Unmerge { program: PROGRAM.to_owned(), customer: customer.to_owned() })
}

fn link(customer: &str) -> Command {
    let (program, customer, partner) = (PROGRAM.to_owned(), customer.to_owned(), "airline".to_owned());
    Command::LinkPartner(LinkPartner { program, customer, partner, linked: true })
}

fn expire(customer: &str) -> Command {
    Command::Expire(Expire { program: PROGRAM.to_owned(), customer: customer.to_owned() })
}

/// Everything that can be asked, about customer `ann` or nobody.
fn asks(caller: &Caller) -> Vec<(&'static str, Option<Denied>)> {
    vec![
        ("read ann", caller.read_member(MemberKey::new(PROGRAM, "ann")).err()),
        ("read programme", caller.read_program(PROGRAM).err()),
        ("read ann's order", caller.read_order((PROGRAM, "o-1"), Some("ann")).err()),
        ("read guest's order", caller.read_order((PROGRAM, "o-1"), None).err()),
        ("quote for ann", caller.quote(PROGRAM, Some("ann")).err()),
        ("quote for nobody", caller.quote(PROGRAM, None).err()),
        ("enrol ann", caller.allow(enroll("ann")).err()),
        ("record ann's order", caller.allow(record_order("ann")).err()),
        ("record return", caller.allow(record_return()).err()),
        ("cancel order", caller.allow(cancel()).err()),
        ("adjust ann", caller.allow(adjust("ann")).err()),
        ("change ann's lot", caller.allow(change_lot("ann")).err()),
        ("record fulfilment", caller.allow(record_fulfilment()).err()),
        ("claim for ann", caller.allow(claim("ann")).err()),
        ("hold ann's points", caller.allow(hold("ann")).err()),
        ("spend ann's points", caller.allow(redeem("ann")).err()),
        ("give ann's points to bob", caller.allow(transfer("ann", "bob")).err()),
        ("capture", caller.allow(capture()).err()),
        ("release", caller.allow(release()).err()),
        ("reverse", caller.allow(reverse()).err()),
        ("block ann", caller.allow(block("ann")).err()),
        ("merge ann into bob", caller.allow(merge("ann", "bob")).err()),
        ("make ann herself again", caller.allow(unmerge("ann")).err()),
        ("link ann's partner", caller.allow(link("ann")).err()),
        ("check a document", caller.may_check(Some(PROGRAM)).err()),
        ("read audit log", caller.read_audit(PROGRAM).err()),
        ("expire ann", caller.allow(expire("ann")).err()),
    ]
}

fn allowed(caller: &Caller) -> Vec<&'static str> {
    asks(caller).into_iter().filter(|(_, denied)| denied.is_none()).map(|(ask, _)| ask).collect()
}

const OWN: [&str; 10] = [
    "read ann",
    "read programme",
    "read ann's order",
    "quote for ann",
    "quote for nobody",
    "enrol ann",
    "hold ann's points",
    "spend ann's points",
    "give ann's points to bob",
    "link ann's partner",
];

#[test]
fn each_principal_may_what_the_table_says_and_nothing_else() {
    let scoped_customer = Caller::with(Principal::Customer { customer: "bob".to_owned() }, SCOPES);
    let everything: Vec<_> = asks(&Caller::anonymous()).into_iter().map(|(ask, _)| ask).take(26).collect();
    let every_service = everything.clone();
    let table: Vec<(&str, Caller, Vec<&str>)> = vec![
        ("anonymous", Caller::anonymous(), vec![]),
        ("ann herself", Caller::customer("ann"), OWN.to_vec()),
        ("another customer", Caller::customer("bob"), vec!["read programme", "quote for nobody"]),
        ("another customer with scopes", scoped_customer, vec!["read programme", "quote for nobody"]),
        ("service without scopes", Caller::service(&[]), vec![]),
        (
            "service, member:read",
            Caller::service(&[MemberRead]),
            vec!["read ann", "read ann's order", "read guest's order", "quote for ann"],
        ),
        (
            "service, member:write",
            Caller::service(&[MemberWrite]),
            vec![
                "enrol ann",
                "block ann",
                "merge ann into bob",
                "make ann herself again",
                "link ann's partner",
            ],
        ),
        (
            "service, orders:write",
            Caller::service(&[OrdersWrite]),
            vec![
                "read ann's order",
                "read guest's order",
                "quote for nobody",
                "record ann's order",
                "record return",
                "cancel order",
                "record fulfilment",
                "claim for ann",
            ],
        ),
        ("service, points:adjust", Caller::service(&[PointsAdjust]), vec!["adjust ann", "change ann's lot"]),
        (
            "service, points:hold",
            Caller::service(&[PointsHold]),
            vec![
                "hold ann's points",
                "spend ann's points",
                "give ann's points to bob",
                "capture",
                "release",
                "reverse",
            ],
        ),
        (
            "service, program:read",
            Caller::service(&[ProgramRead]),
            vec!["read programme", "quote for nobody"],
        ),
        ("service, program:write", Caller::service(&[ProgramWrite]), vec!["check a document"]),
        ("service, audit:read", Caller::service(&[AuditRead]), vec!["read audit log"]),
        ("service, all", Caller::service(SCOPES), every_service),
        ("administrator", Caller::administrator(), everything),
        ("partner without scopes", Caller::partner(&[]), vec![]),
        (
            "partner, all",
            Caller::partner(SCOPES),
            vec![
                "read ann",
                "read programme",
                "quote for nobody",
                "adjust ann",
                "hold ann's points",
                "spend ann's points",
                "capture",
                "release",
                "reverse",
            ],
        ),
    ];
    for (who, caller, may) in table {
        assert_eq!(allowed(&caller), may, "{who}");
    }
}

#[test]
fn the_unknown_are_asked_who_they_are_and_the_known_are_told_what_they_lack() {
    for (ask, denied) in asks(&Caller::anonymous()) {
        assert_eq!(denied, Some(Denied::Unauthenticated), "{ask}");
    }
    let missing: Vec<_> =
        asks(&Caller::service(&[])).into_iter().map(|(_, denied)| denied.unwrap()).collect();
    let needs = [
        MemberRead,
        ProgramRead,
        MemberRead,
        MemberRead,
        MemberRead,
        ProgramRead,
        MemberWrite,
        OrdersWrite,
        OrdersWrite,
        OrdersWrite,
        PointsAdjust,
        PointsAdjust,
        OrdersWrite,
        OrdersWrite,
        PointsHold,
        PointsHold,
        PointsHold,
        PointsHold,
        PointsHold,
        PointsHold,
        MemberWrite,
        MemberWrite,
        MemberWrite,
        MemberWrite,
        ProgramWrite,
        AuditRead,
    ];
    let needs = needs.map(Scope::name).into_iter().chain(["the operator"]);
    assert_eq!(missing, needs.map(|needs| Denied::Forbidden { needs }).collect::<Vec<_>>());
}
