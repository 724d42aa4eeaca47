//! A round in which every single write is first tried in every wrong way: each try is refused with its own code and
//! leaves nothing behind. What to try follows from the OpenAPI document, so that a new route is tried too.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::{Value, json};
use yichuang::kernel::ids::ProgrammeId;

use crate::support::{
    Inspector, Office, Person, Reply, Step, TestApp, changes_nothing, contract, drive_identity, files,
    fresh_key, looked_at, whole_round,
};

on_both!(every_write_is_refused_in_every_wrong_way_first, every_route_of_the_document_is_proved);

fn every_route_of_the_document_is_proved(app: &TestApp) {
    drive_identity::first_run(app);
    let office = Office::found(app);
    let ended = whole_round(&office);
    looked_at(&office, &ended);
    let done = app.client().done();
    let all = contract::operations().iter().map(contract::Operation::name);
    let missing: Vec<String> = all.filter(|operation| !done.contains(operation)).collect();
    assert!(missing.is_empty(), "never answered with success: {missing:#?}");
}

/// What is no amount of money and no mark (trust.md §5, number 35).
fn bad_amounts() -> Vec<Value> {
    let texts = [
        "-1",
        "0.001",
        "1e3",
        "NaN",
        "Infinity",
        "1,000",
        "１００",
        " 1",
        "1 ",
        "+1",
        "0x10",
        "",
        "01",
        ".5",
        "1.",
        "10000000000000",
        "1000000000000",
        "92233720368547758.08",
        "1.00元",
    ];
    texts
        .iter()
        .map(|text| json!(text))
        .chain([json!(0.1), json!(100), json!(-1), json!(true), json!([])])
        .collect()
}

/// Somebody who holds every role — of another programme — and who administers another organisation of this one.
struct Prober<'a> {
    stranger: &'a Person,
    neighbour: OnceLock<Person>,
    /// Who made the object at an address.
    makers: Mutex<BTreeMap<String, Person>>,
    /// Where bad amounts were tried, as `operation pointer`.
    amounts: Mutex<BTreeSet<String>>,
    /// The steps that were probed: which operation, in which role, when.
    probed: Mutex<BTreeSet<String>>,
}

fn every_write_is_refused_in_every_wrong_way_first(app: &TestApp) {
    let elsewhere = Office::found(app);
    let stranger = &elsewhere.officer;
    for (_, role) in elsewhere.staff().iter().filter(|(_, role)| *role != "program_officer") {
        let member = json!({"user_id": stranger.id, "role": role});
        let path = format!("/api/v1/programmes/{}/members", elsewhere.programme);
        elsewhere.post(&elsewhere.admin, &path, Some(member));
    }
    let prober = Prober {
        stranger,
        neighbour: OnceLock::new(),
        makers: Mutex::default(),
        amounts: Mutex::default(),
        probed: Mutex::default(),
    };
    let office = Office::watched(app, Some(&prober));
    office.keep_signed_in(stranger);
    whole_round(&office);

    let tried = prober.amounts.lock().unwrap().clone();
    for pointer in [
        "/budget",
        "/cap",
        "/pass_line",
        "/criteria/0/max",
        "/content/requested",
        "/requested",
        "/own_funds",
        "/budget_lines/0/amount",
        "/marks/need",
        "/suggested_amount",
    ] {
        assert!(tried.iter().any(|place| place.ends_with(pointer)), "{pointer} was never tried: {tried:?}");
    }
}

impl Inspector for Prober<'_> {
    fn before(&self, office: &Office<'_>, step: &Step<'_>) {
        self.meet_neighbour(office);
        if !self.is_new(office, step, "before") {
            return;
        }
        let refuses = |what: &str, probe: &dyn Fn()| refuses(office, step, what, probe);
        refuses("unknown field", &|| unknown_fields(step));
        refuses("bad amount", &|| self.bad_amounts(step));
        refuses("version", &|| versions(step));
        refuses("key", &|| keys(step));
        refuses("role", &|| roles(office, step));
        refuses("stranger", &|| self.strangers(office, step));
    }

    fn after(&self, office: &Office<'_>, step: &Step<'_>, reply: &Reply) {
        self.remember(step, reply);
        if !self.is_new(office, step, reply.json["state"].as_str().unwrap_or("after")) {
            return;
        }
        if step.method == "POST" {
            refuses(office, step, "replay", &|| replays(step, reply));
        }
        refuses(office, step, "state", &|| self.wrong_states(office, step));
    }
}

