//! Answers to the office's own questions, held against the form: what can be stored, and what is still missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::model::{Answers, Application, BudgetLine},
    content::{check_text, escape},
};
use crate::{
    db::columns::Day,
    error::{Fault, codes},
    kernel::{masked, money::Money},
    programmes::{CoreField, Field, FieldKind, Form},
};

/// The answer as it is stored, `None` to take it away, or what is wrong with it.
pub fn read_answer(field: Option<&Field>, value: &Value, at: &str) -> Result<Option<Value>, Vec<Fault>> {
    let Some(field) = field.filter(|field| field.kind != FieldKind::Core) else {
        let name = at.rsplit('/').next().unwrap_or_default();
        return Err(vec![Fault::new(at, &codes::UNKNOWN_FIELD).with("field", name)]);
    };
    if value.is_null() {
        return Ok(None);
    }
    let refuse = |reason: &str| Err(vec![Fault::new(at, &codes::FIELD_INVALID).with("reason", reason)]);
    match field.kind {
        FieldKind::Core | FieldKind::File => refuse("请以附件上传 / upload it as an attachment"),
        FieldKind::Text => match value.as_str() {
            Some(text) => {
                let mut faults = Vec::new();
                check_text(&mut faults, at.to_owned(), text, size(field.max_chars));
                let text = text.trim();
                let kept = (!text.is_empty()).then(|| Value::from(text));
                if faults.is_empty() { Ok(kept) } else { Err(faults) }
            }
            None => refuse("文字 / a text"),
        },
        FieldKind::Choice => match value.as_str() {
            Some(code) if offers(field, code) => Ok(Some(value.clone())),
            _ => refuse(&options(field)),
        },
        FieldKind::Choices => match value.as_array() {
            Some(chosen) => {
                let codes: BTreeSet<&str> = chosen.iter().filter_map(Value::as_str).collect();
                let fits = codes.len() == chosen.len() && codes.iter().all(|code| offers(field, code));
                if fits { Ok((!chosen.is_empty()).then(|| value.clone())) } else { refuse(&options(field)) }
            }
            None => refuse(&options(field)),
        },
        FieldKind::Number => match value.as_i64() {
            Some(number)
                if field.min.is_none_or(|min| min <= number) && field.max.is_none_or(|max| number <= max) =>
            {
                Ok(Some(value.clone()))
            }
            _ => refuse(&range(field)),
        },
        FieldKind::Date => match value.as_str().and_then(|text| text.parse::<Day>().ok()) {
            Some(Day(day)) if (1900..=2999).contains(&chrono::Datelike::year(&day)) => {
                Ok(Some(Value::from(day.to_string())))
            }
            _ => refuse("日期,如 2026-03-01 / a date such as 2026-03-01"),
        },
        FieldKind::Money => match serde_json::from_value::<Money>(value.clone()) {
            Ok(money) => Ok(Some(Value::from(money.to_string()))),
            Err(error) => refuse(&error.to_string()),
        },
        FieldKind::Table => read_table(field, value, at),
    }
}

fn size(max: Option<u32>) -> usize {
    max.and_then(|max| usize::try_from(max).ok()).unwrap_or(0)
}

fn offers(field: &Field, code: &str) -> bool {
    field.options.iter().any(|option| option.code == code)
}

fn options(field: &Field) -> String {
    field.options.iter().map(|option| option.code.as_str()).collect::<Vec<_>>().join(" | ")
}

fn range(field: &Field) -> String {
    let end = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    format!("整数 / a whole number, {}…{}", end(field.min), end(field.max))
}

fn read_table(field: &Field, value: &Value, at: &str) -> Result<Option<Value>, Vec<Fault>> {
    let refuse = |at: &str, reason: &str| Fault::new(at, &codes::FIELD_INVALID).with("reason", reason);
    let Some(rows) = value.as_array() else { return Err(vec![refuse(at, "表格 / rows")]) };
    let mut faults = Vec::new();
    if rows.len() > size(field.max_items) {
        faults.push(refuse(at, &format!("≤ {} 行 / rows", size(field.max_items))));
    }
    for (index, row) in rows.iter().enumerate() {
        let at = format!("{at}/{index}");
        let Some(cells) = row.as_object() else {
            faults.push(refuse(&at, "一行 / a row"));
            continue;
        };
        for (code, cell) in cells {
            let at = format!("{at}/{}", escape(code));
            match (field.columns.iter().find(|column| column.code == *code), cell.as_str()) {
                (None, _) => faults.push(Fault::new(at, &codes::UNKNOWN_FIELD).with("field", code)),
                (Some(_), None) => faults.push(refuse(&at, "文字 / a text")),
                (Some(column), Some(text)) => check_text(&mut faults, at, text, size(Some(column.max_chars))),
            }
        }
    }
    if faults.is_empty() { Ok((!rows.is_empty()).then(|| value.clone())) } else { Err(faults) }
}

