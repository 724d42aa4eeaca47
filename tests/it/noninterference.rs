//! Who scored what, and when, changes nothing that anybody but the office sees (trust.md S2 and §5, numbers 15–21).
//!
//! Two worlds are built on two databases. They differ in who the experts are, in which of them got which application, in
//! the hours at which that was done, in recusals and in sheets that were taken back; what comes out of it — the scores — is
//! the same. At each stage every GET of the document is asked by applicants, a host, another expert, a sponsor, a
//! community worker and the public, with every id there is, with filters and sorts that somebody might guess; and every
//! write of the review is tried. The answers must be the same byte for byte, ids masked — times are not masked, because
//! nothing that an assignment or a sheet does may leave one.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{
    APPROVAL_DAY, Client, DECISION_DAY, Expert, Group, Kind, Office, Person, Project, REVIEW_DAY, Reply,
    Round, Sponsor, TestApp, content, contract,
};

on_both!(who_scored_what_changes_nothing_that_others_see, a_blind_round_is_no_different);

/// What differs between the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    One,
    Other,
}

struct World<'a> {
    office: Office<'a>,
    round: Round,
    projects: [Project; 2],
    sponsor: Sponsor,
    experts: [Expert; 8],
    /// The sheets so far, by the other expert's first.
    sheets: Vec<String>,
    which: Which,
}

/// Answers by who asked for what.
type Answers = Vec<(String, String)>;

impl<'a> World<'a> {
    fn build(app: &'a TestApp, which: Which, blind: bool) -> Self {
        let office = Office::found(app);
        let policy = json!({"cap": "50000.00", "review": {"blind": blind}});
        let round = office.published_round("100000.00", policy);
        let filed = office.a_group(Kind::Filed);
        let group = office.a_group(Kind::Registered);
        let projects = [
            office.eligible(&round, &filed, content("30000.00")),
            office.eligible(&round, &group, content("50000.00")),
        ];
        let sponsor = office.an_enterprise(2);
        let experts = office.experts::<8>();
        Self { office, round, projects, sponsor, experts, sheets: Vec::new(), which }
    }

    /// An hour of the day of the review.
    fn at(&self, hour: u32) {
        self.office.app.move_clock_to(&format!("{REVIEW_DAY}T{hour:02}:00:00Z"));
        self.office.sign_in_everybody();
    }

    /// The expert who looks at others is given the second application at the same hour in both worlds.
    fn assign(&mut self) {
        self.office.on_the(REVIEW_DAY);
        let own = self.office.assign(&self.projects[1], &self.experts[7]);
        self.sheets.push(own);
        match self.which {
            Which::One => {
                for expert in &self.experts[..3] {
                    self.sheets.push(self.office.assign(&self.projects[0], expert));
                }
                for expert in [&self.experts[0], &self.experts[3]] {
                    self.sheets.push(self.office.assign(&self.projects[1], expert));
                }
            }
            Which::Other => {
                self.at(5);
                for expert in [&self.experts[6], &self.experts[2]] {
                    self.sheets.push(self.office.assign(&self.projects[1], expert));
                }
                for expert in &self.experts[3..6] {
                    self.sheets.push(self.office.assign(&self.projects[0], expert));
                }
                let friend = &self.experts[1];
                let sheet = self.office.assign(&self.projects[0], friend);
                let version = self.office.version(&friend.person, &sheet);
                let tie = json!({"kind": "friend", "evidence": "邻居"});
                self.office.step(&friend.person, &format!("{sheet}/recusal"), version, Some(tie));
            }
        }
        self.at(7);
    }

