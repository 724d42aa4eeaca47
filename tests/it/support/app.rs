//! The running application of one test.

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use actix_web::dev::ServerHandle;
use diesel::prelude::*;
use tempfile::TempDir;
use yichuang::{
    app::Application,
    attachments::Desk,
    config::{DEFAULTS, MailTransport, RetentionSettings, Settings, SmsTransport},
    db::{Database, schema::outbox},
    evidence::{Sealer, model::StoredCheckpoint},
    kernel::{
        password::PasswordPolicy,
        time::{Clock, ManualClock, Timestamp},
    },
    outbox::{Delivered, Mailer},
};

use super::{Client, Engine, database::PrivateDatabase, invariants};

/// The day on which stories begin: Wednesday, ten in the morning in Ningbo.
const BEGIN: &str = "2011-03-02T02:00:00Z";

/// The settings of identity as an installation has them by default.
pub fn with_identity(settings: &mut Settings) {
    settings.security.require_totp = true;
    settings.security.staff_password_policy = PasswordPolicy::Mlps2;
}

/// The real application on a free port, with a clock that stands until it is moved, mail kept in memory and a private
/// database. Dropping it stops it and checks the invariants.
pub struct TestApp {
    /// The time as the application sees it.
    pub clock: ManualClock,
    engine: Engine,
    settings: Settings,
    address: std::net::SocketAddr,
    client: Client,
    mailer: Mailer,
    server: Option<(ServerHandle, JoinHandle<()>)>,
    // Dropped in this order: the pool lets go of the database before it is removed.
    database: Database,
    home: PrivateDatabase,
    desk: Desk,
    files: TempDir,
}

impl TestApp {
    /// Starts one.
    #[track_caller]
    pub fn spawn(engine: Engine) -> Self {
        Self::spawn_with(engine, |_| {})
    }