/// Takes away what says something of a person: whole answers, and cells of tables. In a blind review also the answers
/// that say whose application it is.
pub fn strip_personal(answers: &mut Answers, form: &Form, blind: bool) {
    for (_, field) in form.fields() {
        if field.personal || (blind && field.identifying) {
            answers.remove(&field.code);
        }
        let personal = || field.columns.iter().filter(|column| column.personal);
        let rows = answers.get_mut(&field.code).and_then(Value::as_array_mut);
        for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
            for column in personal() {
                row.remove(&column.code);
            }
        }
    }
}

/// Masks what says something of a person: the lead's phone number, whole answers, and cells of tables.
pub fn mask_personal(fields: &mut Answers, form: &Form) {
    for (code, value) in fields {
        mask_field(code, value, form);
    }
}

/// The same for one field.
pub fn mask_field(code: &str, value: &mut Value, form: &Form) {
    if code == CoreField::LeadPhone.to_string() {
        return mask_texts(value);
    }
    let Some(field) = form.field(code) else {
        // A field that the form has no more may have been a personal one.
        if code.parse::<CoreField>().is_err() {
            mask_texts(value);
        }
        return;
    };
    if field.personal && field.kind != FieldKind::Core {
        return mask_texts(value);
    }
    let personal: Vec<&str> =
        field.columns.iter().filter(|column| column.personal).map(|column| column.code.as_str()).collect();
    for row in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for cell in row.iter_mut().filter(|(code, _)| personal.contains(&code.as_str())) {
            mask_texts(cell.1);
        }
    }
}

/// What was handed in, with its fields masked.
#[must_use]
pub fn mask_receipt(content: &str, form: &Form) -> String {
    let Ok(mut whole) = serde_json::from_str::<Value>(content) else { return String::new() };
    for (code, value) in whole.get_mut("fields").and_then(Value::as_object_mut).into_iter().flatten() {
        mask_field(code, value, form);
    }
    whole.to_string()
}

