//! `column!`: how a value type is stored. It is the one macro of this kind; without it each type would need `ToSql`
//! three times.

use chrono::NaiveDate;
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    sql_types::{self, Nullable},
};

use crate::kernel::{
    domain::{BudgetCategory, ServiceDomain},
    ids::{
        AgreementId, ApplicationId, AwardId, BudgetLineId, BureauApprovalId, ConflictId, CorrectionRequestId,
        DecisionId, EligibilityCheckId, EnterpriseId, ExpertId, LedgerEntryId, LedgerPostingId, MailId,
        MatchingRoundId, MatchingRunId, MembershipId, NoticeId, OrganizationId, PayeeAccountId,
        PaymentRequestId, PreferenceId, ProgrammeId, ReviewId, RoundId, ScoreConfirmationId, SelectionPlanId,
        SignatureId, TrancheId, UserId,
    },
    money::Money,
    reference::Reference,
    role::Role,
    score::Score,
    time::Timestamp,
};

/// `column!(Type as SqlType via Raw, |value| raw, |raw| Ok(value))`; `column!(Type as Text)` prints and parses.
macro_rules! column {
    ($type:ty as Text) => {
        $crate::db::columns::column!($type as Text via String, |value| value.to_string(), |raw| raw
            .parse()
            .map_err(|_| format!("not a {}: {raw:?}", stringify!($type)).into()));
    };
    ($type:ty as $sql:ident via $raw:ty, $to:expr, $from:expr) => {
        impl AsExpression<sql_types::$sql> for $type {
            type Expression = <$raw as AsExpression<sql_types::$sql>>::Expression;
            fn as_expression(self) -> Self::Expression {
                let to: fn(&$type) -> $raw = $to;
                <$raw as AsExpression<sql_types::$sql>>::as_expression(to(&self))
            }
        }

        impl AsExpression<sql_types::$sql> for &$type {
            type Expression = <$raw as AsExpression<sql_types::$sql>>::Expression;
            fn as_expression(self) -> Self::Expression {
                let to: fn(&$type) -> $raw = $to;
                <$raw as AsExpression<sql_types::$sql>>::as_expression(to(self))
            }
        }

        impl AsExpression<Nullable<sql_types::$sql>> for $type {
            type Expression = <$raw as AsExpression<Nullable<sql_types::$sql>>>::Expression;
            fn as_expression(self) -> Self::Expression {
                let to: fn(&$type) -> $raw = $to;
                <$raw as AsExpression<Nullable<sql_types::$sql>>>::as_expression(to(&self))
            }
        }

        impl AsExpression<Nullable<sql_types::$sql>> for &$type {
            type Expression = <$raw as AsExpression<Nullable<sql_types::$sql>>>::Expression;
            fn as_expression(self) -> Self::Expression {
                let to: fn(&$type) -> $raw = $to;
                <$raw as AsExpression<Nullable<sql_types::$sql>>>::as_expression(to(self))
            }
        }

        impl<DB: Backend> FromSql<sql_types::$sql, DB> for $type
        where
            $raw: FromSql<sql_types::$sql, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let from: fn($raw) -> deserialize::Result<$type> = $from;
                from(<$raw as FromSql<sql_types::$sql, DB>>::from_sql(bytes)?)
            }
        }

        impl<DB: Backend> Queryable<sql_types::$sql, DB> for $type
        where
            Self: FromSql<sql_types::$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

pub(crate) use column;

column!(UserId as Text);
column!(MembershipId as Text);
column!(ProgrammeId as Text);
column!(OrganizationId as Text);
column!(PayeeAccountId as Text);
column!(EnterpriseId as Text);
column!(RoundId as Text);
column!(ApplicationId as Text);
column!(BudgetLineId as Text);
column!(EligibilityCheckId as Text);
column!(ExpertId as Text);
column!(ConflictId as Text);
column!(ReviewId as Text);
column!(ScoreConfirmationId as Text);
column!(SelectionPlanId as Text);
column!(DecisionId as Text);
column!(NoticeId as Text);
column!(BureauApprovalId as Text);
column!(AwardId as Text);
column!(AgreementId as Text);
column!(SignatureId as Text);
column!(TrancheId as Text);
column!(PaymentRequestId as Text);
column!(LedgerEntryId as Text);
column!(LedgerPostingId as Text);
column!(MatchingRoundId as Text);
column!(PreferenceId as Text);
column!(MatchingRunId as Text);
column!(MailId as Text);
column!(CorrectionRequestId as Text);
column!(Role as Text);
column!(ServiceDomain as Text);
column!(BudgetCategory as Text);
column!(Reference as Text);
column!(Money as BigInt via i64, |value| value.fen(), |raw| Ok(Money::from_fen(raw)));
column!(Score as BigInt via i64, |value| value.hundredths(), |raw| Ok(Score::from_hundredths(raw)));
column!(Timestamp as Timestamp via chrono::NaiveDateTime, |value| value.naive(), |raw| Ok(Timestamp::from_naive(raw)));

