//! Photos say where they were taken, with what and by whom: all of it is taken out before they are stored. Which way up
//! a photo is held stays. Pure.

use img_parts::{
    Bytes, ImageEXIF,
    jpeg::{Jpeg, JpegSegment, markers},
    png::Png,
};

/// The photo without what it says beside its picture, and what that was; `None` where it breaks off.
pub fn strip_jpeg(bytes: &[u8]) -> Option<(Vec<u8>, Vec<&'static str>)> {
    let mut photo = Jpeg::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    let mut removed = Vec::new();
    let exif = photo.exif();
    let upright = exif.as_deref().and_then(orientation);
    let segments = std::mem::take(photo.segments_mut());
    for segment in segments {
        if let Some(what) = beside_the_picture(segment.marker(), segment.contents()) {
            removed.push(what);
        } else if segment.has_entropy() {
            let (marker, contents, head) = (segment.marker(), segment.contents().clone(), segment.len());
            // The library shows the scans only as part of the written segment.
            let (scans, found) = scans(segment.encoder().bytes().get(head..)?)?;
            removed.extend(found);
            photo.segments_mut().push(JpegSegment::new_with_entropy(marker, contents, Bytes::from(scans)));
        } else {
            photo.segments_mut().push(segment);
        }
    }
    // Without a scan there is no picture.
    if !photo.segments().last().is_some_and(JpegSegment::has_entropy) {
        return None;
    }
    if let Some(upright) = upright.filter(|upright| (2..=8).contains(upright)) {
        photo.set_exif(Some(exif_of(upright)));
        // A photo that says nothing but which way it is held needs no second look.
        if exif == Some(exif_of(upright)) && removed == ["exif"] {
            removed.clear();
        }
    }
    removed.sort_unstable();
    removed.dedup();
    Some((photo.encoder().bytes().to_vec(), removed))
}

/// The scans of a photo up to its end, and what was found between and after them: phones put whole second photos there,
/// with a place of their own.
fn scans(mut rest: &[u8]) -> Option<(Vec<u8>, Vec<&'static str>)> {
    let (mut kept, mut removed) = (Vec::with_capacity(rest.len()), Vec::new());
    loop {
        // In a scan 0xFF is followed by 0, by a restart mark or by a fill byte; anything else is a marker.
        let is_marker = |pair: &[u8]| matches!(pair, [0xFF, 1..=0xCF | 0xD8..=0xFE]);
        let at = rest.windows(2).position(is_marker)?;
        let (scan, tail) = rest.split_at_checked(at)?;
        kept.extend_from_slice(scan);
        let marker = *tail.get(1)?;
        if marker == markers::EOI {
            kept.extend_from_slice(&[0xFF, markers::EOI]);
            if tail.len() > 2 {
                removed.push("trailing_data");
            }
            return Some((kept, removed));
        }
        let length = usize::from(u16::from_be_bytes([*tail.get(2)?, *tail.get(3)?]));
        let segment = tail.get(..length + 2)?;
        match beside_the_picture(marker, segment.get(4..)?) {
            Some(what) => removed.push(what),
            None => kept.extend_from_slice(segment),
        }
        rest = tail.get(length + 2..)?;
    }
}

/// What a segment is, where it is not part of the picture.
fn beside_the_picture(marker: u8, contents: &[u8]) -> Option<&'static str> {
    match marker {
        markers::APP1 if contents.starts_with(b"Exif\0") => Some("exif"),
        markers::APP1 => Some("xmp"),
        markers::APP13 => Some("iptc"),
        markers::COM => Some("comment"),
        // The frame of the format, the colours, and how they are to be read.
        markers::APP0 if contents.starts_with(b"JFIF\0") => None,
        markers::APP2 if contents.starts_with(b"ICC_PROFILE\0") => None,
        markers::APP14 if contents.starts_with(b"Adobe") => None,
        markers::APP0..=markers::APP15 => Some("other_metadata"),
        _ => None,
    }
}

