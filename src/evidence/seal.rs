//! The sealer: one server at a time gives every audit row a leaf, binds the tree of rows in the public log, signs a
//! checkpoint and sends it out of the house.
//!
//! It works by the clock alone, so that nothing it publishes tells how much happened (docs/adr/0021). Rows are read in a
//! snapshot of their own and only the trees are written: nobody who writes audit rows ever waits for the sealer.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    model::{LogLeaf, Opening, ROWS, RowLeaf, STATEMENT, StoredCheckpoint, Tree, hash_of, row_leaf},
    note::{self, Checkpoint, Signatory},
    store::{self, stored},
    tree::{Complete, Hash},
};
use crate::{
    config::Settings,
    db::{Database, Db, Lane},
    error::Error,
    jobs::lease::{self, Lease},
    kernel::{
        contact::EmailAddress,
        digest::{hex, random_token},
        ids::JobId,
        time::{Clock, Timestamp},
    },
    outbox::{self, Letter},
};

/// How often it looks at the clock.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a lease lasts, in seconds.
const LEASE: i64 = 120;
/// How many rows one transaction takes, and how many transactions one sealing has: what is more waits for the next.
const CHUNK: i64 = 1_000;
const CHUNKS: usize = 200;
/// What of the checkpoint file is read to find its last note, in bytes.
const TAIL: u64 = 4_096;

/// Seals under one key.
pub struct Sealer {
    signatory: Signatory,
    owner: String,
    every_seconds: i64,
    file: Option<PathBuf>,
    mail_to: Vec<EmailAddress>,
    mail_every_seconds: i64,
    posts: bool,
}

impl Sealer {
    /// The sealer of these settings; makes the key where there is none.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let evidence = &settings.evidence;
        let path = key_file(settings);
        let secret = secret_key(&path)
            .map_err(|error| Error::internal(format!("evidence.key_file {}: {error}", path.display())))?;
        let mail_to = evidence.mail_to.iter().filter_map(|address| address.parse().ok()).collect();
        let file = Some(evidence.checkpoint_file.clone()).filter(|path| !path.as_os_str().is_empty());
        Ok(Self {
            signatory: Signatory::of(&origin(settings), &secret),
            owner: JobId::generate().to_string(),
            every_seconds: evidence.every_minutes * 60,
            file,
            mail_to,
            mail_every_seconds: evidence.mail_every_minutes * 60,
            posts: !evidence.webhook_url.is_empty(),
        })
    }

    /// The key it signs with.
    #[must_use]
    pub fn signatory(&self) -> &Signatory {
        &self.signatory
    }

    /// The name under which it takes the lease, for tests with two of them.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Seals where the clock has come to its next moment; none where it has not, or where another server seals.
    pub fn turn(&self, database: &Database, now: Timestamp) -> Result<Option<StoredCheckpoint>, Error> {
        let moment = moment_before(now, self.every_seconds);
        let latest = database.read_now(|conn| Ok(store::latest_checkpoint(conn)?))?;
        if latest.is_some_and(|latest| latest.sealed_at >= moment) {
            return Ok(None);
        }
        let (owner, until) = (self.owner.clone(), now.plus_seconds(LEASE));
        let taken = database.write_now(Lane::Installation, move |conn| {
            Ok(lease::take(conn, "evidence.seal", &owner, now, until)?)
        })?;
        let Some(lease) = taken else { return Ok(None) };
        for _ in 0..CHUNKS {
            if seal_rows(database, &lease)? < CHUNK {
                break;
            }
        }
        let sealed = self.publish(database, &lease, moment, now)?;
        if let (Some(file), Some(_)) = (&self.file, &sealed)
            && let Err(error) = append(database, file)
        {
            // What is missing there is appended at the next sealing.
            tracing::warn!(%error, file = %file.display(), "checkpoints could not be written to their file");
        }
        Ok(sealed)
    }

    /// The leaves of the public log and the checkpoint over them, in one transaction with what is sent.
    fn publish(
        &self,
        database: &Database,
        lease: &Lease,
        moment: Timestamp,
        now: Timestamp,
    ) -> Result<Option<StoredCheckpoint>, Error> {
        let salt = random_token().map_err(Error::internal)?;
        let (signatory, lease) = (self.signatory.clone(), lease.clone());
        let (mail_to, posts) = (self.mail_to.clone(), self.posts);
        let mail_every = self.mail_every_seconds;
        database.write_now(Lane::Installation, move |conn| {
            lease::hold(conn, &lease)?;
            lease::release(conn, &lease, now)?;
            let latest = store::latest_checkpoint(conn)?;
            if latest.as_ref().is_some_and(|latest| latest.sealed_at >= moment) {
                return Ok(None);
            }
            let checkpoint = seal_log(conn, &signatory, &salt, moment)?;
            if posts {
                outbox::enqueue_post(conn, CAUSE, &checkpoint.note, moment)?;
            }
            let mailed = latest.map(|latest| moment_before(latest.sealed_at, mail_every));
            if mailed != Some(moment_before(moment, mail_every)) {
                for address in &mail_to {
                    outbox::enqueue(conn, address, &letter(&checkpoint), moment)?;
                }
            }
            Ok(Some(checkpoint))
        })
    }
}

