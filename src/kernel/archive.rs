//! What may be inside a ZIP archive, which is what Office files are: checked as a whole before anything reads one
//! (trust.md §5, numbers 62 and 63). Sizes are counted while inflating; what the headers say is not believed.

use std::io::{Read, Seek, SeekFrom};

use zip::{ZipArchive, read::ZipFile};

/// How much an archive may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// The most members.
    pub members: usize,
    /// The most bytes of all members together, inflated.
    pub expanded: u64,
    /// The most inflated bytes for each byte of the archive.
    pub ratio: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { members: 1_000, expanded: 100 * 1024 * 1024, ratio: 100 }
    }
}

/// What a sound archive holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveSummary {
    /// The names of its members, folders left out, in the archive's order.
    pub names: Vec<String>,
    /// The bytes of all members together, inflated.
    pub expanded: u64,
}

impl ArchiveSummary {
    /// True where a member has exactly this name.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }
}

/// What is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// Not a whole ZIP archive, or one that says two things at once.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// More members than allowed.
    #[error("more than {0} members")]
    TooManyMembers(usize),
    /// More bytes than allowed once it is inflated.
    #[error("more than {0} bytes when unpacked")]
    TooLarge(u64),
    /// So strongly packed that it can only be meant to harm.
    #[error("packed more than {0} times")]
    Bomb(u64),
    /// A name that leads out of the archive, or a link.
    #[error("the member {0:?} leads elsewhere")]
    Escapes(String),
    /// A member that needs a password.
    #[error("the member {0:?} is encrypted")]
    Encrypted(String),
    /// An archive in the archive.
    #[error("the member {0:?} is an archive itself")]
    Nested(String),
    /// A program.
    #[error("the member {0:?} is a macro")]
    Macro(String),
    /// XML that defines a document type or entities.
    #[error("the member {0:?} defines a document type or entities")]
    Entities(String),
}

impl ArchiveFault {
    fn damaged(cause: impl std::fmt::Display) -> Self {
        Self::Damaged(cause.to_string())
    }
}

/// Reads the whole archive once and says what is in it, or the first thing that may not be. Nothing is kept but names.
pub fn check_archive<R: Read + Seek>(
    mut reader: R,
    limits: &ArchiveLimits,
) -> Result<ArchiveSummary, ArchiveFault> {
    let size = reader.seek(SeekFrom::End(0)).map_err(ArchiveFault::damaged)?;
    refuse_many(&mut reader, size, limits)?;
    let mut archive = ZipArchive::new(reader).map_err(ArchiveFault::damaged)?;
    if archive.len() > limits.members {
        return Err(ArchiveFault::TooManyMembers(limits.members));
    }
    if archive.has_duplicate_names() {
        return Err(ArchiveFault::damaged("two members have the same name"));
    }
    // One stretch of packed bytes that counts as many members: the way from kilobytes to terabytes.
    if archive.has_overlapping_entries().map_err(ArchiveFault::damaged)? {
        return Err(ArchiveFault::damaged("members overlap"));
    }
    let mut summary = ArchiveSummary::default();
    let most = size.saturating_mul(limits.ratio);
    for index in 0..archive.len() {
        check_name(&archive, index)?;
        let member = archive.by_index(index).map_err(ArchiveFault::damaged)?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().map_err(ArchiveFault::damaged)?.into_owned();
        read_member(member, &name, |bytes| {
            summary.expanded = summary.expanded.saturating_add(bytes);
            if summary.expanded > limits.expanded {
                Err(ArchiveFault::TooLarge(limits.expanded))
            } else if summary.expanded > most {
                Err(ArchiveFault::Bomb(limits.ratio))
            } else {
                Ok(())
            }
        })?;
        summary.names.push(name);
    }
    Ok(summary)
}

