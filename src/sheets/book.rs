//! Workbooks for people: tables with a look, entry cells with limits, pages to be printed. None of their cells can be a
//! formula, and their properties name nobody (trust.md §5, numbers 18 and 48).

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula,
    ProtectionOptions, Workbook, Worksheet,
};

use super::{cell_name, write::guarded};
use crate::{
    error::Error,
    kernel::{score::Score, time::Timestamp},
};

/// How a cell looks, and what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A heading of the page.
    Title,
    /// A line below the heading.
    Note,
    /// The head of a column.
    Head,
    /// A cell of a table.
    Plain,
    /// A number that does not count: struck through.
    Struck,
    /// A cell that is filled in.
    Entry,
    /// A cell that must stay as it is.
    Shut,
}

impl Look {
    fn format(self) -> Format {
        let framed = Format::new()
            .set_border(FormatBorder::Thin)
            .set_border_color(Color::RGB(0x00B0_B8BF))
            .set_align(FormatAlign::VerticalCenter);
        match self {
            Self::Title => Format::new().set_bold().set_font_size(16),
            Self::Note => Format::new().set_font_color(Color::RGB(0x0040_4850)),
            Self::Head => framed
                .set_bold()
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00E8_EEF2))
                .set_align(FormatAlign::Center),
            Self::Plain => framed.set_text_wrap(),
            Self::Struck => framed.set_font_strikethrough().set_font_color(Color::RGB(0x0080_8890)),
            Self::Entry => {
                framed.set_text_wrap().set_unlocked().set_background_color(Color::RGB(0x00FF_FBE6))
            }
            Self::Shut => framed.set_text_wrap().set_font_color(Color::RGB(0x0080_8890)),
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Blank,
    /// Text.
    Text(String),
    /// A decimal with two places, as it prints.
    Decimal(String),
    /// A count.
    Count(usize),
}

impl Content {
    /// A decimal of what is there.
    pub fn decimal(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::Blank, |value| Self::Decimal(value.to_string()))
    }
}

/// A workbook that is being put together.
pub struct Book {
    workbook: Workbook,
}

/// One sheet of it.
pub struct Page<'a> {
    sheet: &'a mut Worksheet,
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::internal(error)
}

fn column_of(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

impl Book {
    /// An empty one that was made at this moment.
    pub fn new(made_at: Timestamp) -> Result<Self, Error> {
        let at = ExcelDateTime::parse_from_str(&made_at.in_shanghai()).map_err(failed)?;
        let mut workbook = Workbook::new();
        workbook.set_properties(&DocProperties::new().set_author("").set_creation_datetime(&at));
        Ok(Self { workbook })
    }

    /// Another sheet.
    pub fn page(&mut self, name: &str) -> Result<Page<'_>, Error> {
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(name).map_err(failed)?;
        Ok(Page { sheet })
    }

    /// The whole file.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.workbook.save_to_buffer().map_err(failed)
    }
}

impl Page<'_> {
    /// Writes a cell; `row` and `column` count from 0.
    pub fn put(&mut self, row: u32, column: usize, content: &Content, look: Look) -> Result<(), Error> {
        let (column, format) = (column_of(column), look.format());
        match content {
            Content::Blank => self.sheet.write_blank(row, column, &format),
            Content::Text(text) => self.sheet.write_string_with_format(row, column, guarded(text), &format),
            Content::Decimal(decimal) => {
                let format = format.set_num_format("#,##0.00");
                let number = decimal.parse::<f64>().map_err(failed)?;
                self.sheet.write_number_with_format(row, column, number, &format)
            }
            Content::Count(count) => {
                let number = count.to_string().parse::<f64>().map_err(failed)?;
                self.sheet.write_number_with_format(row, column, number, &format.set_num_format("0"))
            }
        }
        .map_err(failed)?;
        Ok(())
    }

    /// How wide a column is, in characters.
    pub fn width(&mut self, column: usize, characters: u16) -> Result<(), Error> {
        self.sheet.set_column_width(column_of(column), characters).map_err(failed)?;
        Ok(())
    }

    /// Keeps the rows above and the columns before this cell in sight.
    pub fn freeze(&mut self, row: u32, column: usize) -> Result<(), Error> {
        self.sheet.set_freeze_panes(row, column_of(column)).map_err(failed)?;
        Ok(())
    }

    /// On A4 across, as wide as a page, with these rows on top of each.
    pub fn print_across(&mut self, first_head: u32, last_head: u32) -> Result<(), Error> {
        self.sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
        self.sheet.set_repeat_rows(first_head, last_head).map_err(failed)?;
        Ok(())
    }

    /// Only entry cells can be written to. There is no password: it keeps from slips, not from anybody.
    pub fn protect(&mut self) {
        let options = ProtectionOptions {
            format_columns: true,
            format_rows: true,
            format_cells: true,
            ..ProtectionOptions::default()
        };
        self.sheet.protect_with_options(&options);
    }

    /// Cells that take 0 to `max` in steps of `step`, and say so.
    pub fn limit_marks(
        &mut self,
        rows: (u32, u32),
        column: usize,
        max: Score,
        step: Score,
    ) -> Result<(), Error> {
        // The address is that of the first cell; a spreadsheet moves it along.
        let cell = cell_name(column, rows.0 + 1);
        let rule = format!(
            "AND(ISNUMBER({cell}),{cell}>=0,{cell}<={max},MOD(ROUND({cell}*100,0),{})=0)",
            step.hundredths()
        );
        let validation = DataValidation::new()
            .allow_custom(Formula::new(rule))
            .set_error_title("分值 mark")
            .and_then(|validation| {
                validation
                    .set_error_message(format!("0 – {max}，步长 {step}。 0 to {max} in steps of {step}."))
            })
            .map_err(failed)?;
        let column = column_of(column);
        self.sheet.add_data_validation(rows.0, column, rows.1, column, &validation).map_err(failed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{XLSX, read};

    #[test]
    fn what_is_written_is_read_back_and_names_nobody() {
        let at: Timestamp = "2011-04-01T01:02:03Z".parse().unwrap();
        let mut book = Book::new(at).unwrap();
        let mut page = book.page("评分").unwrap();
        for (column, name) in ["reference", "=mark"].into_iter().enumerate() {
            page.put(0, column, &Content::Text(name.into()), Look::Head).unwrap();
        }
        page.put(1, 0, &Content::Text("=1+1".into()), Look::Shut).unwrap();
        page.put(1, 1, &Content::Decimal("18.50".into()), Look::Entry).unwrap();
        page.limit_marks((1, 1), 1, Score::from_hundredths(2_000), Score::from_hundredths(50)).unwrap();
        page.protect();
        let bytes = book.finish().unwrap();
        let sheet = read(&bytes, XLSX).unwrap();
        assert_eq!(sheet.rows[0].cells, ["=1+1", "18.5"]);
        assert!(sheet.rows[0].flaws.is_empty());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut core = String::new();
        std::io::Read::read_to_string(&mut archive.by_name("docProps/core.xml").unwrap(), &mut core).unwrap();
        assert!(core.contains("<dc:creator></dc:creator>") || core.contains("<dc:creator/>"), "{core}");
        assert!(core.contains("2011-04-01T"), "{core}");
        assert!(
            core.contains("<cp:lastModifiedBy></cp:lastModifiedBy>") || core.contains("<cp:lastModifiedBy/>")
        );
    }
}
