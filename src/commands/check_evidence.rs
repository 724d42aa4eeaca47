//! `yichuang check-evidence`: an outsider with a saved checkpoint and the public endpoints alone finds out whether the audit
//! log of a service was rewritten since. Exit 0 where all holds, 1 where not, 2 where it could not be checked.

use std::{fs::OpenOptions, io::Write, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use serde_json::Value;
use ureq::Agent;

use super::{complain, verify::read_notes};
use crate::{
    evidence::{
        model::hash_of,
        note::{self, Note, Verifier},
        tree::{Hash, is_consistent, is_included, leaf_hash},
    },
    kernel::digest::sha256_hex,
};

/// Checks a service from outside.
#[derive(Debug, Args)]
pub struct CheckEvidence {
    /// Where the service is, such as `https://fund.example.org`.
    #[arg(long)]
    url: String,
    /// The checkpoints that were saved, one after the other.
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The log's public key as `NAME+ID+KEY`, as it was noted down before; without it the service is asked for its keys.
    #[arg(long)]
    key: Vec<String>,
    /// Appends the latest checkpoint to the file; begins one that is not there yet.
    #[arg(long)]
    save: bool,
    /// Checks the evidence of a public notice too.
    #[arg(long, value_name = "ID")]
    notice: Option<String>,
}

/// Why it ends.
enum End {
    /// Something does not hold.
    Refuted(String),
    /// It could not be found out.
    Unknown(String),
}

pub fn run(arguments: &CheckEvidence) -> ExitCode {
    match check(arguments) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(End::Refuted(why)) => complain(&why, 1),
        Err(End::Unknown(why)) => complain(&why, 2),
    }
}

fn check(arguments: &CheckEvidence) -> Result<String, End> {
    let service = Service::at(&arguments.url);
    let is_first = arguments.save && !arguments.checkpoint.exists();
    let kept = if is_first { Vec::new() } else { read_notes(&arguments.checkpoint).map_err(End::Unknown)? };
    let verifiers = verifiers(&service, &arguments.key)?;
    let latest = latest(&service)?;
    signed(&latest, &verifiers, "the latest checkpoint")?;
    if let Some(longest) = kept.iter().map(|note| note.checkpoint.size).max() {
        not_shrunk(longest, latest.checkpoint.size)?;
    }
    for note in &kept {
        let size = note.checkpoint.size;
        signed(note, &verifiers, &format!("the saved checkpoint of size {size}"))?;
        grew(&service, note, &latest)?;
    }
    if let Some(id) = &arguments.notice {
        published(&service, id, &latest)?;
    }
    let size = latest.checkpoint.size;
    if arguments.save && kept.iter().all(|note| note.checkpoint.size < size) {
        save(arguments, &latest.to_string()).map_err(|error| End::Unknown(error.to_string()))?;
    }
    let key = latest.key_ids().join(", ");
    Ok(format!("the log of {size} leaves continues {} saved checkpoints (key {key})", kept.len()))
}

fn save(arguments: &CheckEvidence, note: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(&arguments.checkpoint)?;
    writeln!(file, "{note}")
}

/// The keys that were given, else those that the service names.
fn verifiers(service: &Service, given: &[String]) -> Result<Vec<Verifier>, End> {
    let texts: Vec<String> = if given.is_empty() {
        let answer = service.get("/public/audit-keys")?;
        let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(|key| key.get("verifier").and_then(Value::as_str).map(str::to_owned))
            .collect()
    } else {
        given.to_vec()
    };
    texts
        .iter()
        .map(|text| Verifier::parse(text).ok_or_else(|| End::Unknown(format!("{text} is no public key"))))
        .collect()
}

fn latest(service: &Service) -> Result<Note, End> {
    let answer = service.get("/public/audit-checkpoints?limit=1")?;
    let Some(text) = answer.pointer("/items/0/note").and_then(Value::as_str) else {
        return Err(End::Unknown("the service has no checkpoint yet".to_owned()));
    };
    let read = note::read(text).ok().and_then(|notes| notes.into_iter().next());
    read.ok_or_else(|| End::Refuted("the latest checkpoint cannot be read".to_owned()))
}

