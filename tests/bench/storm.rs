//! The last hour before a deadline: 2,000 groups save their last edit and submit, 64 at a time, against the real
//! server on SQLite with `synchronous=FULL`: `cargo bench --bench storm`.
//!
//! The same storm passes three times over one database: as fast as the machine goes; under `strace`, which counts
//! the fsyncs of the storm; and under `strace` with 5 ms added to each of them, as an office's disk would take. Then
//! the server is killed, started again, and asked for everything that was acknowledged. Reading the same applications
//! the same way is measured in the same run, so that writing has something to be compared with.
//!
//! `STORM_GROUPS` and `STORM_CLIENTS` change the size.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement stops at the first surprise"
)]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use ureq::Agent;

const PASSWORD: &str = "correct horse battery";

fn main() {
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let (groups, clients) = (number("STORM_GROUPS", 2_000), number("STORM_CLIENTS", 64));
    let home = tempfile::tempdir().unwrap();
    let database = home.path().join("storm.db");
    let admin = add_admin(&database);
    let counts = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok();
    let log = home.path().join("fsyncs");

    let mut server = Server::start(&database, &[]);
    let storms = if counts { 3 } else { 1 };
    let began = Instant::now();
    let drafts = prepare(&server, &admin, groups, storms);
    println!("{groups} groups with {storms} drafts each were prepared in {:.1} s", seconds(began.elapsed()));

    let mut acknowledged = BTreeSet::new();
    let [first, rest @ ..] = drafts.as_slice() else { return };
    let plain = storm(&server, first, clients, &mut acknowledged);
    plain.print("as fast as it goes", None);
    let reading = read(&server, first, clients);
    println!(
        "reading the same {} applications: {reading:.0} requests/s; the storm's writes are {:.0} % of it",
        first.len(),
        plain.rate() * 100.0 / reading
    );
    for (drafts, delay) in rest.iter().zip([None, Some(5_000)]) {
        server.stop();
        let mut tracing: Vec<String> =
            ["strace", "-f", "--seccomp-bpf", "-ttt", "-e", "trace=fsync,fdatasync"].map(Into::into).to_vec();
        tracing.extend(["-o".into(), log.display().to_string()]);
        if let Some(microseconds) = delay {
            tracing.push("-e".into());
            tracing.push(format!("inject=fsync,fdatasync:delay_exit={microseconds}"));
        }
        server = Server::start(&database, &tracing);
        let heading = if delay.is_some() { "with 5 ms added to each fsync" } else { "with fsyncs counted" };
        let from = epoch();
        let result = storm(&server, drafts, clients, &mut acknowledged);
        result.print(heading, Some(fsyncs(&log, from, epoch())));
    }
    // Nothing that was acknowledged is lost, and nothing is there twice.
    server.kill();
    let server = Server::start(&database, &[]);
    let officer = server.sign_in(OFFICER);
    let mut received = BTreeSet::new();
    for reference in &acknowledged {
        let (status, seen) = server.ask(&officer, "GET", &format!("applications/{reference}"), None, None);
        assert_eq!((status, &seen["receipt"]["number"]), (200, &json!(1)), "{reference}: {seen}");
        assert_eq!(seen["state"], "submitted", "{reference}");
        received.insert(seen["reference"].as_str().unwrap().to_owned());
    }
    assert_eq!(received.len(), acknowledged.len());
    drop(server);
    let verified = yichuang(&database).arg("verify").stdout(Stdio::null()).status().unwrap();
    assert!(verified.success(), "verify found something");
    println!(
        "killed and started again: all {} acknowledged submissions are there, each once",
        received.len()
    );
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

const ADMIN: &str = "13900000000";
const OFFICER: &str = "13900000001";
const DIRECTOR: &str = "13900000002";

fn yichuang(database: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yichuang"));
    with_settings(&mut command, database);
    command
}

fn with_settings(command: &mut Command, database: &Path) {
    command
        .env("YICHUANG__DATABASE__URL", format!("sqlite:{}", database.display()))
        .env("YICHUANG__MAIL__TRANSPORT", "off")
        .env("YICHUANG__SECURITY__ARGON2_MEMORY_KIB", "8")
        .env("YICHUANG__SECURITY__ARGON2_PASSES", "1")
        // One password for everybody, and nobody has a device.
        .env("YICHUANG__SECURITY__REQUIRE_TOTP", "false")
        .env("YICHUANG__SECURITY__STAFF_PASSWORD_POLICY", "asvs")
        .env("RUST_LOG", "warn")
        .current_dir(database.parent().unwrap());
}

fn add_admin(database: &Path) -> String {
    let mut child = yichuang(database)
        .args(["user", "add", "--name", "管理员", "--phone", ADMIN, "--role", "system_admin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    ADMIN.to_owned()
}

/// The real server as a process of its own.
struct Server {
    child: Child,
    traced: bool,
    base: String,
    agent: Agent,
}

impl Server {
    fn start(database: &Path, tracing: &[String]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = match tracing {
            [] => yichuang(database),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(env!("CARGO_BIN_EXE_yichuang"));
                with_settings(&mut command, database);
                command
            }
        };
        let child = command.arg("serve").env("YICHUANG__SERVER__PORT", port.to_string()).spawn().unwrap();
        let server = Self {
            child,
            traced: !tracing.is_empty(),
            base: format!("http://127.0.0.1:{port}"),
            agent: agent(),
        };
        let patience = Instant::now() + Duration::from_secs(60);
        while server.agent.get(format!("{}/readyz", server.base)).call().is_err() {
            assert!(Instant::now() < patience, "the server does not start");
            thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// The server itself, which is a child of `strace` where it is traced.
    fn pid(&self) -> String {
        let own = self.child.id().to_string();
        if !self.traced {
            return own;
        }
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        children.split_whitespace().next().map_or(own, str::to_owned)
    }

    fn signal(&mut self, signal: &str) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let sent = Command::new("kill").args([signal, &self.pid()]).status();
        drop(sent);
        let ended = self.child.wait();
        drop(ended);
    }

    fn stop(&mut self) {
        self.signal("-TERM");
    }

    fn kill(&mut self) {
        self.signal("-KILL");
    }

    fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        version: Option<i64>,
    ) -> (u16, Value) {
        ask(&self.agent, &self.base, token, method, path, body, version)
    }

    #[track_caller]
    fn did(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        version: Option<i64>,
    ) -> Value {
        let (status, answer) = self.ask(token, method, path, body, version);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    fn register(&self, name: &str, phone: &str) -> String {
        let registration = json!({"name": name, "phone": phone, "password": PASSWORD});
        let person = self.did("", "POST", "registrations", Some(&registration), None);
        person["id"].as_str().unwrap().to_owned()
    }

    fn sign_in(&self, phone: &str) -> String {
        let credentials = json!({"login": phone, "password": PASSWORD});
        let session = self.did("", "POST", "sessions", Some(&credentials), None);
        session["token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .max_idle_connections_per_host(64);
    config.build().new_agent()
}

fn ask(
    agent: &Agent,
    base: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
    version: Option<i64>,
) -> (u16, Value) {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let key = format!("storm-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{base}/api/v1/{path}"))
        .header("authorization", format!("Bearer {token}"));
    if method == "POST" {
        request = request.header("idempotency-key", key);
    }
    if let Some(version) = version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    let mut answer = match body {
        Some(body) => {
            let request = request.header("content-type", "application/json").body(body.to_string()).unwrap();
            agent.run(request).unwrap()
        }
        None => agent.run(request.body(()).unwrap()).unwrap(),
    };
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A draft that waits for its last edit.
#[derive(Clone)]
struct Draft {
    token: String,
    id: String,
}

fn prepare(server: &Server, admin: &str, groups: usize, storms: usize) -> Vec<Vec<Draft>> {
    let (officer_id, director_id) = (server.register("专员", OFFICER), server.register("主任", DIRECTOR));
    let admin = server.sign_in(admin);
    let programme = json!({"name": "公益创投", "prefix": "HS"});
    let programme = server.did(&admin, "POST", "programmes", Some(&programme), None);
    let programme = programme["id"].as_str().unwrap().to_owned();
    for (id, role) in [(officer_id, "program_officer"), (director_id, "center_director")] {
        let member = json!({"user_id": id, "role": role});
        server.did(&admin, "POST", &format!("programmes/{programme}/members"), Some(&member), None);
    }
    let (officer, director) = (server.sign_in(OFFICER), server.sign_in(DIRECTOR));
    let today = days_since_epoch();
    let round = json!({
        "name": "截止日", "year": 2026, "budget": "2000000.00", "opens_on": day(today - 1),
        "closes_on": day(today + 2),
    });
    let round = server.did(&officer, "POST", &format!("programmes/{programme}/rounds"), Some(&round), None);
    let id = round["id"].as_str().unwrap().to_owned();
    let rubric = json!({"criteria": [{"code": "all", "name": "总评", "max": "100.00"}]});
    let version = round["version"].as_i64();
    let round = server.did(&officer, "PUT", &format!("rounds/{id}/rubric"), Some(&rubric), version);
    server.did(&director, "POST", &format!("rounds/{id}/publication"), None, round["version"].as_i64());

    let drafts = Mutex::new(vec![Vec::new(); storms]);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= groups {
                        break;
                    }
                    let own = a_group(server, &programme, &id, number, storms);
                    let mut all = drafts.lock().unwrap();
                    for (storm, draft) in all.iter_mut().zip(own) {
                        storm.push(draft);
                    }
                }
            });
        }
    });
    drafts.into_inner().unwrap()
}

