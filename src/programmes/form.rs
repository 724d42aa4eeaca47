//! The application form of a round, as data (domain.md §2.2): sections with fields, defined by the office. Pure.
//!
//! A field with the code of a [`CoreField`] writes to the application itself (the rules of the intake compute with
//! it); every other field is an answer, stored by its code.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

use crate::error::{Error, Fault, codes};

/// The most fields of a form: what one page of it can still carry.
const MAX_FIELDS: usize = 200;

/// The form of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// In the order they are shown; each is saved for itself.
    pub sections: Vec<Section>,
    /// What the first officer ticks off before an application is accepted.
    #[serde(default)]
    pub checklist: Vec<Choice>,
}

/// A part of the form that is saved for itself, so that two people can write at two parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its short code, unique in the form.
    pub code: String,
    /// Its heading.
    pub title: String,
    /// What the office wants to say about it.
    #[serde(default)]
    pub help: String,
    /// In the order they are shown.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    /// Its short code, unique in the form.
    pub code: String,
    /// What it asks.
    pub label: String,
    /// How to answer it.
    pub help: String,
    /// What an answer is.
    pub kind: FieldKind,
    /// True where a submission needs it.
    pub obligatory: bool,
    /// True where the answer says something of a person: experts do not get it.
    pub personal: bool,
    /// True where the answer says whose application it is: experts do not get it in a blind review.
    pub identifying: bool,
    /// The most characters of a text, counted as people count them.
    pub max_chars: Option<u32>,
    /// The smallest number.
    pub min: Option<i64>,
    /// The largest number.
    pub max: Option<i64>,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// The most rows of a table, or files.
    pub max_items: Option<u32>,
    /// Shown, and asked for, only where another field has been answered so.
    pub shown_if: Option<Condition>,
}

/// What an answer is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FieldKind {
    /// One of the application's own; its code says which.
    #[default]
    Core,
    /// Words.
    Text,
    /// One of the options.
    Choice,
    /// Some of the options.
    Choices,
    /// A whole number.
    Number,
    /// A day.
    Date,
    /// An amount in yuan.
    Money,
    /// Rows of texts.
    Table,
    /// Attachments.
    File,
}

/// The fields that every application has and that rules compute with.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CoreField {
    /// 项目名称.
    Title,
    /// 服务领域.
    Domain,
    /// 申请金额.
    Requested,
    /// 自筹.
    OwnFunds,
    /// 开始日期.
    StartsOn,
    /// 结束日期.
    EndsOn,
    /// 直接受益人数.
    Beneficiaries,
    /// 项目摘要.
    Summary,
    /// 预算明细.
    BudgetLines,
    /// 项目负责人.
    LeadName,
    /// 负责人手机.
    LeadPhone,
    /// 实施地点（街道/社区）.
    UnitId,
    /// 是否已获其他财政资金支持.
    FundedElsewhere,
}

impl CoreField {
    /// Without these nobody could judge an application: every form asks for them.
    #[must_use]
    pub const fn is_essential(self) -> bool {
        match self {
            Self::Title
            | Self::Domain
            | Self::Requested
            | Self::StartsOn
            | Self::EndsOn
            | Self::Beneficiaries
            | Self::Summary
            | Self::BudgetLines => true,
            Self::OwnFunds | Self::LeadName | Self::LeadPhone | Self::UnitId | Self::FundedElsewhere => false,
        }
    }

    /// What the default form calls it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Title => "项目名称",
            Self::Domain => "服务领域",
            Self::Requested => "申请金额（元）",
            Self::OwnFunds => "自筹资金（元）",
            Self::StartsOn => "开始日期",
            Self::EndsOn => "结束日期",
            Self::Beneficiaries => "直接受益人数",
            Self::Summary => "项目摘要",
            Self::BudgetLines => "预算明细",
            Self::LeadName => "项目负责人",
            Self::LeadPhone => "负责人手机",
            Self::UnitId => "实施地点（街道/社区）",
            Self::FundedElsewhere => "是否已获其他财政资金支持",
        }
    }
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its short code, unique in the field.
    pub code: String,
    /// What it says.
    pub label: String,
}

/// One column of a table; its cells are texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its short code, unique in the table.
    pub code: String,
    /// Its heading.
    pub label: String,
    /// True where a row needs it.
    #[serde(default)]
    pub obligatory: bool,
    /// True where a cell says something of a person: experts do not get it.
    #[serde(default)]
    pub personal: bool,
    /// The most characters of a cell.
    pub max_chars: u32,
}

