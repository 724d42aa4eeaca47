//! People of a story: registered through the API, signed in, each with a client of their own.

use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::json;
use yichuang::{
    commands::user,
    kernel::{role::Role, time::Clock},
    people::Registration,
};

use super::{Client, TestApp};

/// Somebody who is signed in; what a [`Client`] can, they can.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub id: String,
    pub login: String,
    pub password: String,
    pub client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Nobody of a story needs a password of their own.
const PASSWORD: &str = "correct horse battery";

/// A mobile number that nobody else in this test process has.
pub fn fresh_phone() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("138{:08}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The login of everybody who was registered in this test process, by their id.
static LOGINS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn remember(id: &str, login: &str) {
    LOGINS.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), login.to_owned());
}

/// The address that belongs to a number.
fn mail_of(phone: &str) -> String {
    format!("p{phone}@example.org")
}

impl Person {
    /// Where mail reaches somebody who was registered with an address.
    pub fn mail(&self) -> String {
        mail_of(&self.login)
    }
}

impl TestApp {
    /// Registers somebody by phone and signs them in.
    #[track_caller]
    pub fn register_person(&self, name: &str) -> Person {
        let (login, password) = (fresh_phone(), PASSWORD.to_owned());
        let registration = json!({"name": name, "phone": login, "password": password});
        let id = self.client().post("/api/v1/registrations").json(&registration).expect(201).id();
        remember(&id, &login);
        let client = self.sign_in(&login, &password);
        Person { name: name.to_owned(), id, login, password, client }
    }

    /// Registers somebody by a number that is known elsewhere too.
    #[track_caller]
    pub fn register_person_by(&self, phone: &str, name: &str) -> Person {
        let (login, password) = (phone.to_owned(), PASSWORD.to_owned());
        let registration = json!({"name": name, "phone": login, "password": password});
        let id = self.client().post("/api/v1/registrations").json(&registration).expect(201).id();
        remember(&id, &login);
        let client = self.sign_in(&login, &password);
        Person { name: name.to_owned(), id, login, password, client }
    }

    /// Registers somebody who has an e-mail address besides, and so gets mail.
    #[track_caller]
    pub fn register_person_with_mail(&self, name: &str) -> Person {
        let (login, password) = (fresh_phone(), PASSWORD.to_owned());
        let registration =
            json!({"name": name, "phone": login, "email": mail_of(&login), "password": password});
        let id = self.client().post("/api/v1/registrations").json(&registration).expect(201).id();
        remember(&id, &login);
        let client = self.sign_in(&login, &password);
        Person { name: name.to_owned(), id, login, password, client }
    }

    /// Signs in.
    #[track_caller]
    pub fn sign_in(&self, login: &str, password: &str) -> Client {
        let credentials = json!({"login": login, "password": password});
        let session = self.client().post("/api/v1/sessions").json(&credentials).expect(201);
        self.client().with_token(session.text("/token"))
    }

    /// A new session of somebody who was registered in this process.
    #[track_caller]
    pub fn sign_in_as(&self, id: &str) -> Client {
        let login = LOGINS.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        self.sign_in(&login.expect("somebody who was registered"), PASSWORD)
    }

    /// The same person with a new session: sessions end when a story moves the clock far.
    #[track_caller]
    pub fn sign_in_again(&self, person: &Person) -> Person {
        Person { client: self.sign_in(&person.login, &person.password), ..person.clone() }
    }

    /// The first account of an installation, made as `yichuang user add --role system_admin` makes it.
    #[track_caller]
    pub fn system_admin(&self) -> Person {
        self.installed("系统管理员", Some(Role::SystemAdmin))
    }

    /// An account made on the command line, with a role of the installation.
    #[track_caller]
    pub fn installed(&self, name: &str, role: Option<Role>) -> Person {
        let (login, password) = (fresh_phone(), PASSWORD.to_owned());
        let registration = Registration {
            name: name.to_owned(),
            phone: Some(login.parse().expect("a phone number")),
            email: None,
            password: Some(password.clone()),
        };
        let id = user::add(self.database(), self.settings(), registration, role, self.clock.now())
            .expect("an account made on the command line");
        let client = self.sign_in(&login, &password);
        Person { name: name.to_owned(), id: id.to_string(), login, password, client }
    }
}