fn signed(note: &Note, verifiers: &[Verifier], what: &str) -> Result<(), End> {
    if verifiers.iter().any(|verifier| note.is_signed_by(verifier)) {
        return Ok(());
    }
    let keys = note.key_ids().join(", ");
    Err(End::Refuted(format!("{what} is signed with none of the known keys (it names {keys})")))
}

fn not_shrunk(signed: u64, left: u64) -> Result<(), End> {
    if signed <= left {
        return Ok(());
    }
    Err(End::Refuted(format!(
        "the log has shrunk: {signed} leaves were signed, {left} are left. An older copy of the database was put in place, \
         or the log was cut off."
    )))
}

/// The saved log is the beginning of the latest.
fn grew(service: &Service, kept: &Note, latest: &Note) -> Result<(), End> {
    let (old, new) = (&kept.checkpoint, &latest.checkpoint);
    let path = format!("/public/audit-proofs/consistency?from={}&to={}", old.size, new.size);
    let proof = hashes(&service.get(&path)?)?;
    if is_consistent((old.size, &old.root), (new.size, &new.root), &proof) {
        Ok(())
    } else {
        Err(End::Refuted(format!(
            "the history was rewritten: the log of {} leaves does not continue the saved one of {}",
            new.size, old.size
        )))
    }
}

/// The notice is what the log binds.
fn published(service: &Service, id: &str, latest: &Note) -> Result<(), End> {
    let answer = service.get(&format!("/public/notices/{id}/evidence"))?;
    let text = |field: &str| answer.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (content, digest, entry) = (text("content"), text("digest"), text("entry"));
    let refuted = |why: &str| Err(End::Refuted(format!("notice {id}: {why}")));
    if sha256_hex(&content) != digest {
        return refuted("the digest is not the one of its content");
    }
    if !entry.starts_with(&format!("yichuang/statement/1\nnotice/{id}\n{digest}\n")) {
        return refuted("its leaf says something else");
    }
    if answer.get("inclusion").is_none_or(Value::is_null) {
        return Err(End::Unknown(format!("notice {id} is not sealed yet; try again in a few minutes")));
    }
    let leaf = answer.pointer("/inclusion/leaf").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let size = latest.checkpoint.size;
    let proof = service.get(&format!("/public/audit-proofs/inclusion?leaf={leaf}&size={size}"))?;
    let is_there =
        is_included(&leaf_hash(entry.as_bytes()), leaf, size, &hashes(&proof)?, &latest.checkpoint.root);
    if is_there { Ok(()) } else { refuted("it is not in the log") }
}

fn hashes(answer: &Value) -> Result<Vec<Hash>, End> {
    let items = answer.get("hashes").and_then(Value::as_array).cloned().unwrap_or_default();
    items
        .iter()
        .map(|hash| hash.as_str().and_then(hash_of))
        .collect::<Option<_>>()
        .ok_or_else(|| End::Refuted("the proof cannot be read".to_owned()))
}

/// The public endpoints of a service.
struct Service {
    agent: Agent,
    base: String,
}

impl Service {
    fn at(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: config.new_agent(), base: format!("{}/api/v1", url.trim_end_matches('/')) }
    }

    fn get(&self, path: &str) -> Result<Value, End> {
        let url = format!("{}{path}", self.base);
        let unknown = |why: &dyn std::fmt::Display| End::Unknown(format!("{url}: {why}"));
        let mut answer = self.agent.get(&url).call().map_err(|error| unknown(&error))?;
        let text = answer.body_mut().read_to_string().map_err(|error| unknown(&error))?;
        if answer.status() != 200 {
            return Err(unknown(&format!("answered {}", answer.status())));
        }
        serde_json::from_str(&text).map_err(|error| unknown(&error))
    }
}
