//! What differs between two values, field by field. Pure.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// Of the `call` itself, the `policy`, the `rubric` or the `form`.
    pub part: &'static str,
    /// Where, as a JSON pointer into that part; of what was taken away, where it stood.
    pub pointer: String,
    /// What stood there; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What stands there now; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

/// All differences of a part, in the order of the fields. Things in a list that have a `code` are told apart by it,
/// so that one more at the top is one difference; lists of plain values are compared whole.
#[must_use]
pub fn differences(part: &'static str, before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Differences { part, found: Vec::new() };
    found.compare("", Some(before), Some(after));
    found.found
}

struct Differences {
    part: &'static str,
    found: Vec<Difference>,
}

impl Differences {
    fn tell(&mut self, pointer: &str, before: Option<&Value>, after: Option<&Value>) {
        let (pointer, before, after) = (pointer.to_owned(), before.cloned(), after.cloned());
        self.found.push(Difference { part: self.part, pointer, before, after });
    }

    fn compare(&mut self, at: &str, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => self.fields(at, before, after),
            (Some(Value::Array(old)), Some(Value::Array(new))) => match (codes(old), codes(new)) {
                (Some(old_codes), Some(new_codes)) if !(old.is_empty() && new.is_empty()) => {
                    self.coded(at, (old, &old_codes), (new, &new_codes));
                }
                _ => self.tell(at, before, after),
            },
            _ => self.tell(at, before, after),
        }
    }

    fn fields(&mut self, at: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            self.compare(&place, before.get(name), after.get(name));
        }
    }

    fn coded(&mut self, at: &str, before: (&[Value], &[&str]), after: (&[Value], &[&str])) {
        let ((old, old_codes), (new, new_codes)) = (before, after);
        for (index, (value, code)) in new.iter().zip(new_codes).enumerate() {
            let known = old.iter().zip(old_codes).find(|(_, own)| *own == code).map(|(value, _)| value);
            self.compare(&format!("{at}/{index}"), known, Some(value));
        }
        for (index, (value, code)) in old.iter().zip(old_codes).enumerate() {
            if !new_codes.contains(code) {
                self.tell(&format!("{at}/{index}"), Some(value), None);
            }
        }
        let kept = |codes: &[&str], others: &[&str]| -> Vec<Value> {
            codes.iter().filter(|code| others.contains(code)).map(|code| Value::from(*code)).collect()
        };
        let (old_order, new_order) = (kept(old_codes, new_codes), kept(new_codes, old_codes));
        if old_order != new_order {
            self.tell(at, Some(&Value::from(old_order)), Some(&Value::from(new_order)));
        }
    }
}

/// The codes of a list of things that all have one.
fn codes(list: &[Value]) -> Option<Vec<&str>> {
    list.iter().map(|item| item.get("code").and_then(Value::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
        let value = |side: Option<Value>| side.unwrap_or(Value::Null);
        let all = differences("policy", before, after);
        all.into_iter().map(|d| (d.pointer, value(d.before), value(d.after))).collect()
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let before =
            json!({"cap": "50000.00", "shares_bp": [5000, 5000], "same": 1, "gone": true, "a/b": {"x": 1}});
        let after =
            json!({"cap": "60000.00", "shares_bp": [6000, 4000], "same": 1, "new": null, "a/b": {"x": 2}});
        let expected = [
            ("/a~1b/x".to_owned(), json!(1), json!(2)),
            ("/cap".to_owned(), json!("50000.00"), json!("60000.00")),
            ("/gone".to_owned(), json!(true), Value::Null),
            ("/new".to_owned(), Value::Null, Value::Null),
            ("/shares_bp".to_owned(), json!([5000, 5000]), json!([6000, 4000])),
        ];
        assert_eq!(told(&before, &after), expected);
        assert_eq!(told(&after, &after), []);
    }

    #[test]
    fn things_with_a_code_are_told_apart_by_it() {
        let item = |code: &str, max: u32| json!({"code": code, "max": max});
        let list = |items: &[Value]| json!({"criteria": items});
        let before = list(&[item("a", 1), item("b", 2), item("c", 3)]);
        // One more at the top, one changed, one gone.
        let after = list(&[item("n", 9), item("a", 1), item("c", 4)]);
        let expected = [
            ("/criteria/0".to_owned(), Value::Null, item("n", 9)),
            ("/criteria/2/max".to_owned(), json!(3), json!(4)),
            ("/criteria/1".to_owned(), item("b", 2), Value::Null),
        ];
        assert_eq!(told(&before, &after), expected);
        let turned = list(&[item("b", 2), item("a", 1), item("c", 3)]);
        let order = ("/criteria".to_owned(), json!(["a", "b", "c"]), json!(["b", "a", "c"]));
        assert_eq!(told(&before, &turned), [order]);
        assert_eq!(told(&list(&[]), &list(&[item("a", 1)])).len(), 1);
    }

    #[test]
    fn other_kinds_of_value_are_told_whole() {
        assert_eq!(told(&json!([1]), &json!([])), [(String::new(), json!([1]), json!([]))]);
        assert_eq!(told(&json!({"a": [1]}), &json!({"a": {"b": 1}})).len(), 1);
    }
}
