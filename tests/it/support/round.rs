//! A small round: groups, enterprises and experts, applications up to their scores. What stands here by default is
//! right in every respect, so that a test changes the one thing it is about.

use serde_json::{Value, json};

use super::{Office, Person, Reply, office::fresh_number};

/// The round's window.
pub const OPENS: &str = "2011-03-01";
pub const CLOSES: &str = "2011-03-31";
/// A Friday: the window is over, experts are at work.
pub const REVIEW_DAY: &str = "2011-04-01";

/// Which kind of group applies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Registered, with a credit code.
    Registered,
    /// Filed in its neighbourhood: a host with an account stands in for it.
    Filed,
}

/// A round of an office.
#[derive(Clone)]
pub struct Round {
    pub id: String,
}

/// A group that applies, its administrator signed in.
#[derive(Clone)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub admin: Person,
    /// Who is paid for a filed group.
    pub host: Option<Box<Group>>,
}

/// A sponsor company, its representative signed in.
#[derive(Clone)]
pub struct Sponsor {
    pub id: String,
    pub rep: Person,
}

/// An expert of the pool, signed in.
#[derive(Clone)]
pub struct Expert {
    pub id: String,
    pub person: Person,
}

/// An application and whose it is.
#[derive(Clone)]
pub struct Project {
    pub id: String,
    pub reference: String,
    pub group: Group,
}

impl Round {
    pub fn path(&self) -> String {
        format!("/api/v1/rounds/{}", self.id)
    }
}

impl Group {
    pub fn path(&self) -> String {
        format!("/api/v1/organizations/{}", self.id)
    }

    /// The organisation that is paid.
    pub fn payee(&self) -> &Self {
        self.host.as_deref().unwrap_or(self)
    }
}

impl Project {
    pub fn path(&self) -> String {
        format!("/api/v1/applications/{}", self.id)
    }
}

/// A credit code of `kind` (`52` service body, `91` firm) that checks and that nobody else has. Computed here by
/// GB 32100-2015 itself, not by the code under test.
pub fn credit_code(kind: &str) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("{kind}330203MA{:07}", fresh_number());
    let (mut sum, mut weight) = (0, 1);
    for letter in body.bytes() {
        sum += weight * ALPHABET.iter().position(|known| *known == letter).expect("a letter of the code");
        weight = weight * 3 % 31;
    }
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// A draft that breaks no rule: it asks `requested` of the fund and brings 1,000 yuan of its own.
pub fn content(requested: &str) -> Value {
    json!({
        "title": "暖巷助老",
        "domain": "elderly",
        "requested": requested,
        "own_funds": "1000.00",
        "starts_on": "2011-06-01",
        "ends_on": "2011-12-31",
        "beneficiaries": 120,
        "summary": "为独居老人提供每周两次的上门服务。",
        "budget_lines": [
            {"category": "activity", "item": "上门服务", "amount": requested, "from_fund": true},
            {"category": "volunteer", "item": "志愿者补贴", "amount": "1000.00", "from_fund": false},
        ],
    })
}

/// The marks of a sheet whose total is `total`, such as `"85.5"`: the rubric has 60 for the need and 40 for the plan.
pub fn marks(total: &str) -> Value {
    let (whole, decimals) = total.split_once('.').unwrap_or((total, "0"));
    let whole: u32 = whole.parse().expect("a total");
    let need = whole.min(60);
    json!({"need": format!("{need}.00"), "plan": format!("{}.{decimals}0", whole - need)})
}

/// The rubric of a round that nobody says otherwise about.
pub fn rubric() -> Value {
    json!({"criteria": [
        {"code": "need", "name": "需求", "max": "60.00"},
        {"code": "plan", "name": "方案", "max": "40.00"},
    ]})
}

