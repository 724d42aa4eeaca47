use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::kernel::archive::ArchiveFault;
use crate::kernel::money::Money;

fn cells(sheet: &Sheet) -> Vec<Vec<&str>> {
    sheet.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
}

fn csv_of(text: &str) -> Sheet {
    read(text.as_bytes(), CSV).unwrap()
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn csv_is_read_as_offices_make_it() {
    let expected = vec![vec!["暖巷", "1,000"], vec!["a\"b", ""]];
    for text in [
        "名称,金额\r\n暖巷,\"1,000\"\r\n\"a\"\"b\",\r\n",
        "名称;金额\n暖巷;1,000\na\"b;\n",
        "名称\t金额\n暖巷\t1,000\n\"a\"\"b\"\n",
        "\u{feff}名称,金额\r\n暖巷,\"1,000\"\r\n\r\n,\r\n\"a\"\"b\",",
    ] {
        let sheet = csv_of(text);
        assert_eq!(sheet.header, ["名称", "金额"], "{text:?}");
        assert_eq!(cells(&sheet), expected, "{text:?}");
    }
    let (bytes, _, _) = encoding_rs::GB18030.encode("名称,金额\r\n暖巷𠮷,1\r\n");
    assert_eq!(cells(&read(&bytes, CSV).unwrap()), [["暖巷𠮷", "1"]]);
}

#[test]
fn a_line_that_is_no_text_is_named() {
    for (bytes, line) in [
        (b"a\n\xff\xff\n".as_slice(), 2),
        (b"\xef\xbb\xbfa\nb\n\xc4\xe3\n", 3),
        (b"a\nb\0\n", 2),
        (b"\xff\xfea\0\n\0", 1),
    ] {
        assert_eq!(read(bytes, CSV), Err(SheetFault::Encoding(line)), "{bytes:?}");
    }
}

#[test]
fn a_csv_that_is_cut_off_is_refused() {
    for text in ["a,b\n\"x", "a,b\n1,\"2\n3,4\n", "a,b\n\"x\"\"", "\"a,b\nc"] {
        assert!(matches!(read(text.as_bytes(), CSV), Err(SheetFault::Unreadable(_))), "{text:?}");
    }
    // A mark within a cell that was not opened by one is a mark.
    assert_eq!(cells(&csv_of("a,b\n12\" x,y\n")), [["12\" x", "y"]]);
}

#[test]
fn flaws_stand_at_their_cells() {
    let long = "字".repeat(MAX_CELL + 1);
    let sheet = csv_of(&format!("a,b\n=1+1,x\u{202E}y\n{long},{}\n1,2,3,4\n", &long[3..]));
    let flaws: Vec<(u32, usize, FlawKind)> = sheet
        .rows
        .iter()
        .flat_map(|row| row.flaws.iter().map(|flaw| (row.number, flaw.column, flaw.kind)))
        .collect();
    assert_eq!(
        flaws,
        [
            (2, 0, FlawKind::Formula),
            (2, 1, FlawKind::Character),
            (3, 0, FlawKind::TooLong),
            (4, 2, FlawKind::Beyond),
        ]
    );
    assert_eq!(cell_name(0, 2), "A2");
    assert_eq!(
        (cell_name(25, 1).as_str(), cell_name(26, 1).as_str(), cell_name(99, 9).as_str()),
        ("Z1", "AA1", "CV9")
    );
}

#[test]
fn limits_hold() {
    let rows = |count: usize| format!("a\n{}", "x\n".repeat(count));
    assert_eq!(csv_of(&rows(MAX_ROWS)).rows.len(), MAX_ROWS);
    assert_eq!(read(rows(MAX_ROWS + 1).as_bytes(), CSV), Err(SheetFault::TooLarge("10,000 rows")));
    let wide = |count: usize| format!("{}\nx\n", vec!["a"; count].join(","));
    assert_eq!(csv_of(&wide(MAX_COLUMNS)).header.len(), MAX_COLUMNS);
    assert_eq!(read(wide(MAX_COLUMNS + 1).as_bytes(), CSV), Err(SheetFault::TooLarge("100 columns")));
    assert_eq!(read(b"", CSV), Err(SheetFault::Empty));
    assert_eq!(read(b"a\n", CSV), Err(SheetFault::Empty));
    assert!(read(b"a\nb\n", "text/html").is_err());
}

/// One long text that is stored once and stands in many cells.
#[test]
fn a_text_that_stands_everywhere_is_too_large() {
    let text = "a".repeat(30_000);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..700 {
        sheet.write_string(row, 0, &text).unwrap();
    }
    assert_eq!(read(&book.save_to_buffer().unwrap(), XLSX), Err(SheetFault::TooLarge("16 MiB")));
}

#[test]
fn xlsx_is_read_as_a_person_sees_it() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    for (column, name) in (0u16..).zip(["a", "b", "c", "d", "e", "f"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    let date = ExcelDateTime::from_ymd(2011, 6, 1).unwrap();
    let moment = ExcelDateTime::from_ymd(2011, 6, 1).unwrap().and_hms(8, 30, 0).unwrap();
    sheet.write_number(1, 0, 50_000.0).unwrap();
    sheet.write_number(1, 1, 0.1 + 0.2).unwrap();
    sheet.write_datetime_with_format(1, 2, date, &day).unwrap();
    sheet
        .write_datetime_with_format(1, 3, moment, &Format::new().set_num_format("yyyy-mm-dd hh:mm"))
        .unwrap();
    sheet.write_boolean(1, 4, true).unwrap();
    sheet.write_string(1, 5, "'=1").unwrap();
    sheet.write_formula(3, 0, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(3, 1, "x").unwrap();
    let sheet = read(&book.save_to_buffer().unwrap(), XLSX).unwrap();
    assert_eq!(cells(&sheet)[0], ["50000", "0.3", "2011-06-01", "2011-06-01T08:30:00", "TRUE", "=1"]);
    assert_eq!((sheet.rows[1].number, sheet.rows[1].cells[0].as_str()), (4, ""));
    assert_eq!(sheet.rows[1].flaws, [Flaw { column: 0, kind: FlawKind::Formula }]);
}

#[test]
fn numbers_have_no_tail() {
    for (number, seen) in
        [(0.0, "0"), (-0.0, "0"), (1e15, "1000000000000000"), (29.99 * 3.0, "89.97"), (-1.5, "-1.5")]
    {
        assert_eq!(xlsx::number_as_seen(number), seen);
    }
}

/// trust.md §5, numbers 62 and 63.
#[test]
fn an_archive_is_counted_before_it_is_opened() {
    let unsafe_with = |members: &[(&str, &[u8])]| read(&archive(members), XLSX).unwrap_err();
    let zeros = vec![0u8; 20 * 1024 * 1024];
    let is = |members: &[(&str, &[u8])], fits: fn(&ArchiveFault) -> bool| match unsafe_with(members) {
        SheetFault::Unsafe(fault) => assert!(fits(&fault), "{fault}"),
        other => panic!("{other}"),
    };
    is(&[("a.bin", &zeros)], |fault| matches!(fault, ArchiveFault::Bomb(_) | ArchiveFault::TooLarge(_)));
    let names: Vec<String> = (0..=1_000).map(|number| format!("m{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    is(&many, |fault| matches!(fault, ArchiveFault::TooManyMembers(_)));
    let inner = archive(&[("x", b"y")]);
    is(&[("x.bin", &inner)], |fault| matches!(fault, ArchiveFault::Nested(_)));
    for name in ["../x", "/etc/x", "a/../../x"] {
        is(&[(name, b"x")], |fault| matches!(fault, ArchiveFault::Escapes(_)));
    }
    let dtd = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><x/>";
    let wide: Vec<u8> = dtd.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [dtd.as_bytes(), &wide, format!("{}{dtd}", " ".repeat(16 * 1024 - 25)).as_bytes()] {
        is(&[("xl/workbook.xml", bytes)], |fault| matches!(fault, ArchiveFault::Entities(_)));
    }
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let mut writer = Writer::new(XLSX, &["a".to_owned()]).unwrap();
    writer.row(&[Value::Text("x".to_owned())]).unwrap();
    let whole = writer.finish().unwrap();
    assert!(read(&whole, XLSX).is_ok());
    for length in (0..whole.len()).step_by(97) {
        assert!(matches!(read(&whole[..length], XLSX), Err(SheetFault::Unreadable(_))), "{length}");
    }
}

fn text() -> impl Strategy<Value = String> {
    (
        "[ ]{0,2}",
        prop::sample::select(vec!["", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "'", "暖"]),
        ".{0,12}",
    )
        .prop_map(|(blanks, start, rest)| format!("{blanks}{start}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// trust.md §5, number 48: whatever is written, no cell of a file begins as a formula does.
    #[test]
    fn no_cell_begins_as_a_formula(texts in prop::collection::vec(text(), 3), fen in 0i64..1_000_000) {
        let header: Vec<String> = texts.clone();
        let row: Vec<Value> = texts.iter().cloned().map(Value::Text).collect();
        for media in [CSV, XLSX] {
            let mut writer = Writer::new(media, &header).unwrap();
            writer.row(&row).unwrap();
            writer.row(&[Value::Money(Money::from_fen(fen)), Value::Count(-5), Value::Blank]).unwrap();
            let bytes = writer.finish().unwrap();
            if media == CSV {
                let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[3..]);
                for record in reader.byte_records() {
                    for cell in &record.unwrap() {
                        prop_assert!(!write::starts_a_formula(&String::from_utf8_lossy(cell)), "{cell:?}");
                    }
                }
            } else {
                // Written as a text it is no formula; read back it would be a flaw if it were.
                let book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(bytes.clone())).unwrap();
                let mut book = book;
                let mut cells = book.worksheet_cells_reader("Sheet1").unwrap();
                while let Some(cell) = cells.next_cell_with_formula().unwrap() {
                    prop_assert!(cell.formula.is_none());
                    if let calamine::DataRef::String(text) = &cell.value {
                        prop_assert!(!write::starts_a_formula(text), "{text:?}");
                    }
                }
            }
        }
    }

    /// What was written is read back, the mark against formulas taken off.
    #[test]
    fn what_is_written_is_read_back(texts in prop::collection::vec("[=+@a暖0-9,;\"]{1,12}", 1..5)) {
        let header: Vec<String> = (0..texts.len()).map(|number| format!("c{number}")).collect();
        let row: Vec<Value> = texts.iter().cloned().map(Value::Text).collect();
        for media in [CSV, XLSX] {
            let mut writer = Writer::new(media, &header).unwrap();
            writer.row(&row).unwrap();
            let sheet = read(&writer.finish().unwrap(), media).unwrap();
            prop_assert_eq!(&sheet.rows[0].cells, &texts);
        }
    }
}
