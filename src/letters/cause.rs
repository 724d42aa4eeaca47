//! The registry: why a letter is written, what it says unless the programme says otherwise, and what can be filled in.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString};
use utoipa::ToSchema;

/// Why a letter of the intake is written.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumIter, EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// 申报已收到: the receipt.
    Received,
    /// 补正通知.
    CorrectionRequested,
    /// 补正材料已收到.
    CorrectionReceived,
    /// 受理.
    Accepted,
    /// 不予受理.
    Rejected,
    /// 个别延期.
    Extended,
    /// 草稿未提交的提醒.
    DraftReminder,
    /// 补正将到期的提醒.
    CorrectionReminder,
    /// 机构资料已核验.
    OrganizationVerified,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::Cause;
    use crate::db::columns::column;

    column!(Cause as Text);
}

/// Something that can be filled in: its name, what it is, and what a preview shows for it.
pub struct Placeholder {
    pub name: &'static str,
    pub meaning: &'static str,
    pub sample: &'static str,
}

const fn placeholder(name: &'static str, meaning: &'static str, sample: &'static str) -> Placeholder {
    Placeholder { name, meaning, sample }
}

const REFERENCE: Placeholder =
    placeholder("reference", "申报编号 · the application's number", "HS-2026-0042");
const TITLE: Placeholder = placeholder("title", "项目名称 · the project's title", "暖巷助老");
const RECEIVED_AT: Placeholder =
    placeholder("received_at", "收到时间 · when it was received", "2026-03-02T02:00:00Z");
const DIGEST: Placeholder = placeholder(
    "digest",
    "内容摘要 · SHA-256 of the content",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
);
const UNTIL: Placeholder = placeholder("until", "截止日 · the last day", "2026-03-31");
const DAYS: Placeholder = placeholder("days", "剩余天数 · the days that are left", "3");
const ROUND: Placeholder = placeholder("round", "届次 · the name of the round", "第三届公益创投");
const NOTE: Placeholder = placeholder("note", "说明 · what the office adds", "请于工作日办理。");
const REASON: Placeholder = placeholder("reason", "延期原因 · why there is more time", "街道停电");
const DEFECTS: Placeholder =
    placeholder("defects", "补正内容，每行一项 · what to put right, a line each", "· 项目摘要：请补充说明");
const NAME: Placeholder = placeholder("name", "机构名称 · the organisation's name", "同行互助社");

/// A subject and a text in one language.
pub struct Words {
    pub subject: &'static str,
    pub body: &'static str,
}

/// What the program knows of a cause.
pub struct Entry {
    /// The audit action that the letter belongs to.
    pub action: &'static str,
    pub placeholders: &'static [Placeholder],
    pub zh: Words,
    pub en: Words,
}

impl Cause {
    /// The row of the registry.
    #[must_use]
    pub const fn entry(self) -> &'static Entry {
        match self {
            Self::Received => &RECEIVED,
            Self::CorrectionRequested => &CORRECTION_REQUESTED,
            Self::CorrectionReceived => &CORRECTION_RECEIVED,
            Self::Accepted => &ACCEPTED,
            Self::Rejected => &REJECTED,
            Self::Extended => &EXTENDED,
            Self::DraftReminder => &DRAFT_REMINDER,
            Self::CorrectionReminder => &CORRECTION_REMINDER,
            Self::OrganizationVerified => &ORGANIZATION_VERIFIED,
        }
    }
}

static RECEIVED: Entry = Entry {
    action: "application.submit",
    placeholders: &[TITLE, REFERENCE, RECEIVED_AT, DIGEST],
    zh: Words {
        subject: "【益创】申报已收到:{reference}",
        body: "《{title}》已于 {received_at} 收到，编号 {reference}，内容摘要（SHA-256）{digest}。",
    },
    en: Words {
        subject: "[Yichuang] Application received: {reference}",
        body: "Your application {reference} was received at {received_at}; SHA-256 of its content: {digest}.",
    },
};

