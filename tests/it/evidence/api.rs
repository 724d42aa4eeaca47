//! What everybody can ask, and what auditors see.

use serde_json::{Value, json};
use yichuang::{
    evidence::{
        model::{Opening, hash_of, row_leaf},
        note::{self, Verifier},
        tree::{Hash, is_consistent, is_included, leaf_hash},
    },
    kernel::{digest::sha256_hex, role::Role},
};

use super::tools;
use crate::support::{Kind, Office, Reply, TestApp};

on_both!(
    anybody_can_check_the_log,
    a_notice_carries_the_checkpoint_it_was_published_under,
    auditors_read_rows_with_their_proofs,
);

fn hash(value: &Value) -> Hash {
    hash_of(value.as_str().unwrap_or_default()).unwrap_or_else(|| panic!("{value} is no hash"))
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().expect("hashes").iter().map(hash).collect()
}

#[track_caller]
fn public(app: &TestApp, path: &str) -> Reply {
    app.client().get(&format!("/api/v1/public/{path}")).expect(200)
}

#[track_caller]
fn assert_included(proof: &Value, leaf: &Hash) {
    let number = |field: &str| proof[field].as_u64().unwrap();
    let root = hash(&proof["root"]);
    assert!(is_included(leaf, number("leaf"), number("size"), &hashes(&proof["hashes"]), &root), "{proof}");
}

