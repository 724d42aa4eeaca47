//! What is done about scores that diverge, and what is to see of a ranking.

use serde_json::json;

use super::{Ended, Expert, Kind, Office, Project, Reply, Round, round::content};

impl Office<'_> {
    /// The chair orders a re-review; its address.
    #[track_caller]
    pub fn ordered(&self, project: &Project, kind: &str, expert: Option<&Expert>) -> String {
        let mut body = json!({"kind": kind, "reason": "分歧较大，需再评。"});
        if let Some(expert) = expert {
            body["expert_id"] = json!(expert.id);
        }
        let order = self.post(&self.chair, &format!("{}/re-reviews", project.path()), Some(body));
        format!("/api/v1/re-reviews/{}", order.id())
    }

    /// The supervisor answers it.
    #[track_caller]
    pub fn answered(&self, order: &str, agreed: bool) -> Reply {
        let version = self.version(&self.supervisor, order);
        let body = json!({"agreed": agreed, "note": if agreed { "" } else { "请先与专家沟通。" }});
        self.step(&self.supervisor, &format!("{order}/agreement"), version, Some(body))
    }

    /// Scores a sheet that was given out for a re-review.
    #[track_caller]
    pub fn scored_again(&self, round: &Round, project: &Project, expert: &Expert, total: &str) {
        let list = format!("{}/reviews?application_id={}", round.path(), project.id);
        let own = self.see(&expert.person, &list);
        let open = own.items().iter().find(|sheet| sheet["state"] == "assigned");
        let open = open.unwrap_or_else(|| panic!("no open sheet: {own}"));
        let sheet = format!("/api/v1/reviews/{}", open["id"].as_str().expect("an id"));
        let by = &expert.person;
        let version =
            self.step(by, &format!("{sheet}/declaration"), self.version(by, &sheet), None).version();
        let body = json!({
            "marks": super::marks(total), "mark_comments": {"need": "真实", "plan": "可行"},
            "suggested_amount": "40000.00", "comment": "复评意见",
        });
        self.act(by, "PATCH", &sheet, Some(body), Some(version));
        self.hand_in(&sheet, expert);
    }
}

/// A round of two applications whose scores will diverge.
#[track_caller]
pub fn diverging(office: &Office<'_>) -> (Round, [Project; 2]) {
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "seed": "re"}));
    let group = || office.a_group(Kind::Registered);
    let one = office.eligible(&round, &group(), content("50000.00"));
    let other = office.eligible(&round, &group(), content("30000.00"));
    (round, [one, other])
}

/// Of one a re-review is refused and then another reviewer joins, the other is scored again by all.
#[track_caller]
pub fn re_reviewed(office: &Office<'_>, (round, [one, other]): &(Round, [Project; 2])) {
    let experts = office.experts::<3>();
    for project in [one, other] {
        office.scored_by(project, &experts, &["95", "60", "80"]);
    }
    let refused = office.ordered(one, "second_scoring", None);
    office.answered(&refused, false);
    let fourth = office.an_expert();
    let joins = office.ordered(one, "another_reviewer", Some(&fourth));
    office.answered(&joins, true);
    office.scored_again(round, one, &fourth, "82");
    let again = office.ordered(other, "second_scoring", None);
    office.answered(&again, true);
    for (expert, total) in experts.iter().zip(["85", "80", "82"]) {
        office.scored_again(round, other, expert, total);
    }
    office.see(&office.auditor, &again);
    office.see(&office.auditor, &format!("{}/re-reviews", round.path()));
    // The range is still too wide: the chair lets it stand.
    let stands = json!({"reason": "补充一名专家后仍有分歧，经合议维持。"});
    office.post(&office.chair, &format!("{}/score-confirmation", one.path()), Some(stands));
}

/// Looks at the statistics and the feedback of a round that has ended.
#[track_caller]
pub fn looked_at_ranking(office: &Office<'_>, ended: &Ended) {
    office.see(&office.supervisor, &format!("{}/calibration", ended.round.path()));
    office.see(&ended.award.project.group.admin, &format!("{}/feedback", ended.award.project.path()));
}
