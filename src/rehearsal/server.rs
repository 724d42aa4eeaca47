//! The real application on a thread of its own, with a clock that is moved by hand.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread::JoinHandle,
};

use chrono::NaiveDate;

use crate::{
    app::Application,
    config::{MailTransport, Settings},
    db::Database,
    error::Error,
    kernel::{
        password::PasswordPolicy,
        time::{ManualClock, Timestamp},
    },
};

/// A server that runs until it is stopped or dropped.
pub struct Server {
    address: SocketAddr,
    database: Database,
    settings: Settings,
    clock: ManualClock,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// The settings of a server that lives for one rehearsal: on loopback, on a free port, without mail.
///
/// Passwords are hashed as cheaply as Argon2 allows: they are random, nobody but this process can use them, and they
/// are gone with the server. An installation that others will sign in to must not be filled with these settings.
#[must_use]
pub fn throwaway(mut settings: Settings, database_url: String) -> Settings {
    settings = loopback(settings, database_url);
    settings.security.argon2_memory_kib = 8;
    settings.security.argon2_passes = 1;
    settings
}

/// The same with the passwords hashed as the settings say, for a database that is served to people afterwards.
#[must_use]
pub fn loopback(mut settings: Settings, database_url: String) -> Settings {
    settings.server.address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    settings.server.port = 0;
    settings.mail.transport = MailTransport::Off;
    // Its clock runs months ahead: what it sealed would stand before everything that is sealed in earnest.
    settings.evidence.sealer = false;
    // A rehearsal does a year's reading within a minute of its own clock.
    settings.limits.records_in_five_minutes = u32::MAX;
    settings.security.secret_key_file = PathBuf::new();
    settings.database.url = database_url;
    without_second_factors(settings)
}

/// Where one password stands for a whole office, nobody has a device, and months go by in seconds: a rehearsal and a
/// demonstration ask for no second factor and let no password expire.
#[must_use]
pub fn without_second_factors(mut settings: Settings) -> Settings {
    settings.security.require_totp = false;
    settings.security.staff_password_policy = PasswordPolicy::Asvs;
    settings
}

impl Server {
    /// Builds the application and serves it.
    pub fn start(settings: Settings, now: Timestamp) -> Result<Self, Error> {
        let clock = ManualClock::at(now);
        let application = Application::build(settings.clone(), Arc::new(clock.clone()))?;
        let (address, database) = (application.address(), application.database().clone());
        let handle = application.handle();
        let thread = std::thread::Builder::new()
            .name("rehearsal-server".to_owned())
            .spawn(move || actix_web::rt::System::new().block_on(application.serve()))
            .map_err(Error::internal)?;
        Ok(Self { address, database, settings, clock, handle, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What it was built with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its present moment.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Moves its clock to nine in the morning of a day.
    pub fn move_to(&self, day: NaiveDate) {
        self.clock.set(morning(day));
    }

    /// Stops it and waits until it has let go of the database.
    pub fn stop(mut self) -> Result<(), Error> {
        self.halt()
    }

    fn halt(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        // Every request was answered before; what is still open are idle connections. The order goes out when the
        // future is made, and the thread's end is its answer.
        drop(self.handle.stop(false));
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(Error::internal)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that fails while it is stopped has done its work.
        let _ = self.halt();
    }
}

/// Nine in the morning of a day in Asia/Shanghai.
#[must_use]
pub fn morning(day: NaiveDate) -> Timestamp {
    Timestamp::start_of(day).plus_seconds(9 * 3600)
}
