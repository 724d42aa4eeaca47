//! Write a letter; change its texts, take them back, look at them first.

use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    cause::Cause,
    model::{LetterPreview, LetterTemplate, LetterText, NewLetterTemplate, PlaceholderView, TemplateRow},
    store,
    text::{self, Values},
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input},
    http::{Actor, Caller, Shown},
    kernel::{ids::ProgrammeId, role::Role},
    outbox::Letter,
};

/// The roles that keep the texts of a programme.
pub const KEEPERS: &[Role] = &[Role::ProgramOfficer, Role::CenterDirector];

/// The version of texts that nobody has changed.
const UNTOUCHED: i32 = 1;

/// The letter for an occasion in the programme's words, Chinese first.
pub fn compose(
    conn: &mut Db,
    programme: ProgrammeId,
    cause: Cause,
    values: Values<'_>,
) -> Result<Letter, Error> {
    let rows = store::find(conn, programme, cause)?;
    let texts = own_texts(&rows).unwrap_or_else(|| NewLetterTemplate::standard(cause));
    Ok(text::letter(cause, &texts, values))
}

/// The programme's own texts; none where it has none, or took them back.
fn own_texts(rows: &[TemplateRow]) -> Option<NewLetterTemplate> {
    let text = |language: &str| {
        let row = rows.iter().find(|row| row.language == language && !row.subject.is_empty())?;
        Some(LetterText { subject: row.subject.clone(), body: row.body.clone() })
    };
    Some(NewLetterTemplate { zh: text("zh")?, en: text("en")? })
}

fn view(cause: Cause, rows: &[TemplateRow]) -> Shown<LetterTemplate> {
    let own = own_texts(rows);
    let is_own = own.is_some();
    let NewLetterTemplate { zh, en } = own.unwrap_or_else(|| NewLetterTemplate::standard(cause));
    let placeholders = cause.entry().placeholders.iter();
    let object = LetterTemplate {
        cause,
        is_own,
        zh,
        en,
        placeholders: placeholders
            .map(|known| PlaceholderView {
                placeholder: format!("{{{}}}", known.name),
                meaning: known.meaning,
                sample: known.sample,
            })
            .collect(),
        updated_by: rows.first().map(|row| row.updated_by),
        updated_at: rows.first().map(|row| row.updated_at),
        version: version_of(rows),
    };
    let mut permitted_actions = vec!["change", "preview"];
    if is_own {
        permitted_actions.push("reset");
    }
    Shown { object, permitted_actions }
}

fn version_of(rows: &[TemplateRow]) -> i32 {
    rows.first().map_or(UNTOUCHED, |row| row.version)
}

/// All letters with the texts as they go out now.
pub fn list(
    conn: &mut Db,
    actor: &Actor,
    programme: ProgrammeId,
) -> Result<Vec<Shown<LetterTemplate>>, Error> {
    actor.require(programme, KEEPERS)?;
    Cause::iter().map(|cause| Ok(view(cause, &store::find(conn, programme, cause)?))).collect()
}

/// Puts the programme's own texts in the place of those there are.
pub fn change(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    cause: Cause,
    input: &Input<NewLetterTemplate>,
) -> Result<Shown<LetterTemplate>, Error> {
    let role = by.actor.require(programme, KEEPERS)?;
    let before = store::find(conn, programme, cause)?;
    by.proceed(conn, version_of(&before))?;
    let texts = text::check(cause, input.as_ref().map_err(Clone::clone)?)?;
    let verb = "letter_template.change";
    let rows = put(conn, by, role, verb, (programme, cause), version_of(&before) + 1, texts)?;
    Ok(view(cause, &rows))
}

/// Takes the programme's own texts back: the program's go out again.
pub fn reset(conn: &mut Db, by: &Caller, programme: ProgrammeId, cause: Cause) -> Result<(), Error> {
    let role = by.actor.require(programme, KEEPERS)?;
    let before = store::find(conn, programme, cause)?;
    by.proceed(conn, version_of(&before))?;
    if own_texts(&before).is_none() {
        return Ok(());
    }
    let none = NewLetterTemplate { zh: LetterText::default(), en: LetterText::default() };
    let verb = "letter_template.reset";
    put(conn, by, role, verb, (programme, cause), version_of(&before) + 1, none).map(|_| ())
}

fn put(
    conn: &mut Db,
    by: &Caller,
    role: Role,
    verb: &'static str,
    (programme_id, cause): (ProgrammeId, Cause),
    version: i32,
    texts: NewLetterTemplate,
) -> Result<Vec<TemplateRow>, Error> {
    let detail = json!({"version": version, "zh": texts.zh, "en": texts.en});
    let row = |language: &str, text: LetterText| TemplateRow {
        programme_id,
        cause,
        language: language.to_owned(),
        subject: text.subject,
        body: text.body,
        updated_by: by.actor.user_id,
        updated_at: by.now,
        version,
    };
    let rows = vec![row("en", texts.en), row("zh", texts.zh)];
    store::put(conn, &rows)?;
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: verb,
        subject_kind: "letter_template",
        subject_id: cause.to_string(),
        before: None,
        after: None,
        detail,
    };
    audit::record(conn, Lane::Programme(programme_id), deed, by.now)?;
    Ok(rows)
}

/// The given texts as they would go out, with samples filled in; nothing is stored of them.
pub fn preview(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    cause: Cause,
    input: &Input<NewLetterTemplate>,
) -> Result<LetterPreview, Error> {
    by.actor.require(programme, KEEPERS)?;
    by.proceed_unversioned(conn)?;
    let texts = text::check(cause, input.as_ref().map_err(Clone::clone)?)?;
    let samples = cause.entry().placeholders.iter().map(|known| (known.name, known.sample.to_owned()));
    let samples: Vec<_> = samples.collect();
    let Letter { subject, body, .. } = text::letter(cause, &texts, &samples);
    let (zh, en) = (text::filled(&texts.zh, &samples), text::filled(&texts.en, &samples));
    Ok(LetterPreview { cause, zh, en, subject, body })
}
