//! Typed ids: UUID v7, stored as text on both databases, made before the transaction that uses them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// A typed id: `id_type!(RoundId, "a funding round")`.
macro_rules! id_type {
    ($name:ident, $what:literal) => {
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id. It carries the time of its making.
            #[must_use]
            pub fn generate() -> Self {
                #[expect(clippy::disallowed_methods, reason = "this is the one place where ids are made")]
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                // Only the hyphenated lower-case form, so that one object has one address.
                let canonical = !text.bytes().any(|b| b.is_ascii_uppercase());
                let id = uuid::fmt::Hyphenated::from_str(if canonical { text } else { "" })?;
                Ok(Self(id.into_uuid()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id_type!(UserId, "a person's account");
id_type!(MembershipId, "a role held in a programme");
id_type!(ProgrammeId, "a programme: one fund of one district, the tenant");
id_type!(OrganizationId, "a grassroots group or its fiscal host");
id_type!(PayeeAccountId, "a bank account grants are paid to");
id_type!(EnterpriseId, "a sponsor company");
id_type!(RoundId, "a funding round");
id_type!(ApplicationId, "an application");
id_type!(BudgetLineId, "a budget line");
id_type!(EligibilityCheckId, "one person's finding on an application");
id_type!(ExpertId, "an expert of a programme's pool");
id_type!(ConflictId, "a conflict of interest");
id_type!(ReviewId, "a score sheet");
id_type!(ScoreConfirmationId, "the chair's finding on a flagged score");
id_type!(SelectionPlanId, "a selection plan");
id_type!(DecisionId, "a decision on a selection plan");
id_type!(NoticeId, "a public notice");
id_type!(BureauApprovalId, "a written approval by the bureau");
id_type!(AwardId, "an award");
id_type!(AgreementId, "a grant agreement");
id_type!(SignatureId, "a signature under an agreement");
id_type!(TrancheId, "a tranche of an award");
id_type!(PaymentRequestId, "a payment request");
id_type!(LedgerEntryId, "a journal entry");
id_type!(LedgerPostingId, "a posting of a journal entry");
id_type!(MatchingRoundId, "a matching round");
id_type!(PreferenceId, "one side's preference list in a matching round");
id_type!(MatchingRunId, "a run of a matching round");
id_type!(MailId, "a queued e-mail");
id_type!(CorrectionRequestId, "a notice to supplement an application");
id_type!(RequestId, "a request, in `x-request-id` and in the log");

// Organisations and their people.
id_type!(AdminUnitId, "a district, a subdistrict or a community");
id_type!(AnnualCheckId, "an annual check of an organisation");
id_type!(ListingId, "an entry in one of the two lists");
id_type!(DebarmentId, "a debarment");
id_type!(GradeId, "a grade of an organisation");
id_type!(TrackRecordId, "an earlier project");
id_type!(InvitationId, "an invitation to act for an organisation");
id_type!(SignInCodeId, "a one-time code");
id_type!(NotificationId, "a notice on a person's home page");
id_type!(AttachmentId, "a stored file");
// Long work and imports.
id_type!(JobId, "a piece of long work");
id_type!(ImportId, "an imported sheet");
// Assignment plans.
id_type!(AssignmentPlanId, "a proposal who reviews what");
// Re-review.
id_type!(ReReviewId, "an ordered re-review");
// Experts, conflicts of interest, panels.
id_type!(ExpertTieId, "a tie of an expert that stands whatever is applied for");
id_type!(ConflictDismissalId, "a person's finding that a tie is none");
id_type!(ConflictRequestId, "an applicant's request that somebody should not review");
id_type!(PanelDrawId, "a draw of a panel");
id_type!(PanelSeatId, "a seat of a panel");
// Score sheets.
id_type!(ReviewExtensionId, "more time for an expert");
id_type!(SupervisorNoteId, "a supervisor's note on a signed sheet");
id_type!(DefenceSessionId, "a defence session");
// Identity.
id_type!(SessionId, "a session");
id_type!(ApiTokenId, "a personal API token");
id_type!(PastPasswordId, "a password that was in force before");
// Personal data.
id_type!(AccessId, "an access to somebody's personal data");
id_type!(ErasureRequestId, "a request to erase one's own data");
id_type!(ConsentId, "a consent");
// View-as.
id_type!(ViewingId, "an administrator's look through somebody else's eyes");
