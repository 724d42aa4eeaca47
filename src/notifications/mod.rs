//! Notices on the home page: every letter to a person is stored here too, so that somebody who has neither e-mail nor
//! text messages sees everything when they sign in.
//!
//! ```text
//! unread ── reading (the person) ──▶ read
//! ```
//!
//! Invariants: a notice exists exactly when its cause does (it is written in the same transaction); nobody sees
//! another person's.

pub mod api;
mod store;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

pub use store::insert;

use crate::{
    db::{
        private::{NoticeBody, NoticeSubject, Private},
        schema::notifications,
    },
    http::View,
    kernel::{
        ids::{NotificationId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// A notice.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = notifications)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Whose.
    pub user_id: UserId,
    /// The programme it is about, if it is about one.
    pub programme_id: Option<ProgrammeId>,
    /// What about, in one line.
    #[schema(value_type = String)]
    pub subject: Private<NoticeSubject>,
    /// The text.
    #[schema(value_type = String)]
    pub body: Private<NoticeBody>,
    /// The audit action that caused it.
    pub cause: String,
    /// When.
    pub created_at: Timestamp,
    /// When the person marked it as read.
    pub read_at: Option<Timestamp>,
}

impl View for Notification {}
