//! How many, how large, and what a form must look like (trust.md §5, number 66).

use serde_json::json;

use super::{a_draft, stored};
use crate::support::{
    Engine, Kind, Office, TestApp, changes_nothing, content,
    files::{Part, form, pdf, upload},
};

on_both!(
    the_policy_of_the_round_says_how_many_and_how_large,
    the_fifty_first_file_is_one_too_many,
    a_form_that_is_none_stores_nothing,
);

const MIB: usize = 1024 * 1024;

/// A PDF of exactly this size.
fn pdf_of(bytes: usize, letter: &str) -> Vec<u8> {
    let frame = pdf("").len();
    pdf(&letter.repeat(bytes - frame))
}

fn the_policy_of_the_round_says_how_many_and_how_large(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({"attachments": {"file_mib": 1, "files": 4, "total_mib": 2}});
    let round = office.published_round("100000.00", policy);
    let project = office.drafted(&round, &office.a_group(Kind::Registered), content("40000.00"));
    let by = &project.group.admin;
    let send = |bytes: &[u8]| project.send_file(by, "certificate", "a.pdf", bytes);
    changes_nothing(app.database(), || send(&pdf_of(MIB + 1, "a")).refused(413, "attachment.too_large"));
    send(&pdf_of(MIB, "a")).expect(201);
    send(&pdf_of(MIB - 1_000, "b")).expect(201);
    changes_nothing(app.database(), || send(&pdf_of(1_001, "c")).refused(413, "attachment.total_too_large"));
    send(&pdf_of(1_000, "c").clone()).expect(201);
    let last = by.get(&project.files()).expect(200).items()[2]["id"].as_str().unwrap().to_owned();
    by.delete(&format!("{}/{last}", project.files())).expect(204);
    send(&pdf_of(500, "d")).expect(201);
    send(&pdf_of(400, "e")).expect(201);
    let refused =
        changes_nothing(app.database(), || send(&pdf_of(90, "f")).refused(409, "attachment.too_many"));
    assert!(refused.text("/detail").contains('4'), "{refused}");
    assert_eq!(stored(app).len(), 5, "what was refused was stored");

    let unsound = json!({"attachments": {"file_mib": 3, "files": 0, "total_mib": 2}});
    let draft = office.draft_round("1000.00", json!({}));
    let path = format!("{}/policy", draft.path());
    let version = office.version(&office.officer, &draft.path());
    office.officer.put(&path).json(&unsound).if_match(version).refused(422, "policy.invalid");
}

fn the_fifty_first_file_is_one_too_many(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    for number in 0..50 {
        office.attached(&project, "certificate", "a.pdf", &pdf(&number.to_string()));
    }
    let one_more = project.send_file(&project.group.admin, "certificate", "a.pdf", &pdf("51"));
    changes_nothing(app.database(), || one_more.refused(409, "attachment.too_many"));
    assert_eq!(stored(app).len(), 50);
}

fn a_form_that_is_none_stores_nothing(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let bytes = pdf("a");
    let text = |name, bytes| Part { name, filename: None, bytes };
    let file = |name| Part { name, filename: Some("a.pdf"), bytes: &bytes };
    let whole = form(&upload("certificate", "a.pdf", &bytes));
    let long = vec![b'a'; 2_000];
    let post = || by.post(&project.files());
    changes_nothing(app.database(), || {
        for end in [0, 1, 40, whole.len() / 2, whole.len() - bytes.len() / 2, whole.len() - 10] {
            let refused = post().raw_form(whole[..end].to_vec()).send();
            assert_eq!(refused.status, 400, "{end} of {}: {refused}", whole.len());
            refused.assert_problem();
        }
        let twice = [text("field", b"a".as_slice()), file("file"), file("file")];
        post().form(&twice).refused(400, "request.malformed");
        post()
            .form(&[text("field", b"a"), text("field", b"b"), file("file")])
            .refused(400, "request.malformed");
        post()
            .form(&[text("field", b"a"), text("owner_id", b"b"), file("file")])
            .refused(400, "request.malformed");
        post().form(&[text("field", b"\xff\xfe"), file("file")]).refused(400, "request.malformed");
        post().form(&[text("field", &long), file("file")]).refused(413, "too_large");
        let missing = post().form(&[text("field", b"certificate")]).refused(422, "field.required");
        assert_eq!(missing.faults()[0].0, "/file");
        let missing = post().form(&[file("file")]).refused(422, "field.required");
        assert_eq!(missing.faults()[0].0, "/field");
        for field in ["", "A", "a b", "../x", "'; DROP TABLE attachments; --", &"a".repeat(41)] {
            let refused = post().form(&upload(field, "a.pdf", &bytes)).refused(422, "field.invalid");
            assert_eq!(refused.faults()[0].0, "/field", "{field}");
        }
        let empty = post().form(&upload("certificate", "a.pdf", b"")).refused(422, "attachment.empty");
        assert_eq!(empty.faults()[0].0, "/file");
        for media in ["application/json", "application/pdf", "text/plain", "multipart/mixed; boundary=x", ""]
        {
            post().raw(media, whole.clone()).refused(415, "attachment.not_multipart");
        }
        post().raw("multipart/form-data", whole.clone()).refused(400, "request.malformed");
        post()
            .form(&upload("a", "a.pdf", &bytes))
            .header("content-encoding", "gzip")
            .refused(415, "request.encoded");
        by.post(&format!("{}?name=x", project.files()))
            .form(&upload("a", "a.pdf", &bytes))
            .refused(400, "unknown_filter");
    });
    assert!(stored(app).is_empty());
}

/// Whatever a round allows, more than the installation's own limit is not even written down.
#[test]
fn the_installation_has_the_last_word() {
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| settings.attachments.largest_file_mib = 2);
    let office = Office::found(&app);
    let project = a_draft(&office);
    for mebibytes in [2, 20] {
        let sent = project.send_file(
            &project.group.admin,
            "certificate",
            "a.pdf",
            &pdf_of(mebibytes * MIB + 1, "a"),
        );
        changes_nothing(app.database(), || sent.refused(413, "attachment.too_large"));
    }
    project.send_file(&project.group.admin, "certificate", "a.pdf", &pdf_of(2 * MIB, "a")).expect(201);
}