fn mask_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked::answer(text),
        Value::Number(number) => {
            let text = number.to_string();
            let shown = masked::answer(&text);
            if shown != text {
                *value = Value::String(shown);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_texts),
        Value::Object(fields) => fields.values_mut().for_each(mask_texts),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The words of the answers that say something of a person: names and numbers that may stand elsewhere too.
#[must_use]
pub fn personal_words(answers: &Answers, form: &Form) -> Vec<String> {
    let mut words = Vec::new();
    for (_, field) in form.fields() {
        let Some(answer) = answers.get(&field.code) else { continue };
        if field.personal {
            words.extend(answer.as_str().map(str::to_owned));
        }
        let personal = || field.columns.iter().filter(|column| column.personal);
        for row in answer.as_array().into_iter().flatten().filter_map(Value::as_object) {
            let cells = personal().filter_map(|column| row.get(&column.code)?.as_str());
            words.extend(cells.map(str::to_owned));
        }
    }
    words
}

/// True where the form shows the field for these answers; a field that hangs on a hidden one is hidden too.
#[must_use]
pub fn is_shown(field: &Field, form: &Form, answers: &Answers) -> bool {
    let Some(condition) = &field.shown_if else { return true };
    let asked_is_shown = form.field(&condition.field).is_some_and(|asked| is_shown(asked, form, answers));
    let chosen = match answers.get(&condition.field) {
        Some(Value::String(code)) => *code == condition.equals,
        Some(Value::Array(codes)) => codes.iter().any(|code| code.as_str() == Some(&condition.equals)),
        _ => false,
    };
    asked_is_shown && chosen
}

/// Answers that were right when they were written and no longer are: the form was corrected since.
pub fn unfit(application: &Application, form: &Form) -> Vec<Fault> {
    let answers = &application.answers.0;
    answers
        .iter()
        .filter_map(|(code, value)| Some((form.field(code)?, code, value)))
        .filter(|(field, _, _)| is_shown(field, form, answers))
        .filter_map(|(field, code, value)| {
            read_answer(Some(field), value, &format!("/answers/{}", escape(code))).err()
        })
        .flatten()
        .collect()
}

/// What the form asks for and is not there: fields, cells of tables, attachments (E117). `files` counts the clean
/// attachments by field.
pub fn missing(
    application: &Application,
    lines: &[BudgetLine],
    form: &Form,
    files: &BTreeMap<String, u32>,
) -> (Vec<Fault>, Vec<Fault>) {
    let (mut incomplete, mut without_file) = (Vec::new(), Vec::new());
    let shown = form.fields().map(|(_, field)| field).filter(|f| is_shown(f, form, &application.answers.0));
    for field in shown {
        let lacks = |at: String| {
            Fault::new(at, &codes::APPLICATION_INCOMPLETE)
                .with("field", &field.code)
                .with("label", &field.label)
        };
        match field.core() {
            Some(core) if field.obligatory && !has(application, lines, core) => {
                incomplete.push(lacks(format!("/{core}")));
            }
            Some(_) => {}
            None if field.kind == FieldKind::File => {
                if field.obligatory && files.get(&field.code).is_none_or(|count| *count == 0) {
                    let pointer = format!("/answers/{}", field.code);
                    without_file.push(Fault::new(pointer, &codes::E117).with("name", &field.label));
                }
            }
            None => match application.answers.0.get(&field.code) {
                None if field.obligatory => incomplete.push(lacks(format!("/answers/{}", field.code))),
                Some(Value::Array(rows)) if field.kind == FieldKind::Table => {
                    for (index, row) in rows.iter().enumerate() {
                        let needed = field.columns.iter().filter(|column| column.obligatory);
                        for column in needed {
                            let cell = row.get(&column.code).and_then(Value::as_str).unwrap_or_default();
                            if cell.trim().is_empty() {
                                incomplete
                                    .push(lacks(format!("/answers/{}/{index}/{}", field.code, column.code)));
                            }
                        }
                    }
                }
                _ => {}
            },
        }
    }
    (incomplete, without_file)
}

fn has(application: &Application, lines: &[BudgetLine], core: CoreField) -> bool {
    match core {
        CoreField::Title => !application.title.is_empty(),
        CoreField::Domain => application.domain.is_some(),
        CoreField::Requested => application.requested.is_some(),
        // Nothing of one's own is an answer too.
        CoreField::OwnFunds => true,
        CoreField::StartsOn => application.starts_on.is_some(),
        CoreField::EndsOn => application.ends_on.is_some(),
        CoreField::Beneficiaries => application.beneficiaries.is_some(),
        CoreField::Summary => !application.summary.is_empty(),
        CoreField::BudgetLines => !lines.is_empty(),
        CoreField::LeadName => !application.lead_name.is_empty(),
        CoreField::LeadPhone => application.lead_phone.is_some(),
        CoreField::UnitId => application.unit_id.is_some(),
        CoreField::FundedElsewhere => application.funded_elsewhere.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(json: Value) -> Field {
        let mut field: Field = serde_json::from_value(json).unwrap();
        field.code = "f".into();
        field
    }

    #[test]
    fn every_kind_takes_its_own_and_nothing_else() {
        let options = json!([{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}]);
        let columns = json!([{"code": "name", "label": "姓名", "max_chars": 3}]);
        let cases = [
            (json!({"kind": "text", "max_chars": 3}), json!("一二三"), json!("一二三四")),
            (json!({"kind": "choice", "options": options}), json!("a"), json!("c")),
            (json!({"kind": "choices", "options": options}), json!(["a", "b"]), json!(["a", "a"])),
            (json!({"kind": "number", "min": 1, "max": 9}), json!(9), json!(10)),
            (json!({"kind": "number"}), json!(-3), json!(1.5)),
            (json!({"kind": "date"}), json!("2026-02-28"), json!("2026-02-30")),
            (json!({"kind": "money"}), json!("0.10"), json!(0.1)),
            (
                json!({"kind": "table", "max_items": 1, "columns": columns}),
                json!([{"name": "王"}]),
                json!([{"name": "王"}, {"name": "李"}]),
            ),
            (
                json!({"kind": "table", "max_items": 1, "columns": columns}),
                json!([{}]),
                json!([{"age": "9"}]),
            ),
            (json!({"kind": "text", "max_chars": 3}), json!("一"), json!("一\u{202e}")),
        ];
        for (asked, right, wrong) in cases {
            let asked = field(asked);
            assert!(read_answer(Some(&asked), &right, "/f").is_ok(), "{right}");
            assert!(read_answer(Some(&asked), &wrong, "/f").is_err(), "{wrong}");
            assert!(matches!(read_answer(Some(&asked), &Value::Null, "/f"), Ok(None)));
        }
        assert!(read_answer(None, &json!("x"), "/f").is_err(), "nobody asked");
        assert!(
            read_answer(Some(&field(json!({"kind": "file", "max_items": 1}))), &json!("x"), "/f").is_err()
        );
    }
}
