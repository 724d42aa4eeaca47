//! The texts of letters, and letters that could not be delivered.

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::{
    db::{
        Lane,
        private::{MailBody, MailRecipient, MailSubject, Private},
        schema::outbox,
    },
    kernel::{ids::MailId, time::Clock},
};

use super::{Office, TestApp};

/// Texts for a letter in both languages.
pub fn texts(subject: &str, body: &str) -> Value {
    json!({"zh": {"subject": subject, "body": body}, "en": {"subject": "A letter", "body": "Yours: {reference}"}})
}

impl Office<'_> {
    /// Where the texts of a cause stand.
    pub fn template(&self, cause: &str) -> String {
        format!("/api/v1/programmes/{}/letter-templates/{cause}", self.programme)
    }

    /// What of this programme could not be delivered.
    pub fn dead_letters(&self) -> String {
        format!("/api/v1/programmes/{}/dead-letters", self.programme)
    }
}

/// A letter that was given up some time ago; the address of its retry.
#[track_caller]
pub fn a_dead_letter(app: &TestApp, programme: Option<&str>, cause: &'static str, channel: &str) -> String {
    let (id, now) = (MailId::generate(), app.clock.now());
    let (programme, channel) = (programme.map(str::to_owned), channel.to_owned());
    let recipient = if channel == "sms" { "13800000001" } else { "li@example.org" };
    app.database()
        .write_now(Lane::Installation, move |conn| {
            let row = (
                outbox::id.eq(id.to_string()),
                outbox::recipient.eq(Private::<MailRecipient>::of(id, recipient)),
                outbox::subject.eq(Private::<MailSubject>::of(id, "【益创】通知")),
                outbox::body.eq(Private::<MailBody>::of(id, "正文")),
                outbox::cause.eq(cause),
                outbox::created_at.eq(now),
                outbox::due_at.eq(now),
                outbox::attempts.eq(12),
                outbox::last_error.eq(format!("450 <{recipient}> is greylisted")),
                outbox::channel.eq(&channel),
                outbox::programme_id.eq(programme.clone()),
                outbox::dead_at.eq(now),
            );
            diesel::insert_into(outbox::table).values(row).execute(conn)?;
            Ok(())
        })
        .expect("a row of the outbox");
    format!("/api/v1/dead-letters/{id}/retry")
}

/// Changes a text, looks at it first, takes it back; sees and queues again what could not be delivered.
#[track_caller]
pub fn letters_of(office: &Office<'_>) {
    let path = office.template("received");
    office.see(&office.director, path.trim_end_matches("/received"));
    let own = texts("【益创】已收到:{reference}", "《{title}》已收到。");
    office.post(&office.officer, &format!("{path}/preview"), Some(own.clone()));
    let changed = office.act(&office.officer, "PUT", &path, Some(own), Some(1));
    office.director.delete(&path).if_match(changed.version()).expect(204);
    let retry = a_dead_letter(office.app, Some(&office.programme), "organization.verify", "mail");
    office.see(&office.director, &office.dead_letters());
    office.post(&office.officer, &retry, None);
    office.see(&office.admin, "/api/v1/dead-letters");
}