impl Office<'_> {
    /// A round that is being prepared.
    #[track_caller]
    pub fn draft_round(&self, budget: &str, policy: Value) -> Round {
        let round = json!({
            "name": "第三届公益创投", "year": 2011, "budget": budget, "opens_on": OPENS, "closes_on": CLOSES,
        });
        let path = format!("/api/v1/programmes/{}/rounds", self.programme);
        let draft = self.post(&self.officer, &path, Some(round));
        let round = Round { id: draft.id() };
        let path = round.path();
        let version = draft.version();
        let version =
            self.act(&self.officer, "PUT", &format!("{path}/policy"), Some(policy), Some(version)).version();
        self.act(&self.officer, "PUT", &format!("{path}/rubric"), Some(rubric()), Some(version));
        round
    }

    /// A round that takes applications.
    #[track_caller]
    pub fn published_round(&self, budget: &str, policy: Value) -> Round {
        let round = self.draft_round(budget, policy);
        self.publish(&round);
        round
    }

    #[track_caller]
    pub fn publish(&self, round: &Round) -> Reply {
        let version = self.version(&self.director, &round.path());
        self.step(&self.director, &format!("{}/publication", round.path()), version, None)
    }

    /// A group whose profile and payee account are verified; a filed one with a host that consents.
    #[track_caller]
    pub fn a_group(&self, kind: Kind) -> Group {
        let group = self.an_unverified_group(kind);
        self.verify_group(&group);
        if let Some(host) = &group.host {
            self.set_account(host);
            let version = self.version(&host.admin, &group.path());
            let consent = format!("{}/fiscal-host/consent", group.path());
            self.step(&host.admin, &consent, version, None);
        } else {
            self.set_account(&group);
        }
        group
    }

    /// A group that has just registered. Its host, if it needs one, is verified.
    #[track_caller]
    pub fn an_unverified_group(&self, kind: Kind) -> Group {
        let host = (kind == Kind::Filed).then(|| {
            let host = self.an_unverified_group(Kind::Registered);
            self.verify_group(&host);
            Box::new(host)
        });
        let number = fresh_number();
        let name = format!("同行互助社 {number}");
        let profile = match &host {
            None => json!({
                "name": name, "kind": "social_service", "credit_code": credit_code("52"), "members": 20,
                "subdistrict": "月湖街道",
            }),
            Some(host) => {
                let mut profile = super::filed_details();
                let named = json!({
                    "name": name, "kind": "filed_group", "filing_no": format!("备案-{number}"),
                    "host_id": host.id, "members": 20, "subdistrict": "月湖街道",
                });
                for (field, value) in named.as_object().unwrap() {
                    profile[field] = value.clone();
                }
                profile
            }
        };
        let admin = self.join(&format!("负责人 {number}"));
        let path = format!("/api/v1/programmes/{}/organizations", self.programme);
        let id = self.post(&admin, &path, Some(profile)).id();
        Group { id, name, admin, host }
    }

    #[track_caller]
    pub fn verify_group(&self, group: &Group) {
        let version = self.version(&self.officer, &group.path());
        self.step(&self.officer, &format!("{}/verification", group.path()), version, None);
    }

    /// Gives it a verified account in its registered name.
    #[track_caller]
    pub fn set_account(&self, group: &Group) {
        let account = account(&group.name);
        let reply = self.post(&group.admin, &format!("{}/payee-account", group.path()), Some(account));
        let verification = format!("/api/v1/payee-accounts/{}/verification", reply.id());
        self.step(&self.maker, &verification, reply.version(), None);
    }

    /// A verified enterprise that wants to lead so many projects.
    #[track_caller]
    pub fn an_enterprise(&self, quota: u32) -> Sponsor {
        let number = fresh_number();
        let rep = self.join(&format!("企业代表 {number}"));
        let enterprise = json!({
            "name": format!("甬暖实业 {number}"), "credit_code": credit_code("91"), "budget": "80000.00",
            "quota": quota,
        });
        let path = format!("/api/v1/programmes/{}/enterprises", self.programme);
        let reply = self.post(&rep, &path, Some(enterprise));
        let verification = format!("/api/v1/enterprises/{}/verification", reply.id());
        self.step(&self.officer, &verification, reply.version(), None);
        Sponsor { id: reply.id(), rep }
    }

    /// An expert in the pool.
    #[track_caller]
    pub fn an_expert(&self) -> Expert {
        let number = fresh_number();
        let person = self.join(&format!("专家 {number}"));
        let expert = json!({"user_id": person.id, "name": person.name, "expertise": ["elderly"]});
        let path = format!("/api/v1/programmes/{}/experts", self.programme);
        Expert { id: self.post(&self.officer, &path, Some(expert)).id(), person }
    }

    #[track_caller]
    pub fn experts<const N: usize>(&self) -> [Expert; N] {
        std::array::from_fn(|_| self.an_expert())
    }

    /// A draft with this content.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a body is made for the call")]
    pub fn drafted(&self, round: &Round, group: &Group, content: Value) -> Project {
        let draft = json!({"organization_id": group.id, "content": content});
        let reply = self.post(&group.admin, &format!("{}/applications", round.path()), Some(draft));
        Project { id: reply.id(), reference: reply.text("/reference").to_owned(), group: group.clone() }
    }

    /// Handed in.
    #[track_caller]
    pub fn submitted(&self, round: &Round, group: &Group, content: Value) -> Project {
        let project = self.drafted(round, group, content);
        self.submit(&project);
        project
    }

    #[track_caller]
    pub fn submit(&self, project: &Project) -> Reply {
        self.move_application(&project.group.admin, project, "submission", None)
    }

    /// One of an application's own verbs.
    #[track_caller]
    pub fn move_application(&self, by: &Person, project: &Project, verb: &str, body: Option<Value>) -> Reply {
        let version = self.version(by, &project.path());
        self.step(by, &format!("{}/{verb}", project.path()), version, body)
    }

    /// Found eligible by two people.
    #[track_caller]
    pub fn eligible(&self, round: &Round, group: &Group, content: Value) -> Project {
        let project = self.submitted(round, group, content);
        self.accept(&project);
        project
    }

    #[track_caller]
    pub fn accept(&self, project: &Project) {
        self.move_application(&self.officer, project, "form-check", Some(accepting()));
        let accepted = json!({"outcome": "accept", "note": "材料齐全"});
        self.move_application(&self.street, project, "eligibility", Some(accepted));
    }

    /// Gives an application to an expert; the address of the sheet.
    #[track_caller]
    pub fn assign(&self, project: &Project, expert: &Expert) -> String {
        let review = json!({"expert_id": expert.id});
        let reply = self.post(&self.officer, &format!("{}/reviews", project.path()), Some(review));
        format!("/api/v1/reviews/{}", reply.id())
    }

    /// Assigned, declared, marked, but not handed in; the address of the sheet.
    #[track_caller]
    pub fn marked(&self, project: &Project, expert: &Expert, total: &str) -> String {
        let sheet = self.assign(project, expert);
        let by = &expert.person;
        let version = self.version(by, &sheet);
        let version = self.step(by, &format!("{sheet}/declaration"), version, None).version();
        // Whatever the marks are, nothing is owed.
        let said = json!({"need": "需求真实", "plan": "方案可行"});
        let body = json!({
            "marks": marks(total), "mark_comments": said, "suggested_amount": "40000.00", "comment": "可行",
        });
        self.act(by, "PATCH", &sheet, Some(body), Some(version));
        sheet
    }

    /// A whole sheet.
    #[track_caller]
    pub fn scored_once(&self, project: &Project, expert: &Expert, total: &str) -> String {
        let sheet = self.marked(project, expert, total);
        self.hand_in(&sheet, expert);
        sheet
    }

    #[track_caller]
    pub fn hand_in(&self, sheet: &str, expert: &Expert) {
        let version = self.version(&expert.person, sheet);
        self.step(&expert.person, &format!("{sheet}/submission"), version, None);
    }

    /// One sheet of each expert, in order.
    #[track_caller]
    pub fn scored_by(&self, project: &Project, experts: &[Expert], totals: &[&str]) {
        for (expert, total) in experts.iter().zip(totals) {
            self.scored_once(project, expert, total);
        }
    }
}

/// The first person's acceptance, with every point of the default checklist ticked off.
pub fn accepting() -> Value {
    json!({
        "outcome": "accept",
        "note": "材料齐全",
        "checklist": ["materials", "identity", "scope", "budget", "repeat"],
    })
}

/// A payee account in a name.
pub fn account(name: &str) -> Value {
    json!({
        "account_name": name, "bank_name": "宁波银行月湖支行", "bank_code": "313332082914",
        "account_number": format!("3301{:012}", fresh_number()),
    })
}