/// The cause of what is sent.
const CAUSE: &str = "evidence.checkpoint";

fn letter(checkpoint: &StoredCheckpoint) -> Letter {
    Letter {
        subject: format!("【益创】审计存证:{}", checkpoint.sealed_at.in_shanghai()),
        body: format!(
            "请保存本邮件。以下签名检查点可证明审计记录此后未被改写,核对方法见 docs/evidence.md。\n\
             Keep this letter. With the signed checkpoint below anybody can prove that the audit log was not rewritten \
             since; docs/evidence.md says how.\n\n{}",
            checkpoint.note
        ),
        cause: CAUSE,
    }
}

/// The last moment of the clock that is a multiple of so many seconds.
fn moment_before(now: Timestamp, seconds: i64) -> Timestamp {
    let epoch = Timestamp::from_naive(chrono::NaiveDateTime::default());
    let since = now.seconds_since(epoch);
    epoch.plus_seconds(since - since.rem_euclid(seconds.max(1)))
}

/// Gives the next rows their leaves and says how many there were.
fn seal_rows(database: &Database, lease: &Lease) -> Result<i64, Error> {
    let (rows, size) =
        database.read_now(|conn| Ok((store::unsealed(conn, CHUNK)?, store::size(conn, Tree::Rows)?)))?;
    let count = i64::try_from(rows.len()).map_err(Error::internal)?;
    if count > 0 {
        let lease = lease.clone();
        database.write_now(Lane::Installation, move |conn| {
            lease::hold(conn, &lease)?;
            append_rows(conn, size, &rows)
        })?;
    }
    Ok(count)
}

fn append_rows(conn: &mut Db, size: u64, rows: &[(String, i64, String)]) -> Result<(), Error> {
    if store::size(conn, Tree::Rows)? != size {
        return Err(Error::internal("somebody else has sealed"));
    }
    let mut edge = store::edge(conn, Tree::Rows, size)?;
    let mut nodes: Vec<(Complete, Hash)> = Vec::new();
    for (lane, seq, row_hash) in rows {
        let hash = row_leaf(lane, *seq, row_hash);
        let leaf =
            RowLeaf { position: stored(edge.size())?, lane: lane.clone(), seq: *seq, hash: hex(&hash) };
        store::insert_row_leaf(conn, &leaf)?;
        edge.push(hash, |at, hash| nodes.push((at, *hash)));
    }
    store::insert_nodes(conn, Tree::Rows, &nodes)
}

fn seal_log(
    conn: &mut Db,
    signatory: &Signatory,
    salt: &str,
    moment: Timestamp,
) -> Result<StoredCheckpoint, Error> {
    let rows = store::size(conn, Tree::Rows)?;
    let opening = Opening { salt: salt.to_owned(), size: rows, root: store::root(conn, Tree::Rows, rows)? };
    let size = store::size(conn, Tree::Log)?;
    let mut edge = store::edge(conn, Tree::Log, size)?;
    let mut nodes: Vec<(Complete, Hash)> = Vec::new();
    let mut add = |conn: &mut Db, kind: &str, subject: &str, entry: String| -> Result<(), Error> {
        let leaf = LogLeaf::new(stored(edge.size())?, kind, subject, entry);
        store::insert_log_leaf(conn, &leaf)?;
        let hash = hash_of(&leaf.hash).ok_or_else(|| Error::internal("a hash has 64 digits"))?;
        edge.push(hash, |at, hash| nodes.push((at, *hash)));
        Ok(())
    };
    for statement in store::unsealed_statements(conn)? {
        add(conn, STATEMENT, &statement.subject, statement.entry())?;
    }
    add(conn, ROWS, &moment.to_string(), opening.entry())?;
    store::insert_nodes(conn, Tree::Log, &nodes)?;
    let checkpoint = Checkpoint { origin: signatory.name().to_owned(), size: edge.size(), root: edge.root() };
    let verifier = signatory.verifier();
    store::list_key(conn, &verifier.id(), &verifier.to_string(), moment)?;
    let row = StoredCheckpoint {
        size: stored(checkpoint.size)?,
        root: hex(&checkpoint.root),
        sealed_at: moment,
        rows_size: stored(rows)?,
        key_id: verifier.id(),
        note: signatory.sign(&checkpoint),
    };
    store::insert_checkpoint(conn, &row)?;
    Ok(row)
}

