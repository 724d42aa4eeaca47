//! Sheets as an office fills them in, and every step of an import once.

use serde_json::Value;
use yichuang::sheets::{self, CSV, XLSX};

use super::{Group, Kind, Office, Person, Reply, Round, fresh_number, settle};

/// A sheet that is being put together.
pub struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// With these columns.
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// The columns that make a whole application.
    pub fn of_applications() -> Self {
        Self::new(&[
            "organization",
            "项目名称",
            "服务领域 (domain)",
            "requested",
            "own_funds",
            "starts_on",
            "ends_on",
            "beneficiaries",
            "summary",
            "fund_activity",
            "own_volunteer",
        ])
    }

    /// The columns of earlier projects.
    pub fn of_track_records() -> Self {
        Self::new(&[
            "机构",
            "年度",
            "届次",
            "项目名称",
            "服务领域",
            "金额",
            "评审结果",
            "结项情况",
            "禁入至",
            "项目摘要",
        ])
    }

    pub fn row(mut self, cells: &[&str]) -> Self {
        self.rows.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        self
    }

    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// As CSV, as an office's program writes it.
    pub fn csv(&self) -> Vec<u8> {
        let line = |cells: &Vec<String>| {
            let quoted: Vec<String> =
                cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            quoted.join(",") + "\r\n"
        };
        let text: String = std::iter::once(&self.header).chain(&self.rows).map(line).collect();
        text.into_bytes()
    }

    /// As XLSX, every cell a text.
    pub fn xlsx(&self) -> Vec<u8> {
        let mut writer = sheets::Writer::new(XLSX, &self.header).expect("a writer");
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|cell| sheets::Value::Text(cell.clone())).collect();
            writer.row(&cells).expect("a row");
        }
        writer.finish().expect("a file")
    }
}

/// A row that breaks no rule.
pub fn application_row(organization: &str, title: &str) -> Vec<String> {
    [
        organization,
        title,
        "为老",
        "￥40,000.00",
        "1000",
        "2011/6/1",
        "2011年12月31日",
        "120",
        "为独居老人提供每周两次的上门服务。",
        "40000",
        "1000.00",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The import once nothing is done with it in the background any more.
#[track_caller]
pub fn settled(office: &Office<'_>, by: &Person, upload: &Reply) -> Reply {
    settle(office.app.database());
    office.see(by, &format!("/api/v1/imports/{}", upload.id()))
}

impl Office<'_> {
    /// Uploads a sheet of applications and waits until it was looked at.
    #[track_caller]
    pub fn checked_import(&self, round: &Round, media: &str, bytes: Vec<u8>) -> Reply {
        let upload = self.send_file(&self.officer, &format!("{}/imports", round.path()), media, bytes);
        settled(self, &self.officer, &upload)
    }

    /// Confirms an import and waits until it is over.
    #[track_caller]
    pub fn confirmed_import(&self, checked: &Reply) -> Reply {
        let path = format!("/api/v1/imports/{}/confirmation", checked.id());
        let confirmed = self.step(&self.officer, &path, checked.version(), None);
        assert_eq!(confirmed.text("/state"), "importing", "{confirmed}");
        settled(self, &self.officer, &confirmed)
    }

    /// Somebody who has registered and whom nobody has verified: many of them, cheaply.
    #[track_caller]
    pub fn plain_group(&self) -> Group {
        self.an_unverified_group(Kind::Registered)
    }
}

/// Every write of an import once: a sheet of applications and one of earlier projects.
#[track_caller]
pub fn import_applications(office: &Office<'_>, round: &Round) {
    let group = office.plain_group();
    let sheet = Sheet::of_applications().rows([application_row(&group.name, "代录的项目")]);
    let checked = office.checked_import(round, XLSX, sheet.xlsx());
    let imported = office.confirmed_import(&checked);
    assert_eq!(imported.text("/state"), "imported", "{imported}");
    // It is an application like any other, and is refused so that it does not come into the review.
    let list = format!("{}/applications?reference={}", round.path(), imported.text("/references/0"));
    let id = office.see(&office.officer, &list).text("/items/0/id").to_owned();
    let project = super::Project { id, reference: imported.text("/references/0").to_owned(), group };
    office.move_application(&project.group.admin, &project, "withdrawal", None);

    let number = fresh_number().to_string();
    let sheet = Sheet::of_track_records().row(&[
        "月湖互助社",
        "2010",
        "第二届公益创投",
        &number,
        "为老",
        "30000",
        "立项",
        "合格",
        "",
        "",
    ]);
    let path = format!("/api/v1/programmes/{}/track-record-imports", office.programme);
    let upload = office.send_file(&office.officer, &path, CSV, sheet.csv());
    let checked = settled(office, &office.officer, &upload);
    office.confirmed_import(&checked);
}

/// Every reading of an import once.
#[track_caller]
pub fn looked_at_imports(office: &Office<'_>, round: &Round) {
    let programme = format!("/api/v1/programmes/{}", office.programme);
    for path in
        [format!("{}/import-template", round.path()), format!("{programme}/track-record-import-template")]
    {
        for format in ["", "?format=csv", "?format=xlsx"] {
            office.officer.get(&format!("{path}{format}")).expect(200);
        }
    }
    let id: String = office
        .app
        .database()
        .read_now(|conn| {
            use diesel::prelude::*;
            use yichuang::db::schema::imports;
            Ok(imports::table.select(imports::id).first(conn)?)
        })
        .expect("an import");
    let import = office.see(&office.auditor, &format!("/api/v1/imports/{id}"));
    assert_eq!(import.at("/permitted_actions"), &Value::Array(Vec::new()), "{import}");
    office.see(&office.auditor, &format!("/api/v1/imports/{id}/faults"));
}
