//! An office with one person for every role, and the one door through which a story acts.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use super::{Person, Reply, TestApp, contract};

/// Looks at every step of a story before it is taken and after it was.
pub trait Inspector: Sync {
    fn before(&self, office: &Office<'_>, step: &Step<'_>);
    fn after(&self, office: &Office<'_>, step: &Step<'_>, reply: &Reply);
}

/// One write of a story.
#[derive(Clone)]
pub struct Step<'s> {
    pub by: &'s Person,
    pub method: &'s str,
    pub path: String,
    pub body: Option<Value>,
    /// Raw bytes and their media type, where the operation takes no JSON.
    pub file: Option<(&'s str, Vec<u8>)>,
    /// What `If-Match` says, where the operation asks for it.
    pub version: Option<i64>,
    /// The `Idempotency-Key`; every POST of a story has one.
    pub key: Option<String>,
}

impl Step<'_> {
    /// The request, not sent yet, so that a test can spoil it.
    pub fn request(&self) -> super::Request<'_> {
        let mut request = self.by.request(self.method, &self.path);
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        if let Some((media, bytes)) = &self.file {
            request = request.raw(media, bytes.clone());
        }
        if let Some(version) = self.version {
            request = request.if_match(version);
        }
        match &self.key {
            Some(key) if self.method == "POST" => request.key(key),
            _ => request,
        }
    }

    /// The same by somebody else, under a key of their own.
    pub fn taken_by<'o>(&self, by: &'o Person) -> Step<'o>
    where
        Self: 'o,
    {
        Step { by, key: Some(fresh_key()), ..self.clone() }
    }

    /// The same at another address.
    pub fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), key: Some(fresh_key()), ..self.clone() }
    }

    /// The same with another body.
    pub fn with_body(&self, body: Value) -> Self {
        Self { body: Some(body), key: Some(fresh_key()), ..self.clone() }
    }

    /// What the document says of it.
    #[track_caller]
    pub fn operation(&self) -> &'static contract::Operation {
        let found = contract::find(self.method, &self.path);
        found.unwrap_or_else(|| panic!("{} {} is not in the document", self.method, self.path))
    }
}

/// A programme and the people who run it, each with one role.
pub struct Office<'a> {
    pub app: &'a TestApp,
    pub programme: String,
    pub admin: Person,
    pub officer: Person,
    pub second_officer: Person,
    pub maker: Person,
    pub checker: Person,
    pub director: Person,
    pub bureau: Person,
    pub street: Person,
    pub chair: Person,
    pub supervisor: Person,
    pub auditor: Person,
    /// Has a role in the programme, but none that opens the office's files.
    pub worker: Person,
    people: Mutex<Vec<Person>>,
    inspector: Option<&'a dyn Inspector>,
}

/// A number that nobody else in this test process has.
pub fn fresh_number() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A key that was never used.
pub fn fresh_key() -> String {
    format!("key-{}", fresh_number())
}

impl<'a> Office<'a> {
    /// Founds a programme and gives the roles.
    #[track_caller]
    pub fn found(app: &'a TestApp) -> Self {
        Self::watched(app, None)
    }

    /// The same with somebody who looks at every step from the first on.
    #[track_caller]
    pub fn watched(app: &'a TestApp, inspector: Option<&'a dyn Inspector>) -> Self {
        let person = |name: &str| app.register_person_with_mail(name);
        let mut office = Self {
            app,
            programme: String::new(),
            admin: app.system_admin(),
            officer: person("项目专员甲"),
            second_officer: person("项目专员乙"),
            maker: person("经办"),
            checker: person("复核"),
            director: person("中心主任"),
            bureau: person("区民政局"),
            street: person("街道中心"),
            chair: person("评审组长"),
            supervisor: person("监督员"),
            auditor: person("审计"),
            worker: person("社区工作者"),
            people: Mutex::default(),
            inspector,
        };
        let name = format!("公益创投 {}", fresh_number());
        let programme = json!({"name": name, "prefix": "HS"});
        office.programme = office.post(&office.admin, "/api/v1/programmes", Some(programme)).id();
        for (person, role) in office.staff() {
            let member = json!({"user_id": person.id, "role": role});
            office.post(
                &office.admin,
                &format!("/api/v1/programmes/{}/members", office.programme),
                Some(member),
            );
        }
        let everybody = office.staff().into_iter().map(|(person, _)| person.clone());
        let everybody: Vec<Person> = everybody.chain([office.admin.clone()]).collect();
        office.people.lock().unwrap().extend(everybody);
        office
    }

