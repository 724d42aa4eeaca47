//! The steps of assignment plans.

use serde_json::{Value, json};

use super::{Expert, Kind, Office, Project, Reply, Round, content, fresh_number};

impl Round {
    pub fn plans(&self) -> String {
        format!("{}/assignment-plans", self.path())
    }
}

/// Where a plan stands.
pub fn plan_path(plan: &Reply) -> String {
    format!("/api/v1/assignment-plans/{}", plan.id())
}

impl Office<'_> {
    /// An expert who knows these domains.
    #[track_caller]
    pub fn an_expert_in(&self, domains: &[&str]) -> Expert {
        let number = fresh_number();
        let person = self.join(&format!("专家 {number}"));
        let expert = json!({"user_id": person.id, "name": person.name, "expertise": domains});
        let path = format!("/api/v1/programmes/{}/experts", self.programme);
        Expert { id: self.post(&self.officer, &path, Some(expert)).id(), person }
    }

    /// So many applications of one group in these domains, found eligible.
    #[track_caller]
    pub fn eligible_in(&self, round: &Round, domains: &[&str]) -> Vec<Project> {
        let group = self.a_group(Kind::Registered);
        let of = |domain: &&str| {
            let mut content = content("20000.00");
            content["domain"] = json!(domain);
            self.eligible(round, &group, content)
        };
        domains.iter().map(of).collect()
    }

    /// Proposes who reviews what.
    #[track_caller]
    pub fn propose(&self, round: &Round, asked: Value) -> Reply {
        self.post(&self.officer, &round.plans(), Some(asked))
    }

    /// Carries a plan out.
    #[track_caller]
    pub fn adopt(&self, plan: &Reply) -> Reply {
        self.step(&self.officer, &format!("{}/adoption", plan_path(plan)), plan.version(), None)
    }

    /// The sheet of a pair as its expert sees it.
    #[track_caller]
    pub fn sheet_of(&self, round: &Round, project: &Project, expert: &Expert) -> String {
        let path = format!("{}/reviews?application_id={}", round.path(), project.id);
        let listed = self.see(&expert.person, &path);
        let own = listed.items().iter().find(|sheet| sheet["expert_id"] == json!(expert.id));
        format!("/api/v1/reviews/{}", own.expect("a sheet")["id"].as_str().unwrap())
    }
}

/// Proposes, looks, asks and adopts; the expert steps back from what they got, so that nothing stays open.
#[track_caller]
pub fn assignment_plans(office: &Office<'_>, round: &Round, project: &Project) {
    let spare = office.an_expert();
    let pair = json!({"application_id": project.id, "expert_id": spare.id});
    let asked = json!({"applications": [project.id], "demand": 1, "locked": [pair], "banned": []});
    let plan = office.propose(round, asked);
    let path = plan_path(&plan);
    office.see(&office.auditor, &round.plans());
    office.see(&office.supervisor, &path);
    office.see(&office.supervisor, &format!("{path}/input"));
    let question = format!("{path}/why-not?application_id={}&expert_id={}", project.id, spare.id);
    office.see(&office.officer, &question);
    office.adopt(&plan);
    let sheet = office.sheet_of(round, project, &spare);
    let version = office.version(&spare.person, &sheet);
    let tie = json!({"kind": "colleague", "evidence": ""});
    office.step(&spare.person, &format!("{sheet}/recusal"), version, Some(tie));
}