fn anybody_can_check_the_log(app: &TestApp) {
    let ask = |path: &str| app.client().get(&format!("/api/v1/public/{path}"));
    assert_eq!(public(app, "audit-checkpoints").items().len(), 0);
    ask("audit-proofs/inclusion?leaf=0").refused(404, "evidence.not_sealed");
    ask("audit-checkpoints/1").refused(404, "not_found");
    let sealed: Vec<_> = (0..7)
        .map(|number| {
            tools::deeds(app, number);
            app.seal()
        })
        .collect();
    let key = public(app, "audit-keys");
    let verifier = Verifier::parse(key.text("/items/0/verifier")).unwrap();
    assert!(key.text("/items/0/pem").starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"), "{key}");

    // In pages, the latest first; nothing but hashes, sizes and moments.
    let page = public(app, "audit-checkpoints?limit=3");
    let sizes: Vec<&Value> = page.items().iter().map(|item| &item["size"]).collect();
    assert_eq!(sizes, [7, 6, 5]);
    let next = public(app, &format!("audit-checkpoints?limit=3&cursor={}", page.text("/next_cursor")));
    assert_eq!(next.at("/items/0/size"), 4);
    let fields: Vec<&String> = page.items()[0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["key_id", "note", "root", "sealed_at", "size"]);

    for old in &sealed {
        let shown = public(app, &format!("audit-checkpoints/{}", old.size));
        let note = note::read(shown.text("/note")).unwrap().remove(0);
        assert!(note.is_signed_by(&verifier));
        assert_eq!(note.checkpoint.root, hash(shown.at("/root")));
        let proof = public(app, &format!("audit-proofs/consistency?from={}", old.size));
        let roots = (hash(proof.at("/from_root")), hash(proof.at("/to_root")));
        assert_eq!(roots.0, note.checkpoint.root);
        let sizes = (proof.at("/from").as_u64().unwrap(), proof.at("/to").as_u64().unwrap());
        assert!(is_consistent((sizes.0, &roots.0), (sizes.1, &roots.1), &hashes(proof.at("/hashes"))));
        let proof = public(app, &format!("audit-proofs/inclusion?leaf={}", old.size - 1));
        assert_included(&proof.json, &hash(proof.at("/leaf_hash")));
    }
    for question in
        ["inclusion?leaf=7", "inclusion?leaf=-1", "inclusion?leaf=0&size=8", "inclusion?leaf=3&size=3"]
    {
        ask(&format!("audit-proofs/{question}")).refused(404, "evidence.not_sealed");
    }
    for question in ["consistency?from=0", "consistency?from=8", "consistency?from=3&to=2"] {
        ask(&format!("audit-proofs/{question}")).refused(404, "evidence.not_sealed");
    }
    for question in ["inclusion", "inclusion?leaf=x", "consistency?from=1&lane=installation"] {
        ask(&format!("audit-proofs/{question}")).refused(400, "unknown_filter");
    }
}

fn a_notice_carries_the_checkpoint_it_was_published_under(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    let before = app.seal();
    office.decided(&round);
    let notice = office.noticed(&round).replace("/notices/", "/public/notices/");
    let shown = app.client().get(&notice).expect(200);
    assert_eq!(shown.at("/checkpoint_size"), before.size);
    assert_eq!(shown.text("/checkpoint_root"), before.root);
    let ask = || app.client().get(&format!("{notice}/evidence")).expect(200);
    let waiting = ask();
    assert_eq!((waiting.at("/inclusion"), waiting.at("/sealed_under")), (&Value::Null, &Value::Null));
    assert_eq!(waiting.at("/published_under/size"), before.size);

    let after = app.seal();
    assert_eq!(after.size, before.size + 2, "one leaf for the clock and one for the notice");
    let proved = ask();
    let (content, entry) = (proved.text("/content"), proved.text("/entry"));
    assert_eq!(sha256_hex(content), proved.text("/digest"));
    for shown in [project.reference.clone(), "40000.00".to_owned(), "2011-04-12".to_owned()] {
        assert!(content.contains(&shown), "{shown}: {content}");
    }
    assert_eq!(entry.lines().nth(2), Some(proved.text("/digest")));
    assert_included(proved.at("/inclusion"), &leaf_hash(entry.as_bytes()));
    assert_eq!(proved.at("/sealed_under/root"), proved.at("/inclusion/root"));
    // The row that records it carries the digest, and is the one that the leaf names; what row it is, nobody learns.
    let path = format!("/api/v1/audit/entries?programme_id={}&action=notice.publish", office.programme);
    let rows = office.see(&office.auditor, &path);
    assert_eq!(rows.items().len(), 1);
    assert_eq!(Some(rows.text("/items/0/hash")), entry.lines().nth(3));
    assert!(rows.text("/items/0/detail").contains(proved.text("/digest")));
    assert!(!proved.body().contains("\"seq\""));

    // A notice that is altered afterwards is not what was published.
    let id = notice.rsplit('/').next().unwrap().to_owned();
    let taken_back: Result<(), yichuang::error::Error> =
        app.database().write_now(yichuang::db::Lane::Installation, move |conn| {
            use diesel::connection::SimpleConnection;
            conn.batch_execute(&format!("UPDATE notices SET body = '[]' WHERE id = '{id}'"))?;
            let found = yichuang::verify::verify(conn)?;
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            Err(yichuang::error::Error::internal(told.join("; ")))
        });
    let told = taken_back.unwrap_err();
    assert!(told.cause().unwrap().contains("it is not what was published"), "{told}");
}

fn auditors_read_rows_with_their_proofs(app: &TestApp) {
    let office = Office::found(app);
    office.a_group(Kind::Registered);
    app.seal();
    let programme = format!("/api/v1/audit/entries?programme_id={}", office.programme);
    let page = office.see(&office.auditor, &format!("{programme}&limit=5"));
    for row in page.items() {
        let proof = &row["proof"];
        let text = |field: &str| row[field].as_str().unwrap();
        let leaf = row_leaf(text("lane"), row["seq"].as_i64().unwrap(), text("hash"));
        assert_eq!(hash(&proof["leaf_hash"]), leaf);
        let opening = proof["opening"].as_str().unwrap();
        let bound = Opening::parse(opening).unwrap();
        let place = proof["leaf"].as_u64().unwrap();
        assert!(is_included(&leaf, place, bound.size, &hashes(&proof["hashes"]), &bound.root), "{row}");
        assert_included(&proof["log"], &leaf_hash(opening.as_bytes()));
    }
    let next =
        office.see(&office.auditor, &format!("{programme}&limit=5&cursor={}", page.text("/next_cursor")));
    assert!(next.items()[0]["seq"].as_i64() < page.items()[4]["seq"].as_i64());

    // What came later has no proof yet.
    office.a_group(Kind::Registered);
    assert_eq!(office.see(&office.auditor, &programme).at("/items/0/proof"), &Value::Null);

    // Filters.
    let found = |question: &str| office.see(&office.auditor, &format!("{programme}&{question}"));
    assert!(
        found("action=organization.verify").items().iter().all(|row| row["action"] == "organization.verify")
    );
    let by = found(&format!("actor={}", office.officer.id));
    assert!(
        !by.items().is_empty() && by.items().iter().all(|row| row["actor"] == office.officer.id.as_str())
    );
    assert!(found("subject_kind=nothing").items().is_empty());
    assert!(found("until=2011-03-01T00:00:00Z").items().is_empty());
    assert!(!found("from=2011-03-01T00:00:00Z").items().is_empty());
    for question in ["detail=x", "action=%00"] {
        office.auditor.get(&format!("{programme}&{question}")).refused(400, "unknown_filter");
    }

    // Who may: auditors of the programme, the audit administrator everywhere; nobody else, and no auditor who applies.
    let admin = app.installed("审计管理员", Some(Role::AuditAdmin));
    admin.get("/api/v1/audit/entries").expect(200);
    admin.get(&programme).expect(200);
    office.auditor.get("/api/v1/audit/entries").refused(403, "forbidden");
    for (person, role) in office.staff() {
        if role != "auditor" {
            person.get(&programme).refused(403, "forbidden");
        }
    }
    office.admin.get(&programme).expect(404);
    office.join("过路人").get(&programme).refused(404, "not_found");
    let both = office.join("审计兼专家");
    for role in ["auditor", "panel_chair"] {
        let member = json!({"user_id": both.id, "role": role});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    both.get(&programme).refused(403, "audit.involved");
}
