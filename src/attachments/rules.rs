//! What may be added to the files that are there, and under which name. Pure.

use super::model::{Attachment, AttachmentLimits};
use crate::{
    error::{Error, Fault, codes},
    kernel::text::is_deceptive,
};

const MIB: i64 = 1024 * 1024;

/// One more file beside those that are there: 409 for one too many, 413 for too much.
pub fn check_room(present: &[Attachment], limits: AttachmentLimits) -> Result<(), Error> {
    if present.len() >= usize::try_from(limits.files).unwrap_or(usize::MAX) {
        return Err(Error::new(&codes::ATTACHMENTS_TOO_MANY).with("limit", limits.files));
    }
    Ok(())
}

/// The same for its content: the same file twice in one field is 409, too large 413.
pub fn check_fit(
    present: &[Attachment],
    limits: AttachmentLimits,
    field: &str,
    sha256: &str,
    bytes: i64,
) -> Result<(), Error> {
    if bytes > i64::from(limits.file_mib) * MIB {
        return Err(Error::new(&codes::ATTACHMENT_TOO_LARGE).with("limit", limits.file_mib));
    }
    if present.iter().any(|other| other.field == field && other.sha256 == sha256) {
        return Err(Error::new(&codes::ATTACHMENT_DUPLICATE));
    }
    let total = present.iter().fold(bytes, |sum, other| sum.saturating_add(other.bytes));
    if total > i64::from(limits.total_mib) * MIB {
        return Err(Error::new(&codes::ATTACHMENTS_TOO_LARGE).with("limit", limits.total_mib));
    }
    Ok(())
}

/// The code of a form's field as it is written.
pub fn check_field(field: &str) -> Result<(), Error> {
    let plain = (1..=40).contains(&field.len())
        && field.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain {
        Ok(())
    } else {
        let fault = Fault::new("/field", &codes::FIELD_INVALID).with("reason", "a–z 0–9 _, 1–40");
        Err(Error::invalid(vec![fault]))
    }
}

/// The most characters of a name.
const MAX_NAME: usize = 100;

/// A name as it may be shown: without the folders before it, without what is not seen, at most 100 characters with its
/// extension kept. Nothing is ever stored under it.
#[must_use]
pub fn clean_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|c| !is_deceptive(*c) && !c.is_control()).collect();
    let trimmed = seen.trim().trim_start_matches('.');
    let (stem, extension) = trimmed.rsplit_once('.').unwrap_or((trimmed, ""));
    if extension.is_empty() || extension.chars().count() > 10 {
        return trimmed.chars().take(MAX_NAME).collect();
    }
    let room = MAX_NAME - 1 - extension.chars().count();
    format!("{}.{extension}", stem.chars().take(room).collect::<String>().trim_end())
}

/// The extension with its dot, if the name has a plain one.
#[must_use]
pub fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, end)) if (1..=10).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            format!(".{}", end.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}

/// `attachment` with the name, as RFC 6266 writes it: nothing of the name can end the header or begin another.
#[must_use]
pub fn disposition(name: &str) -> String {
    use std::fmt::Write;
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_only_a_name() {
        for (sent, clean) in [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\docs\\章程.docx", "章程.docx"),
            ("a\u{0}b\r\nSet-Cookie: x.pdf", "abSet-Cookie: x.pdf"),
            ("annual\u{202E}fdp.exe", "annualfdp.exe"),
            ("  .htaccess ", "htaccess"),
            ("CON", "CON"),
            ("", ""),
        ] {
            assert_eq!(clean_name(sent), clean, "{sent:?}");
        }
        let long = clean_name(&format!("{}.pdf", "长".repeat(300)));
        assert_eq!((long.chars().count(), long.ends_with("长.pdf")), (100, true));
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        let header = disposition("章程 \"最终\";x=1.pdf");
        assert_eq!(
            header,
            "attachment; filename=\"__ _____x=1.pdf\"; \
             filename*=UTF-8''%E7%AB%A0%E7%A8%8B%20%22%E6%9C%80%E7%BB%88%22%3Bx%3D1.pdf"
        );
        assert!(header.is_ascii());
    }
}