    /// Everybody but one of the first application has handed in.
    fn score(&mut self) {
        let all = std::mem::take(&mut self.sheets);
        let totals: &[(usize, usize, &str)] = match self.which {
            // (place among the sheets, expert, total)
            Which::One => &[(0, 7, "80"), (1, 0, "85"), (2, 1, "88"), (4, 0, "76"), (5, 3, "84")],
            Which::Other => &[(0, 7, "80"), (1, 6, "84"), (2, 2, "76"), (3, 3, "88"), (4, 4, "85")],
        };
        for (place, expert, total) in totals {
            if self.which == Which::Other && *place == 3 {
                self.at(8);
            }
            self.write(&all[*place], &self.experts[*expert], total);
        }
        self.sheets = all;
        self.at(9);
    }

    fn write(&self, sheet: &str, expert: &Expert, total: &str) {
        let by = &expert.person;
        let version = self.office.version(by, sheet);
        let version = self.office.step(by, &format!("{sheet}/declaration"), version, None).version();
        let body = json!({
            "marks": crate::support::marks(total), "mark_comments": {"need": "真实", "plan": "可行"},
            "suggested_amount": "40000.00", "comment": "可行",
        });
        self.office.act(by, "PATCH", sheet, Some(body), Some(version));
        self.office.hand_in(sheet, expert);
    }

    fn complete(&mut self) {
        let (sheet, expert) = match self.which {
            Which::One => (&self.sheets[3], &self.experts[2]),
            Which::Other => (&self.sheets[5], &self.experts[5]),
        };
        self.write(sheet, expert, "82");
        self.office.on_the(DECISION_DAY);
    }

    fn decide(&self) -> String {
        self.office.decided(&self.round);
        self.office.noticed(&self.round)
    }

    fn groups(&self) -> Vec<&Group> {
        let own = self.projects.iter().map(|project| &project.group);
        own.clone().chain(own.filter_map(|group| group.host.as_deref())).collect()
    }

    /// Who looks, by what they are.
    fn observers(&self) -> Vec<(&'static str, Client)> {
        let group = |project: &Project| project.group.admin.client.clone();
        let host = self.projects[0].group.host.as_ref().expect("a filed group has a host");
        vec![
            ("an applicant", group(&self.projects[0])),
            ("another applicant", group(&self.projects[1])),
            ("a host", host.admin.client.clone()),
            ("another expert", self.experts[7].person.client.clone()),
            ("a sponsor", self.sponsor.rep.client.clone()),
            ("a community worker", self.office.worker.client.clone()),
            ("the public", self.office.app.client().without_token()),
        ]
    }

    /// What stands for each of this world's own words.
    fn masks(&self) -> Vec<(String, String)> {
        let mut masks = Vec::new();
        let mut person = |person: &Person, label: String| {
            for word in [&person.name, &person.mail(), &person.login] {
                masks.push((word.clone(), label.clone()));
            }
        };
        for (index, group) in self.groups().into_iter().enumerate() {
            person(&group.admin, format!("<admin {index}>"));
        }
        person(&self.sponsor.rep, "<rep>".to_owned());
        person(&self.experts[7].person, "<own>".to_owned());
        for (staff, role) in self.office.staff() {
            person(staff, format!("<{role}>"));
        }
        for (index, group) in self.groups().into_iter().enumerate() {
            masks.push((group.name.clone(), format!("<group {index}>")));
            let shown = self.office.see(&group.admin, &group.path());
            for field in ["/credit_code", "/filing_no", "/head_phone"] {
                if let Some(word) = shown.json.pointer(field).and_then(|value| value.as_str()) {
                    masks.push((word.to_owned(), format!("<code {index}>")));
                }
            }
        }
        for (index, project) in self.projects.iter().enumerate() {
            let payee = project.group.payee();
            let account = self.office.see(&payee.admin, &format!("{}/payee-account", payee.path()));
            masks.push((account.text("/account_number").to_owned(), format!("<account {index}>")));
        }
        let enterprise =
            self.office.see(&self.sponsor.rep, &format!("/api/v1/enterprises/{}", self.sponsor.id));
        for field in ["/name", "/credit_code"] {
            masks.push((enterprise.text(field).to_owned(), "<enterprise>".to_owned()));
        }
        let programmes = self.office.see(&self.office.officer, "/api/v1/programmes");
        for programme in programmes.items() {
            if let Some(name) = programme["name"].as_str() {
                masks.push((name.to_owned(), "<programme>".to_owned()));
            }
        }
        // What contains another goes first.
        masks.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        masks
    }

