//! `solve assignment`: reviewers to applications.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, count, list, text, weight},
    write,
};
use crate::reviews::rules::assignment::{AssignmentInput, Capacity, Demand, Objective, Unmet, assign};

#[derive(Serialize)]
struct Answer {
    pairs: Vec<(String, String)>,
    assigned: usize,
    demand: usize,
    complete: bool,
    total_affinity: i64,
    min_application_affinity: i64,
    min_application_affinity_bound: i64,
    max_load: usize,
    min_load_shortfall: usize,
    /// Only where there was an earlier plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<usize>,
    certified: bool,
    unmet: Vec<Unmet>,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let input = faults.unless_any(input)?;
    let adjusted = !input.kept.is_empty();
    let result =
        assign(&input).map_err(|error| vec![Fault { pointer: String::new(), message: error.to_string() }])?;
    write(&Answer {
        assigned: result.pairs.len(),
        pairs: result.pairs,
        demand: result.demand,
        complete: result.complete,
        total_affinity: result.total_affinity,
        min_application_affinity: result.min_application_affinity,
        min_application_affinity_bound: result.min_application_affinity_bound,
        max_load: result.max_load,
        min_load_shortfall: result.min_load_shortfall,
        kept: adjusted.then_some(result.kept),
        certified: result.certified,
        unmet: result.unmet,
    })
}

type Positions<'a> = HashMap<&'a str, usize>;

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<AssignmentInput> {
    let at = At::ROOT;
    let known = ["applications", "reviewers", "affinity", "forbidden", "forced", "kept", "objective", "seed"];
    let fields = Fields::open(json, &at, &known, faults)?;
    let applications = fields
        .required("applications", faults, list)
        .map(|items| read_all(items, &at.key("applications"), faults, application));
    let reviewers = fields
        .required("reviewers", faults, list)
        .map(|items| read_all(items, &at.key("reviewers"), faults, reviewer));
    let affinity = fields.required("affinity", faults, list);
    let (rows, columns) = (applications.as_ref().map(|l| l.1.len()), reviewers.as_ref().map(|l| l.1.len()));
    let affinity = affinity.map(|items| matrix(items, &at.key("affinity"), faults, rows, columns));
    let sides = applications.as_ref().map(|list| &list.0).zip(reviewers.as_ref().map(|list| &list.0));
    let forbidden = fields.required("forbidden", faults, list);
    let forbidden = forbidden.map(|items| pairs(items, &at.key("forbidden"), faults, sides));
    let forced = fields.required("forced", faults, list);
    let forced = forced.map(|items| pairs(items, &at.key("forced"), faults, sides));
    let kept = fields.optional("kept", faults, list);
    let kept = kept.map(|items| pairs(items.unwrap_or_default(), &at.key("kept"), faults, sides));
    let objective = fields.or("objective", Objective::Total, faults, objective);
    let seed = fields.or("seed", "", faults, text);
    if let (Some(forbidden), Some(forced)) = (&forbidden, &forced) {
        let forbidden: HashMap<(usize, usize), usize> =
            forbidden.iter().enumerate().filter_map(|(index, pair)| pair.map(|pair| (pair, index))).collect();
        for (index, pair) in forced.iter().enumerate() {
            if let Some(other) = pair.and_then(|pair| forbidden.get(&pair)) {
                faults.add(
                    &at.key("forced").index(index),
                    format!("the same pair is forbidden in /forbidden/{other}"),
                );
            }
        }
    }
    Some(AssignmentInput {
        applications: applications?.1.into_iter().collect::<Option<_>>()?,
        reviewers: reviewers?.1.into_iter().collect::<Option<_>>()?,
        affinity: affinity??,
        forbidden: forbidden?.into_iter().collect::<Option<_>>()?,
        forced: forced?.into_iter().collect::<Option<_>>()?,
        kept: kept?.into_iter().collect::<Option<_>>()?,
        objective: objective?,
        seed: seed?.to_owned(),
    })
}

