//! The scan for malicious programs: clamd, asked over its own protocol. It fails closed: where it does not answer, a
//! file waits, and nobody may download it until it did.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clamav_client::TransportProtocol;

use crate::config::AttachmentSettings;

/// What the scanner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found, or nobody is asked.
    Clean,
    /// Something was found.
    Infected,
    /// It did not answer, not in time, or not to the point.
    Unknown,
}

/// Where clamd listens, if it is asked at all.
#[derive(Clone, Debug)]
pub struct Scanner {
    address: String,
    patience: Duration,
    /// Since when it has not answered: uploads do not all wait for one that is gone.
    silent_since: Arc<Mutex<Option<Instant>>>,
}

/// An upload does not ask again for so long after the scanner failed to answer; the loop does.
const REST: Duration = Duration::from_secs(30);

impl Scanner {
    /// The scanner of the settings.
    #[must_use]
    pub fn of(settings: &AttachmentSettings) -> Self {
        Self {
            address: settings.clamd.trim().to_owned(),
            patience: Duration::from_secs(settings.clamd_timeout_seconds),
            silent_since: Arc::default(),
        }
    }

    /// True where files are scanned.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.address.is_empty()
    }

    /// True where it did not answer when it was asked last.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent_since.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// As [`Scanner::scan`], for an upload: does not wait for a scanner that was silent a moment ago.
    pub fn scan_upload(&self, bytes: &[u8]) -> Verdict {
        let silent = *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.is_some_and(|since| since.elapsed() < REST) { Verdict::Unknown } else { self.scan(bytes) }
    }

    /// Asks about these bytes. It takes as long as the settings allow, so not on a thread that serves requests.
    pub fn scan(&self, bytes: &[u8]) -> Verdict {
        if !self.is_on() {
            return Verdict::Clean;
        }
        let answer = clamav_client::scan_buffer(bytes, self, Some(64 * 1024));
        let silent = answer.is_err().then(Instant::now);
        *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner) = silent;
        match answer {
            Ok(answer) => Self::read_answer(&answer),
            Err(error) => {
                tracing::warn!(%error, "clamd did not answer");
                Verdict::Unknown
            }
        }
    }

    /// `stream: OK`, `stream: NAME FOUND`; anything else, such as a limit of clamd's own, is no verdict.
    fn read_answer(answer: &[u8]) -> Verdict {
        let text = String::from_utf8_lossy(answer);
        let text = text.trim_matches(['\0', '\n', ' ']);
        if text.ends_with("FOUND") {
            Verdict::Infected
        } else if text == "stream: OK" {
            Verdict::Clean
        } else {
            tracing::warn!(answer = text, "clamd gave no verdict");
            Verdict::Unknown
        }
    }
}

/// The client of the crate waits for ever: this connection does not.
impl TransportProtocol for Scanner {
    type Stream = Line;

    fn connect(&self) -> io::Result<Line> {
        let until = Instant::now() + self.patience;
        let wire = if self.address.starts_with('/') {
            Wire::Unix(UnixStream::connect(&self.address)?)
        } else {
            let mut found = self.address.to_socket_addrs()?;
            let first = found.next().ok_or_else(|| io::Error::other("the address of clamd leads nowhere"))?;
            Wire::Tcp(TcpStream::connect_timeout(&first, self.patience)?)
        };
        Ok(Line { wire, until })
    }
}

/// A connection to clamd that ends at a certain moment.
pub struct Line {
    wire: Wire,
    until: Instant,
}

enum Wire {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Line {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Line {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.left()?;
        match &mut self.wire {
            Wire::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(bytes)),
            Wire::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(bytes)),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left()?;
        match &mut self.wire {
            Wire::Tcp(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(bytes)),
            Wire::Unix(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(bytes)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_ok_is_clean() {
        for (answer, verdict) in [
            ("stream: OK\0", Verdict::Clean),
            ("stream: Eicar-Test-Signature FOUND\0", Verdict::Infected),
            ("INSTREAM size limit exceeded. ERROR\0", Verdict::Unknown),
            ("stream: OK.Virus FOUND\0", Verdict::Infected),
            ("NOT OK", Verdict::Unknown),
            ("", Verdict::Unknown),
        ] {
            assert_eq!(Scanner::read_answer(answer.as_bytes()), verdict, "{answer:?}");
        }
    }
}
