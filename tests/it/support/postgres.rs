//! The PostgreSQL server of a test run: the one that `TEST_DATABASE_URL` names, or a throw-away one that this process
//! starts from the installed binaries.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use yichuang::{
    db::{Db, migrations},
    kernel::digest::random_token,
};

const SCRIPT: &str = include_str!("postgres.sh");
const BINARIES: [&str; 3] = ["initdb", "pg_ctl", "postgres"];
const MISSING: &str = "The tests run on PostgreSQL too, and its server was not found, neither on PATH nor in \
    /usr/lib/postgresql. Install it (Debian and Ubuntu: apt-get install postgresql), or set TEST_DATABASE_URL to a \
    server on which databases may be created.";

/// A server on which databases may be created.
pub struct Server {
    /// `postgres://…/NAME`, the database from which others are created.
    url: String,
    /// Unique to this process: the names of its databases begin with it.
    prefix: String,
    /// Also holds the advisory lock that tells other processes that our databases are in use.
    admin: Mutex<PgConnection>,
    /// Ends the server when this process ends; a static is never dropped, but its pipe is closed all the same.
    _watchdog: Option<Child>,
}

/// The server of this process, started at the first call.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(Server::start) {
        Ok(server) => server,
        Err(why) => panic!("{why}"),
    }
}

impl Server {
    fn start() -> Result<Self, String> {
        let (url, watchdog) = match env::var("TEST_DATABASE_URL") {
            Ok(url) => (url, None),
            Err(_) => throw_away_server().map(|(url, watchdog)| (url, Some(watchdog)))?,
        };
        let admin = PgConnection::establish(&url).map_err(|error| format!("PostgreSQL: {error}"))?;
        let token = random_token().map_err(|error| error.to_string())?;
        let key = i64::from_str_radix(&token[..15], 16).map_err(|error| error.to_string())?;
        let server = Self {
            url,
            prefix: format!("yichuang_test_{key}_"),
            admin: Mutex::new(admin),
            _watchdog: watchdog,
        };
        server.execute(&format!("SELECT pg_advisory_lock({key})"))?;
        server.remove_leftovers()?;
        let template = server.name("template");
        server.execute(&format!("CREATE DATABASE {template}"))?;
        let conn = PgConnection::establish(&server.url(&template)).map_err(|error| error.to_string())?;
        migrations::run(&mut Db::Postgres(conn)).map_err(|error| format!("migrations: {error}"))?;
        Ok(server)
    }

    /// The URL of another database of this server.
    pub fn url(&self, database: &str) -> String {
        let (address, query) = match self.url.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (self.url.as_str(), String::new()),
        };
        let authority = address.find("://").map_or(0, |at| at + 3);
        let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
        format!("{}/{database}{query}", &address[..end])
    }

    /// A copy of the migrated template.
    pub fn copy_template(&self, number: u32) -> String {
        let (name, template) = (self.name(&number.to_string()), self.name("template"));
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .expect("a database for the test");
        name
    }

    pub fn drop_database(&self, name: &str) {
        if let Err(error) = self.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
            eprintln!("{name} could not be dropped: {error}");
        }
    }

    fn name(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.prefix)
    }

    /// A process that was killed leaves its databases on a server that is not its own: who holds no lock is dead.
    fn remove_leftovers(&self) -> Result<(), String> {
        #[derive(QueryableByName)]
        struct Leftover {
            #[diesel(sql_type = sql_types::Text)]
            name: String,
        }
        let leftovers: Vec<Leftover> = sql_query(
            "SELECT datname::text AS name FROM pg_database WHERE datname ~ '^yichuang_test_[0-9]+_' \
             AND NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
                 AND ((classid::bigint << 32) | objid::bigint) = split_part(datname, '_', 3)::bigint)",
        )
        .load(&mut *self.admin.lock().unwrap_or_else(PoisonError::into_inner))
        .map_err(|error| error.to_string())?;
        for leftover in leftovers {
            self.drop_database(&leftover.name);
        }
        Ok(())
    }

    fn execute(&self, sql: &str) -> Result<(), String> {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        sql_query(sql).execute(&mut *admin).map(|_| ()).map_err(|error| format!("{sql}: {error}"))
    }
}

/// Starts a server and the shell that stops it when our end of its pipe closes.
fn throw_away_server() -> Result<(String, Child), String> {
    let binaries = binaries().ok_or(MISSING)?;
    let mut watchdog = as_unprivileged(&binaries)
        .current_dir("/")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // A group of its own, so that Ctrl-C at the terminal reaches us and not the one who cleans up after us.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("PostgreSQL could not be started: {error}"))?;
    let mut output = BufReader::new(watchdog.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    output.read_line(&mut line).map_err(|error| error.to_string())?;
    if let Some(home) = line.strip_prefix("ready ") {
        let socket = home.trim_end().replace('/', "%2F");
        return Ok((format!("postgres://postgres@{socket}/postgres"), watchdog));
    }
    output.read_to_string(&mut line).map_err(|error| error.to_string())?;
    Err(format!("PostgreSQL in {} could not be started:\n{line}", binaries.display()))
}

/// PostgreSQL refuses to run as root: there it runs as the user its package made, or as nobody.
fn as_unprivileged(binaries: &Path) -> Command {
    let answers = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).stderr(Stdio::null()).output();
        output.ok().filter(|output| output.status.success()).map(|output| output.stdout)
    };
    let mut command = if answers("id", &["-u"]).is_some_and(|id| id.trim_ascii() == b"0") {
        let user = if answers("id", &["-u", "postgres"]).is_some() { "postgres" } else { "nobody" };
        let group = answers("id", &["-g", user]).unwrap_or_default();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", String::from_utf8_lossy(group.trim_ascii()).as_ref()]);
        command.args(["--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.arg("-c").arg(SCRIPT).arg("postgres.sh").arg(binaries);
    command
}

/// The folder of the server's binaries: on PATH, else Debian's newest.
fn binaries() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    debian.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    env::split_paths(&path)
        .chain(debian.into_iter().map(|(_, folder)| folder))
        .find(|folder| BINARIES.iter().all(|binary| folder.join(binary).is_file()))
}
