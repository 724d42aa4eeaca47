//! Reading the files and holding them against each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    Application, Enterprise, Faults, Folder, Line, Organization, Preferences, Reviewer, Sheet, Tie, policy,
    table::{Cells, Table},
};
use crate::kernel::reference::Reference;

/// Files of rules.md §9 whose part is not rehearsed yet.
const LATER: &[&str] = &["objections.csv", "evaluations.csv", "bank_results.csv", "pledges.csv"];

/// What was read, and whether that went without a fault.
fn counted<T>(faults: &mut Faults, read: impl FnOnce(&mut Faults) -> T) -> (T, bool) {
    let before = faults.len();
    let read = read(faults);
    (read, faults.len() == before)
}

fn some(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

pub(super) fn read_all(directory: &Path, faults: &mut Faults) -> Option<Folder> {
    let call = policy::read(directory, faults);
    let (organizations, sound) = counted(faults, |faults| read_organizations(directory, faults));
    let orgs = keys(&organizations, sound, |o| o.org.as_str());
    let (mut applications, sound) = counted(faults, |faults| read_applications(directory, &orgs, faults));
    applications.sort_by(|a, b| a.reference.cmp(&b.reference));
    let mut budgets;
    let (sheets, ties, of_enterprises, of_projects);
    let (reviewers, experts_sound) = counted(faults, |faults| read_reviewers(directory, &orgs, faults));
    let (enterprises, sponsors_sound) = counted(faults, |faults| read_enterprises(directory, faults));
    {
        let references = keys(&applications, sound, |a| a.reference.as_str());
        let experts = keys(&reviewers, experts_sound, |r| r.key.as_str());
        let sponsors = keys(&enterprises, sponsors_sound, |e| e.key.as_str());
        let known = Known { references: &references, experts: &experts, sponsors: &sponsors };
        let rubric = call.iter().flat_map(|call| &call.rubric);
        let codes: Vec<&str> = rubric.map(|criterion| criterion.code.as_str()).collect();
        sheets = read_sheets(directory, &codes, known, faults);
        ties = read_ties(directory, known, faults);
        of_enterprises = read_preferences(directory, "enterprise_preferences.csv", known, faults);
        of_projects = read_preferences(directory, "project_preferences.csv", known, faults);
        budgets = read_lines(directory, known, faults);
    }
    for application in &mut applications {
        application.lines = budgets.remove(&application.reference).unwrap_or_default();
    }
    let unused_files = LATER.iter().copied().filter(|file| directory.join(file).exists()).collect();
    Some(Folder {
        call: call?,
        organizations,
        applications,
        reviewers,
        sheets,
        ties,
        enterprises,
        of_enterprises,
        of_projects,
        unused_files,
    })
}

/// The keys of a file that other files may name; none where the file has faults of its own, which are told first.
type Keys<'a> = Option<BTreeSet<&'a str>>;

/// What the rows of a file are called by.
fn keys<'a, T>(rows: &'a [T], sound: bool, key: impl Fn(&'a T) -> &'a str) -> Keys<'a> {
    sound.then(|| rows.iter().map(key).collect())
}

/// The keys that other files may name.
#[derive(Clone, Copy)]
struct Known<'a> {
    references: &'a Keys<'a>,
    experts: &'a Keys<'a>,
    sponsors: &'a Keys<'a>,
}

/// A cell that names something of another file.
fn named(cells: &mut Cells<'_>, column: &str, keys: &Keys<'_>) -> Option<String> {
    let key = cells.required(column)?;
    if keys.as_ref().is_none_or(|keys| keys.contains(key.as_str())) {
        return Some(key);
    }
    cells.complain(format!("{column} {key} is not in its file"));
    None
}

/// A cell that names this row and no other.
fn unique(cells: &mut Cells<'_>, column: &str, seen: &mut BTreeSet<String>) -> Option<String> {
    let key = cells.required(column)?;
    if seen.insert(key.clone()) {
        return Some(key);
    }
    cells.complain(format!("{column} {key} is there twice"));
    None
}