/// When a field is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A field of kind `choice` or `choices` that stands before.
    pub field: String,
    /// The code of the option that must be chosen.
    pub equals: String,
}

impl Field {
    /// The application's own field it writes to, if it is one.
    #[must_use]
    pub fn core(&self) -> Option<CoreField> {
        if self.kind == FieldKind::Core { self.code.parse().ok() } else { None }
    }
}

impl Form {
    /// Every field with its section.
    pub fn fields(&self) -> impl Iterator<Item = (&Section, &Field)> {
        self.sections.iter().flat_map(|section| section.fields.iter().map(move |field| (section, field)))
    }

    /// The field with this code.
    #[must_use]
    pub fn field(&self, code: &str) -> Option<&Field> {
        self.fields().map(|(_, field)| field).find(|field| field.code == code)
    }

    /// The section with this code.
    #[must_use]
    pub fn section(&self, code: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.code == code)
    }

    /// The section in which a field stands.
    #[must_use]
    pub fn section_of(&self, field: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.fields.iter().any(|own| own.code == field))
    }

    /// All faults of a form at once.
    pub fn validate(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        let mut check = Check { faults: &mut faults, seen: BTreeSet::new() };
        let mut sections = BTreeSet::new();
        if self.sections.is_empty() || self.sections.len() > 50 || self.fields().count() > MAX_FIELDS {
            check.refuse("/sections", format!("1–{MAX_FIELDS} fields"));
        }
        for (index, section) in self.sections.iter().enumerate() {
            let at = format!("/sections/{index}");
            check.code(&format!("{at}/code"), &section.code, sections.insert(section.code.as_str()));
            check.words(&format!("{at}/title"), &section.title, 1, 100);
            check.words(&format!("{at}/help"), &section.help, 0, 2_000);
            for (index, field) in section.fields.iter().enumerate() {
                check.field(&format!("{at}/fields/{index}"), field, self);
            }
        }
        check.choices("/checklist", &self.checklist, 0);
        for core in CoreField::iter().filter(|core| core.is_essential()) {
            let field = self.fields().map(|(_, field)| field).find(|field| field.core() == Some(core));
            if field.is_none_or(|field| !field.obligatory || field.shown_if.is_some()) {
                check.refuse("/sections", format!("{core} must be asked for, obligatory and always shown"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }
}

struct Check<'a> {
    faults: &'a mut Vec<Fault>,
    /// The codes of the fields before.
    seen: BTreeSet<String>,
}

impl Check<'_> {
    fn refuse(&mut self, at: &str, reason: impl std::fmt::Display) {
        self.faults.push(Fault::new(at, &codes::FIELD_INVALID).with("reason", reason));
    }

    fn code(&mut self, at: &str, code: &str, is_new: bool) {
        let plain = (1..=40).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain || !is_new {
            self.refuse(at, "a–z 0–9 _, 1–40, unique");
        }
    }

    fn words(&mut self, at: &str, text: &str, min: usize, max: usize) {
        if !(min..=max).contains(&text.trim().chars().count()) {
            self.refuse(at, format!("{min}–{max}"));
        }
    }

    fn field(&mut self, at: &str, field: &Field, form: &Form) {
        if let Some(condition) = &field.shown_if {
            let asked = form.field(&condition.field).filter(|_| self.seen.contains(&condition.field));
            let offers = asked.is_some_and(|asked| {
                matches!(asked.kind, FieldKind::Choice | FieldKind::Choices)
                    && asked.options.iter().any(|option| option.code == condition.equals)
            });
            if !offers {
                self.refuse(&format!("{at}/shown_if"), "an option of a choice that stands before");
            }
        }
        let is_new = self.seen.insert(field.code.clone());
        self.code(&format!("{at}/code"), &field.code, is_new);
        self.words(&format!("{at}/label"), &field.label, 1, 100);
        self.words(&format!("{at}/help"), &field.help, 0, 2_000);
        let is_core = field.code.parse::<CoreField>().is_ok();
        if is_core != (field.kind == FieldKind::Core) {
            self.refuse(&format!("{at}/kind"), "core for an application's own field, and only for one");
        }
        let within = |value: Option<u32>, max: u32| value.is_some_and(|value| (1..=max).contains(&value));
        match field.kind {
            FieldKind::Core => {
                if field.max_chars == Some(0) {
                    self.refuse(&format!("{at}/max_chars"), "≥ 1");
                }
            }
            FieldKind::Date | FieldKind::Money => {}
            FieldKind::Text => {
                if !within(field.max_chars, 20_000) {
                    self.refuse(&format!("{at}/max_chars"), "1–20000");
                }
            }
            FieldKind::Number => {
                if field.min.zip(field.max).is_some_and(|(min, max)| min > max) {
                    self.refuse(&format!("{at}/max"), "min ≤ max");
                }
            }
            FieldKind::Choice | FieldKind::Choices => {
                self.choices(&format!("{at}/options"), &field.options, 1);
            }
            FieldKind::Table => self.columns(at, field),
            FieldKind::File => {
                if !within(field.max_items, 50) {
                    self.refuse(&format!("{at}/max_items"), "1–50");
                }
            }
        }
    }

    fn choices(&mut self, at: &str, choices: &[Choice], least: usize) {
        if !(least..=100).contains(&choices.len()) {
            self.refuse(at, format!("{least}–100"));
        }
        let mut codes = BTreeSet::new();
        for (index, option) in choices.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.code(&format!("{at}/code"), &option.code, codes.insert(option.code.as_str()));
            self.words(&format!("{at}/label"), &option.label, 1, 100);
        }
    }

    fn columns(&mut self, at: &str, field: &Field) {
        if !(1..=20).contains(&field.columns.len()) {
            self.refuse(&format!("{at}/columns"), "1–20");
        }
        if !field.max_items.is_some_and(|rows| (1..=200).contains(&rows)) {
            self.refuse(&format!("{at}/max_items"), "1–200");
        }
        let mut codes = BTreeSet::new();
        for (index, column) in field.columns.iter().enumerate() {
            let at = format!("{at}/columns/{index}");
            self.code(&format!("{at}/code"), &column.code, codes.insert(column.code.as_str()));
            self.words(&format!("{at}/label"), &column.label, 1, 100);
            if !(1..=2_000).contains(&column.max_chars) {
                self.refuse(&format!("{at}/max_chars"), "1–2000");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(form: &Form) -> Vec<String> {
        form.validate().map_or_else(|e| e.faults.into_iter().map(|f| f.pointer).collect(), |()| Vec::new())
    }

    #[test]
    fn the_default_form_is_sound_and_asks_for_everything_a_rule_needs() {
        assert_eq!(faults(&Form::default()), Vec::<String>::new());
        let all: BTreeSet<_> = Form::default().fields().filter_map(|(_, field)| field.core()).collect();
        assert_eq!(all.len(), CoreField::iter().count());
    }

    #[test]
    fn every_fault_of_a_form_is_told_at_once() {
        let mut form = Form::default();
        let extra: Section = serde_json::from_value(json!({
            "code": "cover", "title": "", "fields": [
                {"code": "why", "label": "需求", "kind": "text"},
                {"code": "why", "label": "需求", "kind": "text", "max_chars": 500},
                {"code": "title", "label": "名称", "kind": "text", "max_chars": 10},
                {"code": "who", "label": "对象", "kind": "choice"},
                {"code": "team", "label": "团队", "kind": "table", "max_items": 5, "columns": []},
                {"code": "cv", "label": "简历", "kind": "file"},
                {"code": "if", "label": "其他", "kind": "date", "shown_if": {"field": "who", "equals": "old"}},
                {"code": "n", "label": "数", "kind": "number", "min": 2, "max": 1},
            ],
        }))
        .unwrap();
        form.sections.push(extra);
        let expected = [
            "code",
            "title",
            "fields/0/max_chars",
            "fields/1/code",
            "fields/2/code",
            "fields/2/kind",
            "fields/3/options",
            "fields/4/columns",
            "fields/5/max_items",
            "fields/6/shown_if",
            "fields/7/max",
        ]
        .map(|at| format!("/sections/6/{at}"));
        assert_eq!(faults(&form), expected);
    }

    #[test]
    fn what_every_rule_needs_cannot_be_left_out() {
        let mut form = Form::default();
        form.sections.remove(1);
        assert_eq!(faults(&form), ["/sections"; 4]);
    }
}
