//! Score sheets: deadlines, signatures, and the defence.

use serde_json::{Value, json};

use super::{Kind, Office, Project, Round, content};

/// A round whose projects are defended, with two of them.
pub struct Defended {
    pub round: Round,
    pub projects: [Project; 2],
}

/// The usual criteria, and those of a defence.
pub fn rubric_with_defence() -> Value {
    let mut rubric = super::rubric();
    rubric["criteria"][0]["anchors"] =
        json!([{"from": "48.00", "text": "数据充分"}, {"from": "0.00", "text": "没有依据"}]);
    rubric["defence"] = json!([
        {"code": "clarity", "name": "方案清晰", "max": "70.00"},
        {"code": "answers", "name": "答辩", "max": "30.00"},
    ]);
    rubric
}

/// Until when sheets are handed in: the desk review until 10 and 12 April, the defence until 20 and 22 April.
pub fn schedule() -> Value {
    let times = |due: u32, closes: u32| json!({"due_at": format!("2011-04-{due}T10:00:00Z"), "closes_at": format!("2011-04-{closes}T10:00:00Z")});
    json!({"desk": times(10, 12), "defence": times(20, 22)})
}

impl Office<'_> {
    /// A round with a defence that takes applications.
    #[track_caller]
    pub fn round_with_defence(&self, mut policy: Value) -> Round {
        policy["review"]["defence"] = json!(true);
        let round = self.draft_round("100000.00", policy);
        let version = self.version(&self.officer, &round.path());
        let path = format!("{}/rubric", round.path());
        self.act(&self.officer, "PUT", &path, Some(rubric_with_defence()), Some(version));
        self.publish(&round);
        round
    }

    /// Sets the deadlines for the first time.
    #[track_caller]
    pub fn scheduled(&self, round: &Round, schedule: Value) {
        self.act(&self.officer, "PUT", &format!("{}/review-schedule", round.path()), Some(schedule), Some(1));
    }

    /// A supervisor's note on a sheet; its id.
    #[track_caller]
    pub fn noted(&self, sheet: &str) -> String {
        let reason = json!({"reason": "专家来电说明方案一项误填，申请更正。"});
        self.post(&self.supervisor, &format!("{sheet}/supervisor-notes"), Some(reason)).id()
    }

    /// The chair opens a sheet again, on a note.
    #[track_caller]
    pub fn reopened(&self, sheet: &str, note: &str) {
        let version = self.version(&self.chair, sheet);
        let on = json!({"note_id": note});
        self.step(&self.chair, &format!("{sheet}/reopening"), version, Some(on));
    }

    /// The chair locks a sheet.
    #[track_caller]
    pub fn locked(&self, sheet: &str) {
        let version = self.version(&self.chair, sheet);
        self.step(&self.chair, &format!("{sheet}/lock"), version, None);
    }
}

/// Before the window closes: a round with a defence.
#[track_caller]
pub fn a_round_with_defence(office: &Office<'_>) -> Defended {
    let round = office.round_with_defence(json!({}));
    let group = office.a_group(Kind::Registered);
    let projects = std::array::from_fn(|_| office.eligible(&round, &group, content("20000.00")));
    Defended { round, projects }
}

/// While experts are at work: deadlines, a sheet that is signed, locked, opened again and signed anew, and a session.
#[track_caller]
pub fn sheets_of(office: &Office<'_>, Defended { round, projects }: &Defended) {
    office.scheduled(round, schedule());
    office.see(&office.auditor, &format!("{}/review-schedule", round.path()));
    let expert = office.an_expert();
    let sheet = office.marked(&projects[0], &expert, "80");
    office.see(&expert.person, &format!("{sheet}/form"));
    office.hand_in(&sheet, &expert);
    let more = json!({"expert_id": expert.id, "closes_at": "2011-04-14T10:00:00Z", "reason": "出差"});
    office.post(&office.officer, &format!("{}/review-extensions", round.path()), Some(more));
    office.locked(&sheet);
    office.see(&expert.person, &format!("{sheet}/signature"));
    let note = office.noted(&sheet);
    office.reopened(&sheet, &note);
    office.see(&office.supervisor, &format!("{sheet}/versions"));
    office.hand_in(&sheet, &expert);

    let sessions = format!("{}/defence-sessions", round.path());
    let session = json!({"starts_at": "2011-04-15T01:00:00Z", "place": "海曙区社会组织服务中心三楼"});
    let session = office.post(&office.officer, &sessions, Some(session));
    let path = format!("/api/v1/defence-sessions/{}", session.id());
    let late = json!({"application_id": projects[0].id, "reason": "堵车"});
    let moved = office.step(&office.officer, &format!("{path}/moves"), session.version(), Some(late));
    let away = json!({"application_id": projects[1].id, "reason": "负责人住院"});
    office.step(&office.officer, &format!("{path}/postponements"), moved.version(), Some(away));
    let again = json!({"starts_at": "2011-04-18T01:00:00Z", "place": "海曙区社会组织服务中心三楼"});
    office.post(&office.officer, &sessions, Some(again));
    office.see(&projects[0].group.admin, &sessions);
    office.see(&office.supervisor, &path);
}
