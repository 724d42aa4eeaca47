//! The sample round through the API, on both databases: the numbers are the office's own, to the fen.

use std::path::Path;

use serde_json::Value;
use yichuang::rehearsal::{Folder, rehearse};

use crate::support::TestApp;

on_both!(the_sample_round_comes_out_as_the_office_had_it);

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
