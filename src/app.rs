//! The application: built the same way by `main`, by the rehearsal and by every test.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::header, middleware::from_fn, web};
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use crate::{
    applications::remind,
    attachments::Desk,
    config::{RetentionSettings, SecretKey, Settings},
    db::{Database, Lane},
    error::Error,
    evidence::{Sealer, seal, witness},
    http::{AppState, Endpoint, Limits, UploadLimit, Witness, document, finish},
    jobs,
    kernel::{password::Passwords, time::Clock},
    outbox::{self, Mailer},
    people, reviews,
};

/// A server that listens but has not begun to serve.
pub struct Application {
    server: Server,
    address: SocketAddr,
    database: Database,
    mailer: Mailer,
    desk: Desk,
    clock: Arc<dyn Clock>,
    sealer: Option<Arc<Sealer>>,
    witness: Witness,
    disables_unused: bool,
    retention: RetentionSettings,
}

/// Every endpoint of every feature: the table from which routes and document are made.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = crate::http::front_endpoints();
    all.extend(crate::notifications::api::endpoints());
    all.extend(crate::outbox::api::endpoints());
    all.extend(crate::evidence::api::endpoints());
    all.extend(crate::letters::api::endpoints());
    all.extend(crate::people::api::endpoints());
    all.extend(crate::protection::api::endpoints());
    all.extend(crate::administration::api::endpoints());
    all.extend(crate::organizations::api::endpoints());
    all.extend(crate::enterprises::api::endpoints());
    all.extend(crate::calendar::api::endpoints());
    all.extend(crate::programmes::api::endpoints());
    all.extend(crate::ledger::api::endpoints());
    all.extend(crate::applications::api::endpoints());
    all.extend(crate::imports::api::endpoints());
    all.extend(crate::reviews::api::endpoints());
    all.extend(crate::approvals::api::endpoints());
    all.extend(crate::disbursements::api::endpoints());
    all.extend(crate::matching::api::endpoints());
    all.extend(crate::privacy::api::endpoints());
    all
}

