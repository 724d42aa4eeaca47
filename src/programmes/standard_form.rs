//! The form of a round that nobody has defined one for.

use super::form::{Choice, Column, CoreField as C, Field, FieldKind, Form, Section};

/// The attachments of the default form (domain.md §2.2); a round says which of them are obligatory. Whether they say
/// something of a person, and whose application it is.
const ATTACHMENTS: [(&str, &str, bool, bool); 7] = [
    ("certificate", "登记证书或备案证明", false, true),
    ("account_proof", "开户许可或账户证明", true, true),
    ("annual_check", "最近一次年检（年报）结果", false, true),
    ("lead_cv", "负责人简历与资质", true, true),
    ("site_consent", "场地方或社区同意书", false, true),
    ("partner_letters", "合作方函件", false, true),
    ("photos", "照片与其他材料", false, false),
];

/// The form of a round that nobody has defined one for: everything domain.md §2.2 names, of which only what the rules
/// compute with is obligatory; a round says what else it must have.
impl Default for Form {
    fn default() -> Self {
        let core =
            |code: &str, title: &str, fields: &[C]| section(code, title, fields.iter().map(|c| own(*c)));
        let files = ATTACHMENTS.iter().map(|(code, label, personal, identifying)| Field {
            max_items: Some(50),
            personal: *personal,
            identifying: *identifying,
            ..field(code, label, FieldKind::File)
        });
        Self {
            sections: vec![
                core("cover", "封面", &[C::Title, C::Domain, C::LeadName, C::LeadPhone, C::UnitId]),
                core("project", "项目", &[C::StartsOn, C::EndsOn, C::Beneficiaries, C::Summary]),
                core("budget", "预算", &[C::Requested, C::OwnFunds, C::FundedElsewhere, C::BudgetLines]),
                section("plan", "方案", plan()),
                section("team", "团队与承诺", team()),
                section("attachments", "附件", files),
            ],
            checklist: choices(&CHECKLIST),
        }
    }
}

/// What the first officer ticks off.
const CHECKLIST: [(&str, &str); 5] = [
    ("materials", "材料齐全，签字盖章清晰"),
    ("identity", "申报主体、负责人与证照一致"),
    ("scope", "项目在章程业务范围和本届服务领域之内"),
    ("budget", "预算细目合理，无不得列支的内容"),
    ("repeat", "未发现重复申报或重复资助"),
];

/// What the applicant promises.
const COMMITMENTS: [(&str, &str); 3] = [
    ("truth", "所填内容真实，无重复申报"),
    ("ring_fence", "专款专用、单独核算，接受监督和评估"),
    ("beneficiaries", "保护服务对象的隐私和安全"),
];

fn plan() -> Vec<Field> {
    let activities =
        [("month", "月份", 20, false), ("activity", "活动内容", 300, false), ("output", "产出", 200, false)];
    let indicators = [("indicator", "指标", 200, false), ("target", "目标值", 100, false)];
    vec![
        text("target_group", "服务对象", 200),
        Field { min: Some(0), ..field("indirect_beneficiaries", "间接受益人数", FieldKind::Number) },
        text("need", "需求分析与依据", 2_000),
        text("goals", "目标与预期成效", 1_500),
        table("activities", "活动安排（按月）", 60, &activities),
        text("innovation", "创新点", 1_000),
        text("risks", "风险与应对", 1_000),
        text("sustainability", "可持续性", 1_000),
        table("indicators", "评估指标", 30, &indicators),
        text("other_sources", "其他资金来源", 500),
    ]
}

fn team() -> Vec<Field> {
    let members = [
        ("name", "姓名", 50, true),
        ("education", "学历", 50, false),
        ("qualification", "社工等资质", 100, false),
        ("role", "分工", 100, false),
        ("phone", "手机", 20, true),
    ];
    vec![
        Field { identifying: true, ..text("introduction", "机构简介", 500) },
        Field { identifying: true, ..text("earlier_projects", "以往同类项目", 1_000) },
        table("members", "项目团队", 30, &members),
        Field { options: choices(&COMMITMENTS), ..field("commitments", "承诺", FieldKind::Choices) },
    ]
}

fn section(code: &str, title: &str, fields: impl IntoIterator<Item = Field>) -> Section {
    Section {
        code: code.to_owned(),
        title: title.to_owned(),
        help: String::new(),
        fields: fields.into_iter().collect(),
    }
}

fn field(code: &str, label: &str, kind: FieldKind) -> Field {
    Field { code: code.to_owned(), label: label.to_owned(), kind, ..Field::default() }
}

fn own(core: C) -> Field {
    Field { obligatory: core.is_essential(), ..field(&core.to_string(), core.label(), FieldKind::Core) }
}

fn text(code: &str, label: &str, max_chars: u32) -> Field {
    Field { max_chars: Some(max_chars), ..field(code, label, FieldKind::Text) }
}

/// Columns are code, label, most characters, and whether they say something of a person.
fn table(code: &str, label: &str, rows: u32, columns: &[(&str, &str, u32, bool)]) -> Field {
    let column = |(code, label, max_chars, personal): &(&str, &str, u32, bool)| Column {
        code: (*code).to_owned(),
        label: (*label).to_owned(),
        obligatory: false,
        personal: *personal,
        max_chars: *max_chars,
    };
    let columns = columns.iter().map(column).collect();
    Field { max_items: Some(rows), columns, ..field(code, label, FieldKind::Table) }
}

fn choices(all: &[(&str, &str)]) -> Vec<Choice> {
    all.iter().map(|(code, label)| Choice { code: (*code).to_owned(), label: (*label).to_owned() }).collect()
}
