//! How mail leaves: SMTP, a folder of files, memory (for tests), or not at all.

use std::sync::{Arc, Mutex, PoisonError};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, FileTransport, Message, Tokio1Executor, Transport,
    message::header::ContentType,
};
use secrecy::ExposeSecret;

use super::{
    CHANNEL_SMS, Mail, WEBHOOK,
    sms::{Sms, Webhook},
};
use crate::{
    config::{EvidenceSettings, MailSettings, MailTransport, SmsSettings},
    kernel::time::Timestamp,
};

/// A mail that was handed to the memory transport.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// To whom.
    pub recipient: String,
    /// What about.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// The transport of this installation.
#[derive(Clone)]
pub struct Mailer {
    from: String,
    way: Way,
    sms: Sms,
    hook: Option<Arc<Webhook>>,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    File(FileTransport),
    Memory(Arc<Mutex<Vec<Delivered>>>),
    Off,
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address or header that cannot be written.
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    /// The server will never take it: SMTP answered 5xx.
    #[error("the mail was refused for good: {0}")]
    Refused(String),
    /// The server (or the folder) did not take it this time.
    #[error("the mail was not taken: {0}")]
    NotTaken(String),
}

impl MailError {
    /// True where another try would end the same way.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Unwritable(_) | Self::Refused(_) => true,
            Self::NotTaken(_) => false,
        }
    }

    /// What an SMTP server said. That the service may not speak to the server at all (530, 534, 535, 538) is no fault of
    /// the letter: it waits until the settings are right.
    fn of_smtp(error: &lettre::transport::smtp::Error) -> Self {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let is_ours = ["530", "534", "535", "538"].contains(&code.as_str());
        if error.is_permanent() && !is_ours {
            Self::Refused(error.to_string())
        } else {
            Self::NotTaken(error.to_string())
        }
    }
}

impl Mailer {
    /// The transport that the settings name.
    pub fn from_settings(
        settings: &MailSettings,
        sms: &SmsSettings,
        evidence: &EvidenceSettings,
    ) -> Result<Self, MailError> {
        let way = match settings.transport {
            MailTransport::Off => Way::Off,
            MailTransport::Memory => Way::Memory(Arc::default()),
            MailTransport::File => {
                std::fs::create_dir_all(&settings.directory)
                    .map_err(|error| MailError::NotTaken(error.to_string()))?;
                Way::File(FileTransport::new(&settings.directory))
            }
            MailTransport::Smtp => {
                let builder =
                    AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp_url.expose_secret())
                        .map_err(|error| MailError::Unwritable(error.to_string()))?;
                Way::Smtp(builder.timeout(Some(std::time::Duration::from_secs(30))).build())
            }
        };
        let hook = if evidence.webhook_url.is_empty() {
            None
        } else {
            let EvidenceSettings { webhook_url, webhook_secret, allow_private, .. } = evidence;
            Some(Arc::new(Webhook::of(webhook_url, webhook_secret, *allow_private)?))
        };
        Ok(Self { from: settings.from.clone(), way, sms: Sms::from_settings(sms)?, hook })
    }

    /// What the memory transport has taken so far; empty for every other.
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivered> {
        match &self.way {
            Way::Memory(mails) => mails.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            _ => Vec::new(),
        }
    }

    /// The text messages that the memory transport has taken so far; empty for every other.
    #[must_use]
    pub fn texts(&self) -> Vec<Delivered> {
        self.sms.delivered()
    }

    /// Sends one mail or text message.
    pub async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), MailError> {
        if mail.channel == CHANNEL_SMS {
            return self.sms.send(mail, now).await;
        }
        if mail.recipient.as_str() == WEBHOOK {
            let Some(hook) = &self.hook else { return Ok(()) };
            let body = serde_json::json!({"id": mail.id, "kind": mail.cause, "text": mail.body});
            return hook.post(&body, now).await;
        }
        let unwritable = |error: &dyn std::fmt::Display| MailError::Unwritable(error.to_string());
        let message = Message::builder()
            .from(self.from.parse().map_err(|error| unwritable(&error))?)
            .to(mail.recipient.parse().map_err(|error| unwritable(&error))?)
            .message_id(Some(format!("<{}@yichuang>", mail.id)))
            .subject(mail.subject.as_str().to_owned())
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.as_str().to_owned())
            .map_err(|error| unwritable(&error))?;
        let not_taken = |error: &dyn std::fmt::Display| MailError::NotTaken(error.to_string());
        match &self.way {
            Way::Off => Ok(()),
            Way::Smtp(smtp) => {
                smtp.send(message).await.map(|_| ()).map_err(|error| MailError::of_smtp(&error))
            }
            Way::File(folder) => folder.send(&message).map(|_| ()).map_err(|error| not_taken(&error)),
            Way::Memory(mails) => {
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(Delivered {
                    recipient: mail.recipient.as_str().to_owned(),
                    subject: mail.subject.as_str().to_owned(),
                    body: mail.body.as_str().to_owned(),
                });
                Ok(())
            }
        }
    }
}
