//! Files that people send: small whole ones of each kind, and the form they are sent in.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Office, Person, Project, Reply, Request};

const BOUNDARY: &str = "----yichuang-7d1f";

/// One part of a form.
pub struct Part<'a> {
    pub name: &'a str,
    /// With a file name it is a file.
    pub filename: Option<&'a str>,
    pub bytes: &'a [u8],
}

/// A whole form.
pub fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"", part.name).as_bytes(),
        );
        if let Some(filename) = part.filename {
            body.extend_from_slice(
                format!("; filename=\"{filename}\"\r\nContent-Type: application/pdf").as_bytes(),
            );
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The parts of an upload.
pub fn upload<'a>(field: &'a str, name: &'a str, bytes: &'a [u8]) -> [Part<'a>; 2] {
    [
        Part { name: "field", filename: None, bytes: field.as_bytes() },
        Part { name: "file", filename: Some(name), bytes },
    ]
}

impl Request<'_> {
    /// A form with files.
    pub fn form(self, parts: &[Part<'_>]) -> Self {
        self.raw_form(form(parts))
    }

    /// The bytes of a form, whole or not.
    pub fn raw_form(self, body: Vec<u8>) -> Self {
        self.raw(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }
}

impl Project {
    /// Where its files are.
    pub fn files(&self) -> String {
        format!("{}/attachments", self.path())
    }

    /// Sends a file for one of its fields.
    pub fn send_file<'p>(&self, by: &'p Person, field: &str, name: &str, bytes: &[u8]) -> Request<'p> {
        by.post(&self.files()).form(&upload(field, name, bytes))
    }

    /// Downloads a file of it.
    pub fn download<'p>(&self, by: &'p Person, attachment: &str) -> Request<'p> {
        by.get(&format!("{}/{attachment}/content", self.files()))
    }
}

impl Office<'_> {
    /// Adds a file to a project of this office.
    #[track_caller]
    #[expect(clippy::unused_self, reason = "it reads as what happens in the office")]
    pub fn attached(&self, project: &Project, field: &str, name: &str, bytes: &[u8]) -> Reply {
        project.send_file(&project.group.admin, field, name, bytes).expect(201)
    }
}

/// A PDF that differs from every other with another text.
pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {text}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n").into_bytes()
}

/// An archive of these members.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("a member");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("a whole archive").into_inner()
}

/// A Word file with more members.
pub fn docx(more: &[(&str, &[u8])]) -> Vec<u8> {
    let own: [(&str, &[u8]); 2] =
        [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>")];
    archive(&[own.as_slice(), more].concat())
}

fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len() + 2).expect("a short segment").to_be_bytes();
    [&[0xFF, marker], length.as_slice(), contents].concat()
}

/// A photo of this size with these segments beside its picture.
pub fn photo(width: u16, height: u16, beside: &[u8]) -> Vec<u8> {
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    let frame = segment(0xC0, &[8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]);
    let scan = segment(0xDA, &[1, 1, 0, 0, 63, 0]);
    [
        &[0xFF, 0xD8],
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0").as_slice(),
        beside,
        &frame,
        &scan,
        &[1, 2, 3, 0xFF, 0xD9],
    ]
    .concat()
}

/// An EXIF segment as a phone writes it: held sideways, taken at 29°52'N 121°33'E.
pub fn exif_with_place() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // The first directory at 8: held sideways, and where the directory of the place is: 8 + 2 + 2 × 12 + 4 = 38.
    tiff.extend(2u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, [6, 0, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, 38u32.to_le_bytes()));
    tiff.extend([0; 4]);
    // The place at 38: north, latitude at 92, east, longitude at 116.
    tiff.extend(4u16.to_le_bytes());
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, 92u32.to_le_bytes()));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, 116u32.to_le_bytes()));
    tiff.extend([0; 4]);
    for (number, one) in [(29u32, 1u32), (52, 1), (1234, 100), (121, 1), (33, 1), (5678, 100)] {
        tiff.extend(number.to_le_bytes());
        tiff.extend(one.to_le_bytes());
    }
    segment(0xE1, &[b"Exif\0\0".as_slice(), &tiff].concat())
}

/// A picture of this size, as far as its head says.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], contents: &[u8]| {
        let length = u32::try_from(contents.len()).expect("a short chunk").to_be_bytes();
        let mut crc = !0u32;
        for byte in kind.iter().chain(contents) {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xEDB8_8320 & (0u32.wrapping_sub(crc & 1)));
            }
        }
        [length.as_slice(), kind, contents, &(!crc).to_be_bytes()].concat()
    };
    let head = [&width.to_be_bytes(), &height.to_be_bytes(), [8, 0, 0, 0].as_slice(), &[0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &head), &chunk(b"IDAT", &[0]), &chunk(b"IEND", b"")]
        .concat()
}