fn read_organizations(directory: &Path, faults: &mut Faults) -> Vec<Organization> {
    let columns = ["org", "name", "kind", "credit_code", "filing_no", "host_org", "members", "subdistrict"];
    let mut seen = BTreeSet::new();
    Table::read(directory, "organizations.csv", &columns, faults).each(faults, |cells| {
        let (org, name) = (unique(cells, "org", &mut seen), cells.required("name"));
        let (kind, members) = (cells.value("kind"), cells.optional("members"));
        Some(Organization {
            org: org?,
            name: name?,
            kind: kind?,
            credit_code: some(cells.text("credit_code")),
            filing_no: some(cells.text("filing_no")),
            host: some(cells.text("host_org")),
            members: members?.unwrap_or(0),
            subdistrict: cells.text("subdistrict"),
        })
    })
}

fn read_applications(directory: &Path, orgs: &Keys<'_>, faults: &mut Faults) -> Vec<Application> {
    let columns = [
        "reference",
        "org",
        "title",
        "domain",
        "requested",
        "own_funds",
        "starts_on",
        "ends_on",
        "beneficiaries",
        "summary",
    ];
    let mut seen = BTreeSet::new();
    Table::read(directory, "applications.csv", &columns, faults).each(faults, |cells| {
        let reference = unique(cells, "reference", &mut seen);
        // The server's own form of a reference: anything else is a slip of the file, not of the applicant.
        let well_formed = cells.value::<Reference>("reference");
        let (org, domain) = (named(cells, "org", orgs), cells.optional("domain"));
        let (requested, own_funds) = (cells.optional("requested"), cells.optional("own_funds"));
        let (starts_on, ends_on) = (cells.optional("starts_on"), cells.optional("ends_on"));
        let beneficiaries = cells.optional("beneficiaries");
        well_formed?;
        Some(Application {
            reference: reference?,
            org: org?,
            title: cells.text("title"),
            domain: domain?,
            requested: requested?,
            own_funds: own_funds?.unwrap_or_default(),
            starts_on: starts_on?,
            ends_on: ends_on?,
            beneficiaries: beneficiaries?,
            summary: cells.text("summary"),
            lines: Vec::new(),
        })
    })
}

fn read_lines(directory: &Path, known: Known<'_>, faults: &mut Faults) -> BTreeMap<String, Vec<Line>> {
    let columns = ["reference", "category", "item", "amount", "from_fund"];
    let rows = Table::read(directory, "budget_lines.csv", &columns, faults).each(faults, |cells| {
        let reference = named(cells, "reference", known.references);
        let (category, amount) = (cells.value("category"), cells.value("amount"));
        let from_fund = match cells.text("from_fund").as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            other => {
                cells.complain(format!("from_fund = {other:?}: yes or no"));
                None
            }
        };
        let line =
            Line { category: category?, item: cells.text("item"), amount: amount?, from_fund: from_fund? };
        Some((reference?, line))
    });
    let mut budgets: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for (reference, line) in rows {
        budgets.entry(reference).or_default().push(line);
    }
    budgets
}

fn read_reviewers(directory: &Path, orgs: &Keys<'_>, faults: &mut Faults) -> Vec<Reviewer> {
    let mut seen = BTreeSet::new();
    let columns = ["reviewer", "name", "expertise", "org"];
    Table::read(directory, "reviewers.csv", &columns, faults).each(faults, |cells| {
        let (reviewer, name) = (unique(cells, "reviewer", &mut seen), cells.required("name"));
        let listed = cells.text("expertise");
        let mut expertise = Vec::new();
        for domain in listed.split(';').map(str::trim).filter(|domain| !domain.is_empty()) {
            match domain.parse() {
                Ok(domain) => expertise.push(domain),
                Err(_) => cells.complain(format!("expertise: there is no domain {domain:?}")),
            }
        }
        let org = match some(cells.text("org")) {
            None => None,
            Some(_) => Some(named(cells, "org", orgs)?),
        };
        Some(Reviewer { key: reviewer?, name: name?, expertise, org })
    })
}

