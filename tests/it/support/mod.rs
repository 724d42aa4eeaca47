//! What every story needs: a running application with a database of its own, clients, people, and the checks that
//! hold after every test.

#![allow(dead_code, unused_imports, reason = "a helper may stand here before the first story that needs it")]

mod app;
mod client;
pub mod contract;
mod database;
mod invariants;
mod people;
mod postgres;

pub use app::TestApp;
pub use client::{Client, Reply, Request};
pub use database::Engine;
pub use people::Person;

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