    /// Who holds which role of the programme.
    pub fn staff(&self) -> [(&Person, &'static str); 11] {
        [
            (&self.officer, "program_officer"),
            (&self.second_officer, "program_officer"),
            (&self.maker, "finance_maker"),
            (&self.checker, "finance_checker"),
            (&self.director, "center_director"),
            (&self.bureau, "bureau_approver"),
            (&self.street, "subdistrict_officer"),
            (&self.chair, "panel_chair"),
            (&self.supervisor, "supervisor"),
            (&self.auditor, "auditor"),
            (&self.worker, "community_worker"),
        ]
    }

    /// Somebody new, who stays signed in when the clock moves.
    #[track_caller]
    pub fn join(&self, name: &str) -> Person {
        let person = self.app.register_person_with_mail(name);
        self.people.lock().unwrap_or_else(PoisonError::into_inner).push(person.clone());
        person
    }

    /// Somebody from elsewhere stays signed in too.
    pub fn keep_signed_in(&self, person: &Person) {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).push(person.clone());
    }

    /// Moves the clock to ten in the morning, Ningbo time, of a day such as `2011-04-01`, and signs everybody in
    /// again: sessions do not outlive a night.
    #[track_caller]
    pub fn on_the(&self, day: &str) {
        self.app.move_clock_to(&format!("{day}T02:00:00Z"));
        self.sign_in_everybody();
    }

    /// New sessions for everybody.
    #[track_caller]
    pub fn sign_in_everybody(&self) {
        for person in self.people.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            person.take_session_of(&self.app.sign_in_again(person));
        }
    }

    /// Creates something.
    #[track_caller]
    pub fn post(&self, by: &Person, path: &str, body: Option<Value>) -> Reply {
        self.act(by, "POST", path, body, None)
    }

    /// Moves something on that was seen in this version.
    #[track_caller]
    pub fn step(&self, by: &Person, path: &str, version: i64, body: Option<Value>) -> Reply {
        self.act(by, "POST", path, body, Some(version))
    }

    /// Sends a file.
    #[track_caller]
    pub fn send_file(&self, by: &Person, path: &str, media: &str, bytes: Vec<u8>) -> Reply {
        let file = Some((media, bytes));
        let path = path.to_owned();
        self.take(&Step { by, method: "POST", path, body: None, file, version: None, key: Some(fresh_key()) })
    }

    /// Every write of every story: it must succeed as the document says.
    #[track_caller]
    pub fn act(
        &self,
        by: &Person,
        method: &str,
        path: &str,
        body: Option<Value>,
        version: Option<i64>,
    ) -> Reply {
        let key = Some(fresh_key());
        self.take(&Step { by, method, path: path.to_owned(), body, file: None, version, key })
    }

    #[track_caller]
    fn take(&self, step: &Step<'_>) -> Reply {
        if let Some(inspector) = self.inspector {
            inspector.before(self, step);
        }
        let success = step.operation().statuses.iter().copied().find(|status| (200..300).contains(status));
        let reply = step.request().expect(success.expect("a status of success"));
        if let Some(inspector) = self.inspector {
            inspector.after(self, step, &reply);
        }
        reply
    }

    /// What stands at an address now, as this person sees it.
    #[track_caller]
    pub fn see(&self, by: &Person, path: &str) -> Reply {
        let reply = by.get(path).send();
        if reply.status != 401 {
            assert_eq!(reply.status, 200, "{reply}");
            return reply;
        }
        // Time went by: the session has been idle.
        by.take_session_of(&self.app.sign_in_again(by));
        by.get(path).expect(200)
    }

    /// The version of what stands at an address now.
    #[track_caller]
    pub fn version(&self, by: &Person, path: &str) -> i64 {
        self.see(by, path).version()
    }
}
