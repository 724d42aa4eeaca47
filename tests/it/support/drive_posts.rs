//! The administrative posts of the installation, roles that are taken away, and a look through somebody else's eyes.

use serde_json::{Value, json};

use super::{Office, Person};

impl Office<'_> {
    /// Somebody with a post of the installation, given by an administrator.
    #[track_caller]
    pub fn appointed(&self, name: &str, post: &str) -> Person {
        let person = self.join(name);
        let body = json!({"user_id": person.id, "role": post});
        self.post(&self.admin, "/api/v1/administrators", Some(body));
        person
    }

    /// The id of the role somebody holds in the programme.
    #[track_caller]
    pub fn membership(&self, person: &Person, role: &str) -> String {
        let path = format!("/api/v1/programmes/{}/members?limit=100", self.programme);
        held(self.see(&self.admin, &path).items(), person, role)
    }
}

/// The id of a role in a list of who holds which.
#[track_caller]
pub fn held(items: &[Value], person: &Person, role: &str) -> String {
    let of = |item: &&Value| item["user_id"] == person.id.as_str() && item["role"] == role;
    let item = items.iter().find(of).unwrap_or_else(|| panic!("{} holds no {role}", person.name));
    item["id"].as_str().expect("an id").to_owned()
}

/// Every write and read of this part.
#[track_caller]
pub fn posts_of(office: &Office<'_>) {
    // A role that is given and taken away again.
    let passing = office.join("借调人员");
    let members = format!("/api/v1/programmes/{}/members", office.programme);
    office.post(&office.admin, &members, Some(json!({"user_id": passing.id, "role": "evaluator"})));
    let member = office.membership(&passing, "evaluator");
    office.act(&office.admin, "DELETE", &format!("{members}/{member}"), None, None);

    // A post of the installation, the same.
    let security = office.appointed("安全管理员", "security_admin");
    let leaving = office.appointed("审计管理员", "audit_admin");
    let posts = office.see(&security, "/api/v1/administrators?limit=100");
    let post = held(posts.items(), &leaving, "audit_admin");
    office.act(&office.admin, "DELETE", &format!("/api/v1/administrators/{post}"), None, None);

    // Whether posts may be combined.
    let setting = "/api/v1/separation-of-posts";
    let version = office.version(&security, setting);
    let said = json!({"may_be_combined": false, "reason": "人员齐备,三员分设。"});
    office.act(&office.admin, "PUT", setting, Some(said), Some(version));

    // A look that is agreed to and begins, and one that the person ends.
    let ask = |subject: &Person| {
        let asked = json!({"user_id": subject.id, "reason": "来电称看不到补正通知"});
        let viewing = office.post(&security, "/api/v1/view-as", Some(asked)).id();
        format!("/api/v1/view-as/{viewing}")
    };
    let path = ask(&office.officer);
    office.step(&office.officer, &format!("{path}/agreement"), 1, None);
    office.step(&security, &format!("{path}/session"), 2, None);
    let path = ask(&office.supervisor);
    office.step(&office.supervisor, &format!("{path}/ending"), 1, None);
    office.see(&office.officer, "/api/v1/view-as");
}
