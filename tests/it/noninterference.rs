//! Who scored what, and when, changes nothing that anybody but the office sees (trust.md S2 and §5, numbers 15–21).
//!
//! Two worlds are built on two databases. They differ in who the experts are, in which of them got which application, in
//! the hours at which that was done, in recusals and in sheets that were taken back (here, with names shown), or in plans
//! and what they moved, extensions, reminders, sheets opened again, a second reading and who judges the defence (in
//! [`planned`], in a blind round); what comes out of it — the scores — is the same. At each stage every GET of the
//! document is asked by applicants, a host, another expert, a sponsor, a community worker and the public, with every id
//! there is, with every filter it has and with others that somebody might guess; and every write of the review is tried.
//! The answers must be the same byte for byte, ids masked — times are not masked, because nothing that an assignment or a
//! sheet does may leave one.

mod planned;

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{
    Client, DECISION_DAY, Expert, Group, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, Sponsor,
    TestApp, content, contract,
};

on_both!(who_scored_what_changes_nothing_that_others_see);

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
    /// What else there is in this world: addresses that somebody may try, by the name of the parameter.
    known: BTreeMap<&'static str, Vec<String>>,
    which: Which,
}

/// Answers by who asked for what.
type Answers = Vec<(String, String)>;

impl<'a> World<'a> {
    fn build(app: &'a TestApp, which: Which, round: impl FnOnce(&Office<'a>) -> Round) -> Self {
        let office = Office::found(app);
        let round = round(&office);
        let filed = office.a_group(Kind::Filed);
        let group = office.a_group(Kind::Registered);
        let projects = [
            office.eligible(&round, &filed, content("30000.00")),
            office.eligible(&round, &group, content("50000.00")),
        ];
        let sponsor = office.an_enterprise(2);
        let experts = office.experts::<8>();
        let (sheets, known) = (Vec::new(), BTreeMap::new());
        Self { office, round, projects, sponsor, experts, sheets, known, which }
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
        let mut ids = BTreeMap::from([
            ("round_id", vec![self.round.id.clone()]),
            ("programme_id", vec![self.office.programme.clone()]),
            ("application_id", self.projects.iter().map(|project| project.id.clone()).collect()),
            ("organization_id", self.projects.iter().map(|project| project.group.id.clone()).collect()),
            ("enterprise_id", vec![self.sponsor.id.clone()]),
            // Their own sheet, and one of the first application.
            ("review_id", vec![of(&self.sheets[0]), of(&self.sheets[3])]),
            ("expert_id", vec![self.experts[3].id.clone()]),
        ]);
        ids.extend(self.known.iter().map(|(name, paths)| (*name, paths.iter().map(of).collect())));
        ids
    }

    /// Every answer that every observer gets.
    fn look(&self, notice: Option<&String>, guessing: Guessing) -> Answers {
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
                    let queries = if is_read { queries(operation, &ids, guessing) } else { vec![plain()] };
                    for (said, query) in queries {
                        let request = client.request(&operation.method, &format!("{path}{query}"));
                        let reply = match (is_read, operation.takes_json()) {
                            (true, _) => request.send(),
                            (false, true) => request.json(&json!({})).if_match(1).key("guess").send(),
                            (false, false) => {
                                request.raw(operation.media(), "x").if_match(1).key("guess").send()
                            }
                        };
                        let name = format!("{who}: {} {label}{said}", operation.method);
                        answers.push((name, masked(&told(&reply), &masks)));
                    }
                }
            }
        }
        let public = self.office.app.client().without_token();
        for leaf in 0..10 {
            for question in [format!("inclusion?leaf={leaf}"), format!("consistency?from={leaf}")] {
                let reply = public.get(&format!("/api/v1/public/audit-proofs/{question}")).send();
                answers.push((question, masked(&told(&reply), &masks)));
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

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guessing {
    /// Every filter that an operation has.
    Filters,
    /// Words that it does not have too: they must be refused alike, and tell nothing.
    Everything,
}

/// No query at all.
fn plain() -> (String, String) {
    (String::new(), String::new())
}

/// The queries that an operation is asked with, and what to call them in a message.
fn queries(
    operation: &contract::Operation,
    ids: &BTreeMap<&'static str, Vec<String>>,
    guessing: Guessing,
) -> Vec<(String, String)> {
    let mut all = vec![plain()];
    let parameters = operation.json["parameters"].as_array().into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
        let name = parameter["name"].as_str().expect("a parameter has a name");
        if let Some((kind, known)) = ids.get_key_value(name) {
            let of = |(n, id): (usize, &String)| (format!("?{name}={{{kind} {n}}}"), format!("?{name}={id}"));
            all.extend(known.iter().enumerate().map(of));
        }
        let words: &[&str] = match name {
            "limit" | "batch" => &["1"],
            "state" => &["scoring", "open"],
            "domain" => &["elderly"],
            "reference" => &["HS-2011-0001"],
            // A word of their titles, and one of the experts' names.
            "q" => &["%E6%9A%96%E5%B7%B7", "%E4%B8%93%E5%AE%B6"],
            "stage" => &["desk", "defence"],
            "format" => &["xlsx", "html"],
            "names" | "unread" => &["true"],
            "from" | "to" => &["1", "2"],
            _ => &[],
        };
        all.extend(words.iter().map(|word| format!("?{name}={word}")).map(|query| (query.clone(), query)));
    }
    if guessing == Guessing::Everything {
        let others =
            ["?reviewer_id=0198c0de-0000-7000-8000-000000000000", "?sort=reviewer", "?include=reviews"];
        all.extend(others.map(|query| (query.to_owned(), query.to_owned())));
    }
    all
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
        } else if let Some(length) = hash_or_signature(bytes, at) {
            out.extend_from_slice(b"<base64>");
            at += length;
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

/// A root or a signature of a checkpoint begins here: 32 or 68 bytes in base64, with nothing of the kind before or behind. Sizes
/// are not masked.
fn hash_or_signature(bytes: &[u8], at: usize) -> Option<usize> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || [b'+', b'/', b'='].contains(byte);
    // The n of an escaped line break.
    let begins = at == 0 || !is_digit(&bytes[at - 1]) || (at >= 2 && bytes[at - 2..at] == *b"\\n");
    let length = bytes[at..].iter().take_while(|byte| is_digit(byte)).count();
    (begins && [44, 92].contains(&length) && bytes[at + length - 1] == b'=').then_some(length)
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
    let names: Vec<&str> = different.iter().filter_map(|told| told.lines().next()).collect();
    assert!(different.is_empty(), "{stage}: {} answers differ: {names:#?}, first\n{shown}", names.len());
    let successes = one.iter().filter(|(_, told)| told.starts_with("200")).count();
    assert!(successes > 50, "{stage}: only {successes} answers of success were compared");
}

/// Both logs are sealed at the same moment, however much happened before.
fn seal(one: &World<'_>, other: &World<'_>) {
    let sizes = [one, other].map(|world| world.office.app.seal().size);
    assert_eq!(sizes[0], sizes[1], "the size of the public log tells nothing");
}

fn who_scored_what_changes_nothing_that_others_see(app: &TestApp) {
    let second = TestApp::spawn(app.engine());
    let policy = json!({"cap": "50000.00"});
    let round = |office: &Office<'_>| office.published_round("100000.00", policy.clone());
    let (mut one, mut other) =
        (World::build(app, Which::One, round), World::build(&second, Which::Other, round));
    for world in [&mut one, &mut other] {
        world.assign();
    }
    let few = Guessing::Filters;
    seal(&one, &other);
    assert_same("assigned", &one.look(None, few), &other.look(None, few));
    for world in [&mut one, &mut other] {
        world.score();
    }
    let many = Guessing::Everything;
    seal(&one, &other);
    assert_same("one sheet open", &one.look(None, many), &other.look(None, many));
    for world in [&mut one, &mut other] {
        world.complete();
    }
    let notices = [one.decide(), other.decide()];
    seal(&one, &other);
    assert_same("decided", &one.look(Some(&notices[0]), few), &other.look(Some(&notices[1]), few));
}