fn read_sheets(directory: &Path, codes: &[&str], known: Known<'_>, faults: &mut Faults) -> Vec<Sheet> {
    let mut columns = vec!["reference", "reviewer", "suggested_amount", "comment"];
    columns.extend(codes);
    let mut seen = BTreeSet::new();
    let mut sheets = Table::read(directory, "reviews.csv", &columns, faults).each(faults, |cells| {
        let reference = named(cells, "reference", known.references);
        let reviewer = named(cells, "reviewer", known.experts);
        let mut marks = BTreeMap::new();
        for code in codes {
            if let Some(Some(mark)) = cells.optional(code) {
                marks.insert((*code).to_owned(), mark);
            }
        }
        let suggested_amount = cells.optional("suggested_amount");
        let (reference, reviewer) = (reference?, reviewer?);
        if !seen.insert((reference.clone(), reviewer.clone())) {
            cells.complain(format!("{reviewer} reviews {reference} twice"));
        }
        let comment = cells.text("comment");
        Some(Sheet { reference, reviewer, marks, suggested_amount: suggested_amount?, comment })
    });
    sheets.sort_by(|a, b| (&a.reference, &a.reviewer).cmp(&(&b.reference, &b.reviewer)));
    sheets
}

fn read_ties(directory: &Path, known: Known<'_>, faults: &mut Faults) -> Vec<Tie> {
    if !directory.join("conflicts.csv").exists() {
        return Vec::new();
    }
    Table::read(directory, "conflicts.csv", &["reference", "reviewer", "kind"], faults).each(
        faults,
        |cells| {
            let reference = named(cells, "reference", known.references);
            let (reviewer, kind) = (named(cells, "reviewer", known.experts), cells.required("kind"));
            Some(Tie { reference: reference?, reviewer: reviewer?, kind: kind? })
        },
    )
}

fn read_enterprises(directory: &Path, faults: &mut Faults) -> Vec<Enterprise> {
    let mut seen = BTreeSet::new();
    let columns = ["enterprise", "name", "credit_code", "budget", "quota"];
    Table::read(directory, "enterprises.csv", &columns, faults).each(faults, |cells| {
        let (enterprise, name) = (unique(cells, "enterprise", &mut seen), cells.required("name"));
        let (budget, quota) = (cells.optional("budget"), cells.value("quota"));
        Some(Enterprise {
            key: enterprise?,
            name: name?,
            credit_code: cells.text("credit_code"),
            budget: budget?.unwrap_or_default(),
            quota: quota?,
        })
    })
}

/// Lists, best first. A project that is not of this round may stand in them and is passed over (rules.md §8); an
/// enterprise that nobody knows is a slip.
fn read_preferences(
    directory: &Path,
    file: &'static str,
    known: Known<'_>,
    faults: &mut Faults,
) -> Preferences {
    let (whose, whom) = if file.starts_with("enterprise") {
        ("enterprise", "reference")
    } else {
        ("reference", "enterprise")
    };
    let (mut ranks, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    let mut rows =
        Table::read(directory, file, &["enterprise", "rank", "reference"], faults).each(faults, |cells| {
            let (owner, rank) = (cells.required(whose), cells.value::<i64>("rank"));
            let choice = cells.required(whom);
            named(cells, "enterprise", known.sponsors)?;
            let (owner, rank, choice) = (owner?, rank?, choice?);
            if !ranks.insert((owner.clone(), rank)) {
                cells.complain(format!("{owner} has two choices of rank {rank}"));
            }
            if !pairs.insert((owner.clone(), choice.clone())) {
                cells.complain(format!("{owner} lists {choice} twice"));
            }
            Some((owner, rank, choice))
        });
    rows.sort();
    let mut lists = Preferences::new();
    for (owner, _, choice) in rows {
        lists.entry(owner).or_default().push(choice);
    }
    lists
}