impl Application {
    /// Opens and migrates the database, binds the port.
    pub fn build(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let database = Database::open(&settings.database.url, settings.database.connections)?;
        database.migrate()?;
        crate::db::keys::unlock(&database, &settings.data_keys_file(), clock.now())?;
        let mailer = Mailer::from_settings(&settings.mail, &settings.sms, &settings.evidence)
            .map_err(Error::internal)?;
        let desk = Desk::open(&settings.attachments)?;
        let files = web::Data::new(desk.clone());
        let largest = u64::from(settings.attachments.largest_file_mib) * 1024 * 1024;
        let largest = web::Data::new(UploadLimit(largest));
        index(&database)?;
        let sealer = settings.evidence.sealer.then(|| Sealer::open(&settings)).transpose()?.map(Arc::new);
        let witness = Witness::default();
        let security = &settings.security;
        let passwords = Passwords::new(security.argon2_memory_kib, security.argon2_passes)?;
        let key = SecretKey::load(&settings).map_err(Error::internal)?;
        let listener =
            TcpListener::bind((settings.server.address, settings.server.port)).map_err(Error::internal)?;
        let address = listener.local_addr().map_err(Error::internal)?;
        let workers = settings.server.workers;
        let disables_unused = settings.security.disable_unused_accounts;
        let retention = settings.retention;
        let table = Arc::new(endpoints());
        let state = web::Data::new(AppState {
            db: database.clone(),
            clock: Arc::clone(&clock),
            limits: Limits::new(settings.limits.clone()),
            settings,
            passwords,
            unseen: table
                .iter()
                .filter(|endpoint| endpoint.is_unseen_by_viewers())
                .map(|endpoint| (endpoint.method_name().to_owned(), endpoint.path()))
                .collect(),
            costly: table.iter().filter(|endpoint| endpoint.is_costly()).map(Endpoint::path).collect(),
            lists: table.iter().filter(|endpoint| endpoint.takes_query()).map(Endpoint::path).collect(),
            uploads: table
                .iter()
                .filter_map(|endpoint| Some((endpoint.path(), endpoint.upload()?)))
                .collect(),
            gates: table.iter().map(Endpoint::gate).collect(),
            key,
            openapi: document(&table).map_err(Error::internal)?.to_string().into(),
            recorded: table
                .iter()
                .filter_map(|endpoint| Some((endpoint.path(), endpoint.record()?)))
                .collect(),
            witness: witness.clone(),
        });
        let server = HttpServer::new(move || {
            let table = Arc::clone(&table);
            App::new()
                .app_data(state.clone())
                .app_data(files.clone())
                .app_data(largest.clone())
                .app_data(web::PayloadConfig::new(1024 * 1024))
                .wrap(from_fn(finish))
                .configure(move |config| Endpoint::register(&table, config))
                .configure(documentation)
                .default_service(web::to(|| async { Err::<HttpResponse, Error>(Error::not_found()) }))
        })
        .workers(workers)
        // A request's head comes within five seconds or not at all (trust.md §5, number 55).
        .client_request_timeout(std::time::Duration::from_secs(5))
        .client_disconnect_timeout(std::time::Duration::from_secs(1))
        .shutdown_timeout(25)
        .disable_signals()
        .listen(listener)
        .map_err(Error::internal)?
        .run();
        Ok(Self {
            server,
            address,
            database,
            mailer,
            desk,
            clock,
            sealer,
            witness,
            disables_unused,
            retention,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The database, for the command line and for tests.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The mailer, for tests.
    #[must_use]
    pub fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    /// The files, for the command line and for tests.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Stops the server: new requests are refused, those in flight are finished.
    #[must_use]
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.server.handle()
    }

    /// Serves, works off the outbox, reminds people and looks after the files until it is stopped.
    pub async fn serve(self) -> std::io::Result<()> {
        let jobs =
            jobs::run(self.database.clone(), Arc::clone(&self.clock), Arc::new(crate::imports::works()));
        let sealing = self.sealer.map(|sealer| {
            actix_web::rt::spawn(seal::run(self.database.clone(), Arc::clone(&self.clock), sealer))
        });
        let workers = [
            actix_web::rt::spawn(self.desk.run(self.database.clone(), Arc::clone(&self.clock))),
            actix_web::rt::spawn(jobs),
            actix_web::rt::spawn(remind::run(self.database.clone(), Arc::clone(&self.clock))),
            actix_web::rt::spawn(crate::privacy::retention::run(
                self.database.clone(),
                Arc::clone(&self.clock),
                self.retention,
            )),
            actix_web::rt::spawn(reviews::remind::run(self.database.clone(), Arc::clone(&self.clock))),
            actix_web::rt::spawn(witness::run(self.database.clone(), self.witness.clone())),
            actix_web::rt::spawn(people::unused::run(
                self.database.clone(),
                Arc::clone(&self.clock),
                self.disables_unused,
            )),
            actix_web::rt::spawn(outbox::worker::run(self.database.clone(), self.mailer, self.clock)),
        ];
        let outcome = self.server.await;
        workers.iter().chain(&sealing).for_each(actix_web::rt::task::JoinHandle::abort);
        // What the last requests were refused is not lost with them.
        witness::write_out(&self.database, &self.witness).await;
        outcome
    }
}

/// Makes what was stored before there was a search findable.
fn index(database: &Database) -> Result<(), Error> {
    database.write_now(Lane::Installation, |conn| {
        crate::organizations::index_missing(conn)?;
        crate::applications::index_missing(conn)?;
        Ok(())
    })
}

fn documentation(config: &mut web::ServiceConfig) {
    config
        .route(
            "/docs",
            web::get().to(|| async {
                HttpResponse::SeeOther().insert_header((header::LOCATION, "/docs/")).finish()
            }),
        )
        .service(SwaggerUi::new("/docs/{_:.*}").config(
            // Without "none" the page asks a validator on the internet.
            SwaggerConfig::new(["/api/v1/openapi.json"]).validator_url("none"),
        ));
}
