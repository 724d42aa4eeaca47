//! Who may send, see, download and take out (trust.md §5, numbers 64 and 67).

use yichuang::kernel::{digest::sha256_hex, ids::AttachmentId};

use super::{a_draft, stored};
use crate::support::{
    Kind, Office, TestApp, changes_nothing,
    files::{self, pdf},
    fresh_key,
};

on_both!(
    a_file_is_sent_seen_and_taken_out,
    the_same_request_again_is_answered_as_before,
    strangers_learn_nothing,
    anothers_file_is_not_under_ones_own_application,
    the_office_reads_and_does_not_write,
    what_was_handed_in_is_locked,
    a_download_is_never_shown_in_place,
    a_name_is_shown_but_nothing_is_stored_under_it,
);

fn a_file_is_sent_seen_and_taken_out(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let bytes = pdf("登记证书");
    let sent = office.attached(&project, "certificate", "登记证书.pdf", &bytes);
    let hash = sha256_hex(&bytes);
    assert_eq!(sent.text("/sha256"), hash);
    assert_eq!(sent.text("/media_type"), "application/pdf");
    assert_eq!((sent.text("/name"), sent.text("/state")), ("登记证书.pdf", "clean"));
    assert_eq!(sent.at("/bytes"), bytes.len());
    assert_eq!(sent.at("/removed").as_array().map(Vec::len), Some(0));
    assert!(sent.json.get("deleted_at").is_none());
    assert_eq!(stored(app), [(hash.clone(), bytes.clone())]);

    // The same file for another field is another row of the same blob; for the same field it is refused.
    changes_nothing(app.database(), || {
        project.send_file(by, "certificate", "另一个名字.pdf", &bytes).refused(409, "attachment.duplicate")
    });
    office.attached(&project, "site_consent", "登记证书.pdf", &bytes);
    assert_eq!(stored(app).len(), 1);
    let listed = by.get(&project.files()).expect(200);
    let fields: Vec<&str> = listed.items().iter().filter_map(|item| item["field"].as_str()).collect();
    assert_eq!(fields, ["certificate", "site_consent"]);

    let content = project.download(by, &sent.id()).expect(200);
    assert_eq!(content.bytes, bytes);
    by.delete(&format!("{}/{}", project.files(), sent.id())).expect(204);
    project.download(by, &sent.id()).refused(404, "not_found");
    by.delete(&format!("{}/{}", project.files(), sent.id())).refused(404, "not_found");
    // Taken out of a draft, it may come again.
    office.attached(&project, "certificate", "登记证书.pdf", &bytes);
}

fn the_same_request_again_is_answered_as_before(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let key = fresh_key();
    let first = project.send_file(by, "certificate", "a.pdf", &pdf("a")).key(&key).expect(201);
    let again = changes_nothing(app.database(), || {
        project.send_file(by, "certificate", "a.pdf", &pdf("a")).key(&key).expect(201)
    });
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.bytes, first.bytes);
    for other in [
        project.send_file(by, "certificate", "a.pdf", &pdf("b")),
        project.send_file(by, "site_consent", "a.pdf", &pdf("a")),
    ] {
        changes_nothing(app.database(), || other.key(&key).refused(422, "idempotency.key_reused"));
    }
    // The answer comes again even where the file could not be sent any more.
    office.submit(&project);
    project.send_file(by, "certificate", "a.pdf", &pdf("a")).key(&key).expect(201);
    project.send_file(by, "certificate", "a.pdf", &pdf("a")).key("other").refused(409, "illegal_transition");
}

fn strangers_learn_nothing(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let file = office.attached(&project, "certificate", "a.pdf", &pdf("a")).id();
    let stranger = app.register_person("路人");
    let other = office.a_group(Kind::Registered).admin;
    for person in [&stranger, &other, &office.officer, &office.auditor] {
        changes_nothing(app.database(), || {
            person.get(&project.files()).refused(404, "not_found");
            project.download(person, &file).refused(404, "not_found");
            project.send_file(person, "certificate", "b.pdf", &pdf("b")).refused(404, "not_found");
            person.delete(&format!("{}/{file}", project.files())).refused(404, "not_found");
        });
    }
    let nobody = app.client();
    for path in [project.files(), format!("{}/{file}/content", project.files())] {
        nobody.get(&path).refused(401, "session.missing");
    }
    // Who is not signed in is told so before a byte of the body is looked at.
    nobody.post(&project.files()).raw_form(b"no form at all".to_vec()).refused(401, "session.missing");
    assert_eq!(stored(app).len(), 1);
}

fn anothers_file_is_not_under_ones_own_application(app: &TestApp) {
    let office = Office::found(app);
    let (own, theirs) = (a_draft(&office), a_draft(&office));
    let file = office.attached(&theirs, "certificate", "身份证.pdf", &pdf("身份证")).id();
    let by = &own.group.admin;
    let guessed = own.download(by, &AttachmentId::generate().to_string()).refused(404, "not_found");
    let other = own.download(by, &file).refused(404, "not_found");
    assert_eq!(guessed.text("/detail"), other.text("/detail"));
    changes_nothing(app.database(), || {
        by.delete(&format!("{}/{file}", own.files())).refused(404, "not_found");
    });
    theirs.download(&theirs.group.admin, &file).expect(200);
}