    /// The ids that somebody may try, by the name of the parameter.
    fn ids(&self) -> BTreeMap<&'static str, Vec<String>> {
        let of = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        BTreeMap::from([
            ("round_id", vec![self.round.id.clone()]),
            ("programme_id", vec![self.office.programme.clone()]),
            ("application_id", self.projects.iter().map(|project| project.id.clone()).collect()),
            ("organization_id", self.projects.iter().map(|project| project.group.id.clone()).collect()),
            ("enterprise_id", vec![self.sponsor.id.clone()]),
            // Their own sheet, and one of the first application.
            ("review_id", vec![of(&self.sheets[0]), of(&self.sheets[3])]),
            ("expert_id", vec![self.experts[3].id.clone()]),
        ])
    }

    /// Every answer that every observer gets.
    fn look(&self, notice: Option<&String>) -> Answers {
        let masks = self.masks();
        let mut ids = self.ids();
        if let Some(notice) = notice {
            ids.insert("notice_id", vec![notice.rsplit('/').next().unwrap_or_default().to_owned()]);
        }
        // Nobody writes at their own sheet here.
        let mut others = ids.clone();
        others.get_mut("review_id").expect("the sheets").remove(0);
        let mut answers = Answers::new();
        for (who, client) in self.observers() {
            for operation in contract::api_operations() {
                let is_read = operation.method == "GET";
                if !is_read && !is_of_the_review(&operation.path) {
                    continue;
                }
                for (label, path) in paths(&operation.path, if is_read { &ids } else { &others }) {
                    for query in if is_read { guesses() } else { &[""] } {
                        let request = client.request(&operation.method, &format!("{path}{query}"));
                        let reply = match (is_read, operation.takes_json()) {
                            (true, _) => request.send(),
                            (false, true) => request.json(&json!({})).if_match(1).key("guess").send(),
                            (false, false) => {
                                request.raw(operation.media(), "x").if_match(1).key("guess").send()
                            }
                        };
                        let name = format!("{who}: {} {label}{query}", operation.method);
                        answers.push((name, masked(&told(&reply), &masks)));
                    }
                }
            }
        }
        for (who, person) in [
            ("an applicant", &self.projects[0].group.admin),
            ("another applicant", &self.projects[1].group.admin),
            ("another expert", &self.experts[7].person),
            ("a sponsor", &self.sponsor.rep),
        ] {
            let mails: Vec<String> =
                self.office.app.mail_to(&person.mail()).iter().map(|mail| format!("{mail:?}")).collect();
            answers.push((format!("mail to {who}"), masked(&mails.join("\n"), &masks)));
        }
        answers
    }
}

/// What a request is guessed with: other words must be refused alike, and tell nothing.
fn guesses() -> &'static [&'static str] {
    &[
        "",
        "?limit=1",
        "?reviewer_id=0198c0de-0000-7000-8000-000000000000",
        "?sort=reviewer",
        "?include=reviews",
    ]
}

/// The writes that could tell something of the review.
fn is_of_the_review(path: &str) -> bool {
    ["/reviews", "/experts", "/panel", "/assignment", "/conflict", "/score", "/re-review", "/supervisor-note"]
        .iter()
        .any(|word| path.contains(word))
}

