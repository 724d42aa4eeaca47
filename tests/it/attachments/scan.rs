//! The scanner: what it finds is not stored, and where it does not answer, files wait (trust.md §5, number 65).

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use yichuang::{
    attachments::ORPHANED_AFTER,
    kernel::time::{Clock, SystemClock},
};

use super::{a_draft, run, stored};
use crate::support::{Engine, Office, TestApp, changes_nothing, files::pdf};

/// A clamd of our own.
struct Clamd {
    address: String,
    answers: Arc<AtomicBool>,
}

impl Clamd {
    fn start(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answers = Arc::new(AtomicBool::new(answers));
        let speaks = Arc::clone(&answers);
        std::thread::spawn(move || {
            // It lives until the test's process ends; every connection has a thread, as one may hang.
            for stream in listener.incoming().flatten() {
                let speaks = Arc::clone(&speaks);
                std::thread::spawn(move || serve(stream, &speaks));
            }
        });
        Self { address, answers }
    }

    fn answers(&self, whether: bool) {
        self.answers.store(whether, Ordering::SeqCst);
    }
}

fn serve(mut stream: TcpStream, answers: &AtomicBool) {
    if !answers.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_secs(5));
        return;
    }
    let mut order = [0; 10];
    if stream.read_exact(&mut order).is_err() || &order != b"zINSTREAM\0" {
        return;
    }
    let mut bytes = Vec::new();
    loop {
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        if length == 0 {
            break;
        }
        let start = bytes.len();
        bytes.resize(start + length, 0);
        if stream.read_exact(&mut bytes[start..]).is_err() {
            return;
        }
    }
    let found = bytes.windows(eicar().len()).any(|window| window == eicar().as_bytes());
    let answer = if found { "stream: Eicar-Test-Signature FOUND\0" } else { "stream: OK\0" };
    let _ = stream.write_all(answer.as_bytes());
}

/// The string that every scanner finds, in two halves so that none finds it here.
fn eicar() -> String {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

fn scanned_by(engine: Engine, clamd: &str) -> TestApp {
    TestApp::spawn_with(engine, |settings| {
        clamd.clone_into(&mut settings.attachments.clamd);
        settings.attachments.clamd_timeout_seconds = 1;
    })
}

fn what_is_found_is_not_stored(engine: Engine) {
    let clamd = Clamd::start(true);
    let app = scanned_by(engine, &clamd.address);
    let office = Office::found(&app);
    let project = a_draft(&office);
    let infected = project.send_file(&project.group.admin, "certificate", "a.txt", eicar().as_bytes());
    changes_nothing(app.database(), || infected.refused(422, "attachment.infected"));
    assert!(stored(&app).is_empty());
    let clean = office.attached(&project, "certificate", "a.pdf", &pdf("a"));
    assert_eq!(clean.text("/state"), "clean");
}

fn what_was_not_scanned_waits(engine: Engine) {
    let clamd = Clamd::start(false);
    let app = scanned_by(engine, &clamd.address);
    let office = Office::found(&app);
    let project = a_draft(&office);
    let by = &project.group.admin;
    let good = office.attached(&project, "certificate", "a.pdf", &pdf("a"));
    let bad = office.attached(&project, "certificate", "b.txt", eicar().as_bytes());
    for file in [&good, &bad] {
        assert_eq!(file.text("/state"), "pending_scan");
        project.download(by, &file.id()).refused(409, "attachment.pending_scan");
    }
    office.submit(&project);
    project.download(&office.officer, &good.id()).refused(409, "attachment.pending_scan");
    let now = app.clock.now();
    let rescan = || run(app.desk().rescan(app.database(), now)).unwrap();
    assert_eq!(rescan(), 0, "a scanner that hangs decided something");
    clamd.answers(true);
    assert_eq!(rescan(), 2);
    assert_eq!(project.download(&office.officer, &good.id()).expect(200).bytes, pdf("a"));
    project.download(by, &bad.id()).refused(404, "not_found");
    let listed = by.get(&project.files()).expect(200);
    assert_eq!((listed.items().len(), &listed.items()[0]["state"]), (1, &serde_json::json!("clean")));
    assert_eq!(rescan(), 0);
    // Its bytes go as every orphan's do.
    let later = SystemClock.now().plus_seconds(ORPHANED_AFTER + 600);
    run(app.desk().collect_orphans(app.database(), later)).unwrap();
    assert_eq!(stored(&app).len(), 1);
}

fn nobody_listens(engine: Engine) {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for clamd in [address.as_str(), "/nowhere/clamd.sock", "no host at all"] {
        let app = scanned_by(engine, clamd);
        let office = Office::found(&app);
        let project = a_draft(&office);
        let file = office.attached(&project, "certificate", "a.pdf", &pdf("a"));
        assert_eq!(file.text("/state"), "pending_scan", "{clamd}");
        project.download(&project.group.admin, &file.id()).refused(409, "attachment.pending_scan");
    }
}

mod sqlite {
    use crate::support::Engine;

    #[test]
    fn what_is_found_is_not_stored() {
        super::what_is_found_is_not_stored(Engine::Sqlite);
    }

    #[test]
    fn what_was_not_scanned_waits() {
        super::what_was_not_scanned_waits(Engine::Sqlite);
    }

    #[test]
    fn nobody_listens() {
        super::nobody_listens(Engine::Sqlite);
    }
}

mod postgres {
    use crate::support::Engine;

    #[test]
    fn what_is_found_is_not_stored() {
        super::what_is_found_is_not_stored(Engine::Postgres);
    }

    #[test]
    fn what_was_not_scanned_waits() {
        super::what_was_not_scanned_waits(Engine::Postgres);
    }
}