    /// Starts one with other settings.
    #[track_caller]
    pub fn spawn_with(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        super::queries::count();
        let home = PrivateDatabase::create(engine);
        // The embedded defaults, not `Settings::load`: the environment of whoever runs the tests must not matter.
        let mut settings: Settings = toml::from_str(DEFAULTS).expect("the defaults");
        // Nothing is swept away in the background of a story: whose subject it is sweeps by hand.
        settings.retention = RetentionSettings {
            sign_in_codes_days: 0,
            sessions_days: 0,
            idempotency_days: 0,
            outbox_days: 0,
            notifications_days: 0,
            drafts_days: 0,
            imports_days: 0,
        };
        // A test reads within a second what people read in a day.
        settings.limits.records_in_five_minutes = 1_000_000;
        settings.limits.costly_at_once = 1_000;
        settings.server.port = 0;
        settings.database.url = home.url();
        settings.database.connections = 8;
        settings.mail.transport = MailTransport::Memory;
        settings.sms.transport = SmsTransport::Memory;
        settings.security.argon2_memory_kib = 8;
        settings.security.argon2_passes = 1;
        // Most stories are about something else: nobody has a device, and months go by. Those about identity put the
        // defaults back (`with_identity`).
        settings.security.require_totp = false;
        settings.security.staff_password_policy = PasswordPolicy::Asvs;
        let files = tempfile::tempdir().expect("a folder for the files");
        settings.attachments.directory = files.path().join("attachments");
        // Stories seal when they say so: what is done in the background would be seen in the middle of a story.
        settings.evidence.sealer = false;
        settings.evidence.key_file = files.path().join("evidence-key");
        // One key for all: two worlds that are compared differ in what happens in them alone.
        std::fs::write(&settings.evidence.key_file, "07".repeat(32)).expect("a key");
        settings.security.secret_key_file = files.path().join("yichuang.key");
        settings.security.data_keys_file = files.path().join("data.keys");
        change(&mut settings);
        let clock = ManualClock::at(moment(BEGIN));
        let application =
            Application::build(settings.clone(), Arc::new(clock.clone())).expect("the application starts");
        let address = application.address();
        let client = Client::anonymous(format!("http://{address}"));
        let (database, mailer) = (application.database().clone(), application.mailer().clone());
        let desk = application.desk().clone();
        let handle = application.handle();
        let thread = std::thread::Builder::new()
            .name("application".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(application.serve()).expect("the application serves");
            })
            .expect("a thread for the application");
        Self {
            clock,
            engine,
            settings,
            address,
            client,
            mailer,
            server: Some((handle, thread)),
            database,
            home,
            desk,
            files,
        }
    }

    /// Which database it runs on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The settings it was built with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its files.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The folder of its files.
    pub fn files(&self) -> &std::path::Path {
        &self.settings.attachments.directory
    }

    /// The database's URL, for a connection beside the application.
    pub fn database_url(&self) -> String {
        self.home.url()
    }

    /// Somebody who is not signed in.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Moves the clock on by so many seconds.
    pub fn pass(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Moves the clock to a moment such as `2011-04-30T15:59:59Z`.
    #[track_caller]
    pub fn move_clock_to(&self, to: &str) {
        self.clock.set(moment(to));
    }

    /// Seals ten minutes later and gives the checkpoint back as it was signed.
    #[track_caller]
    pub fn seal(&self) -> StoredCheckpoint {
        self.clock.advance(600);
        let sealer = Sealer::open(&self.settings).expect("a key");
        let turn = sealer.turn(&self.database, self.clock.now()).expect("the log can be sealed");
        turn.expect("ten minutes have passed")
    }

    /// Every mail so far. Waits until the application's own worker has sent what is due: a turn by hand beside it
    /// would send mails twice.
    #[track_caller]
    pub fn delivered(&self) -> Vec<Delivered> {
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            let now = self.clock.now();
            let due: i64 = self
                .database
                .read_now(|conn| {
                    let unsent = outbox::table
                        .filter(outbox::sent_at.is_null())
                        .filter(outbox::dead_at.is_null())
                        .filter(outbox::due_at.le(now));
                    Ok(unsent.count().get_result(conn)?)
                })
                .expect("the outbox can be read");
            if due == 0 {
                return self.mailer.delivered();
            }
            assert!(Instant::now() < patience, "{due} mails are still due after 20 seconds");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The text messages to one number so far.
    #[track_caller]
    pub fn texts_to(&self, phone: &str) -> Vec<String> {
        self.delivered();
        let texts = self.mailer.texts().into_iter();
        texts.filter(|text| text.recipient == phone).map(|text| text.body).collect()
    }

    /// The six digits of the latest code sent to a number.
    #[track_caller]
    pub fn code_sent_to(&self, phone: &str) -> String {
        let texts = self.texts_to(phone);
        let text = texts.iter().rfind(|text| text.contains("验证码")).expect("a text message with a code");
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6);
        digits.expect("six digits").to_owned()
    }

    /// The mails to one address so far.
    #[track_caller]
    pub fn mail_to(&self, recipient: &str) -> Vec<Delivered> {
        self.delivered().into_iter().filter(|mail| mail.recipient == recipient).collect()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.server.take() {
            // The order is given by the call; its answer is the end of the thread.
            drop(handle.stop(false));
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the application's thread panicked");
        }
        if !std::thread::panicking() {
            let violations = invariants::violations(&self.database);
            assert!(violations.is_empty(), "after the test:\n{}", violations.join("\n"));
        }
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text} is no moment: {error}"))
}

impl TestApp {
    /// How many audit rows of an action there are.
    pub fn audited(&self, action: &'static str) -> i64 {
        use yichuang::db::schema::audit_entries::dsl;

        let count = |conn: &mut yichuang::db::Db| {
            Ok(dsl::audit_entries.filter(dsl::action.eq(action)).count().get_result(conn)?)
        };
        self.database.read_now(count).expect("the audit log can be read")
    }
}