fn the_office_reads_and_does_not_write(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let file = office.attached(&project, "certificate", "a.pdf", &pdf("a")).id();
    office.submit(&project);
    for person in [&office.officer, &office.auditor, &office.street] {
        assert_eq!(person.get(&project.files()).expect(200).items().len(), 1);
        let before = stored(app);
        changes_nothing(app.database(), || {
            assert_eq!(project.download(person, &file).expect(200).bytes, pdf("a"));
            project.send_file(person, "certificate", "b.pdf", &pdf("b")).refused(403, "forbidden");
            person.delete(&format!("{}/{file}", project.files())).refused(403, "forbidden");
        });
        assert_eq!(stored(app), before, "a refused upload left something behind");
    }
}

fn what_was_handed_in_is_locked(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let file = office.attached(&project, "certificate", "a.pdf", &pdf("a")).id();
    office.submit(&project);
    changes_nothing(app.database(), || {
        project.send_file(by, "certificate", "b.pdf", &pdf("b")).refused(409, "illegal_transition");
        // The state is told before what is wrong with the file.
        project.send_file(by, "certificate", "b.exe", b"MZ").refused(409, "illegal_transition");
        by.delete(&format!("{}/{file}", project.files())).refused(409, "illegal_transition");
    });
    assert_eq!(stored(app).len(), 1);
    project.download(by, &file).expect(200);
}

fn a_download_is_never_shown_in_place(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let bytes = pdf("<script>alert(1)</script>");
    let file = office.attached(&project, "certificate", "<b onload=x>.pdf", &bytes);
    let ranges: Vec<String> = (0..1_000).map(|at| format!("{at}-{}", at + 1)).collect();
    for request in [
        project.download(by, &file.id()),
        project.download(by, &file.id()).header("range", "bytes=0-3"),
        project.download(by, &file.id()).header("range", &format!("bytes={}", ranges.join(","))),
    ] {
        let reply = request.expect(200);
        assert_eq!(reply.bytes, bytes);
        assert!(
            reply.header("content-disposition").unwrap().starts_with("attachment; filename=\""),
            "{reply}"
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("content-security-policy"), Some("sandbox; default-src 'none'"));
        assert_eq!(reply.header("cache-control"), Some("private, no-store"));
        assert_eq!(reply.header("content-type"), Some("application/pdf"));
        assert_eq!(reply.header("etag"), Some(format!("\"{}\"", sha256_hex(&bytes)).as_str()));
        assert_eq!(reply.header("accept-ranges"), Some("none"));
    }
    let head = by.request("HEAD", &format!("{}/{}/content", project.files(), file.id())).expect(200);
    assert!(head.bytes.is_empty());
    assert_eq!(head.header("content-length"), Some(bytes.len().to_string().as_str()));
}

fn a_name_is_shown_but_nothing_is_stored_under_it(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let long = format!("{}.pdf", "长".repeat(300));
    let names = [
        ("../../../etc/passwd.pdf", "passwd.pdf".to_owned()),
        ("C:\\\\Users\\\\王\\\\章程.pdf", "章程.pdf".to_owned()),
        ("con.pdf", "con.pdf".to_owned()),
        ("年报\u{202E}txt.pdf", "年报txt.pdf".to_owned()),
        (long.as_str(), format!("{}.pdf", "长".repeat(96))),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf".to_owned()),
    ];
    for (number, (sent, shown)) in names.iter().enumerate() {
        let bytes = pdf(&number.to_string());
        let file = project.send_file(by, "certificate", sent, &bytes).expect(201);
        assert_eq!(file.text("/name"), shown, "{sent}");
        let reply = project.download(by, &file.id()).expect(200);
        let header = reply.header("content-disposition").expect("ASCII alone").to_owned();
        assert!(!header.contains(['\r', '\n', '<']) || header.matches('"').count() == 2, "{header}");
    }
    // A name of its own goes before the one that comes with the file; a line break in it ends nothing.
    let with_a_name = [
        files::Part { name: "field", filename: None, bytes: b"certificate" },
        files::Part { name: "name", filename: None, bytes: "a\r\nSet-Cookie: x=1\0.pdf".as_bytes() },
        files::Part { name: "file", filename: Some("b.pdf"), bytes: &pdf("name") },
    ];
    let file = by.post(&project.files()).form(&with_a_name).expect(201);
    assert_eq!(file.text("/name"), "aSet-Cookie: x=1.pdf");
    let reply = project.download(by, &file.id()).expect(200);
    assert!(reply.header("set-cookie").is_none());
    for (hash, _) in stored(app) {
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    }
}