/// The reader of archives keeps every header in memory: the count at the archive's end is looked at before.
fn refuse_many(
    reader: &mut (impl Read + Seek),
    size: u64,
    limits: &ArchiveLimits,
) -> Result<(), ArchiveFault> {
    const END: &[u8] = b"PK\x05\x06";
    // The end is followed by a comment of at most 65,535 bytes.
    let tail_from = size.saturating_sub(22 + 65_535);
    reader.seek(SeekFrom::Start(tail_from)).map_err(ArchiveFault::damaged)?;
    let mut tail = Vec::new();
    reader.by_ref().take(22 + 65_535).read_to_end(&mut tail).map_err(ArchiveFault::damaged)?;
    reader.rewind().map_err(ArchiveFault::damaged)?;
    let mut found = false;
    for (at, _) in tail.windows(END.len()).enumerate().filter(|(_, window)| *window == END) {
        found = true;
        let count = |offset: usize| match tail.get(at + offset..at + offset + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => 0,
        };
        // Of this disk, and of all; 65,535 says "see ZIP64", which no form of ours has.
        if count(8).max(count(10)) > limits.members {
            return Err(ArchiveFault::TooManyMembers(limits.members));
        }
    }
    if found { Ok(()) } else { Err(ArchiveFault::damaged("it has no end")) }
}

fn check_name<R: Read + Seek>(archive: &ZipArchive<R>, index: usize) -> Result<(), ArchiveFault> {
    let entry = archive.by_index_data(index).map_err(ArchiveFault::damaged)?;
    let name = entry.name().map_err(ArchiveFault::damaged)?.into_owned();
    let leads_out = name.is_empty()
        || name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|part| part == "..");
    if leads_out || entry.is_symlink() || entry.enclosed_name().is_none() {
        return Err(ArchiveFault::Escapes(name));
    }
    if entry.encrypted() {
        return Err(ArchiveFault::Encrypted(name));
    }
    let lower = name.to_ascii_lowercase();
    let is_program =
        [".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".js", ".vbs", ".hta", ".jar", ".lnk"]
            .iter()
            .any(|ending| lower.ends_with(ending));
    let is_embedded = lower.contains("/activex/") || lower.contains("/embeddings/oleobject");
    if is_program || is_embedded || lower.ends_with("vbaproject.bin") || lower.contains("/macrosheets/") {
        return Err(ArchiveFault::Macro(name));
    }
    Ok(())
}

/// How packed files begin.
const PACKED: [&[u8]; 8] = [
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
];

/// Inflates one member and tells `spend` how many bytes came out.
fn read_member<R: Read>(
    mut member: ZipFile<'_, R>,
    name: &str,
    mut spend: impl FnMut(u64) -> Result<(), ArchiveFault>,
) -> Result<(), ArchiveFault> {
    let is_content_types = name == "[Content_Types].xml";
    let mut chunk = [0u8; 16 * 1024];
    let mut head = Vec::new();
    let mut text = Vec::new();
    loop {
        let read = member.read(&mut chunk).map_err(ArchiveFault::damaged)?;
        let bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        spend(u64::try_from(read).unwrap_or(u64::MAX))?;
        if head.len() < 8 {
            head.extend(bytes.iter().take(8));
            if PACKED.iter().any(|sign| head.starts_with(sign)) {
                return Err(ArchiveFault::Nested(name.to_owned()));
            }
        }
        // Without the zeros between its letters UTF-16 reads like ASCII.
        text.extend(bytes.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase));
        if defines_entities(&text) {
            return Err(ArchiveFault::Entities(name.to_owned()));
        }
        if is_content_types && text.windows(12).any(|window| window == b"macroenabled") {
            return Err(ArchiveFault::Macro(name.to_owned()));
        }
        // A sign may lie across two chunks.
        text.drain(..text.len().saturating_sub(16));
    }
    Ok(())
}

