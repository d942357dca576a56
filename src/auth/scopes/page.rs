//! The table as the README has it.

use std::fmt::Write as _;

use super::{Customers, RULES, Rule, SCOPES, Scope};

/// Who may what, and what each scope is for.
pub fn markdown() -> String {
    let mut page =
        String::from("| what | customers | services, staff | partners | where |\n|---|---|---|---|---|\n");
    for rule in &RULES {
        let Rule { what, customers, scopes, partners, places, .. } = rule;
        let customers = match customers {
            Customers::Any => "all",
            Customers::Own => "their own",
            Customers::Nothing => "",
        };
        let (scopes, partners) = (names(scopes), names(partners));
        let places = places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", ");
        line(&mut page, &format!("| {what} | {customers} | {scopes} | {partners} | {places} |"));
    }
    page.push_str("\n| scope | allows services and staff to |\n|---|---|\n");
    for scope in SCOPES {
        line(&mut page, &format!("| `{}` | {} |", scope.name(), scope.allows()));
    }
    page
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| format!("`{}`", scope.name())).collect::<Vec<_>>().join(" or ")
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("writing to a string cannot fail");
}
