//! An S3-compatible store, spoken to over HTTP with signatures: the same stories as on a disk.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use yichuang::{
    attachments::ORPHANED_AFTER,
    config::AttachmentStore,
    kernel::{
        digest::sha256_hex,
        time::{Clock, SystemClock},
    },
};

use super::{a_draft, run};
use crate::support::{Engine, Office, TestApp, changes_nothing, files::pdf};

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A small store of objects in a bucket `files`, which refuses what is not signed.
struct Bucket {
    endpoint: String,
    objects: Objects,
    log: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (objects, log) = (Objects::default(), Arc::<Mutex<Vec<String>>>::default());
        let shared = (Arc::clone(&objects), Arc::clone(&log));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (objects, log) = shared.clone();
                std::thread::spawn(move || while answer(&stream, &objects, &log).is_some() {});
            }
        });
        Self { endpoint, objects, log }
    }

    fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

/// Answers one request; `None` where the connection ended.
fn answer(stream: &TcpStream, objects: &Objects, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    log.lock().unwrap().push(format!("{method} {target}"));
    let signed = headers.get("authorization").is_some_and(|value| {
        value.starts_with("AWS4-HMAC-SHA256 Credential=key-id/") && value.contains("/cn-test/s3/aws4_request")
    });
    let intact = headers.get("x-amz-content-sha256").is_some_and(|hash| *hash == sha256_hex(&body));
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let key = path.strip_prefix("/files").unwrap_or_default().trim_start_matches('/').to_owned();
    let mut objects = objects.lock().unwrap();
    let known = objects.get(&key).cloned();
    let (status, sent) = match (method.as_str(), known) {
        _ if !signed || (method == "PUT" && !intact) => {
            ("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>".to_vec())
        }
        ("GET", _) if query.contains("list-type=2") => ("200 OK", listing(&objects)),
        ("PUT", Some(_)) if headers.contains_key("if-none-match") => ("412 Precondition Failed", Vec::new()),
        ("PUT", _) => {
            objects.insert(key, body);
            ("200 OK", Vec::new())
        }
        ("GET" | "HEAD", Some(bytes)) => ("200 OK", bytes),
        ("DELETE", _) => {
            objects.remove(&key);
            ("204 No Content", Vec::new())
        }
        _ => ("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"x\"\r\nlast-modified: {}\r\n\r\n",
        sent.len(),
        httpdate()
    )
    .ok()?;
    if method != "HEAD" {
        stream.write_all(&sent).ok()?;
    }
    Some(())
}

fn httpdate() -> String {
    actix_web::http::header::HttpDate::from(std::time::SystemTime::now()).to_string()
}

fn listing(objects: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let now = SystemClock.now();
    let item = |(key, bytes): (&String, &Vec<u8>)| {
        let size = bytes.len();
        format!("<Contents><Key>{key}</Key><LastModified>{now}</LastModified><Size>{size}</Size></Contents>")
    };
    let items = objects.iter().map(item).collect::<Vec<_>>().concat();
    format!(
        "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
    )
    .into_bytes()
}

fn stored_in(endpoint: &str) -> TestApp {
    TestApp::spawn_with(Engine::Sqlite, |settings| {
        let files = &mut settings.attachments;
        files.store = AttachmentStore::S3;
        endpoint.clone_into(&mut files.s3_endpoint);
        "cn-test".clone_into(&mut files.s3_region);
        "files".clone_into(&mut files.s3_bucket);
        "key-id".clone_into(&mut files.s3_access_key);
        files.s3_secret_key = "secret".to_owned().into();
    })
}

#[test]
fn a_file_lies_in_the_bucket_under_its_hash() {
    let bucket = Bucket::start();
    let app = stored_in(&bucket.endpoint);
    let office = Office::found(&app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let bytes = pdf("登记证书");
    let hash = sha256_hex(&bytes);
    let file = office.attached(&project, "certificate", "登记证书.pdf", &bytes);
    assert_eq!(bucket.keys(), [format!("blobs/{}/{}/{hash}", &hash[..2], &hash[2..4])]);
    assert_eq!(project.download(by, &file.id()).expect(200).bytes, bytes);
    // The same bytes again: the store refuses the second copy, and the row is written all the same.
    let again = office.attached(&project, "site_consent", "登记证书.pdf", &bytes);
    let puts = bucket.log.lock().unwrap().iter().filter(|line| line.starts_with("PUT ")).count();
    assert!(puts >= 2, "the second copy was not offered");
    assert_eq!(run(app.desk().missing(app.database())).unwrap(), Vec::<String>::new());
    for file in [file, again] {
        by.delete(&format!("{}/{}", project.files(), file.id())).expect(204);
    }
    let collect = |seconds: i64| {
        run(app.desk().collect_orphans(app.database(), SystemClock.now().plus_seconds(seconds))).unwrap()
    };
    assert_eq!((collect(600), bucket.keys().len()), (0, 1));
    assert_eq!((collect(ORPHANED_AFTER + 600), bucket.keys().len()), (1, 0));
    assert!(!app.files().exists(), "something was written to the disk");
}

#[test]
fn without_the_bucket_only_files_fail() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let app = stored_in(&format!("http://{address}"));
    let office = Office::found(&app);
    let project = a_draft(&office);
    let sent = project.send_file(&project.group.admin, "certificate", "a.pdf", &pdf("a"));
    changes_nothing(app.database(), || sent.refused(503, "storage_unavailable"));
    office.submit(&project);
}
