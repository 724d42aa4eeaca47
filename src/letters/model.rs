//! Texts as they are stored, given and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cause::Cause;
use crate::{
    db::schema::letter_templates,
    http::{Versioned, View},
    kernel::{
        ids::{ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// A programme's own text in one language; an empty one is the program's.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = letter_templates)]
pub struct TemplateRow {
    pub programme_id: ProgrammeId,
    pub cause: Cause,
    pub language: String,
    pub subject: String,
    pub body: String,
    pub updated_by: UserId,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// A subject and a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterText {
    /// What about, in one line of at most 100 characters.
    pub subject: String,
    /// The text, at most 4,000 characters.
    pub body: String,
}

/// The texts of a letter in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLetterTemplate {
    /// 中文.
    pub zh: LetterText,
    /// English.
    pub en: LetterText,
}

impl NewLetterTemplate {
    /// What the program says by itself.
    pub fn standard(cause: Cause) -> Self {
        let entry = cause.entry();
        let text =
            |subject: &str, body: &str| LetterText { subject: subject.to_owned(), body: body.to_owned() };
        Self { zh: text(entry.zh.subject, entry.zh.body), en: text(entry.en.subject, entry.en.body) }
    }
}

/// Something that can be filled in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceholderView {
    /// As it stands in a text, with its braces.
    pub placeholder: String,
    /// What it is.
    pub meaning: &'static str,
    /// What a preview shows for it.
    pub sample: &'static str,
}

/// The texts of a letter as they go out now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LetterTemplate {
    /// Why the letter is written.
    pub cause: Cause,
    /// True where the programme has put its own texts in the place of the program's.
    pub is_own: bool,
    /// 中文.
    pub zh: LetterText,
    /// English.
    pub en: LetterText,
    /// What can be filled in.
    pub placeholders: Vec<PlaceholderView>,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
    /// When.
    pub updated_at: Option<Timestamp>,
    /// Counts the changes; 1 before anybody made one.
    pub version: i32,
}

impl Versioned for LetterTemplate {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A letter as it would go out, with samples in the place of the placeholders.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LetterPreview {
    /// Why the letter is written.
    pub cause: Cause,
    /// 中文.
    pub zh: LetterText,
    /// English.
    pub en: LetterText,
    /// The subject of the letter; somebody with a phone number alone gets it as a text message.
    pub subject: String,
    /// Its whole text, Chinese first.
    pub body: String,
}

impl View for LetterPreview {}
