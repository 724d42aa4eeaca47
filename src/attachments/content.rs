//! What a file is: found out from its bytes, and held against the name it came with (trust.md §5, numbers 61 to 63 and
//! 68). Pure.

use std::io::Cursor;

use encoding_rs::GB18030;

use super::photos;
use crate::{
    error::{Code, Error, Fault, codes},
    kernel::archive::{ArchiveFault, ArchiveLimits, check_archive},
};

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// PDF.
    Pdf,
    /// A photo.
    Jpeg,
    /// A picture.
    Png,
    /// Word.
    Docx,
    /// Excel.
    Xlsx,
    /// `PowerPoint`.
    Pptx,
    /// Text in UTF-8 or GB18030.
    Text,
    /// A table as text.
    Csv,
}

impl Media {
    /// By the extension of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "pdf" => Self::Pdf,
            "jpg" | "jpeg" => Self::Jpeg,
            "png" => Self::Png,
            "docx" => Self::Docx,
            "xlsx" => Self::Xlsx,
            "pptx" => Self::Pptx,
            "txt" => Self::Text,
            "csv" => Self::Csv,
            _ => return None,
        })
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Docx => "DOCX",
            Self::Xlsx => "XLSX",
            Self::Pptx => "PPTX",
            Self::Text => "TXT (UTF-8, GB18030)",
            Self::Csv => "CSV (UTF-8, GB18030)",
        }
    }

    fn mismatch(self) -> Error {
        refuse(Fault::new("/file", &codes::ATTACHMENT_TYPE_MISMATCH).with("expected", self.label()))
    }
}

/// A file that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// What it is.
    pub media: Media,
    /// What to store in place of what was sent, where something was taken out.
    pub instead: Option<Vec<u8>>,
    /// What was taken out.
    pub removed: Vec<&'static str>,
}

fn refuse(fault: Fault) -> Error {
    Error::invalid(vec![fault])
}

fn because(code: &'static Code, reason: impl std::fmt::Display) -> Error {
    refuse(Fault::new("/file", code).with("reason", reason))
}

/// Says what the file is, or why it is not taken.
pub fn inspect(name: &str, bytes: &[u8]) -> Result<Inspected, Error> {
    if bytes.is_empty() {
        return Err(refuse(Fault::new("/file", &codes::ATTACHMENT_EMPTY)));
    }
    let media = Media::of_name(name)
        .ok_or_else(|| refuse(Fault::new("/file", &codes::ATTACHMENT_TYPE_NOT_ALLOWED).with("name", name)))?;
    let as_it_is = Inspected { media, instead: None, removed: Vec::new() };
    match media {
        Media::Pdf => check_pdf(bytes).map(|()| as_it_is),
        Media::Jpeg => {
            check_size(media, bytes)?;
            let (instead, removed) = photos::strip_jpeg(bytes).ok_or_else(cut_off)?;
            Ok(if removed.is_empty() {
                as_it_is
            } else {
                Inspected { media, instead: Some(instead), removed }
            })
        }
        Media::Png => {
            check_size(media, bytes)?;
            let (instead, removed) = photos::strip_png(bytes).ok_or_else(cut_off)?;
            Ok(if removed.is_empty() {
                as_it_is
            } else {
                Inspected { media, instead: Some(instead), removed }
            })
        }
        Media::Docx => check_office(media, bytes, "word/document.xml").map(|()| as_it_is),
        Media::Xlsx => check_office(media, bytes, "xl/workbook.xml").map(|()| as_it_is),
        Media::Pptx => check_office(media, bytes, "ppt/presentation.xml").map(|()| as_it_is),
        Media::Text | Media::Csv => check_text(media, bytes).map(|()| as_it_is),
    }
}

fn cut_off() -> Error {
    because(&codes::ATTACHMENT_DAMAGED, "内容中断 / it breaks off")
}

fn check_pdf(bytes: &[u8]) -> Result<(), Error> {
    if !bytes.starts_with(b"%PDF-") || !infer::is_mime(bytes, Media::Pdf.media_type()) {
        return Err(Media::Pdf.mismatch());
    }
    let tail = bytes.get(bytes.len().saturating_sub(1024)..).unwrap_or(bytes);
    if tail.windows(5).any(|window| window == b"%%EOF") { Ok(()) } else { Err(cut_off()) }
}

/// The largest picture, in pixels and at a side: a small file can unpack to gigabytes.
const MAX_PIXELS: usize = 50_000_000;
const MAX_SIDE: usize = 20_000;

/// Reads the head of a picture, never its pixels.
fn check_size(media: Media, bytes: &[u8]) -> Result<(), Error> {
    if !infer::is_mime(bytes, media.media_type()) {
        return Err(media.mismatch());
    }
    let size = imagesize::blob_size(bytes).map_err(|error| because(&codes::ATTACHMENT_DAMAGED, error))?;
    let too_large =
        size.width.max(size.height) > MAX_SIDE || size.width.saturating_mul(size.height) > MAX_PIXELS;
    if too_large {
        let fault = Fault::new("/file", &codes::IMAGE_TOO_LARGE);
        return Err(refuse(fault.with("width", size.width).with("height", size.height)));
    }
    if size.width == 0 || size.height == 0 { Err(cut_off()) } else { Ok(()) }
}

