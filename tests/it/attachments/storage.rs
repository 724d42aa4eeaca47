//! What lies in the store, for how long, and what happens when it is gone (trust.md I22; §6, number 24).

use yichuang::{
    attachments::ORPHANED_AFTER,
    kernel::time::{Clock, SystemClock},
};

use super::{a_draft, run, stored};
use crate::support::{
    Office, TestApp, changes_nothing,
    files::{exif_with_place, pdf, photo, png},
};

on_both!(
    a_blob_that_nobody_needs_goes_after_a_day,
    only_file_routes_fail_without_the_store,
    a_photo_does_not_say_where_it_was_taken,
);

fn a_blob_that_nobody_needs_goes_after_a_day(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let (alone, shared) = (pdf("alone"), pdf("shared"));
    let first = office.attached(&project, "certificate", "a.pdf", &alone).id();
    let second = office.attached(&project, "certificate", "b.pdf", &shared).id();
    office.attached(&project, "site_consent", "b.pdf", &shared);
    for file in [first, second] {
        by.delete(&format!("{}/{file}", project.files())).expect(204);
    }
    let collect = |seconds: i64| {
        let now = SystemClock.now().plus_seconds(seconds);
        run(app.desk().collect_orphans(app.database(), now)).unwrap()
    };
    assert_eq!((collect(ORPHANED_AFTER - 600), stored(app).len()), (0, 2));
    assert_eq!((collect(ORPHANED_AFTER + 600), stored(app).len()), (1, 1));
    assert_eq!(stored(app)[0].1, shared);
    assert_eq!(run(app.desk().missing(app.database())).unwrap(), Vec::<String>::new());

    // Other bytes under the same name are found: the name is their hash.
    let hash = stored(app).remove(0).0;
    let blob = app.files().join("blobs").join(&hash[..2]).join(&hash[2..4]).join(&hash);
    std::fs::write(&blob, pdf("SHARED")).unwrap();
    assert_eq!(run(app.desk().missing(app.database())).unwrap(), [hash]);

    // A row without its blob is found, and whoever asks for it is told that the store is at fault.
    let (hash, _) = stored(app).remove(0);
    run(app.desk().vault.remove(&hash)).unwrap();
    assert_eq!(run(app.desk().missing(app.database())).unwrap(), [hash]);
    let last = by.get(&project.files()).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
    project.download(by, &last).refused(503, "storage_unavailable");
}

fn only_file_routes_fail_without_the_store(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let file = office.attached(&project, "certificate", "a.pdf", &pdf("a")).id();
    let elsewhere = app.files().with_extension("gone");
    std::fs::rename(app.files(), &elsewhere).unwrap();
    std::fs::write(app.files(), b"no folder").unwrap();
    changes_nothing(app.database(), || {
        let refused =
            project.send_file(by, "certificate", "b.pdf", &pdf("b")).refused(503, "storage_unavailable");
        assert!(refused.header("retry-after").is_some(), "{refused}");
        project.download(by, &file).refused(503, "storage_unavailable");
    });
    assert_eq!(by.get(&project.files()).expect(200).items().len(), 1);
    office.submit(&project);
    std::fs::remove_file(app.files()).unwrap();
    std::fs::rename(&elsewhere, app.files()).unwrap();
    assert_eq!(project.download(by, &file).expect(200).bytes, pdf("a"));
}

fn a_photo_does_not_say_where_it_was_taken(app: &TestApp) {
    let office = Office::found(app);
    let project = a_draft(&office);
    let place = exif_with_place();
    let sent = photo(400, 300, &place);
    let file = office.attached(&project, "photos", "现场.JPG", &sent);
    assert_eq!(file.at("/removed"), &serde_json::json!(["exif"]));
    assert_eq!(file.text("/media_type"), "image/jpeg");
    let blobs = stored(app);
    let (hash, bytes) = &blobs[0];
    assert_eq!(file.text("/sha256"), hash);
    // Neither the directory of the place nor a number of it is left: 29°52'12.34" as fractions.
    let latitude: Vec<u8> =
        [29u32, 1, 52, 1, 1234, 100].iter().flat_map(|number| number.to_le_bytes()).collect();
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(&sent, &latitude) && !holds(bytes, &latitude));
    assert!(!holds(bytes, &0x8825u16.to_le_bytes()) && !holds(bytes, &0x8825u16.to_be_bytes()));
    assert_eq!(&project.download(&project.group.admin, &file.id()).expect(200).bytes, bytes);
    assert!(infer::is_mime(bytes, "image/jpeg") && imagesize::blob_size(bytes).unwrap().width == 400);

    // The same photo without its place is the same file; one that says nothing is stored as it is.
    let by = &project.group.admin;
    project.send_file(by, "photos", "再来.jpg", &sent).refused(409, "attachment.duplicate");
    let plain = office.attached(&project, "photos", "图.png", &png(3, 2));
    assert_eq!(plain.at("/removed"), &serde_json::json!([]));
}
