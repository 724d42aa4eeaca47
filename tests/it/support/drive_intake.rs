//! The intake's own steps: sections saved one by one, more time, a notice to supplement.

use serde_json::{Value, json};

use super::{Group, Office, Person, Project, Reply, Round, content};

impl Project {
    /// Where one section stands.
    pub fn section(&self, code: &str) -> String {
        format!("{}/sections/{code}", self.path())
    }
}

impl Office<'_> {
    /// Saves a section as it was last seen.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a body is made for the call")]
    pub fn save_section(&self, by: &Person, project: &Project, code: &str, fields: Value) -> Reply {
        let path = project.section(code);
        let version = self.version(by, &path);
        self.act(by, "PATCH", &path, Some(json!({"fields": fields})), Some(version))
    }

    /// Sends it back for these fields.
    #[track_caller]
    pub fn send_back(&self, by: &Person, project: &Project, fields: &[&str]) -> Reply {
        let defects: Vec<Value> =
            fields.iter().map(|field| json!({"field": field, "note": "请补充说明"})).collect();
        let notice = json!({"defects": defects, "note": "一次性告知"});
        self.move_application(by, project, "correction-requests", Some(notice))
    }
}

/// Takes every step of the intake; the application ends accepted.
#[track_caller]
pub fn an_intake(office: &Office<'_>, round: &Round, group: &Group) -> Project {
    let project = office.drafted(round, group, content("20000.00"));
    office.save_section(&group.admin, &project, "cover", json!({"title": "萤火少年"}));
    let more = json!({"until": "2011-04-02", "reason": "停电"});
    office.post(&office.officer, &format!("{}/extensions", project.path()), Some(more));
    office.submit(&project);
    office.send_back(&office.officer, &project, &["summary"]);
    office.save_section(&group.admin, &project, "project", json!({"summary": "为社区少年提供课后陪伴。"}));
    office.submit(&project);
    for part in
        ["sections/project", "validation", "revisions", "differences", "receipts", "correction-requests"]
    {
        office.see(&group.admin, &format!("{}/{part}", project.path()));
    }
    office.see(&office.street, &format!("{}/machine-check", project.path()));
    office.accept(&project);
    project
}
