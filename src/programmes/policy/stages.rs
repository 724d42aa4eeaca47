//! The numbers of the stages after the intake, one section for each: what domain.md marks [GK], with the clause it
//! comes from. The stages read them; what a section holds is checked here with the rest of the policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Rule;
use crate::kernel::{domain::ServiceDomain, money::Money, score::Score};

const fn yuan(yuan: i64) -> Money {
    Money::from_fen(yuan * 100)
}

/// Panels, sheets and stages of the review (domain.md §2.4, §2.12; rules.md §2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewPolicy {
    /// Experts do not learn whose application it is (盲评).
    pub blind: bool,
    /// The desk review is followed by a defence (路演答辩), with criteria of its own.
    pub defence: bool,
    /// How many experts an application is proposed for.
    pub reviews_per_application: u32,
    /// How many applications an expert is proposed for at most, where the pool says nothing else of them.
    pub max_load: u32,
    /// Weight of the desk review in basis points; the defence has the rest (rules.md §2, 40 : 60).
    pub desk_share_bp: u32,
    /// Seats of a panel; odd (§2.4, 5 seen).
    pub panel_seats: u32,
    /// Fewer experts than this after recusals make a session invalid (§2.4).
    pub panel_min_seats: u32,
    /// Finance experts of a panel (§2.4).
    pub finance_experts_min: u32,
    /// The pool holds so many times the seats, else R201 (§2.12).
    pub pool_per_seat: u32,
    /// Years in which an earlier employment is a conflict of interest (§2.4).
    pub former_employer_years: u32,
    /// A mark below this share of its maximum needs a comment, in basis points; 0: none does (§2.12).
    pub comment_below_share_bp: u32,
    /// A total from this on needs a comment; none: none does (§2.12).
    pub comment_from_total: Option<Score>,
    /// Minutes of a pitch (§2.4, 5–8).
    pub pitch_minutes: u32,
    /// Minutes of the questions after it (§2.4, 5–7).
    pub questions_minutes: u32,
    /// Points for last year's good grantees, shown apart from the score (§2.5, at most 3).
    pub former_grantee_bonus: Score,
    /// Organisations of this grade (1–5 A) or a higher one have priority; none: the grade decides nothing (§2.3).
    pub priority_grade_from: Option<u32>,
    /// The decision waits until the chair has locked every sheet that was handed in (§2.12, 签字页).
    pub lock_before_decision: bool,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        Self {
            blind: false,
            defence: false,
            reviews_per_application: 5,
            max_load: 20,
            desk_share_bp: 4_000,
            panel_seats: 5,
            panel_min_seats: 3,
            finance_experts_min: 1,
            pool_per_seat: 2,
            former_employer_years: 3,
            comment_below_share_bp: 6_000,
            comment_from_total: Some(Score::from_hundredths(9_500)),
            pitch_minutes: 8,
            questions_minutes: 7,
            former_grantee_bonus: Score::ZERO,
            priority_grade_from: None,
            lock_before_decision: false,
        }
    }
}

impl ReviewPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            ((1..=99).contains(&self.reviews_per_application), "/review/reviews_per_application", "1–99"),
            ((1..=10_000).contains(&self.max_load), "/review/max_load", "1–10000"),
            (self.desk_share_bp <= 10_000, "/review/desk_share_bp", "0–10000"),
            (self.panel_seats % 2 == 1 && self.panel_seats <= 99, "/review/panel_seats", "1, 3, … 99"),
            (
                (1..=self.panel_seats).contains(&self.panel_min_seats),
                "/review/panel_min_seats",
                "1–panel_seats",
            ),
            (self.finance_experts_min <= self.panel_seats, "/review/finance_experts_min", "≤ panel_seats"),
            ((1..=20).contains(&self.pool_per_seat), "/review/pool_per_seat", "1–20"),
            (self.former_employer_years <= 20, "/review/former_employer_years", "≤ 20"),
            (self.comment_below_share_bp <= 10_000, "/review/comment_below_share_bp", "0–10000"),
            (
                self.comment_from_total.is_none_or(|from| from <= Score::FULL),
                "/review/comment_from_total",
                "0–100.00",
            ),
            ((1..=120).contains(&self.pitch_minutes), "/review/pitch_minutes", "1–120"),
            (self.questions_minutes <= 120, "/review/questions_minutes", "≤ 120"),
            (
                self.former_grantee_bonus <= Score::from_hundredths(300),
                "/review/former_grantee_bonus",
                "≤ 3.00",
            ),
            (
                self.priority_grade_from.is_none_or(|grade| (1..=5).contains(&grade)),
                "/review/priority_grade_from",
                "1–5",
            ),
        ]
    }
}