/// Which way up, from the first directory of the EXIF block.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let offset: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let first =
        usize::try_from(if little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) }).ok()?;
    let count = usize::from(short(first)?);
    (0..count).find_map(|index| {
        let entry = first.checked_add(2 + index * 12)?;
        if short(entry)? == 0x0112 { u8::try_from(short(entry.checked_add(8)?)?).ok() } else { None }
    })
}

/// An EXIF block that says nothing else.
fn exif_of(orientation: u8) -> Bytes {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    Bytes::from(block)
}

/// The parts of a PNG that say how its colours are meant and how it moves.
const PICTURE: [&[u8; 4]; 16] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"cICP",
    b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT",
];

/// The picture without what it says beside it, and what that was; `None` where it breaks off.
pub fn strip_png(bytes: &[u8]) -> Option<(Vec<u8>, Vec<&'static str>)> {
    let mut picture = Png::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    if picture.chunks().last()?.kind() != *b"IEND" || picture.chunk_by_type(*b"IDAT").is_none() {
        return None;
    }
    let mut removed = Vec::new();
    if picture.len() < bytes.len() {
        removed.push("trailing_data");
    }
    picture.chunks_mut().retain(|chunk| {
        let kind = chunk.kind();
        // A capital begins what a picture cannot do without.
        let is_picture = kind.first().is_some_and(u8::is_ascii_uppercase) || PICTURE.contains(&&kind);
        if !is_picture {
            removed.push(match &kind {
                b"eXIf" | b"zxIf" => "exif",
                b"tEXt" | b"zTXt" | b"iTXt" => "comment",
                _ => "other_metadata",
            });
        }
        is_picture
    });
    removed.sort_unstable();
    removed.dedup();
    Some((picture.encoder().bytes().to_vec(), removed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], length.as_slice(), contents].concat()
    }

    fn photo(beside: &[Vec<u8>], after: &[u8]) -> Vec<u8> {
        let frame = segment(0xC0, &[8, 0, 4, 0, 4, 1, 1, 0x11, 0]);
        let scan = segment(0xDA, &[1, 1, 0, 0, 63, 0]);
        [
            &[0xFF, 0xD8],
            beside.concat().as_slice(),
            &frame,
            &scan,
            &[1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF, 0xD9],
            after,
        ]
        .concat()
    }

    #[test]
    fn everything_beside_the_picture_goes() {
        let exif = |tiff: &[u8]| segment(0xE1, &[b"Exif\0\0", tiff].concat());
        let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let plain = photo(std::slice::from_ref(&jfif), b"");
        assert_eq!(strip_jpeg(&plain), Some((plain.clone(), vec![])));

        let beside = [
            jfif,
            exif(b"II*\0\x08\0\0\0\0\0\0\0\0\0GPS-121.55"),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0GPS-121.55"),
            segment(0xED, b"Photoshop 3.0\0GPS-121.55"),
            segment(0xE2, b"MPF\0GPS-121.55"),
            segment(0xFE, b"GPS-121.55"),
        ];
        let second = photo(&[exif(b"GPS-121.55")], b"");
        let (bytes, removed) = strip_jpeg(&photo(&beside, &second)).unwrap();
        assert_eq!(bytes, plain);
        assert_eq!(removed, ["comment", "exif", "iptc", "other_metadata", "trailing_data", "xmp"]);
    }

    #[test]
    fn which_way_up_stays() {
        let held =
            b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x01\0\0\0X\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let (once, removed) =
            strip_jpeg(&photo(&[segment(0xE1, &[b"Exif\0\0".as_slice(), held].concat())], b"")).unwrap();
        assert_eq!(removed, ["exif"]);
        let again = Jpeg::from_bytes(Bytes::from(once.clone())).unwrap();
        assert_eq!(again.exif().as_deref().and_then(orientation), Some(6));
        assert_eq!(strip_jpeg(&once), Some((once.clone(), vec![])));
    }

    #[test]
    fn what_breaks_off_is_no_photo() {
        let whole = photo(&[], b"");
        for end in 0..whole.len() {
            assert_eq!(strip_jpeg(&whole[..end]), None, "{end}");
        }
    }
}