static CORRECTION_REQUESTED: Entry = Entry {
    action: "application.request_correction",
    placeholders: &[TITLE, REFERENCE, UNTIL, DEFECTS, NOTE],
    zh: Words {
        subject: "【益创】补正通知:{reference}",
        body: "《{title}》（{reference}）需在 {until} 之前（含当日）补正以下内容，其余内容不可修改：\n{defects}\n{note}",
    },
    en: Words {
        subject: "[Yichuang] Please correct your application: {reference}",
        body: "Please correct the points above in application {reference} by {until}.",
    },
};

static CORRECTION_RECEIVED: Entry = Entry {
    action: "application.resubmit",
    placeholders: &[TITLE, REFERENCE, RECEIVED_AT, DIGEST],
    zh: Words {
        subject: "【益创】补正材料已收到:{reference}",
        body: "《{title}》已于 {received_at} 收到，编号 {reference}，内容摘要（SHA-256）{digest}。",
    },
    en: Words {
        subject: "[Yichuang] Correction received: {reference}",
        body: "Your application {reference} was received at {received_at}; SHA-256 of its content: {digest}.",
    },
};

static ACCEPTED: Entry = Entry {
    action: "application.accept",
    placeholders: &[TITLE, REFERENCE, NOTE],
    zh: Words {
        subject: "【益创】{reference}:已受理,进入专家评审",
        body: "《{title}》({reference})已受理,进入专家评审。{note}",
    },
    en: Words {
        subject: "[Yichuang] Application eligible: {reference}",
        body: "Application {reference} is eligible.",
    },
};

static REJECTED: Entry = Entry {
    action: "application.reject",
    placeholders: &[TITLE, REFERENCE, NOTE],
    zh: Words {
        subject: "【益创】{reference}:不予受理", body: "《{title}》({reference})不予受理。{note}"
    },
    en: Words {
        subject: "[Yichuang] Application rejected at intake: {reference}",
        body: "Application {reference} was rejected at intake.",
    },
};

// An extension and a reminder of a draft do without the title: a draft is its authors' alone, and staff see the subject
// of a letter that cannot be delivered.
static EXTENDED: Entry = Entry {
    action: "application.extend",
    placeholders: &[REFERENCE, UNTIL, REASON],
    zh: Words {
        subject: "【益创】提交期限已延长:{reference}",
        body: "申报 {reference} 可在 {until} 之前（含当日）提交。原因：{reason}",
    },
    en: Words {
        subject: "[Yichuang] More time for your application: {reference}",
        body: "Application {reference} may be handed in until {until}.",
    },
};

static DRAFT_REMINDER: Entry = Entry {
    action: "application.remind",
    placeholders: &[REFERENCE, ROUND, UNTIL, DAYS],
    zh: Words {
        subject: "【益创】申报尚未提交，{until} 截止:{reference}",
        body: "{round}的申报 {reference} 仍是草稿，请在 {until} 之前（含当日）提交，还剩 {days} 天。逾期系统关闭，不能提交。",
    },
    en: Words {
        subject: "[Yichuang] Not handed in yet, due {until}: {reference}",
        body: "Application {reference} to {round} is still a draft. Hand it in by {until}; days left: {days}. \
               Afterwards the system is closed.",
    },
};

static CORRECTION_REMINDER: Entry = Entry {
    action: "application.remind",
    placeholders: &[TITLE, REFERENCE, ROUND, UNTIL, DAYS],
    zh: Words {
        subject: "【益创】补正尚未提交，{until} 截止:{reference}",
        body: "《{title}》（{reference}）的补正材料请在 {until} 之前（含当日）提交，还剩 {days} 天。逾期按现有材料审查。",
    },
    en: Words {
        subject: "[Yichuang] Correction not handed in yet, due {until}: {reference}",
        body: "Hand in the correction of application {reference} by {until}; days left: {days}. Afterwards it is \
               judged as it stands.",
    },
};

static ORGANIZATION_VERIFIED: Entry = Entry {
    action: "organization.verify",
    placeholders: &[NAME],
    zh: Words {
        subject: "【益创】机构资料已核验:{name}", body: "{name} 的资料已通过核验。"
    },
    en: Words {
        subject: "[Yichuang] Organisation verified: {name}",
        body: "The profile of {name} has been verified.",
    },
};