/// Floors and ceilings of the selection beside `max_count` and `domain_max` (domain.md §2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SelectionPolicy {
    /// The fewest projects of a domain the committee wants to see.
    #[schema(value_type = Object)]
    pub domain_min: BTreeMap<ServiceDomain, u32>,
    /// The fewest projects of a street, by the id of its unit.
    pub unit_min: BTreeMap<String, u32>,
    /// The most projects of a street, by the id of its unit.
    pub unit_max: BTreeMap<String, u32>,
}

/// What a grantee may spend and how (domain.md §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpendingPolicy {
    /// A single purchase from this amount on needs quotes.
    pub quotes_from: Money,
    /// So many quotes.
    pub quotes_needed: u32,
    /// The most a volunteer gets a day (50–100 yuan seen).
    pub volunteer_allowance_per_day: Money,
    /// The most an expert gets a half-day (500–1,000 yuan seen).
    pub expert_fee_per_half_day: Money,
}

impl Default for SpendingPolicy {
    fn default() -> Self {
        Self {
            quotes_from: yuan(1_000),
            quotes_needed: 3,
            volunteer_allowance_per_day: yuan(100),
            expert_fee_per_half_day: yuan(1_000),
        }
    }
}

impl SpendingPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![((1..=10).contains(&self.quotes_needed), "/spending/quotes_needed", "1–10")]
    }
}

/// Who is paid for a filed group (domain.md §0.4, §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiledGroupPayee {
    /// 依托单位: its fiscal host.
    #[default]
    Host,
    /// 街道中心: the centre of its street.
    StreetCenter,
}

/// Payments (domain.md §2.7, §2.8, §2.11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentPolicy {
    /// Working days from the signature to the first payment (§2.7).
    pub first_payment_working_days: u32,
    /// Share of the first tranche spent before the next is paid, in basis points (§2.8, 60–70 %).
    pub mid_spent_share_bp: u32,
    /// Payments from this amount on also need the bureau; none: never (§2.8).
    pub bureau_approval_from: Option<Money>,
    /// Days after a change in which an account is verified anew (§2.8).
    pub account_reverification_days: u32,
    /// Who is paid for a filed group (§7).
    pub filed_group_payee: FiledGroupPayee,
    /// Working days to pay money back after the letter of demand (§2.8, 10–15).
    pub refund_working_days: u32,
    /// The last day of December on which the treasury pays (§2.8, 20–25).
    pub treasury_last_december_day: u32,
    /// Awards from this amount on are audited at the end (§2.11).
    pub audit_from: Money,
}

impl Default for PaymentPolicy {
    fn default() -> Self {
        Self {
            first_payment_working_days: 15,
            mid_spent_share_bp: 6_000,
            bureau_approval_from: None,
            account_reverification_days: 5,
            filed_group_payee: FiledGroupPayee::Host,
            refund_working_days: 15,
            treasury_last_december_day: 20,
            audit_from: yuan(50_000),
        }
    }
}

impl PaymentPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            (
                (1..=250).contains(&self.first_payment_working_days),
                "/payments/first_payment_working_days",
                "1–250",
            ),
            (self.mid_spent_share_bp <= 10_000, "/payments/mid_spent_share_bp", "0–10000"),
            (self.account_reverification_days <= 365, "/payments/account_reverification_days", "≤ 365"),
            ((1..=250).contains(&self.refund_working_days), "/payments/refund_working_days", "1–250"),
            (
                (1..=31).contains(&self.treasury_last_december_day),
                "/payments/treasury_last_december_day",
                "1–31",
            ),
        ]
    }
}

/// Reports, visits and rectifications (domain.md §2.9, §2.10, §2.12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitoringPolicy {
    /// Day of the next month on which a monthly report is due (§2.12).
    pub report_due_day: u32,
    /// An officer's visits on site in half a year (§2.9).
    pub site_visits_per_half_year: u32,
    /// Days a grantee gets for a rectification (§2.10, 15–30).
    pub rectification_days: u32,
}

impl Default for MonitoringPolicy {
    fn default() -> Self {
        Self { report_due_day: 5, site_visits_per_half_year: 1, rectification_days: 30 }
    }
}

impl MonitoringPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            ((1..=28).contains(&self.report_due_day), "/monitoring/report_due_day", "1–28"),
            (self.site_visits_per_half_year <= 26, "/monitoring/site_visits_per_half_year", "≤ 26"),
            ((1..=365).contains(&self.rectification_days), "/monitoring/rectification_days", "1–365"),
        ]
    }
}

/// Changes of a running project (domain.md §2.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangePolicy {
    /// Lines moved by more than this share of the total need approval before, in basis points (C401).
    pub approval_above_share_bp: u32,
    /// A shift of the period by more months than this needs approval before.
    pub approval_above_months: u32,
    /// Days before it takes effect by which a change is asked for.
    pub request_days_before: u32,
    /// Extensions a project may have.
    pub extensions_max: u32,
    /// The most months of an extension.
    pub extension_months_max: u32,
    /// Days before the end in which nothing is changed any more (C402).
    pub frozen_last_days: u32,
}

