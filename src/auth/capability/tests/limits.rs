//! Within what scopes hold: stores and programmes.

use pretty_assertions::assert_eq;

use super::*;
use crate::auth::{Principal, ProgramSet};

fn everybody() -> Vec<Caller> {
    vec![
        Caller::anonymous(),
        Caller::customer("ann"),
        Caller::staff(SCOPES),
        Caller::service(SCOPES),
        Caller::partner(SCOPES),
        Caller::administrator(),
    ]
}

#[test]
fn staff_may_what_a_service_with_its_scopes_may_and_acts_in_its_own_stores_only() {
    let in_store = ["enrol ann", "record ann's order"];
    for scope in SCOPES {
        let mut of_service = allowed(&Caller::service(&[*scope]));
        of_service.retain(|ask| !in_store.contains(ask));
        assert_eq!(allowed(&Caller::staff(&[*scope])), of_service, "{scope:?}");
    }
    let staff = Caller::staff(SCOPES);
    for (store, may) in [(Some("s-1"), true), (Some("s-2"), false), (None, false)] {
        let store = store.map(str::to_owned);
        let (mut enroll, mut record) = (enroll("ann"), record_order("ann"));
        if let (Command::Enroll(enroll), Command::RecordOrder(record)) = (&mut enroll, &mut record) {
            enroll.store.clone_from(&store);
            record.order.store.clone_from(&store);
        }
        for command in [enroll, record] {
            let denied = (!may).then_some(Denied::Forbidden { needs: "a store of its own" });
            assert_eq!(staff.allow(command).err(), denied, "{store:?}");
        }
    }
}

#[test]
fn to_a_token_of_other_programmes_nothing_is_allowed() {
    let named =
        |programs: &[&str]| ProgramSet::Named(programs.iter().map(|name| (*name).to_owned()).collect());
    for caller in everybody() {
        let of = |programs| Caller::of_programs(caller.principal().clone(), SCOPES, programs);
        let all = allowed(&of(ProgramSet::All));
        assert_eq!(all.is_empty(), *caller.principal() == Principal::Anonymous);
        assert_eq!(allowed(&of(named(&["classic", PROGRAM]))), all, "{caller:?}");
        for others in [named(&[]), named(&["classic"]), named(&["tiere"]), named(&["tiered-2"])] {
            assert_eq!(allowed(&of(others)), Vec::<&str>::new(), "{caller:?}");
        }
    }
}