fn objective(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Objective> {
    match json {
        Json::Text(word) if word == "total" => Some(Objective::Total),
        Json::Text(word) if word == "fair" => Some(Objective::Fair),
        _ => {
            faults.add(at, "must be \"total\" or \"fair\"");
            None
        }
    }
}

/// What reads one application or reviewer: its identifier and itself.
type ReadOne<'a, T> = fn(&'a Json<'a>, &At<'_>, &mut Faults) -> (Option<&'a str>, Option<T>);

/// Reads a list, with the positions of the identifiers.
fn read_all<'a, T>(
    items: &'a [Json<'a>],
    at: &At<'_>,
    faults: &mut Faults,
    read: ReadOne<'a, T>,
) -> (Positions<'a>, Vec<Option<T>>) {
    let mut positions = HashMap::with_capacity(items.len());
    let mut all = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let (id, one) = read(item, &at, faults);
        if let Some(id) = id
            && positions.insert(id, index).is_some()
        {
            faults.add(&at.key("id"), format!("{id:?} is given twice"));
        }
        all.push(one);
    }
    (positions, all)
}

fn application<'a>(
    json: &'a Json<'a>,
    at: &At<'_>,
    faults: &mut Faults,
) -> (Option<&'a str>, Option<Demand>) {
    let Some(fields) = Fields::open(json, at, &["id", "demand"], faults) else { return (None, None) };
    let id = fields.required("id", faults, text);
    let demand = fields.required("demand", faults, count);
    (id, id.zip(demand).map(|(id, demand)| Demand { id: id.to_owned(), demand }))
}

fn reviewer<'a>(json: &'a Json<'a>, at: &At<'_>, faults: &mut Faults) -> (Option<&'a str>, Option<Capacity>) {
    let Some(fields) = Fields::open(json, at, &["id", "min_load", "max_load"], faults) else {
        return (None, None);
    };
    let id = fields.required("id", faults, text);
    let min_load = fields.or("min_load", 0, faults, count);
    let max_load = fields.required("max_load", faults, count);
    let read = || Some(Capacity { id: id?.to_owned(), min_load: min_load?, max_load: max_load? });
    (id, read())
}

fn matrix(
    items: &[Json<'_>],
    at: &At<'_>,
    faults: &mut Faults,
    rows: Option<usize>,
    columns: Option<usize>,
) -> Option<Vec<Vec<i64>>> {
    if let Some(rows) = rows.filter(|rows| *rows != items.len()) {
        faults.add(at, format!("has {} rows, but there are {rows} applications", items.len()));
    }
    let mut matrix = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let Some(cells) = list(item, &at, faults) else {
            matrix.push(None);
            continue;
        };
        if let Some(columns) = columns.filter(|columns| *columns != cells.len()) {
            faults.add(&at, format!("has {} numbers, but there are {columns} reviewers", cells.len()));
        }
        let mut row = Vec::with_capacity(cells.len());
        for (column, cell) in cells.iter().enumerate() {
            row.push(weight(cell, &at.index(column), faults).unwrap_or(0));
        }
        matrix.push(Some(row));
    }
    matrix.into_iter().collect()
}

