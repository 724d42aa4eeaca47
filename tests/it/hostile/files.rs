//! Files that are something else than they say, or that unpack into harm (numbers 61 to 64 and 68). Every one is
//! refused and leaves nothing in the store.

use serde_json::json;

use crate::support::{
    Kind, Office, TestApp, changes_nothing, content,
    files::{archive, docx, pdf, photo, png},
};

on_both!(a_file_is_what_its_content_is, what_unpacks_into_harm_is_refused);

#[track_caller]
fn refused(app: &TestApp, cases: &[(&str, Vec<u8>, &str)]) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.drafted(&round, &office.a_group(Kind::Registered), content("40000.00"));
    let by = &project.group.admin;
    changes_nothing(app.database(), || {
        for (name, bytes, code) in cases {
            let told = project.send_file(by, "certificate", name, bytes).refused(422, code);
            assert_eq!(told.faults(), [("/file".to_owned(), (*code).to_owned())], "{name}: {told}");
        }
    });
    assert!(!app.files().exists(), "something was stored");
    app.client().get("/healthz").expect(200);
}

fn a_file_is_what_its_content_is(app: &TestApp) {
    let mismatch = "attachment.type_mismatch";
    let not_allowed = "attachment.type_not_allowed";
    let html = b"<!DOCTYPE html><script>alert(document.cookie)</script>".to_vec();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let exe =
        [b"MZ\x90\0\x03\0\0\0".as_slice(), &[0; 200], b"This program cannot be run in DOS mode"].concat();
    let polyglot = [html.as_slice(), &pdf("x")].concat();
    let old_word = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat();
    refused(
        app,
        &[
            ("a.pdf", html.clone(), mismatch),
            ("a.pdf", svg.clone(), mismatch),
            ("a.pdf", exe.clone(), mismatch),
            ("a.pdf", polyglot, mismatch),
            ("a.txt", html.clone(), mismatch),
            ("a.csv", svg.clone(), mismatch),
            ("a.txt", exe.clone(), mismatch),
            ("a.jpg", html.clone(), mismatch),
            ("a.png", photo(4, 4, b""), mismatch),
            ("a.jpg", png(4, 4), mismatch),
            ("a.xlsx", docx(&[]), mismatch),
            ("a.docx", archive(&[("index.html", b"<html>")]), mismatch),
            ("a.docx", old_word.clone(), mismatch),
            ("a.doc", old_word, not_allowed),
            ("a.html", html, not_allowed),
            ("a.svg", svg, not_allowed),
            ("a.exe", exe, not_allowed),
            ("a.pdf.exe", pdf("x"), not_allowed),
            ("pdf", pdf("x"), not_allowed),
            ("a.zip", archive(&[("a", b"b")]), not_allowed),
            ("a.docm", docx(&[]), not_allowed),
            ("a.pdf", pdf("x")[..20].to_vec(), "attachment.damaged"),
            ("a.jpg", photo(4, 4, b"")[..30].to_vec(), "attachment.damaged"),
            ("a.png", png(4, 4)[..40].to_vec(), "attachment.damaged"),
            ("a.png", png(50_000, 50_000), "attachment.image_too_large"),
            ("a.png", png(20_001, 1), "attachment.image_too_large"),
            ("a.jpg", photo(60_000, 60_000, b""), "attachment.image_too_large"),
            ("a.jpg", photo(10_000, 5_001, b""), "attachment.image_too_large"),
        ],
    );
}

fn what_unpacks_into_harm_is_refused(app: &TestApp) {
    let not_safe = "attachment.unsafe";
    let zeros = vec![0; 5 * 1024 * 1024];
    let names: Vec<String> = (0..1_100).map(|number| format!("word/m{number}.xml")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    // What an archive says of itself is put down by hand: a hundred thousand members, a way out of the folder.
    let mut crowd = docx(&[]);
    let end = crowd.len() - 22;
    crowd[end + 8..end + 12].fill(0xFF);
    let mut slip = docx(&[("word/..XetcXpasswd", b"x")]);
    for at in 0..slip.len() - 18 {
        if slip[at..].starts_with(b"word/..XetcXpasswd") {
            slip[at..at + 18].copy_from_slice(b"word/../../passwd/");
            slip[at + 17] = b'x';
        }
    }
    let whole = docx(&[]);
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY a \"&lol;&lol;&lol;\">]><w>&a;</w>";
    let outside = "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><w>&x;</w>";
    let remote = "<?xml version=\"1.0\"?><!DOCTYPE w SYSTEM \"http://127.0.0.1:1/x.dtd\"><w/>";
    refused(
        app,
        &[
            ("bomb.docx", docx(&[("word/media/zeros.bin", &zeros)]), not_safe),
            ("many.docx", docx(&members), not_safe),
            ("crowd.docx", crowd, not_safe),
            ("slip.docx", slip, not_safe),
            ("nested.docx", docx(&[("word/embeddings/inner.zip", &archive(&[("a", b"b")]))]), not_safe),
            ("macro.docx", docx(&[("word/vbaProject.bin", b"x")]), not_safe),
            ("laughs.docx", docx(&[("word/laughs.xml", laughs.as_bytes())]), not_safe),
            ("outside.docx", docx(&[("word/outside.xml", outside.as_bytes())]), not_safe),
            ("remote.docx", docx(&[("customXml/item1.xml", remote.as_bytes())]), not_safe),
            ("cut.docx", whole[..whole.len() - 10].to_vec(), "attachment.damaged"),
            ("cut.xlsx", whole[..60].to_vec(), "attachment.damaged"),
        ],
    );
}
