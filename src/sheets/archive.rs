//! The check of an archive before anything is read from it (trust.md §5, numbers 62 and 63): its members are inflated
//! and counted; what their headers say of their sizes is not believed.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::SheetFault;

/// The most bytes all members have together.
const MAX_EXPANDED: u64 = 100 * 1024 * 1024;
/// How much larger the members may be than the file.
const MAX_RATIO: u64 = 100;
/// The most members.
const MAX_MEMBERS: usize = 1_000;

/// Goes through the archive once without keeping anything.
pub fn check(bytes: &[u8]) -> Result<(), SheetFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > MAX_MEMBERS {
        return Err(SheetFault::Unsafe("> 1,000 members"));
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let allowed = MAX_EXPANDED.min(size.saturating_mul(MAX_RATIO));
    let mut expanded = 0u64;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(unreadable)?;
        if member.encrypted() {
            return Err(SheetFault::Unsafe("a password"));
        }
        let name = member.name().map_err(unreadable)?.to_ascii_lowercase();
        let is_elsewhere = name.starts_with('/') || name.contains(['\\', ':']);
        if is_elsewhere || member.is_symlink() || member.enclosed_name().is_none() {
            return Err(SheetFault::Unsafe("a member that points elsewhere"));
        }
        let mut watch = Watch::new(&name);
        let mut buffer = [0u8; 16 * 1024];
        loop {
            let read = member.read(&mut buffer).map_err(unreadable)?;
            let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
            expanded = expanded.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            if expanded > allowed {
                return Err(SheetFault::Unsafe("> 100 MiB, > 100 : 1"));
            }
            watch.look_at(chunk)?;
        }
    }
    Ok(())
}

fn unreadable(error: impl std::fmt::Display) -> SheetFault {
    SheetFault::Unreadable(error.to_string())
}

/// Looks at the bytes of one member as they are inflated.
struct Watch {
    is_xml: bool,
    begun: bool,
    /// The end of the bytes before, in which a word may have begun.
    tail: Vec<u8>,
}

impl Watch {
    fn new(name: &str) -> Self {
        let is_xml = [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending));
        Self { is_xml, begun: false, tail: Vec::new() }
    }

    fn look_at(&mut self, chunk: &[u8]) -> Result<(), SheetFault> {
        if !self.begun {
            self.begun = true;
            let archives: [&[u8]; 5] = [b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ"];
            if archives.iter().any(|magic| chunk.starts_with(magic)) {
                return Err(SheetFault::Unsafe("an archive in the archive"));
            }
        }
        if self.is_xml {
            // UTF-16 has a zero beside each of these letters.
            self.tail.extend(chunk.iter().filter(|byte| **byte != 0));
            let words: [&[u8]; 2] = [b"<!DOCTYPE", b"<!ENTITY"];
            if words.iter().any(|word| self.tail.windows(word.len()).any(|window| window == *word)) {
                return Err(SheetFault::Unsafe("a document type (DTD)"));
            }
            let kept = self.tail.len().saturating_sub(16);
            self.tail.drain(..kept);
        }
        Ok(())
    }
}