/// The path of an operation with every combination of ids, and what to call it in a message.
fn paths(template: &str, ids: &BTreeMap<&'static str, Vec<String>>) -> Vec<(String, String)> {
    let unknown = vec!["0198c0de-0000-7000-8000-000000000000".to_owned()];
    let mut all = vec![(String::new(), String::new())];
    for part in template.split('/').skip(1) {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let choices: Vec<(String, String)> = match parameter {
            None => vec![(part.to_owned(), part.to_owned())],
            Some(name) => {
                let known = ids.get(name).unwrap_or(&unknown);
                known.iter().enumerate().map(|(n, id)| (format!("{{{name} {n}}}"), id.clone())).collect()
            }
        };
        all = all
            .iter()
            .flat_map(|(label, path)| {
                choices.iter().map(move |(name, id)| (format!("{label}/{name}"), format!("{path}/{id}")))
            })
            .collect();
    }
    all
}

/// Status, headers and body; without what is of the request and not of the world.
fn told(reply: &Reply) -> String {
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    // When somebody signed in is their own doing, not the review's: the two worlds do it at other moments.
    let mut own = reply.json.clone();
    let body = match own.get_mut("sessions") {
        Some(sessions) => {
            *sessions = serde_json::Value::Null;
            own.to_string()
        }
        None => reply.body(),
    };
    format!("{}\n{}\n{}", reply.status, headers.join("\n"), body)
}

/// Ids, digests over ids, and this world's own words.
fn masked(text: &str, masks: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (word, label) in masks {
        text = text.replace(word.as_str(), label);
        // A phone number as those see it whose it is not.
        if word.len() == 11 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            text = text.replace(&yichuang::kernel::contact::masked(word), label);
        }
    }
    let is_id = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        if bytes.get(at..at + 64).is_some_and(|window| window.iter().all(u8::is_ascii_hexdigit)) {
            out.extend_from_slice(b"<digest>");
            at += 64;
        } else if bytes.get(at..at + 36).is_some_and(is_id) {
            out.extend_from_slice(b"<id>");
            at += 36;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    // The length follows from what was masked.
    let out = String::from_utf8(out).expect("only whole characters were replaced");
    out.lines().filter(|line| !line.starts_with("content-length:")).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_same(stage: &str, one: &Answers, other: &Answers) {
    assert_eq!(one.len(), other.len(), "{stage}: the same questions were asked");
    let different: Vec<String> = one
        .iter()
        .zip(other)
        .filter(|(a, b)| a != b)
        .map(|((name, a), (_, b))| format!("{name}\n--- one\n{a}\n--- other\n{b}"))
        .collect();
    let shown = different.iter().take(3).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(different.is_empty(), "{stage}: {} answers differ, first\n{shown}", different.len());
    let successes = one.iter().filter(|(_, told)| told.starts_with("200")).count();
    assert!(successes > 50, "{stage}: only {successes} answers of success were compared");
}

fn compare(app: &TestApp, blind: bool) {
    let second = TestApp::spawn(app.engine());
    let (mut one, mut other) =
        (World::build(app, Which::One, blind), World::build(&second, Which::Other, blind));
    for world in [&mut one, &mut other] {
        world.assign();
    }
    assert_same("assigned", &one.look(None), &other.look(None));
    for world in [&mut one, &mut other] {
        world.score();
    }
    assert_same("one sheet open", &one.look(None), &other.look(None));
    for world in [&mut one, &mut other] {
        world.complete();
    }
    assert_same("all handed in", &one.look(None), &other.look(None));
    let notices = [one.decide(), other.decide()];
    assert_same("decided", &one.look(Some(&notices[0])), &other.look(Some(&notices[1])));
    for world in [&one, &other] {
        world.office.on_the(APPROVAL_DAY);
    }
    for (world, notice) in [&one, &other].into_iter().zip(&notices) {
        world.office.approved(notice);
    }
    assert_same("approved", &one.look(Some(&notices[0])), &other.look(Some(&notices[1])));
}

fn who_scored_what_changes_nothing_that_others_see(app: &TestApp) {
    compare(app, false);
}

fn a_blind_round_is_no_different(app: &TestApp) {
    compare(app, true);
}
