//! `yichuang demo`: the sample round, filled in as far as the middle of its review, and served.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use serde_json::json;

use super::{complain, serve::run_until_stopped};
use crate::{
    app::Application,
    config::{MailTransport, Settings},
    error::Error,
    kernel::{
        digest::random_token,
        time::{Clock, SystemClock},
    },
    rehearsal::{self, Filled, Folder},
};

/// The port the demonstration takes if it is free.
const PORT: u16 = 8080;

/// The sample round of config/samples/haishu-2011.
const SAMPLE: &[(&str, &str)] = &[
    ("policy.toml", include_str!("../../config/samples/haishu-2011/policy.toml")),
    ("organizations.csv", include_str!("../../config/samples/haishu-2011/organizations.csv")),
    ("applications.csv", include_str!("../../config/samples/haishu-2011/applications.csv")),
    ("budget_lines.csv", include_str!("../../config/samples/haishu-2011/budget_lines.csv")),
    ("reviewers.csv", include_str!("../../config/samples/haishu-2011/reviewers.csv")),
    ("reviews.csv", include_str!("../../config/samples/haishu-2011/reviews.csv")),
    ("enterprises.csv", include_str!("../../config/samples/haishu-2011/enterprises.csv")),
    (
        "enterprise_preferences.csv",
        include_str!("../../config/samples/haishu-2011/enterprise_preferences.csv"),
    ),
    ("project_preferences.csv", include_str!("../../config/samples/haishu-2011/project_preferences.csv")),
];

/// Shows the program with a round that is in the middle of its review.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where the new database goes.
    #[arg(default_value = "./yichuang-demo")]
    directory: PathBuf,
    /// The port to serve on; without it 8080, or a free one where that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// Prints one line of JSON instead of text.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Demo, settings: Settings) -> ExitCode {
    match show(arguments, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error, 1),
    }
}

fn show(arguments: &Demo, mut settings: Settings) -> Result<(), Error> {
    std::fs::create_dir_all(&arguments.directory).map_err(Error::internal)?;
    let file = new_file(&arguments.directory);
    settings.database.url = format!("sqlite:{}", file.display());
    settings.mail.transport = MailTransport::File;
    settings.mail.directory = arguments.directory.join("mail");
    settings.server.port = arguments.port.unwrap_or_else(free_port);
    // It shows one account a role to whoever started it, on this machine alone.
    settings = rehearsal::without_second_factors(settings);
    settings.security.secret_key_file = PathBuf::new();

    let token = random_token().map_err(Error::internal)?;
    let password: String = token.chars().take(16).collect();
    let folder = sample()?;
    let today = SystemClock.now().day();
    let filled =
        rehearsal::fill_for_demo(folder, settings.clone(), settings.database.url.clone(), &password, today)?;
    if let Some(failure) = filled.summary.failures.first() {
        return Err(Error::internal(failure));
    }
    let application = Application::build(settings, Arc::new(SystemClock))?;
    announce(&format!("http://{}", application.address()), &filled, &file, arguments.json)?;
    run_until_stopped(application)
}

/// A file that is not there yet: a demonstration never writes over the one before.
fn new_file(directory: &Path) -> PathBuf {
    let numbered = (2..).map(|number| directory.join(format!("demo-{number}.db")));
    std::iter::once(directory.join("demo.db"))
        .chain(numbered)
        .find(|path| !path.exists())
        .unwrap_or_else(|| directory.join("demo.db"))
}

fn free_port() -> u16 {
    if TcpListener::bind(("127.0.0.1", PORT)).is_ok() { PORT } else { 0 }
}

/// The embedded sample, laid out as a folder for the moment it takes to read it.
fn sample() -> Result<Folder, Error> {
    let scratch = tempfile::tempdir().map_err(Error::internal)?;
    for (name, text) in SAMPLE {
        std::fs::write(scratch.path().join(name), text).map_err(Error::internal)?;
    }
    Folder::read(scratch.path()).map_err(Error::internal)
}

fn announce(url: &str, filled: &Filled, file: &Path, as_json: bool) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    let written = if as_json {
        writeln!(out, "{}", json!({"url": url, "accounts": filled.logins}))
    } else {
        writeln!(out, "{}", text(url, filled, file))
    };
    written.and_then(|()| out.flush()).map_err(Error::internal)
}

fn text(url: &str, filled: &Filled, file: &Path) -> String {
    let mut lines = vec![
        format!("益创演示 · demonstration: {url}"),
        format!("接口文档 · API documentation: {url}/docs/"),
        format!("数据库 · database: {}", file.display()),
        format!("一届正在评审 · a round in review: {url}/api/v1/rounds/{}", filled.round_id),
        String::new(),
        format!("{:<22}{:<16}{}", "角色 · role", "账号 · login", "密码 · password"),
    ];
    lines.extend(
        filled
            .logins
            .iter()
            .map(|login| format!("{:<22}{:<16}{}", login.role.to_string(), login.login, login.password)),
    );
    lines.push(String::new());
    lines.push("按 Ctrl-C 结束 · Ctrl-C ends it".to_owned());
    lines.join("\n")
}
