//! A small folder, and what is said of it when something is wrong.

use std::path::Path;

use super::Folder;
use crate::{kernel::money::Money, programmes::Shortfall};

const POLICY: &str = "name = \"小轮\"\nyear = 2011\nbudget = \"100000.00\"\npass_line = \"60.00\"\n\
    on_shortfall = \"skip\"\nopens_on = \"2011-03-01\"\ncloses_on = \"2011-04-30\"\n\n\
    [[rubric]]\ncode = \"need\"\nname = \"需求\"\nmax = \"100\"\n";

const FILES: &[(&str, &str)] = &[
    ("policy.toml", POLICY),
    (
        "organizations.csv",
        "org,name,kind,credit_code,filing_no,host_org,members,subdistrict\n\
         O1,一社,association,51330203MJ9X00022C,,,12,南门街道\n",
    ),
    (
        "applications.csv",
        "reference,org,title,domain,requested,own_funds,starts_on,ends_on,beneficiaries,summary\n\
         HS-2,O1,乙,elderly,30000.00,,2011-06-01,2011-12-31,30,说明\n\
         HS-1,O1,甲,youth,20000.00,100.00,2011-06-01,2011-12-31,,\"说明,两句\"\n",
    ),
    (
        "budget_lines.csv",
        "reference,category,item,amount,from_fund\nHS-1,tax,税,20000,yes\nHS-1,tax,税,100,no\n",
    ),
    ("reviewers.csv", "reviewer,name,expertise,org\nR1,专家,elderly; youth,\n"),
    ("reviews.csv", "reference,reviewer,need,suggested_amount,comment\nHS-1,R1,88.5,,\n"),
    ("enterprises.csv", "enterprise,name,credit_code,budget,quota\nE1,企业,91330203MA9X000541,1000,2\n"),
    ("enterprise_preferences.csv", "enterprise,rank,reference\nE1,10,HS-2\nE1,9,HS-1\nE1,11,HS-9\n"),
    ("project_preferences.csv", "reference,rank,enterprise\n"),
];

fn written(directory: &Path, changes: &[(&str, &[u8])]) {
    for (file, content) in FILES {
        std::fs::write(directory.join(file), content).unwrap();
    }
    for (file, content) in changes {
        std::fs::write(directory.join(file), content).unwrap();
    }
}

/// What is said of the folder with these files in place of the sound ones: `file:line` and the message.
fn faults(changes: &[(&str, &[u8])]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path(), changes);
    let error = Folder::read(directory.path()).unwrap_err();
    assert_eq!(error.to_string().lines().count(), error.faults.len());
    error.faults.iter().map(|fault| format!("{}:{}: {}", fault.file, fault.line, fault.message)).collect()
}

#[test]
fn reads_a_folder() {
    let directory = tempfile::tempdir().unwrap();
    // A byte order mark, CRLF, columns in another order and one more of them.
    let reviewers = "\u{feff}name,note,reviewer,expertise,org\r\n专家,x,R1,elderly; youth,\r\n";
    written(directory.path(), &[("reviewers.csv", reviewers.as_bytes())]);
    let folder = Folder::read(directory.path()).unwrap();
    let references: Vec<&str> = folder.applications.iter().map(|a| a.reference.as_str()).collect();
    assert_eq!(references, ["HS-1", "HS-2"]);
    let first = &folder.applications[0];
    assert_eq!((first.beneficiaries, first.lines.len()), (None, 2));
    assert_eq!(folder.applications[1].own_funds, Money::ZERO);
    assert_eq!(folder.reviewers[0].expertise.len(), 2);
    assert_eq!(folder.sheets[0].suggested_amount, None);
    // By rank as a number, and with a project of another round, which is passed over later.
    assert_eq!(folder.of_enterprises["E1"], ["HS-1", "HS-2", "HS-9"]);
    assert_eq!(folder.call.policy.on_shortfall, Shortfall::Skip);
    // What the file leaves out has the server's default.
    assert_eq!(folder.call.policy.trim_from, 5);
}

/// A rehearsal has no comment duty but what its file asks for (rules.md §8).
#[test]
fn comments_are_owed_where_the_file_says_so() {
    let duties = |changes: &[(&str, &[u8])]| {
        let directory = tempfile::tempdir().unwrap();
        written(directory.path(), changes);
        let review = Folder::read(directory.path()).unwrap().call.policy.review;
        (review.comment_below_share_bp, review.comment_from_total)
    };
    assert_eq!(duties(&[]), (0, None));
    let asks = format!("{POLICY}\n[review]\ncomment_from_total = \"95.00\"\n");
    assert_eq!(duties(&[("policy.toml", asks.as_bytes())]), (0, Some("95".parse().unwrap())));
    let asks = format!("{POLICY}\n[review]\ncomment_below_share_bp = 5000\n");
    assert_eq!(duties(&[("policy.toml", asks.as_bytes())]), (5_000, None));
}

#[test]
fn names_every_fault_with_file_and_line() {
    let reviews = b"reference,reviewer,need,suggested_amount,comment\nHS-7,R1,88,,\nHS-1,R1,8x,,\n";
    let told = faults(&[
        ("reviews.csv", reviews),
        ("enterprises.csv", b"enterprise,name,budget,quota\n"),
        ("organizations.csv", b"org,name\xff\n"),
    ]);
    assert_eq!(
        told,
        [
            "enterprises.csv:1: missing columns: credit_code",
            "organizations.csv:1: this is not UTF-8",
            "reviews.csv:2: reference HS-7 is not in its file",
            "reviews.csv:3: need = \"8x\": a mark or score is written like \"18.5\": digits, at most two \
             decimals, no sign",
        ]
    );
}

#[test]
fn names_the_line_of_the_policy() {
    for (from, to, start) in [
        ("budget = \"100000.00\"", "budget = 100000", "policy.toml:3: budget: "),
        ("on_shortfall = \"skip\"", "on_shortfall = \"jump\"", "policy.toml:5: on_shortfall: "),
        ("pass_line", "pass_lime", "policy.toml:4: "),
        ("year = 2011", "year = = 2011", "policy.toml:2: "),
        ("year = 2011", "", "policy.toml:1: missing field `year`"),
        ("max = \"100\"", "max = 100", "policy.toml:9: rubric[0].max: "),
    ] {
        let policy = POLICY.replace(from, to);
        let told = faults(&[("policy.toml", policy.as_bytes())]);
        assert!(told[0].starts_with(start), "{told:?}");
    }
}
