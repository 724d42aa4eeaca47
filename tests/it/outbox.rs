//! Queued mail goes out.

use diesel::prelude::*;
use yichuang::{
    db::{Lane, schema::outbox},
    error::{Error, codes},
    kernel::time::Clock,
    outbox::{Letter, enqueue},
};

use crate::support::TestApp;

on_both!(a_queued_mail_goes_out_once, a_mail_whose_cause_was_undone_does_not_exist);

fn letter(subject: &str) -> Letter {
    Letter { subject: subject.to_owned(), body: "正文".to_owned(), cause: "test.cause" }
}

fn a_queued_mail_goes_out_once(app: &TestApp) {
    let now = app.clock.now();
    app.database()
        .write_now(Lane::Installation, move |conn| {
            let to = "li@example.org".parse().map_err(Error::internal)?;
            enqueue(conn, &to, &letter("通知\r\nBcc: x@example.org"), now)?;
            Ok(())
        })
        .unwrap();
    let mails = app.mail_to("li@example.org");
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!((mails[0].subject.as_str(), mails[0].body.as_str()), ("通知  Bcc: x@example.org", "正文"));
    let attempts: Vec<i32> =
        app.database().read_now(|conn| Ok(outbox::table.select(outbox::attempts).load(conn)?)).unwrap();
    assert_eq!(attempts, [1]);
}

fn a_mail_whose_cause_was_undone_does_not_exist(app: &TestApp) {
    let now = app.clock.now();
    let undone: Result<(), Error> = app.database().write_now(Lane::Installation, move |conn| {
        let to = "li@example.org".parse().map_err(Error::internal)?;
        enqueue(conn, &to, &letter("通知"), now)?;
        Err(Error::new(&codes::STALE))
    });
    assert!(undone.is_err());
    assert!(app.delivered().is_empty());
}