/// Pairs as positions; `None` for one that has a fault.
fn pairs(
    items: &[Json<'_>],
    at: &At<'_>,
    faults: &mut Faults,
    sides: Option<(&Positions<'_>, &Positions<'_>)>,
) -> Vec<Option<(usize, usize)>> {
    let mut pairs = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let Json::List(pair) = item else {
            faults.add(&at, "must be a pair [application, reviewer]");
            pairs.push(None);
            continue;
        };
        let [application, reviewer] = pair.as_slice() else {
            faults.add(&at, "must be a pair [application, reviewer]");
            pairs.push(None);
            continue;
        };
        let application = text(application, &at.index(0), faults);
        let reviewer = text(reviewer, &at.index(1), faults);
        let mut find = |id: Option<&str>, place: usize, positions: &Positions<'_>| {
            let position = positions.get(id?).copied();
            if position.is_none() {
                faults.add(&at.index(place), format!("{:?} is not declared", id?));
            }
            position
        };
        pairs.push(sides.and_then(|(applications, reviewers)| {
            let application = find(application, 0, applications);
            let reviewer = find(reviewer, 1, reviewers);
            application.zip(reviewer)
        }));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn assigns_and_prints_all_fields() {
        let input = r#"{"applications":[{"id":"b","demand":1},{"id":"a","demand":2}],
            "reviewers":[{"id":"r","max_load":2},{"id":"s","min_load":1,"max_load":1}],
            "affinity":[[3,4],[5,-6]],"forbidden":[["b","s"]],"forced":[["a","s"]]}"#;
        let answer = concat!(
            r#"{"pairs":[["a","r"],["a","s"],["b","r"]],"assigned":3,"demand":3,"complete":true,"total_affinity":2,"#,
            r#""min_application_affinity":-1,"min_application_affinity_bound":-1,"max_load":2,"min_load_shortfall":0,"#,
            r#""certified":true,"unmet":[]}"#
        );
        assert_eq!(solve(Kind::Assignment, input).as_deref(), Ok(answer));
    }

    /// The sum would give `a` both of the best; fair gives each application one of them.
    #[test]
    fn the_weakest_goes_first_on_request() {
        let input = |more: &str| {
            let text = r#"{"applications":[{"id":"a","demand":2},{"id":"b","demand":2}],
                "reviewers":[{"id":"r","max_load":1},{"id":"s","max_load":1},{"id":"t","max_load":1},{"id":"u","max_load":1}],
                "affinity":[[9,9,1,1],[5,5,1,1]],"forbidden":[],"forced":[]MORE}"#;
            solve(Kind::Assignment, &text.replace("MORE", more)).unwrap()
        };
        let total = input("");
        assert!(total.contains(r#""total_affinity":20,"min_application_affinity":2,"#), "{total}");
        let fair = input(r#","objective":"fair""#);
        let expected =
            r#""total_affinity":16,"min_application_affinity":6,"min_application_affinity_bound":6,"#;
        assert!(fair.contains(expected) && fair.contains(r#""certified":true"#), "{fair}");
        // A pair of an earlier plan goes before both.
        let kept = input(r#","objective":"fair","kept":[["b","t"],["b","u"]]"#);
        assert!(kept.contains(r#""min_application_affinity":2,"#) && kept.contains(r#""kept":2,"#), "{kept}");
    }

    #[test]
    fn says_what_is_missing() {
        let input = r#"{"applications":[{"id":"a","demand":2}],"reviewers":[{"id":"r","max_load":2}],
            "affinity":[[3]],"forbidden":[],"forced":[]}"#;
        let answer = solve(Kind::Assignment, input).unwrap();
        let unmet = r#""unmet":[{"applications":["a"],"reviewers":["r"],"need":2,"can":1,"advice":["#;
        assert!(
            answer.contains(r#""assigned":1,"demand":2,"complete":false"#) && answer.contains(unmet),
            "{answer}"
        );
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"applications":[{"id":"a","demand":-1},{"id":"a","demand":1},{"demand":1}],
            "reviewers":[{"id":"r"},{"id":"s","max_load":1,"min_load":"0"}],"affinity":[[1],[1,"x"]],
            "forbidden":[["a","r"],["a"],["z","r"]],"forced":[["a","r"],["a","t"],[1,"r"]],"objective":"just","seed":1}"#;
        let pointers: Vec<String> =
            solve(Kind::Assignment, input).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/applications/0/demand",
                "/applications/1/id",
                "/applications/2/id",
                "/reviewers/0/max_load",
                "/reviewers/1/min_load",
                "/affinity",
                "/affinity/0",
                "/affinity/1/1",
                "/forbidden/1",
                "/forbidden/2/0",
                "/forced/1/1",
                "/forced/2/0",
                "/objective",
                "/seed",
                "/forced/0",
            ]
        );
        assert_eq!(faults(Kind::Assignment, "{}").len(), 5);
    }
}