/// Runs a probe, says which step it was about when it fails, and sees that nothing changed.
fn refuses(office: &Office<'_>, step: &Step<'_>, what: &str, probe: &dyn Fn()) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        changes_nothing(office.app.database(), probe);
    }));
    assert!(outcome.is_ok(), "{what}: {} {}", step.method, step.path);
}

fn unknown_fields(step: &Step<'_>) {
    if step.file.is_some() {
        other_media(step);
        return;
    }
    let mut body = step.body.clone().unwrap_or_else(|| json!({}));
    // Mass assignment (trust.md §5, number 22), and a name that has to be escaped.
    for field in ["role", "status", "owner_id", "awarded_amount", "created_at", "version", "a~/b"] {
        if body.get(field).is_some() {
            // A role that is given is a field of its own.
            continue;
        }
        body.as_object_mut().expect("an object").insert(field.to_owned(), json!("x"));
        let refused = step.with_body(body.clone()).request().refused(422, "unknown_field");
        let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
        assert_eq!(refused.faults(), [(pointer, "unknown_field".to_owned())], "{refused}");
        body.as_object_mut().expect("an object").remove(field);
    }
}

/// A route that takes raw bytes of a media type takes nothing else.
fn other_media(step: &Step<'_>) {
    for media in ["application/json", "text/plain", ""] {
        let other = Step { file: Some((media, b"{}".to_vec())), key: Some(fresh_key()), ..step.clone() };
        other.request().refused(415, "unsupported_media");
    }
}