fn check_office(media: Media, bytes: &[u8], part: &str) -> Result<(), Error> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(media.mismatch());
    }
    let summary =
        check_archive(Cursor::new(bytes), &ArchiveLimits::default()).map_err(|fault| match fault {
            ArchiveFault::Damaged(_) => because(&codes::ATTACHMENT_DAMAGED, fault),
            other => because(&codes::ATTACHMENT_UNSAFE, chinese(&other)),
        })?;
    if summary.holds("[Content_Types].xml") && summary.holds(part) { Ok(()) } else { Err(media.mismatch()) }
}

/// The fault in both languages.
fn chinese(fault: &ArchiveFault) -> String {
    let zh = match fault {
        ArchiveFault::Damaged(_) => "文件损坏",
        ArchiveFault::TooManyMembers(_) => "内部文件过多",
        ArchiveFault::TooLarge(_) => "解压后过大",
        ArchiveFault::Bomb(_) => "压缩比异常",
        ArchiveFault::Escapes(_) => "内部路径异常",
        ArchiveFault::Encrypted(_) => "设有密码",
        ArchiveFault::Nested(_) => "内含压缩包或嵌入文件",
        ArchiveFault::Macro(_) => "内含宏",
        ArchiveFault::Entities(_) => "内含 XML 实体定义",
    };
    format!("{zh} / {fault}")
}

/// How markup begins, which a browser would show as a page.
const MARKUP: [&str; 7] = ["<html", "<!doctype", "<svg", "<script", "<?xml", "<body", "<iframe"];

fn check_text(media: Media, bytes: &[u8]) -> Result<(), Error> {
    let utf8 = std::str::from_utf8(bytes).ok().map(std::borrow::Cow::Borrowed);
    let text = utf8
        .or_else(|| GB18030.decode_without_bom_handling_and_without_replacement(bytes))
        .ok_or_else(|| media.mismatch())?;
    let is_text = !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let head: String = text.chars().take(4_096).collect::<String>().to_ascii_lowercase();
    let is_markup = MARKUP.iter().any(|sign| head.contains(sign));
    if is_text && !is_markup && infer::get(bytes).is_none() { Ok(()) } else { Err(media.mismatch()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn code(name: &str, bytes: &[u8]) -> &'static str {
        inspect(name, bytes).map_or_else(|error| error.code.code, |_| "taken")
    }

    fn office(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

    #[test]
    fn name_and_content_agree() {
        let docx = office(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]);
        let xlsx = office(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<w/>")]);
        assert_eq!(code("a.PDF", PDF), "taken");
        assert_eq!(code("a.docx", &docx), "taken");
        assert_eq!(code("a.xlsx", &xlsx), "taken");
        assert_eq!(code("a.txt", "章程\r\n一、".as_bytes()), "taken");
        let (gb, _, _) = GB18030.encode("姓名,电话\n王芳,1\n");
        assert_eq!(code("a.csv", &gb), "taken");
        let exe = b"MZ\x90\x00\x03\x00\x00\x00".as_slice();
        for (name, bytes) in [
            ("a.docx", xlsx.as_slice()),
            ("a.xlsx", &docx),
            ("a.pptx", &docx),
            ("a.docx", &office(&[("a", b"b")])),
            ("a.pdf", exe),
            ("a.txt", exe),
            ("a.csv", PDF),
            ("a.docx", PDF),
            ("a.pdf", b"<html><script>alert(1)</script>"),
            ("a.pdf", b"<html>%PDF-1.4 %%EOF"),
            ("a.txt", b"\xef\xbb\xbf <HTML><body>"),
            ("a.txt", b"<svg onload=alert(1)>"),
            ("a.jpg", PDF),
            ("a.png", b"\xff\xd8\xff\xe0"),
            ("a.txt", b"\xff\xfe\x00"),
        ] {
            assert_eq!(code(name, bytes), "attachment.type_mismatch", "{name} {bytes:?}");
        }
        for name in ["a.exe", "a.html", "a.svg", "a.doc", "a.xls", "a.docm", "a.zip", "a", "pdf", ""] {
            assert_eq!(code(name, PDF), "attachment.type_not_allowed", "{name}");
        }
        assert_eq!(code("a.pdf", b""), "attachment.empty");
        assert_eq!(code("a.pdf", &PDF[..20]), "attachment.damaged");
        assert_eq!(code("a.docx", &docx[..docx.len() - 30]), "attachment.damaged");
        let with_macro = office(&[("[Content_Types].xml", b""), ("word/vbaProject.bin", b"x")]);
        assert_eq!(code("a.docx", &with_macro), "attachment.unsafe");
    }
}