fn defines_entities(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'<')
        .skip(1)
        .any(|tag| tag.starts_with(b"!doctype") || tag.starts_with(b"!entity"))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in members {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn check(bytes: &[u8]) -> Result<ArchiveSummary, ArchiveFault> {
        check_archive(Cursor::new(bytes), &ArchiveLimits::default())
    }

    /// Bytes that do not pack well.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn a_sound_archive_is_summed_up() {
        let bytes = archive(&[("a/b.xml", b"<a>text</a>"), ("c.txt", b"")]);
        let summary = check(&bytes).unwrap();
        assert_eq!(
            (summary.names.as_slice(), summary.expanded),
            (["a/b.xml", "c.txt"].map(str::to_owned).as_slice(), 11)
        );
        assert!(summary.holds("c.txt") && !summary.holds("b.xml"));
    }

    #[test]
    fn what_is_no_archive_is_damaged() {
        let whole = archive(&[("a.xml", &noise(500))]);
        let mut flipped = whole.clone();
        flipped[60] ^= 1;
        for bytes in [b"".as_slice(), b"PK\x03\x04", &whole[..whole.len() - 5], &whole[..100], &flipped] {
            assert!(matches!(check(bytes), Err(ArchiveFault::Damaged(_))), "{:?}", check(bytes));
        }
    }

    #[test]
    fn bombs_are_found_while_inflating() {
        let zeros = vec![0u8; 3 * 1024 * 1024];
        assert_eq!(check(&archive(&[("a.xml", &zeros)])), Err(ArchiveFault::Bomb(100)));
        let tight = ArchiveLimits { expanded: 1_000, ..ArchiveLimits::default() };
        let two = archive(&[("a", &noise(600)), ("b", &noise(600))]);
        assert_eq!(check_archive(Cursor::new(&two), &tight), Err(ArchiveFault::TooLarge(1_000)));

        // The same bomb, whose headers say that it is small.
        let mut lying = archive(&[("a.xml", &zeros)]);
        let real = 3u32 * 1024 * 1024;
        let places: Vec<usize> = lying
            .windows(4)
            .enumerate()
            .filter(|(_, w)| *w == real.to_le_bytes())
            .map(|(at, _)| at)
            .collect();
        assert_eq!(places.len(), 2, "the local and the central header");
        for at in places {
            lying[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
        }
        assert!(check(&lying).is_err());
    }

    #[test]
    fn members_are_counted() {
        let names: Vec<String> = (0..1_001).map(|number| format!("m{number}")).collect();
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        assert_eq!(check(&archive(&members)), Err(ArchiveFault::TooManyMembers(1_000)));
        assert!(check(&archive(&members[..1_000])).is_ok());
    }

    #[test]
    fn names_and_links_stay_inside() {
        for name in ["../x", "a/../../x", "/etc/passwd", "a\\..\\x", "c:/x"] {
            // The writer would clean such a name: one of the same length is overwritten.
            let blank = "n".repeat(name.len());
            let mut bytes = archive(&[(blank.as_str(), b"x")]);
            let places: Vec<usize> = bytes
                .windows(name.len())
                .enumerate()
                .filter(|(_, window)| *window == blank.as_bytes())
                .map(|(at, _)| at)
                .collect();
            assert_eq!(places.len(), 2);
            for at in places {
                bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
            }
            assert_eq!(check(&bytes), Err(ArchiveFault::Escapes(name.to_owned())));
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert_eq!(check(&bytes), Err(ArchiveFault::Escapes("link".to_owned())));
    }

    #[test]
    fn archives_macros_and_entities_are_refused() {
        let inner = archive(&[("x", b"y")]);
        let named = |name: &str| name.to_owned();
        let utf16: Vec<u8> = "<!DOCTYPE a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let late = [noise(16 * 1024 - 4).as_slice(), b"<!ENTITY lol 'x'>"].concat();
        let macro_type =
            b"<Override ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/>";
        let cases: [(&str, &[u8], ArchiveFault); 7] = [
            ("word/inner.bin", &inner, ArchiveFault::Nested(named("word/inner.bin"))),
            ("a.gz", b"\x1f\x8b\x08\x00", ArchiveFault::Nested(named("a.gz"))),
            ("word/VBAProject.bin", b"x", ArchiveFault::Macro(named("word/VBAProject.bin"))),
            ("[Content_Types].xml", macro_type, ArchiveFault::Macro(named("[Content_Types].xml"))),
            ("a.xml", b"<?xml?><!DOCTYPE lolz>", ArchiveFault::Entities(named("a.xml"))),
            ("b.xml", &utf16, ArchiveFault::Entities(named("b.xml"))),
            ("c.xml", &late, ArchiveFault::Entities(named("c.xml"))),
        ];
        for (name, bytes, fault) in cases {
            assert_eq!(check(&archive(&[(name, bytes)])), Err(fault));
        }
    }
}
