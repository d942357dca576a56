//! What a gateway says of an entity: JSON of other subgraphs, read with care.

use async_graphql::{Name, ScalarType as _, Value, indexmap::IndexMap};

use crate::{
    commands::order::is_name,
    graphql::{
        problem::Problem,
        scalars::{DateTime, Decimal},
    },
};

/// The fields of an object within a representation, and its path, which errors name.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    object: &'a IndexMap<Name, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// Takes a representation apart.
    pub(crate) fn of(representation: &'a Value, path: impl Into<String>) -> Result<Self, Problem> {
        let path = path.into();
        match representation {
            Value::Object(object) => Ok(Self { object, path }),
            _ => Err(Problem::bad_input(path, "must be an object")),
        }
    }

    pub(crate) fn path(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    fn wrong<T>(&self, field: &str, what: &str) -> Result<T, Problem> {
        Err(Problem::bad_input(self.path(field), what))
    }

    /// A value that is there and not null.
    fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| **value != Value::Null)
    }

    /// Whether the field came along at all, null or not.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    /// A text that names something: 1 to 128 printable characters. Numbers are taken as their digits, as GraphQL has it
    /// for ids.
    pub(crate) fn name(&self, field: &str) -> Result<String, Problem> {
        let text = match self.value(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if number.is_i64() => number.to_string(),
            Some(_) => return self.wrong(field, "must be a string"),
            None => return self.wrong(field, "is missing"),
        };
        if is_name(&text) { Ok(text) } else { self.wrong(field, "must have 1 to 128 printable characters") }
    }

    pub(crate) fn name_or_null(&self, field: &str) -> Result<Option<String>, Problem> {
        self.value(field).map(|_| self.name(field)).transpose()
    }

    pub(crate) fn whole(&self, field: &str) -> Result<i64, Problem> {
        match self.value(field) {
            Some(Value::Number(number)) if number.is_i64() => Ok(number.as_i64().unwrap_or_default()),
            Some(_) => self.wrong(field, "must be a whole number"),
            None => self.wrong(field, "is missing"),
        }
    }

    pub(crate) fn whole_or_null(&self, field: &str) -> Result<Option<i64>, Problem> {
        self.value(field).map(|_| self.whole(field)).transpose()
    }

    pub(crate) fn date_time(&self, field: &str) -> Result<DateTime, Problem> {
        let Some(value) = self.value(field) else { return self.wrong(field, "is missing") };
        DateTime::parse(value.clone()).or_else(|_| self.wrong(field, "must be an RFC 3339 instant"))
    }

    pub(crate) fn decimal(&self, field: &str) -> Result<Decimal, Problem> {
        let Some(value) = self.value(field) else { return self.wrong(field, "is missing") };
        Decimal::parse(value.clone()).or_else(|_| self.wrong(field, "must be a decimal as a string"))
    }

    pub(crate) fn object(&self, field: &str) -> Result<Option<Fields<'a>>, Problem> {
        self.value(field).map(|value| Self::of(value, self.path(field))).transpose()
    }

    pub(crate) fn objects(&self, field: &str) -> Result<Vec<Fields<'a>>, Problem> {
        match self.value(field) {
            Some(Value::List(items)) => {
                let item = |(i, item)| Self::of(item, format!("{}[{i}]", self.path(field)));
                items.iter().enumerate().map(item).collect()
            }
            Some(_) => self.wrong(field, "must be a list"),
            None => self.wrong(field, "is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let representation = value!({
            "id": 7, "empty": "", "none": null, "flag": true, "price": 1.5, "lines": [{ "id": "a" }, 3],
        });
        let fields = Fields::of(&representation, "representations[2]").unwrap();
        assert_eq!(fields.name("id"), Ok("7".to_owned()));
        assert_eq!(fields.name_or_null("none"), Ok(None));
        let message = |problem: Problem| problem.message();
        for (got, expected) in [
            (fields.name("empty").map_err(message), "empty: must have 1 to 128 printable characters"),
            (fields.name("none").map_err(message), "none: is missing"),
            (fields.name("flag").map_err(message), "flag: must be a string"),
        ] {
            assert_eq!(got, Err(format!("representations[2].{expected}")));
        }
        let price = fields.decimal("price").map_err(message).map(drop);
        assert_eq!(price, Err("representations[2].price: must be a decimal as a string".to_owned()));
        let lines = fields.objects("lines").map_err(message).map(drop);
        assert_eq!(lines, Err("representations[2].lines[1]: must be an object".to_owned()));
    }
}
