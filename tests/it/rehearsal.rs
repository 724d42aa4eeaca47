//! The sample round through the API, on both databases: the numbers are the office's own, to the fen.

use std::path::Path;

use serde_json::Value;
use yichuang::rehearsal::{Folder, rehearse};

use crate::support::TestApp;

on_both!(the_sample_round_comes_out_as_the_office_had_it, a_tie_without_a_sheet_is_declared_too);

fn the_sample_round_comes_out_as_the_office_had_it(app: &TestApp) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/haishu-2011");
    let folder = Folder::read(&sample).unwrap();
    // The rehearsal brings a server of its own; of the test's application it takes the empty database.
    let summary = rehearse(&folder, app.settings().clone(), app.database_url().clone()).unwrap();
    assert!(summary.is_clean(), "{:?}", summary.failures);
    let found = serde_json::to_value(&summary).unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(sample.join("expected.json")).unwrap()).unwrap();
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(found.get(field), Some(value), "{field}");
    }
    assert_eq!(found["verify"]["violations"], 0);
}

/// A few applications of the sample round, with files of our own.
fn a_small_folder(references: &[&str], files: &[(&str, &str)]) -> tempfile::TempDir {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/haishu-2011");
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&sample).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let is_of = |line: &str| references.iter().any(|reference| line.starts_with(reference));
        let kept: String = match name {
            "applications.csv" | "reviews.csv" | "budget_lines.csv" => text
                .lines()
                .enumerate()
                .filter(|(number, line)| *number == 0 || is_of(line))
                .flat_map(|(_, line)| [line, "\n"])
                .collect(),
            "enterprise_preferences.csv" | "project_preferences.csv" => {
                format!("{}\n", text.lines().next().unwrap())
            }
            _ => text,
        };
        std::fs::write(folder.path().join(name), kept).unwrap();
    }
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn a_tie_without_a_sheet_is_declared_too(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::db::schema::conflicts;
    let reviews = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/haishu-2011/reviews.csv"),
    )
    .unwrap();
    let has =
        |reviewer: &str| reviews.lines().any(|line| line.starts_with(&format!("HS-2011-0001,{reviewer},")));
    let (scores, silent): (Vec<String>, Vec<String>) =
        (1..=9).map(|number| format!("R{number:02}")).partition(|reviewer| has(reviewer));
    let ties = format!(
        "reference,reviewer,kind\nHS-2011-0001,{},kin\nHS-2011-0001,{},kin\nHS-2011-0001,{},tutored\n",
        scores[0], silent[0], silent[1]
    );
    let folder = a_small_folder(&["HS-2011-0001", "HS-2011-0002"], &[("conflicts.csv", &ties)]);
    let folder = Folder::read(folder.path()).unwrap();
    let summary = rehearse(&folder, app.settings().clone(), app.database_url()).unwrap();
    assert!(summary.is_clean(), "{:?}", summary.failures);
    let found = serde_json::to_value(&summary).unwrap();
    // Only rows of `reviews.csv` are refused.
    let refused = serde_json::json!([{"reference": "HS-2011-0001", "reviewer": scores[0]}]);
    assert_eq!(found["refused_reviews"], refused);
    let declared = |conn: &mut yichuang::db::Db| {
        Ok(conflicts::table.order(conflicts::kind).select(conflicts::kind).load::<String>(conn)?)
    };
    assert_eq!(app.database().read_now(declared).unwrap(), ["kin", "kin", "tutored"]);
}