/// Where amounts stand in a body of a story: it writes them all with two decimals.
fn amounts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let decimals =
                text.split_once('.').map(|(whole, part)| (whole.parse::<u64>().is_ok(), part.len()));
            if decimals == Some((true, 2)) {
                found.push(at.to_owned());
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| amounts(item, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| amounts(item, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

fn versions(step: &Step<'_>) {
    let Some(version) = step.version else {
        let needed = required(step.operation(), "If-Match");
        assert!(!needed, "{} is versioned but its step has no version", step.operation().name());
        return;
    };
    let without = Step { version: None, ..step.clone() };
    without.request().refused(428, "precondition_required");
    for other in [version - 1, version + 1, 0, -1, i64::MAX] {
        Step { version: Some(other), ..step.clone() }.request().refused(412, "stale");
    }
    for unreadable in ["*", "\"x\"", "W/", ""] {
        without.clone().request().header("if-match", unreadable).refused(412, "stale");
    }
}

fn required(operation: &contract::Operation, name: &str) -> bool {
    let parameters = operation.json["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    parameters.iter().any(|parameter| parameter["name"] == name && parameter["required"] == true)
}

fn keys(step: &Step<'_>) {
    if step.method != "POST" {
        return;
    }
    let without = Step { key: None, ..step.clone() };
    if required(step.operation(), "Idempotency-Key") {
        without.request().refused(400, "idempotency.key_required");
    }
    for bad in ["", "with blank", &"k".repeat(256)] {
        without.request().key(bad).refused(400, "idempotency.bad_key");
    }
}

fn x_roles(operation: &contract::Operation) -> Vec<&str> {
    operation.json["x-roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

/// 404 instead of 403 where even the office may not know of the object: drafts are their authors' alone, sheets and
/// preference lists their owners'.
fn is_hidden_from_the_office(step: &Step<'_>) -> bool {
    let own = ["/api/v1/reviews/", "/api/v1/matching-preferences/", "/api/v1/erasure-requests/"];
    let draft = || step.by.get(&parent(step).1).send().json["state"] == "draft";
    own.iter().any(|path| step.path.starts_with(path))
        || (step.path.starts_with("/api/v1/applications/") && draft())
}

fn roles(office: &Office<'_>, step: &Step<'_>) {
    let operation = step.operation();
    let allowed = x_roles(operation);
    if allowed.contains(&"signed_in") {
        return;
    }
    // What is done to another's sheet is refused to those who see it, and unknown to those who do not.
    let of_a_sheet = step.path.starts_with("/api/v1/reviews/") && !allowed.contains(&"reviewer");
    let hidden = !of_a_sheet && is_hidden_from_the_office(step);
    for (person, role) in office.staff() {
        if allowed.contains(&role) {
            continue;
        }
        let told = step.taken_by(person).request().send();
        told.assert_problem();
        // The community worker sees none of the office's files.
        let expected: &[u16] = if hidden {
            &[404]
        } else if role == "community_worker" || of_a_sheet || step.path.ends_with("/members") {
            // Who has not been given a role of the programme yet may not know of it.
            &[403, 404]
        } else {
            &[403]
        };
        assert!(expected.contains(&told.status), "{role}: {told}");
    }
}

/// The template of the object a verb belongs to, and its address.
fn parent(step: &Step<'_>) -> (String, String) {
    let template = &step.operation().path;
    let depth = template.split('/').take_while(|part| !part.starts_with('{')).count() + 1;
    let cut = |path: &str| path.split('/').take(depth).collect::<Vec<_>>().join("/");
    (cut(template), cut(&step.path))
}

impl Prober<'_> {
    /// False for a step like one that was probed before.
    fn is_new(&self, office: &Office<'_>, step: &Step<'_>, when: &str) -> bool {
        let staff = office.staff();
        let role = staff.iter().find(|(person, _)| person.id == step.by.id).map_or("own", |(_, role)| role);
        let name = format!("{} {role} {when}", step.operation().name());
        self.probed.lock().unwrap_or_else(PoisonError::into_inner).insert(name)
    }

    fn bad_amounts(&self, step: &Step<'_>) {
        let Some(body) = &step.body else { return };
        let mut places = Vec::new();
        amounts(body, "", &mut places);
        for place in places {
            for bad in bad_amounts() {
                let mut body = body.clone();
                *body.pointer_mut(&place).expect("the place of an amount") = bad;
                let refused = step.with_body(body).request().refused(422, "field.invalid");
                assert_eq!(refused.faults(), [(place.clone(), "field.invalid".to_owned())], "{refused}");
            }
            let name = format!("{} {place}", step.operation().name());
            self.amounts.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        }
    }

    /// Whoever may not know of an object is told the same as of one that is not there.
    fn strangers(&self, office: &Office<'_>, step: &Step<'_>) {
        let allowed = x_roles(step.operation());
        let has_id = step.operation().path.contains('{');
        if !has_id || allowed.contains(&"signed_in") || allowed.contains(&"system_admin") {
            return;
        }
        let (_, address) = parent(step);
        let id = address.rsplit('/').next().expect("an id");
        let nowhere = step.path.replace(id, &ProgrammeId::generate().to_string());
        let mut strangers = vec![self.stranger];
        let is_staff = office.staff().iter().any(|(person, _)| person.id == step.by.id);
        strangers.extend(self.neighbour.get().filter(|_| allowed.contains(&"org_admin") && !is_staff));
        for person in strangers {
            let told = step.taken_by(person).request().refused(404, "not_found");
            let of_nothing = step.at(&nowhere).taken_by(person).request().refused(404, "not_found");
            assert_eq!(without_request_id(&told), without_request_id(&of_nothing));
        }
    }

    fn remember(&self, step: &Step<'_>, reply: &Reply) {
        if let Some(id) = reply.json["id"].as_str() {
            let collection = step.operation().path.rsplit('/').next().expect("a name").to_owned();
            let mut makers = self.makers.lock().unwrap_or_else(PoisonError::into_inner);
            makers.insert(format!("/api/v1/{collection}/{id}"), step.by.clone());
        }
    }

    /// Every verb of the object that does not start from its present state is refused to the one whose verb it is.
    fn wrong_states(&self, office: &Office<'_>, step: &Step<'_>) {
        let (template, address) = parent(step);
        let Some(object) = contract::find("GET", &address).map(|_| step.by.get(&address).send()) else {
            return;
        };
        let Some(state) = object.json["state"].as_str() else { return };
        for operation in contract::operations() {
            let is_verb = operation.path == template || operation.path.starts_with(&format!("{template}/"));
            let states = operation.json["x-states"].as_array().map(Vec::as_slice).unwrap_or_default();
            if !is_verb || states.is_empty() || states.iter().any(|from| from == state) {
                continue;
            }
            let Some(person) = self.person_for(office, step, operation, &address) else { continue };
            // A part of an object has a version of its own; what is created below it goes by the object's.
            let path = operation.path.replace(&template, &address).replace("{section}", "cover");
            if path.contains('{') {
                // A part of the object with an id of its own: there is none to try it with.
                continue;
            }
            let is_part = ["PATCH", "PUT"].contains(&operation.method.as_str());
            let part = contract::find("GET", &path).filter(|_| is_part).map(|_| step.by.get(&path).send());
            let version =
                part.filter(|part| part.header("etag").is_some()).map_or(object.version(), |p| p.version());
            let request = person.request(&operation.method, &path).key(&fresh_key()).if_match(version);
            let refused = if operation.takes_file() {
                request.form(&files::upload("any", "any.pdf", &files::pdf("any"))).send()
            } else {
                request.raw(operation.media(), "{}").send()
            };
            refused.assert_problem();
            // Who has stepped back has a conflict, which is told before the state.
            let conflict = refused.status == 403 && refused.text("/code") == "review.conflict";
            // Nobody else may know of a draft, and nothing can be done with one but to go on with it.
            let unknown = refused.status == 404 && state == "draft";
            assert!(refused.status == 409 || conflict || unknown, "{state}: {refused}");
        }
    }

    fn person_for(
        &self,
        office: &Office<'_>,
        step: &Step<'_>,
        operation: &contract::Operation,
        address: &str,
    ) -> Option<Person> {
        let roles = x_roles(operation);
        if let Some((person, _)) = office.staff().into_iter().find(|(_, role)| roles.contains(role)) {
            return Some(person.clone());
        }
        let makers = self.makers.lock().unwrap_or_else(PoisonError::into_inner);
        // What an expert does below a round says nothing of what its applicants do there.
        let is_expert = x_roles(step.operation()) == ["reviewer"];
        let own = !is_expert && roles.iter().any(|role| ["org_admin", "sponsor_rep"].contains(role));
        let maker = makers.get(address).filter(|_| own).cloned();
        // A sheet was made by the officer but is the expert's.
        let is_staff = |person: &Person| office.staff().iter().any(|(staff, _)| staff.id == person.id);
        let maker = maker.filter(|person| !is_staff(person));
        maker.or_else(|| (!is_staff(step.by) && (own || roles == ["reviewer"])).then(|| step.by.clone()))
    }

    /// Once there is a programme, another organisation registers with it.
    fn meet_neighbour(&self, office: &Office<'_>) {
        if office.programme.is_empty() || self.neighbour.get().is_some() {
            return;
        }
        let person = office.join("邻居");
        let profile =
            json!({"name": "邻里互助社", "kind": "association", "members": 3, "subdistrict": "白云街道"});
        let path = format!("/api/v1/programmes/{}/organizations", office.programme);
        person.post(&path).json(&profile).expect(201);
        self.neighbour.get_or_init(|| person);
    }
}

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json.clone();
    body["request_id"] = json!("the only difference");
    body
}

/// The fields of an answer that hand over a secret.
const SHOWN_ONCE: [&str; 5] = ["link", "qr_svg", "code", "html", "token"];

fn is_handed_over(step: &Step<'_>) -> bool {
    ["/invitations", "/slips", "/api-tokens", "/session"].iter().any(|noun| step.path.ends_with(noun))
}

/// The same request again is answered as before; the same key with another body is refused.
fn replays(step: &Step<'_>, reply: &Reply) {
    let again = step.request().expect(reply.status);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
    if SHOWN_ONCE.iter().any(|field| reply.json.get(field).is_some()) && is_handed_over(step) {
        // A secret is stored nowhere, so it cannot be shown again.
        let mut shown = reply.json.clone();
        for field in SHOWN_ONCE {
            if shown.get(field).is_some() {
                assert!(shown[field].is_string() && again.json[field].is_null(), "{field}: {again}");
                shown[field] = Value::Null;
            }
        }
        assert_eq!(again.json, shown);
    } else {
        assert_eq!(again.bytes, reply.bytes);
    }
    assert_eq!(again.header("etag"), reply.header("etag"));
    let mut other = Step { body: Some(json!({"other": "body"})), ..step.clone() };
    if let Some((media, bytes)) = &step.file {
        other = Step { body: None, file: Some((media, [bytes.as_slice(), b"other"].concat())), ..other };
    }
    other.request().refused(422, "idempotency.key_reused");
}
