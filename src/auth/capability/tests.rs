//! Who may what: the whole table.

use pretty_assertions::assert_eq;

use super::*;
use crate::{
    auth::scopes::SCOPES,
    clock::Instant,
    commands::{Adjust, CancelOrder, Enroll, Expire, OrderInput, RecordOrder, RecordReturn},
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

fn expire(customer: &str) -> Command {
    Command::Expire(Expire { program: PROGRAM.to_owned(), customer: customer.to_owned() })
}

/// Everything that can be asked, about customer `ann` or nobody.
fn asks(caller: &Caller) -> Vec<(&'static str, Option<Denied>)> {
    vec![
        ("read ann", caller.read_member(MemberKey::new(PROGRAM, "ann")).err()),
        ("read programme", caller.read_program(PROGRAM).err()),
        ("read ann's order", caller.read_order(PROGRAM, Some("ann")).err()),
        ("read guest's order", caller.read_order(PROGRAM, None).err()),
        ("quote for ann", caller.quote(PROGRAM, Some("ann")).err()),
        ("quote for nobody", caller.quote(PROGRAM, None).err()),
        ("enrol ann", caller.allow(enroll("ann")).err()),
        ("record ann's order", caller.allow(record_order("ann")).err()),
        ("record return", caller.allow(record_return()).err()),
        ("cancel order", caller.allow(cancel()).err()),
        ("adjust ann", caller.allow(adjust("ann")).err()),
        ("expire ann", caller.allow(expire("ann")).err()),
    ]
}

fn allowed(caller: &Caller) -> Vec<&'static str> {
    asks(caller).into_iter().filter(|(_, denied)| denied.is_none()).map(|(ask, _)| ask).collect()
}

const OWN: [&str; 6] =
    ["read ann", "read programme", "read ann's order", "quote for ann", "quote for nobody", "enrol ann"];

#[test]
fn each_principal_may_what_the_table_says_and_nothing_else() {
    let all = SCOPES.map(|scope| scope.name);
    let scoped_customer = Caller::new(
        Principal::Customer { customer: "bob".to_owned() },
        crate::auth::scopes::ScopeSet::of(all),
        None,
    );
    let every_service = asks(&Caller::anonymous()).into_iter().map(|(ask, _)| ask).take(11).collect();
    let table: Vec<(&str, Caller, Vec<&str>)> = vec![
        ("anonymous", Caller::anonymous(), vec![]),
        ("ann herself", Caller::customer("ann"), OWN.to_vec()),
        ("another customer", Caller::customer("bob"), vec!["read programme", "quote for nobody"]),
        ("another customer with scopes", scoped_customer, vec!["read programme", "quote for nobody"]),
        ("service without scopes", Caller::service(&[]), vec![]),
        (
            "service, member:read",
            Caller::service(&[MEMBER_READ]),
            vec!["read ann", "read ann's order", "read guest's order", "quote for ann"],
        ),
        ("service, member:write", Caller::service(&[MEMBER_WRITE]), vec!["enrol ann"]),
        (
            "service, orders:write",
            Caller::service(&[ORDERS_WRITE]),
            vec![
                "read ann's order",
                "read guest's order",
                "quote for nobody",
                "record ann's order",
                "record return",
                "cancel order",
            ],
        ),
        ("service, points:adjust", Caller::service(&[POINTS_ADJUST]), vec!["adjust ann"]),
        (
            "service, program:read",
            Caller::service(&[PROGRAM_READ]),
            vec!["read programme", "quote for nobody"],
        ),
        ("service, all", Caller::service(&all), every_service),
        ("partner without scopes", Caller::partner(&[]), vec![]),
        ("partner, all", Caller::partner(&all), vec!["read programme", "quote for nobody"]),
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
        MEMBER_READ,
        PROGRAM_READ,
        MEMBER_READ,
        MEMBER_READ,
        MEMBER_READ,
        PROGRAM_READ,
        MEMBER_WRITE,
        ORDERS_WRITE,
        ORDERS_WRITE,
        ORDERS_WRITE,
        POINTS_ADJUST,
        "the operator",
    ];
    assert_eq!(missing, needs.map(|needs| Denied::Forbidden { needs }));
}
