//! From the scores to the money and to the enterprises: plan, decision, notice, approval, agreement, payment, matching.

use serde_json::{Value, json};

use super::{Expert, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, Sponsor, round::content};

/// A Monday: the meeting decides and the notice goes out. It runs from Tuesday the 12th to Monday the 18th.
pub const DECISION_DAY: &str = "2011-04-11";
/// The last day of the notice.
pub const LAST_NOTICE_DAY: &str = "2011-04-18";
/// The day after it.
pub const APPROVAL_DAY: &str = "2011-04-19";

/// An award, its project, and where it stands.
#[derive(Clone)]
pub struct Award {
    pub id: String,
    pub project: Project,
}

impl Award {
    pub fn path(&self) -> String {
        format!("/api/v1/awards/{}", self.id)
    }
}

/// The five steps of a payment after the request, with who takes them.
pub const STEPS: [&str; 5] = ["condition", "preparation", "check", "approval", "payment"];

impl Office<'_> {
    /// A round of one project that three experts gave `total`, on the day of the decision.
    #[track_caller]
    pub fn a_scored_round(&self) -> (Round, Project, [Expert; 3]) {
        let round = self.published_round("100000.00", json!({"cap": "50000.00"}));
        let group = self.a_group(Kind::Registered);
        let project = self.eligible(&round, &group, content("50000.00"));
        let experts = self.experts::<3>();
        self.on_the(REVIEW_DAY);
        self.scored_by(&project, &experts, &["85", "88", "82"]);
        self.on_the(DECISION_DAY);
        (round, project, experts)
    }

    /// A plan of the ranking as it is now.
    #[track_caller]
    pub fn plan(&self, round: &Round) -> Reply {
        self.post(&self.officer, &format!("{}/selection-plans", round.path()), None)
    }

    /// Planned by the officer, decided by the director.
    #[track_caller]
    pub fn decided(&self, round: &Round) -> Reply {
        let plan = self.plan(round);
        let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
        let minutes = json!({"minutes": "会议一致同意按方案立项。"});
        self.step(&self.director, &decision, plan.version(), Some(minutes))
    }

    /// Drafted and published; the address of the notice.
    #[track_caller]
    pub fn noticed(&self, round: &Round) -> String {
        let draft = self.post(&self.officer, &format!("{}/notices", round.path()), None);
        let notice = format!("/api/v1/notices/{}", draft.id());
        self.step(&self.officer, &format!("{notice}/publication"), draft.version(), None);
        notice
    }

    /// The written approval of a published notice.
    #[track_caller]
    pub fn approved(&self, notice: &str) -> Reply {
        let version = self.app.client().get(&notice.replace("/notices/", "/public/notices/")).expect(200);
        let paper = json!({"document_number": "海民〔2011〕12号"});
        self.step(&self.bureau, &format!("{notice}/bureau-approval"), version.version(), Some(paper))
    }

    /// The award of a project.
    #[track_caller]
    pub fn award_of(&self, round: &Round, project: &Project) -> Award {
        let awards = self.see(&self.officer, &format!("{}/awards", round.path()));
        let award = awards.items().iter().find(|award| award["application_id"] == project.id.as_str());
        let award = award.unwrap_or_else(|| panic!("{} has no award: {awards}", project.reference));
        Award { id: award["id"].as_str().unwrap().to_owned(), project: project.clone() }
    }

    /// The budget refined to the award: the first line takes what the fund gives.
    #[track_caller]
    pub fn refined(&self, award: &Award) -> Reply {
        let shown = self.see(&award.project.group.admin, &award.path());
        let body = refined_budget(shown.text("/amount"));
        self.step(
            &award.project.group.admin,
            &format!("{}/agreement", award.path()),
            shown.version(),
            Some(body),
        )
    }

    /// One party signs what it has read.
    #[track_caller]
    pub fn sign(&self, by: &Person, award: &Award) -> Reply {
        let agreement = self.see(by, &format!("{}/agreement", award.path()));
        let body = json!({"digest": agreement.text("/digest")});
        self.post(by, &format!("{}/signatures", award.path()), Some(body))
    }

    /// Refined and signed by all three.
    #[track_caller]
    pub fn signed(&self, award: &Award) {
        self.refined(award);
        for party in [&award.project.group.admin, &self.director, &self.street] {
            self.sign(party, award);
        }
    }

    /// A round whose one award is signed, on the day after the notice.
    #[track_caller]
    pub fn a_signed_award(&self) -> (Round, Award) {
        let (round, project, _) = self.a_scored_round();
        self.decided(&round);
        let notice = self.noticed(&round);
        self.on_the(APPROVAL_DAY);
        self.approved(&notice);
        let award = self.award_of(&round, &project);
        self.signed(&award);
        (round, award)
    }

    /// The tranche of this number.
    #[track_caller]
    pub fn tranche(&self, award: &Award, number: i64) -> Value {
        let tranches = self.see(&self.officer, &format!("{}/tranches", award.path()));
        tranches.items().iter().find(|tranche| tranche["number"] == number).cloned().expect("such a tranche")
    }

    /// The group asks for the first tranche; the address of the request.
    #[track_caller]
    pub fn requested(&self, award: &Award) -> String {
        let tranche = self.tranche(award, 1);
        let path = format!("/api/v1/tranches/{}/payment-requests", tranche["id"].as_str().unwrap());
        format!("/api/v1/payment-requests/{}", self.post(&award.project.group.admin, &path, None).id())
    }

    /// Who takes a step of a payment.
    pub fn payer(&self, step: &str) -> &Person {
        match step {
            "condition" => &self.officer,
            "preparation" | "payment" => &self.maker,
            "check" => &self.checker,
            "approval" => &self.director,
            other => panic!("no step {other}"),
        }
    }

    /// One step of a payment by whom it takes.
    #[track_caller]
    pub fn pay_step(&self, request: &str, step: &str) -> Reply {
        let by = self.payer(step);
        let version = self.version(by, request);
        let body = (step == "payment").then(|| json!({"bank_reference": "NB20110420-1"}));
        self.step(by, &format!("{request}/{step}"), version, body)
    }

    /// The request taken up to and with this step.
    #[track_caller]
    pub fn paid_up_to(&self, request: &str, last: &str) {
        for step in STEPS {
            self.pay_step(request, step);
            if step == last {
                return;
            }
        }
    }

    /// The first tranche, from the request to the bank.
    #[track_caller]
    pub fn paid(&self, award: &Award) -> String {
        let request = self.requested(award);
        self.paid_up_to(&request, "payment");
        request
    }

    /// A matching round; its address.
    #[track_caller]
    pub fn matching(&self, round: &Round) -> String {
        let body = json!({"name": "双百对接"});
        let reply = self.post(&self.officer, &format!("{}/matching-rounds", round.path()), Some(body));
        format!("/api/v1/matching-rounds/{}", reply.id())
    }

    /// An enterprise's list; the address of the list.
    #[track_caller]
    pub fn enterprise_lists(&self, matching: &str, sponsor: &Sponsor, choices: &[&Project]) -> String {
        let ids: Vec<&str> = choices.iter().map(|project| project.id.as_str()).collect();
        let body = json!({"enterprise_id": sponsor.id, "choices": ids});
        let reply = self.post(&sponsor.rep, &format!("{matching}/preferences"), Some(body));
        format!("/api/v1/matching-preferences/{}", reply.id())
    }

    /// A project's list.
    #[track_caller]
    pub fn project_lists(&self, matching: &str, project: &Project, choices: &[&Sponsor]) -> Reply {
        let ids: Vec<&str> = choices.iter().map(|sponsor| sponsor.id.as_str()).collect();
        let body = json!({"application_id": project.id, "choices": ids});
        self.post(&project.group.admin, &format!("{matching}/preferences"), Some(body))
    }

    /// A run, and its confirmation by the director.
    #[track_caller]
    pub fn matched(&self, matching: &str) -> Reply {
        let run = self.post(&self.officer, &format!("{matching}/runs"), None);
        self.post(&self.director, &format!("/api/v1/matching-runs/{}/confirmation", run.id()), None);
        run
    }

    /// The balance of an account of a round.
    #[track_caller]
    pub fn balance(&self, round: &Round, account: &str) -> String {
        let books = self.see(&self.auditor, &format!("{}/ledger", round.path()));
        let accounts = books.at("/accounts").as_array().unwrap();
        let found = accounts.iter().find(|line| line["account"] == account).expect("such an account");
        found["balance"].as_str().unwrap().to_owned()
    }
}

/// The two lines of [`content`] with what the fund gives.
pub fn refined_budget(amount: &str) -> Value {
    json!({"budget_lines": [{"position": 0, "amount": amount}, {"position": 1, "amount": "1000.00"}]})
}