fn a_group(server: &Server, programme: &str, round: &str, number: usize, storms: usize) -> Vec<Draft> {
    let phone = format!("137{number:08}");
    server.register(&format!("负责人{number}"), &phone);
    let token = server.sign_in(&phone);
    let profile = json!({
        "name": format!("互助社{number}"), "kind": "social_service", "members": 20, "subdistrict": "月湖街道",
        "credit_code": credit_code(number),
    });
    let path = format!("programmes/{programme}/organizations");
    let organization = server.did(&token, "POST", &path, Some(&profile), None);
    let content = json!({
        "title": "暖巷助老", "domain": "elderly", "requested": "50000.00", "own_funds": "1000.00",
        "starts_on": "2027-01-01", "ends_on": "2027-10-31", "beneficiaries": 120,
        "budget_lines": [
            {"category": "activity", "item": "上门服务", "amount": "50000.00", "from_fund": true},
            {"category": "volunteer", "item": "志愿者补贴", "amount": "1000.00", "from_fund": false},
        ],
    });
    let draft = json!({"organization_id": organization["id"], "content": content});
    (0..storms)
        .map(|_| {
            let path = format!("rounds/{round}/applications");
            let draft = server.did(&token, "POST", &path, Some(&draft), None);
            Draft { token: token.clone(), id: draft["id"].as_str().unwrap().to_owned() }
        })
        .collect()
}