/// A calendar day, stored as `2011-03-01` on both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl<'de> serde::Deserialize<'de> for Day {
    /// Only a day as people of our time write it: 9999-12-31 means "never" somewhere else, and what is computed with it
    /// runs out of the calendar (trust.md §5, number 54).
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use chrono::Datelike;
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let fits = |(place, byte): (usize, u8)| {
            if [4, 7].contains(&place) { byte == b'-' } else { byte.is_ascii_digit() }
        };
        let is_plain = text.len() == 10 && text.bytes().enumerate().all(fits);
        let day = if is_plain { text.parse::<NaiveDate>().ok() } else { None };
        day.filter(|day| (1900..2200).contains(&day.year()))
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("2011-03-01, 1900–2199"))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Day {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, chrono::ParseError> {
        text.parse().map(Self)
    }
}

impl utoipa::PartialSchema for Day {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Date)))
            .into()
    }
}

impl utoipa::ToSchema for Day {}

column!(Day as Text);

/// A value that is kept as JSON in a text column.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct JsonText<T>(pub T);

impl<T: serde::Serialize> JsonText<T> {
    /// The text to store. Plain values always have one; what had none would fail to be read, not be read as another.
    fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

impl<T: serde::Serialize> AsExpression<sql_types::Text> for JsonText<T> {
    type Expression = <String as AsExpression<sql_types::Text>>::Expression;
    fn as_expression(self) -> Self::Expression {
        AsExpression::<sql_types::Text>::as_expression(self.text())
    }
}

impl<T: serde::Serialize> AsExpression<sql_types::Text> for &JsonText<T> {
    type Expression = <String as AsExpression<sql_types::Text>>::Expression;
    fn as_expression(self) -> Self::Expression {
        AsExpression::<sql_types::Text>::as_expression(self.text())
    }
}

impl<DB: Backend, T: serde::de::DeserializeOwned> FromSql<sql_types::Text, DB> for JsonText<T>
where
    String: FromSql<sql_types::Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<sql_types::Text, DB>>::from_sql(bytes)?;
        Ok(Self(serde_json::from_str(&text)?))
    }
}

impl<DB: Backend, T> Queryable<sql_types::Text, DB> for JsonText<T>
where
    Self: FromSql<sql_types::Text, DB>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

// Organisations and their people.
mod organizations_and_people {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use crate::kernel::ids::{
        AdminUnitId, AnnualCheckId, DebarmentId, GradeId, InvitationId, ListingId, NotificationId,
        SignInCodeId, TrackRecordId,
    };

    column!(AdminUnitId as Text);
    column!(AnnualCheckId as Text);
    column!(ListingId as Text);
    column!(DebarmentId as Text);
    column!(GradeId as Text);
    column!(TrackRecordId as Text);
    column!(InvitationId as Text);
    column!(SignInCodeId as Text);
    column!(NotificationId as Text);
}

column!(crate::kernel::ids::AttachmentId as Text);
// Long work and imports.
column!(crate::kernel::ids::JobId as Text);
column!(crate::kernel::ids::ImportId as Text);
// Assignment plans.
column!(crate::kernel::ids::AssignmentPlanId as Text);
// Re-review.
column!(crate::kernel::ids::ReReviewId as Text);
// Experts, conflicts of interest, panels.
column!(crate::kernel::ids::ExpertTieId as Text);
column!(crate::kernel::ids::ConflictDismissalId as Text);
column!(crate::kernel::ids::ConflictRequestId as Text);
column!(crate::kernel::ids::PanelDrawId as Text);
column!(crate::kernel::ids::PanelSeatId as Text);
// Score sheets.
column!(crate::kernel::ids::ReviewExtensionId as Text);
column!(crate::kernel::ids::SupervisorNoteId as Text);
column!(crate::kernel::ids::DefenceSessionId as Text);
// Identity.
column!(crate::kernel::ids::SessionId as Text);
column!(crate::kernel::ids::ApiTokenId as Text);
column!(crate::kernel::ids::PastPasswordId as Text);
// Personal data.
column!(crate::kernel::ids::AccessId as Text);
column!(crate::kernel::ids::ErasureRequestId as Text);
column!(crate::kernel::ids::ConsentId as Text);
// View-as.
column!(crate::kernel::ids::ViewingId as Text);