impl Default for ChangePolicy {
    fn default() -> Self {
        Self {
            approval_above_share_bp: 1_000,
            approval_above_months: 1,
            request_days_before: 15,
            extensions_max: 1,
            extension_months_max: 3,
            frozen_last_days: 30,
        }
    }
}

impl ChangePolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            (self.approval_above_share_bp <= 10_000, "/changes/approval_above_share_bp", "0–10000"),
            (self.approval_above_months <= 120, "/changes/approval_above_months", "≤ 120"),
            (self.request_days_before <= 365, "/changes/request_days_before", "≤ 365"),
            (self.extensions_max <= 10, "/changes/extensions_max", "≤ 10"),
            (self.extension_months_max <= 120, "/changes/extension_months_max", "≤ 120"),
            (self.frozen_last_days <= 365, "/changes/frozen_last_days", "≤ 365"),
        ]
    }
}

/// Mid-term and final evaluation (domain.md §2.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationPolicy {
    /// The lowest score that passes.
    pub pass_line: Score,
    /// The lowest score that is excellent.
    pub excellent_line: Score,
    /// Years a grantee that failed cannot apply (1–3).
    pub failed_ban_years: u32,
}

impl Default for EvaluationPolicy {
    fn default() -> Self {
        Self {
            pass_line: Score::from_hundredths(6_000),
            excellent_line: Score::from_hundredths(8_500),
            failed_ban_years: 1,
        }
    }
}

impl EvaluationPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            (
                self.pass_line <= self.excellent_line && self.excellent_line <= Score::FULL,
                "/evaluation/excellent_line",
                "pass_line ≤ excellent_line ≤ 100.00",
            ),
            (self.failed_ban_years <= 10, "/evaluation/failed_ban_years", "≤ 10"),
        ]
    }
}

/// What happens to a pledge above the gap (domain.md §3, §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oversubscription {
    /// It is refused (M401).
    #[default]
    Refuse,
    /// It goes to the sponsor's second choice.
    SecondChoice,
    /// It goes to the project's reserve, with consent.
    Reserve,
}

/// When sponsors are sought (domain.md §0.1, §3, §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SponsorsWhen {
    /// After the bureau's approval, as in Haishu.
    #[default]
    AfterApproval,
    /// Before the selection, as in Dongguan.
    BeforeSelection,
}

/// 双百对接 and donations (domain.md §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SponsorshipPolicy {
    /// When sponsors are sought.
    pub sponsors_when: SponsorsWhen,
    /// What happens to a pledge above the gap.
    pub on_oversubscription: Oversubscription,
    /// Days after which a letter of intent lapses.
    pub intent_days: u32,
    /// Days in which an agreed pledge is paid.
    pub payment_days: u32,
    /// Share of the budget from which a sponsor may give the project its name, in basis points.
    pub naming_right_share_bp: u32,
    /// Days after the arrival of the money in which the receipt is issued.
    pub receipt_days: u32,
}

impl Default for SponsorshipPolicy {
    fn default() -> Self {
        Self {
            sponsors_when: SponsorsWhen::AfterApproval,
            on_oversubscription: Oversubscription::Refuse,
            intent_days: 15,
            payment_days: 30,
            naming_right_share_bp: 5_000,
            receipt_days: 7,
        }
    }
}

impl SponsorshipPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            ((1..=365).contains(&self.intent_days), "/sponsorship/intent_days", "1–365"),
            ((1..=365).contains(&self.payment_days), "/sponsorship/payment_days", "1–365"),
            (
                (1..=10_000).contains(&self.naming_right_share_bp),
                "/sponsorship/naming_right_share_bp",
                "1–10000",
            ),
            ((1..=365).contains(&self.receipt_days), "/sponsorship/receipt_days", "1–365"),
        ]
    }
}

/// How long things are kept (domain.md §2.11, §6.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionPolicy {
    /// Years an archive is kept; at least 10.
    pub archive_years: u32,
    /// Years accounting vouchers are kept.
    pub voucher_years: u32,
    /// Years after delivery in which the personal data of a wish is deleted.
    pub wish_data_years: u32,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self { archive_years: 10, voucher_years: 30, wish_data_years: 1 }
    }
}

impl RetentionPolicy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            ((10..=100).contains(&self.archive_years), "/retention/archive_years", "10–100"),
            ((10..=100).contains(&self.voucher_years), "/retention/voucher_years", "10–100"),
            (self.wish_data_years <= 10, "/retention/wish_data_years", "≤ 10"),
        ]
    }
}
