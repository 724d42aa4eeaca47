//! The service domains (服务领域) and budget categories (预算科目) of domain.md §1.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

impl BudgetCategory {
    /// What people call it, with its code.
    #[must_use]
    pub fn label(self) -> String {
        let zh = match self {
            Self::Activity => "业务活动费",
            Self::Personnel => "人员补贴/劳务费",
            Self::Volunteer => "志愿者补贴",
            Self::Overhead => "管理费用",
            Self::Tax => "税费",
            Self::FixedAssets => "固定资产",
            Self::Infrastructure => "基建",
            Self::CashGifts => "慰问金品",
            Self::Publicity => "宣传费",
            Self::ExpertFee => "专家费",
        };
        format!("{zh}（{self}）")
    }
}

/// One of the nine domains a project serves; an application has exactly one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ServiceDomain {
    /// 为老.
    Elderly,
    /// 济困.
    PovertyRelief,
    /// 助残.
    Disability,
    /// 康复.
    Rehabilitation,
    /// 青少年.
    Youth,
    /// 维稳.
    Stability,
    /// 教育.
    Education,
    /// 环保.
    Environment,
    /// 文化.
    Culture,
}

/// What a budget line pays for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BudgetCategory {
    /// 业务活动费.
    Activity,
    /// 人员补贴/劳务费.
    Personnel,
    /// 志愿者补贴.
    Volunteer,
    /// 管理费用.
    Overhead,
    /// 税费.
    Tax,
    /// 固定资产.
    FixedAssets,
    /// 基建.
    Infrastructure,
    /// 直接发放慰问金品.
    CashGifts,
    /// 宣传费.
    Publicity,
    /// 专家费.
    ExpertFee,
}