/// Appends to the file every checkpoint that is later than its last.
fn append(database: &Database, path: &Path) -> Result<(), Error> {
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).open(path).map_err(Error::internal)?;
    let last = last_size(&mut file).map_err(Error::internal)?;
    let missing = database.read_now(|conn| Ok(store::checkpoints_after(conn, last, CHUNK)?))?;
    for checkpoint in missing {
        writeln!(file, "{}", checkpoint.note).map_err(Error::internal)?;
    }
    file.sync_all().map_err(Error::internal)
}

/// The size of the last checkpoint of a file.
fn last_size(file: &mut File) -> std::io::Result<i64> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let tail = String::from_utf8_lossy(&bytes);
    // The first of the tail may be cut: what cannot be read is left out from the front.
    let starts = std::iter::once(0).chain(tail.match_indices("\n\n").map(|(at, _)| at + 2));
    let notes = starts.filter_map(|at| note::read(tail.get(at..)?).ok()).find(|notes| !notes.is_empty());
    let last = notes.and_then(|notes| notes.last().map(|note| note.checkpoint.size));
    Ok(last.and_then(|size| i64::try_from(size).ok()).unwrap_or(0))
}

/// The name of the log.
fn origin(settings: &Settings) -> String {
    if !settings.evidence.origin.is_empty() {
        return settings.evidence.origin.clone();
    }
    let base = settings.server.base_url.trim_end_matches('/');
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    format!("{}/audit", host.replace('+', "-"))
}

/// Where the secret key lies.
fn key_file(settings: &Settings) -> PathBuf {
    let named = &settings.evidence.key_file;
    if !named.as_os_str().is_empty() {
        return named.clone();
    }
    match Database::file_of(&settings.database.url) {
        Some(mut file) => {
            file.as_mut_os_string().push(".evidence-key");
            file
        }
        None => PathBuf::from("yichuang.evidence-key"),
    }
}

/// The key of a file, which is made where it is not there, readable by its owner alone.
fn secret_key(path: &Path) -> Result<Hash, String> {
    use std::os::unix::fs::OpenOptionsExt;

    let told = |error: &dyn std::fmt::Display| error.to_string();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let fresh = random_token().map_err(|error| told(&error))?;
            file.write_all(format!("{fresh}\n").as_bytes()).map_err(|error| told(&error))?;
            file.sync_all().map_err(|error| told(&error))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(told(&error)),
    }
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    hash_of(text.trim()).ok_or_else(|| "it does not hold 64 hex digits".to_owned())
}

/// Works until it is dropped.
pub async fn run(database: Database, clock: Arc<dyn Clock>, sealer: Arc<Sealer>) {
    loop {
        let (database, sealer, now) = (database.clone(), Arc::clone(&sealer), clock.now());
        match tokio::task::spawn_blocking(move || sealer.turn(&database, now)).await {
            Ok(Ok(Some(checkpoint))) => tracing::debug!(size = checkpoint.size, "the audit log was sealed"),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the audit log could not be sealed"),
            Err(error) => tracing::error!(%error, "sealing broke off"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_by_the_clock_alone() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let moment = moment_before(at("2011-03-02T02:09:59.999Z"), 600);
        assert_eq!(moment, at("2011-03-02T02:00:00Z"));
        assert_eq!(moment_before(at("2011-03-02T02:10:00Z"), 600), at("2011-03-02T02:10:00Z"));
        assert_eq!(moment_before(at("2011-03-02T23:10:00Z"), 86_400), at("2011-03-02T00:00:00Z"));
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = secret_key(&path).unwrap();
        assert_eq!(secret_key(&path).unwrap(), key);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "no key").unwrap();
        assert!(secret_key(&path).unwrap_err().contains("64 hex digits"));
    }

    #[test]
    fn finds_the_last_checkpoint_of_a_long_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints");
        let signatory = Signatory::of("x/audit", &[1; 32]);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).unwrap();
        assert_eq!(last_size(&mut file).unwrap(), 0);
        for size in 1..100 {
            let checkpoint = Checkpoint { origin: "x/audit".to_owned(), size, root: [2; 32] };
            writeln!(file, "{}", signatory.sign(&checkpoint)).unwrap();
        }
        assert_eq!(last_size(&mut file).unwrap(), 99);
        assert_eq!(note::read(&std::fs::read_to_string(&path).unwrap()).unwrap().len(), 99);
    }
}
