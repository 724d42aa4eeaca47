//! Settings: `config/default.toml` (embedded), then a file, then `YICHUANG__SECTION__KEY`; validated at once.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

mod secret_key;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::kernel::{contact::EmailAddress, password::PasswordPolicy};

pub use secret_key::SecretKey;

/// The embedded defaults, which are also the documentation of every setting.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where it listens.
    pub server: ServerSettings,
    /// Where the data is.
    pub database: DatabaseSettings,
    /// How mail leaves.
    pub mail: MailSettings,
    /// How text messages leave.
    pub sms: SmsSettings,
    /// Passwords and sessions.
    pub security: SecuritySettings,
    /// How much one person may ask.
    pub limits: LimitSettings,
    /// How it logs.
    pub log: LogSettings,
    /// Where files are stored and how they are scanned.
    pub attachments: AttachmentSettings,
    /// How the audit log is sealed.
    pub evidence: EvidenceSettings,
    /// How long personal data is kept.
    pub retention: RetentionSettings,
}

/// `[retention]`: after so many days; 0 keeps for ever.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// One-time codes, after they have expired.
    pub sign_in_codes_days: u32,
    /// Sessions, after they have expired.
    pub sessions_days: u32,
    /// Remembered answers; at least 7, so that a retry finds its answer.
    pub idempotency_days: u32,
    /// Letters that were sent or given up.
    pub outbox_days: u32,
    /// Notices that were read.
    pub notifications_days: u32,
    /// The personal parts of drafts that were never handed in, after their last change.
    pub drafts_days: u32,
    /// The sheets of imports that are done or given up.
    pub imports_days: u32,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// The address to listen on.
    pub address: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Threads that serve requests.
    pub workers: usize,
    /// Where people reach it: links in letters and on slips begin with it, never with what a request says.
    pub base_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// `[database]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Connections in the pool.
    pub connections: u32,
}

/// `[mail]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// Which way.
    pub transport: MailTransport,
    /// The sender.
    pub from: String,
    /// The folder of the `file` transport.
    pub directory: PathBuf,
    /// The server of the `smtp` transport, with its password.
    pub smtp_url: SecretString,
}

/// Which way mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// A mail server.
    Smtp,
    /// One file a mail.
    File,
    /// Kept in memory, for tests.
    Memory,
    /// Thrown away.
    Off,
}

/// `[sms]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Which way.
    pub transport: SmsTransport,
    /// Where the `webhook` transport posts to.
    pub webhook_url: String,
    /// The key its posts are signed with.
    pub webhook_secret: SecretString,
    /// True where the webhook stands on a private address.
    pub allow_private: bool,
}

/// Which way text messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsTransport {
    /// A web address that hands them on.
    Webhook,
    /// Kept in memory, for tests.
    Memory,
    /// Not at all.
    Off,
}

/// `[security]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySettings {
    /// Memory of Argon2id in KiB.
    pub argon2_memory_kib: u32,
    /// Passes of Argon2id.
    pub argon2_passes: u32,
    /// What a password of the office's people must satisfy.
    pub staff_password_policy: PasswordPolicy,
    /// What everybody else's must satisfy.
    pub applicant_password_policy: PasswordPolicy,
    /// True where money, approval, audit and administration sign in with a second factor.
    pub require_totp: bool,
    /// Where the key lies with which secrets are sealed; empty for a file beside the database.
    pub secret_key_file: PathBuf,
    /// A session of the office's people ends after so many minutes without a request.
    pub staff_session_idle_minutes: i64,
    /// A session of everybody else ends after so many minutes without a request.
    pub session_idle_minutes: i64,
    /// A session ends after so many hours.
    pub session_hours: i64,
    /// True where accounts that nobody uses are disabled, false where they are only reported.
    pub disable_unused_accounts: bool,
    /// The file of the data keys; empty: beside the SQLite file.
    pub data_keys_file: PathBuf,
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// So long a JSON body may take.
    pub body_seconds: u64,
    /// So long a handler may take after it.
    pub handler_seconds: u64,
    /// So many exports, searches and statistics a person has at a time on one node.
    pub costly_at_once: u32,
    /// So many records a person opens one by one in five minutes on one node.
    pub records_in_five_minutes: u32,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// How a line looks.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[attachments]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentSettings {
    /// Which kind of store.
    pub store: AttachmentStore,
    /// The folder of the store `disk`.
    pub directory: PathBuf,
    /// The address of the store `s3`.
    pub s3_endpoint: String,
    /// Its region.
    pub s3_region: String,
    /// Its bucket.
    pub s3_bucket: String,
    /// Who we are there.
    pub s3_access_key: String,
    /// The secret that belongs to it.
    pub s3_secret_key: SecretString,
    /// The largest file this installation reads, whatever a round allows, in MiB.
    pub largest_file_mib: u32,
    /// Where clamd listens: empty, `HOST:PORT` or the path of a socket.
    pub clamd: String,
    /// How long an answer of clamd is waited for.
    pub clamd_timeout_seconds: u64,
}

