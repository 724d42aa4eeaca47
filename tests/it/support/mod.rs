//! What every story needs: a running application with a database of its own, clients, people, and the checks that
//! hold after every test.

#![allow(dead_code, unused_imports, reason = "a helper may stand here before the first story that needs it")]

mod app;
mod award;
mod client;
pub mod contract;
mod database;
mod drive;
mod drive_calls;
mod drive_evidence;
pub mod drive_experts;
mod drive_files;
pub mod drive_identity;
mod drive_imports;
mod drive_intake;
pub mod drive_letters;
mod drive_organizations;
mod drive_plans;
mod drive_posts;
mod drive_privacy;
pub mod drive_ranking;
mod drive_score_files;
mod drive_sheets;
pub mod files;
mod invariants;
mod office;
mod people;
mod postgres;
mod queries;
mod round;
mod snapshot;

pub use app::{TestApp, with_identity};
pub use award::{APPROVAL_DAY, Award, DECISION_DAY, LAST_NOTICE_DAY, STEPS, refined_budget};
pub use client::{Answered, Client, Reply, Request};
pub use database::{Engine, PrivateDatabase};
pub use drive::{Ended, looked_at, whole_round};
pub use drive_calls::{draft_call, form, take_calls, year_2027};
pub use drive_evidence::looked_at_evidence;
pub use drive_imports::{Sheet, application_row, import_applications, looked_at_imports};
pub use drive_intake::an_intake;
pub use drive_organizations::{Known, filed_details, token_of};
pub use drive_plans::{assignment_plans, plan_path};
pub use drive_posts::{held, posts_of};
pub use drive_score_files::{Workbook, a_project_to_score_elsewhere, declared, score_files_of, texts_of};
pub use drive_sheets::{Defended, a_round_with_defence, rubric_with_defence, schedule, sheets_of};
pub use office::{Inspector, Office, Step, fresh_key, fresh_number};
pub use people::{Person, fresh_phone};
pub use round::{
    Expert, Group, Kind, Project, REVIEW_DAY, Round, Sponsor, accepting, account, content, credit_code,
    marks, rubric,
};
pub use snapshot::{Snapshot, changes_nothing, settle};

/// Makes two tests of each story: `sqlite::story` and `postgres::story`. A story that is written but not listed is
/// dead code, so the compiler tells of it.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $story() {
                    super::$story(&$crate::support::TestApp::spawn($crate::support::Engine::Sqlite));
                }
            )+
        }

        mod postgres {
            $(
                #[test]
                fn $story() {
                    super::$story(&$crate::support::TestApp::spawn($crate::support::Engine::Postgres));
                }
            )+
        }
    };
}
