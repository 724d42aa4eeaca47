//! Experts, their ties, and the panel of a round.

use serde_json::{Value, json};

use super::{Expert, Office, Person, Project, Reply, Round, fresh_number};

impl Office<'_> {
    /// Where an expert of the pool stands.
    pub fn entry(expert: &Expert) -> String {
        format!("/api/v1/experts/{}", expert.id)
    }

    /// Somebody in the pool of whom more is known.
    #[track_caller]
    pub fn an_expert_who(&self, known: &Value) -> Expert {
        let person = self.join(&format!("专家 {}", fresh_number()));
        self.admitted(person, known)
    }

    /// The same of somebody who has an account.
    #[track_caller]
    pub fn admitted(&self, person: Person, known: &Value) -> Expert {
        let mut expert = json!({"user_id": person.id, "name": person.name, "expertise": ["elderly"]});
        for (field, value) in known.as_object().expect("fields of an expert") {
            expert[field] = value.clone();
        }
        let path = format!("/api/v1/programmes/{}/experts", self.programme);
        Expert { id: self.post(&self.officer, &path, Some(expert)).id(), person }
    }

    /// The office suspends, readmits or removes somebody.
    #[track_caller]
    pub fn move_expert(&self, expert: &Expert, verb: &str) -> Reply {
        let path = Self::entry(expert);
        let reason = json!({"reason": "经项目办公室核实"});
        self.step(&self.officer, &format!("{path}/{verb}"), self.version(&self.officer, &path), Some(reason))
    }

    /// A draw of this many seats, which waits for the supervisor.
    #[track_caller]
    pub fn drawn(&self, round: &Round, seats: u32) -> Reply {
        let body = json!({"seats": seats, "supervisor_id": self.supervisor.id});
        self.post(&self.officer, &format!("{}/panel-draws", round.path()), Some(body))
    }

    /// The supervisor was there.
    #[track_caller]
    pub fn attested(&self, draw: &Reply) -> Reply {
        let path = format!("/api/v1/panel-draws/{}/attestation", draw.id());
        self.step(&self.supervisor, &path, draw.version(), None)
    }

    /// A supervisor agrees to a seat that was given by hand.
    #[track_caller]
    pub fn agreed(&self, seat: &Value) -> Reply {
        let path = format!("/api/v1/panel-seats/{}/attestation", seat["id"].as_str().expect("a seat"));
        self.step(&self.supervisor, &path, seat["version"].as_i64().expect("a version"), None)
    }

    /// Somebody leaves a seat of the panel.
    #[track_caller]
    pub fn left(&self, seat: &Value) -> Reply {
        let path = format!("/api/v1/panel-seats/{}/substitution", seat["id"].as_str().expect("a seat"));
        let version = seat["version"].as_i64().expect("a version");
        self.step(&self.officer, &path, version, Some(json!({"reason": "因病不能参加"})))
    }
}

/// Every write and read of the pool, of conflicts and of panels, while the round is reviewed. The panel that is in force
/// in the end is drawn.
#[track_caller]
pub fn experts_of(office: &Office<'_>, round: &Round, project: &Project) {
    let finance = office.an_expert_who(&json!({"kind": "finance", "identity_number": "11010519491231002X"}));
    let entry = Office::entry(&finance);
    let change = json!({"name": "财务专家", "min_load": 1, "max_load": 30});
    let version = office.version(&office.officer, &entry);
    let version = office.act(&office.officer, "PATCH", &entry, Some(change), Some(version)).version();
    let away = json!({"absences": [{"from": "2011-12-01", "to": "2011-12-31"}]});
    office.act(&finance.person, "PUT", &format!("{entry}/availability"), Some(away), Some(version));
    let tie = json!({"kind": "former_employer", "organization_name": "甬城审计社", "until_year": 2009});
    office.post(&finance.person, &format!("{entry}/ties"), Some(tie));
    for verb in ["suspension", "readmission", "removal", "readmission"] {
        office.move_expert(&finance, verb);
    }
    for path in [entry.clone(), format!("{entry}/ties"), "/api/v1/me/experts".to_owned()] {
        office.see(&finance.person, &path);
    }

    // A tie that the office knows of, looked at and dismissed; one that the applicant raises, which names nobody.
    let spare = office.an_expert();
    let path = project.path();
    let known = json!({"expert_id": spare.id, "kind": "kin", "evidence": "来信反映"});
    office.post(&office.officer, &format!("{path}/conflicts"), Some(known));
    let none = json!({"expert_id": spare.id, "kind": "kin", "reason": "已核实,仅为同姓"});
    office.post(&office.officer, &format!("{path}/conflict-dismissals"), Some(none));
    let raised = json!({"person_name": "王五", "kind": "kin", "reasons": "系亲属", "evidence": "户口簿"});
    let request = office.post(&project.group.admin, &format!("{path}/conflict-requests"), Some(raised)).id();
    let resolution = format!("/api/v1/conflict-requests/{request}/resolution");
    office.step(&office.officer, &resolution, 1, Some(json!({"reason": "库中无此人"})));
    office.see(&office.supervisor, &format!("{path}/conflicts"));
    office.see(&office.supervisor, &format!("{}/conflicts", round.path()));
    office.see(&office.supervisor, &format!("{}/conflict-requests", round.path()));

    // A seat by hand, which a supervisor agrees to, that is left again, a draw that is given up, one that is attested, and a substitute.
    let by_hand = json!({"expert_id": finance.id, "reason": "财务专家"});
    let panel = office.post(&office.officer, &format!("{}/panel/seats", round.path()), Some(by_hand));
    let panel = office.agreed(&panel.items()[0]);
    office.left(&panel.items()[0]);
    let draw = office.drawn(round, 1);
    let cancellation = format!("/api/v1/panel-draws/{}/cancellation", draw.id());
    office.step(&office.officer, &cancellation, 1, Some(json!({"reason": "监督员未到场"})));
    let draw = office.drawn(round, 1);
    office.attested(&draw);
    office.see(&office.auditor, &format!("/api/v1/panel-draws/{}", draw.id()));
    office.see(&office.auditor, &format!("{}/panel-draws", round.path()));
    let panel = office.see(&office.auditor, &format!("{}/panel", round.path()));
    let seat = panel.items().iter().find(|seat| seat["state"] == "seated").expect("a member");
    office.left(seat);
}