/// GB 32100-2015, computed here so that the benchmark needs nothing of the program under measurement.
fn credit_code(number: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("52330203MB{number:07}");
    let (mut sum, mut weight) = (0, 1);
    for letter in body.bytes() {
        sum += weight * ALPHABET.iter().position(|known| *known == letter).unwrap();
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.get((31 - sum % 31) % 31).copied().unwrap();
    format!("{body}{}", char::from(check))
}

fn days_since_epoch() -> i64 {
    // The day in Ningbo, eight hours east.
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 8 * 3600;
    i64::try_from(seconds / 86_400).unwrap()
}

fn day(days: i64) -> String {
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    (epoch + chrono::Days::new(u64::try_from(days).unwrap())).to_string()
}

/// What one storm came to.
struct Storm {
    took: Duration,
    writes: usize,
    latencies: Vec<Duration>,
}

impl Storm {
    fn rate(&self) -> f64 {
        float(self.writes) / seconds(self.took)
    }

    fn print(&self, heading: &str, fsyncs: Option<usize>) {
        let at = |share: usize| {
            let place = (self.latencies.len() * share / 100).min(self.latencies.len().saturating_sub(1));
            self.latencies.get(place).map_or(0.0, |latency| seconds(*latency) * 1_000.0)
        };
        println!(
            "{heading}: {} acknowledged writes in {:.2} s: {:.0} writes/s, {:.0} submissions/s; p50 {:.0} ms, p99 \
             {:.0} ms",
            self.writes,
            seconds(self.took),
            self.rate(),
            self.rate() / 2.0,
            at(50),
            at(99),
        );
        if let Some(fsyncs) = fsyncs {
            println!(
                "    {fsyncs} fsyncs: {:.1} acknowledged writes share one",
                float(self.writes) / float(fsyncs)
            );
        }
    }
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Every draft gets its last edit and is handed in; each answer is waited for, as a browser does.
fn storm(server: &Server, drafts: &[Draft], clients: usize, acknowledged: &mut BTreeSet<String>) -> Storm {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((Vec::new(), Vec::new()));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let (agent, mut latencies, mut handed_in) = (agent(), Vec::new(), Vec::new());
                while let Some(draft) = drafts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Draft { token, id } = draft;
                    let summary =
                        json!({"fields": {"summary": "为独居老人提供每周两次的上门服务。".repeat(8)}});
                    let path = format!("applications/{id}/sections/project");
                    let sent = Instant::now();
                    let (status, saved) =
                        ask(&agent, &server.base, token, "PATCH", &path, Some(&summary), Some(1));
                    latencies.push(sent.elapsed());
                    assert_eq!(status, 200, "{saved}");
                    let version = saved["application_version"].as_i64();
                    let path = format!("applications/{id}/submission");
                    let sent = Instant::now();
                    let (status, answer) = ask(&agent, &server.base, token, "POST", &path, None, version);
                    latencies.push(sent.elapsed());
                    assert_eq!(status, 200, "{answer}");
                    handed_in.push(id.clone());
                }
                let mut done = done.lock().unwrap();
                done.0.extend(latencies);
                done.1.extend(handed_in);
            });
        }
    });
    let took = began.elapsed();
    let (mut latencies, handed_in) = done.into_inner().unwrap();
    latencies.sort();
    acknowledged.extend(handed_in);
    Storm { took, writes: latencies.len(), latencies }
}

/// Requests a second when the same clients read the same applications.
fn read(server: &Server, drafts: &[Draft], clients: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let agent = agent();
                while let Some(draft) = drafts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let path = format!("applications/{}", draft.id);
                    let (status, _) = ask(&agent, &server.base, &draft.token, "GET", &path, None, None);
                    assert_eq!(status, 200);
                }
            });
        }
    });
    float(drafts.len()) / seconds(began.elapsed())
}

/// How many fsyncs `strace` saw between two moments.
fn fsyncs(log: &PathBuf, from: f64, to: f64) -> usize {
    let text = fs::read_to_string(log).unwrap();
    text.lines()
        .filter(|line| line.contains("sync(") && !line.contains("resumed"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
        .filter(|moment| (from..=to).contains(moment))
        .count()
}