/// Which kind of store files lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentStore {
    /// A folder of this machine.
    Disk,
    /// An S3-compatible store.
    S3,
}

impl AttachmentSettings {
    fn has_a_place(&self) -> bool {
        let s3 = [&self.s3_endpoint, &self.s3_region, &self.s3_bucket, &self.s3_access_key];
        match self.store {
            AttachmentStore::Disk => !self.directory.as_os_str().is_empty(),
            AttachmentStore::S3 => s3.iter().all(|part| !part.is_empty()),
        }
    }
}

/// `[evidence]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSettings {
    /// True where this server seals (of several one at a time does).
    pub sealer: bool,
    /// A checkpoint at every so many minutes of the clock.
    pub every_minutes: i64,
    /// The name of the log and of its keys; empty for the one of `server.base_url`.
    pub origin: String,
    /// Where the secret key lies; empty for a file beside the database.
    pub key_file: PathBuf,
    /// A file to which every checkpoint is appended; empty for none.
    pub checkpoint_file: PathBuf,
    /// Who gets checkpoints by mail.
    pub mail_to: Vec<String>,
    /// How often they get one.
    pub mail_every_minutes: i64,
    /// Where every checkpoint is posted to; empty for nowhere.
    pub webhook_url: String,
    /// The key its posts are signed with.
    pub webhook_secret: SecretString,
    /// True where the webhook stands on a private address.
    pub allow_private: bool,
    /// So many refusals of one person are put on record in a minute; more are counted.
    pub denials_per_minute: u32,
    /// How long audit rows are kept at least.
    pub keep_months: u32,
}

/// Logs are kept for six months at least (Cybersecurity Law; trust.md §8).
const KEEP_AT_LEAST: u32 = 6;

impl EvidenceSettings {
    fn rules(&self) -> [(bool, &'static str); 6] {
        let has_webhook = !self.webhook_url.is_empty();
        [
            (
                (1..=60).contains(&self.every_minutes) && 60 % self.every_minutes.max(1) == 0,
                "evidence.every_minutes must be 1 to 60 and divide an hour",
            ),
            (
                !self.origin.contains(|c: char| c.is_whitespace() || c == '+'),
                "evidence.origin has no blank and no plus in it",
            ),
            (
                self.mail_every_minutes >= self.every_minutes,
                "evidence.mail_every_minutes is below every_minutes",
            ),
            (
                self.mail_to.iter().all(|address| address.parse::<EmailAddress>().is_ok()),
                "evidence.mail_to: not an e-mail address",
            ),
            (
                !has_webhook
                    || (is_web_address(&self.webhook_url) && self.webhook_secret.expose_secret().len() >= 16),
                "evidence.webhook_url must begin with http:// or https://, and its secret have at least 16 characters",
            ),
            (
                self.keep_months >= KEEP_AT_LEAST,
                "evidence.keep_months must be at least 6: the law asks for six months of logs",
            ),
        ]
    }
}

/// What is wrong with the settings, and where.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Unreadable, unknown or of the wrong type.
    #[error("settings: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// Readable, but it cannot be meant.
    #[error("settings: {0}")]
    Unsound(&'static str),
}

impl Settings {
    /// Loads the defaults, the file if one is named, and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let mut builder =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(path) = file {
            builder = builder.add_source(config::File::from(path));
        }
        let environment = config::Environment::with_prefix("YICHUANG")
            .prefix_separator("__")
            .separator("__")
            .list_separator(",")
            .with_list_parse_key("server.trusted_proxies")
            .with_list_parse_key("evidence.mail_to")
            .try_parsing(true);
        let settings: Self = builder.add_source(environment).build()?.try_deserialize()?;
        settings.validate()?;
        Ok(settings)
    }

    /// Where the data keys lie: what is set, else beside the SQLite file, else in the folder the server runs in.
    #[must_use]
    pub fn data_keys_file(&self) -> PathBuf {
        if !self.security.data_keys_file.as_os_str().is_empty() {
            return self.security.data_keys_file.clone();
        }
        let url = self.database.url.as_str();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PathBuf::from("yichuang.keys");
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        PathBuf::from(format!("{}.keys", path.strip_prefix("//").unwrap_or(path)))
    }

    fn validate(&self) -> Result<(), SettingsError> {
        let rules = [
            (self.server.workers > 0, "server.workers must be at least 1"),
            (self.database.connections >= 2, "database.connections must be at least 2"),
            (!self.database.url.is_empty(), "database.url is missing"),
            (is_web_address(&self.server.base_url), "server.base_url must begin with http:// or https://"),
            (
                self.sms.transport != SmsTransport::Webhook || is_web_address(&self.sms.webhook_url),
                "sms.webhook_url must begin with http:// or https://",
            ),
            (
                self.sms.transport != SmsTransport::Webhook
                    || self.sms.webhook_secret.expose_secret().len() >= 16,
                "sms.webhook_secret must have at least 16 characters",
            ),
            (self.security.argon2_memory_kib >= 8, "security.argon2_memory_kib must be at least 8"),
            (self.security.argon2_passes >= 1, "security.argon2_passes must be at least 1"),
            (self.security.session_idle_minutes > 0, "security.session_idle_minutes must be positive"),
            (
                self.security.staff_session_idle_minutes > 0,
                "security.staff_session_idle_minutes must be positive",
            ),
            (self.security.session_hours > 0, "security.session_hours must be positive"),
            ((1..=600).contains(&self.limits.body_seconds), "limits.body_seconds must be 1 to 600"),
            ((1..=600).contains(&self.limits.handler_seconds), "limits.handler_seconds must be 1 to 600"),
            (self.limits.costly_at_once > 0, "limits.costly_at_once must be at least 1"),
            (self.limits.records_in_five_minutes > 0, "limits.records_in_five_minutes must be at least 1"),
            (
                self.retention.idempotency_days == 0 || self.retention.idempotency_days >= 7,
                "retention.idempotency_days must be 0 or at least 7",
            ),
            (
                self.attachments.has_a_place(),
                "attachments.directory, or for store = \"s3\" endpoint, region, bucket and access key, is missing",
            ),
            (
                (1..=1_000).contains(&self.attachments.largest_file_mib),
                "attachments.largest_file_mib must be 1 to 1000",
            ),
            (
                (1..=300).contains(&self.attachments.clamd_timeout_seconds),
                "attachments.clamd_timeout_seconds must be 1 to 300",
            ),
        ];
        rules
            .iter()
            .chain(&self.evidence.rules())
            .try_for_each(|(holds, why)| if *holds { Ok(()) } else { Err(SettingsError::Unsound(why)) })
    }
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        let settings = Settings::load(None).unwrap();
        assert_eq!(settings.server.port, 8080);
        assert_eq!(settings.mail.transport, MailTransport::File);
    }

    #[test]
    fn logs_are_kept_for_six_months_at_least() {
        let mut settings = Settings::load(None).unwrap();
        assert_eq!(settings.evidence.keep_months, 36);
        settings.evidence.keep_months = 6;
        assert!(settings.validate().is_ok());
        settings.evidence.keep_months = 5;
        assert!(settings.validate().unwrap_err().to_string().contains("evidence.keep_months"));
    }
}
