//! `solve matching`: 双百对接, stage 1.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, count, list, text},
    write,
};
use crate::matching::rules::stable::{Party, Proposer, stable_matching};

#[derive(Serialize)]
struct Answer<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    unmatched_enterprises: Vec<&'a str>,
    unmatched_projects: Vec<&'a str>,
    blocking_pairs: usize,
}

struct Input {
    enterprises: Vec<Party>,
    projects: Vec<Party>,
    proposer: Proposer,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let Input { enterprises, projects, proposer } = faults.unless_any(input)?;
    let matching = stable_matching(&enterprises, &projects, proposer)
        .map_err(|error| vec![Fault { pointer: String::new(), message: error.to_string() }])?;
    let enterprise = |at: &usize| enterprises.get(*at).map_or("", |party| party.id.as_str());
    let project = |at: &usize| projects.get(*at).map_or("", |party| party.id.as_str());
    write(&Answer {
        pairs: matching.pairs.iter().map(|(e, p)| (enterprise(e), project(p))).collect(),
        unmatched_enterprises: matching.unmatched_enterprises.iter().map(enterprise).collect(),
        unmatched_projects: matching.unmatched_projects.iter().map(project).collect(),
        blocking_pairs: matching.blocking_pairs,
    })
}

/// One side as read in the first pass: the partners are still texts.
struct Side<'a> {
    parties: Vec<(Option<Party>, &'a [Json<'a>])>,
    positions: HashMap<&'a str, usize>,
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<Input> {
    let at = At::ROOT;
    let fields = Fields::open(json, &at, &["enterprises", "projects", "proposer"], faults)?;
    let proposer = fields.or("proposer", Proposer::Enterprises, faults, proposer);
    let enterprises = fields.required("enterprises", faults, list);
    let enterprises = enterprises.map(|items| side(items, &at.key("enterprises"), "quota", None, faults));
    let projects = fields.required("projects", faults, list);
    let projects = projects.map(|items| side(items, &at.key("projects"), "capacity", Some(1), faults));
    let (enterprises, projects) = (enterprises?, projects?);
    let joined = (
        join(enterprises.parties, &projects.positions, &at.key("enterprises"), faults),
        join(projects.parties, &enterprises.positions, &at.key("projects"), faults),
    );
    Some(Input { enterprises: joined.0?, projects: joined.1?, proposer: proposer? })
}

fn proposer(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Proposer> {
    match json {
        Json::Text(word) if word == "enterprises" => Some(Proposer::Enterprises),
        Json::Text(word) if word == "projects" => Some(Proposer::Projects),
        _ => {
            faults.add(at, "must be \"enterprises\" or \"projects\"");
            None
        }
    }
}

fn side<'a>(
    items: &'a [Json<'a>],
    at: &At<'_>,
    places: &str,
    default: Option<usize>,
    faults: &mut Faults,
) -> Side<'a> {
    let mut side =
        Side { parties: Vec::with_capacity(items.len()), positions: HashMap::with_capacity(items.len()) };
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let Some(fields) = Fields::open(item, &at, &["id", places, "prefers"], faults) else {
            side.parties.push((None, &[]));
            continue;
        };
        let id = fields.required("id", faults, text);
        let places = match default {
            Some(default) => fields.or(places, default, faults, count),
            None => fields.required(places, faults, count),
        };
        let prefers = fields.required("prefers", faults, list);
        if let Some(id) = id
            && side.positions.insert(id, index).is_some()
        {
            faults.add(&at.key("id"), format!("{id:?} is given twice"));
        }
        let party =
            id.zip(places).map(|(id, places)| Party { id: id.to_owned(), places, prefers: Vec::new() });
        side.parties.push((party, prefers.unwrap_or_default()));
    }
    side
}

/// The second pass: partners as positions of the other side.
fn join(
    parties: Vec<(Option<Party>, &[Json<'_>])>,
    others: &HashMap<&str, usize>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Vec<Party>> {
    let mut named_by = vec![usize::MAX; others.values().max().map_or(0, |last| last + 1)];
    let mut joined = Vec::with_capacity(parties.len());
    for (index, (party, prefers)) in parties.into_iter().enumerate() {
        let at = at.index(index);
        let at = at.key("prefers");
        let mut positions = Vec::with_capacity(prefers.len());
        for (place, item) in prefers.iter().enumerate() {
            let Some(id) = text(item, &at.index(place), faults) else { continue };
            let Some(position) = others.get(id) else {
                faults.add(&at.index(place), format!("{id:?} is not declared on the other side"));
                continue;
            };
            if let Some(last) = named_by.get_mut(*position) {
                if *last == index {
                    faults.add(&at.index(place), format!("{id:?} is preferred twice"));
                }
                *last = index;
            }
            positions.push(*position);
        }
        joined.push(party.map(|party| Party { prefers: positions, ..party }));
    }
    joined.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn matches_and_prints_all_fields() {
        let input = r#"{"enterprises":[{"id":"e2","quota":1,"prefers":["p1"]},{"id":"e1","quota":2,"prefers":["p1","p2"]}],
            "projects":[{"id":"p2","prefers":["e1"]},{"id":"p1","capacity":1,"prefers":["e1","e2"]},{"id":"p0","prefers":[]}]}"#;
        let answer = concat!(
            r#"{"pairs":[["e1","p1"],["e1","p2"]],"unmatched_enterprises":["e2"],"#,
            r#""unmatched_projects":["p0"],"blocking_pairs":0}"#
        );
        assert_eq!(solve(Kind::Matching, input).as_deref(), Ok(answer));
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"enterprises":[{"id":"e1","prefers":["p1","p1","p9",3]},{"id":"e1","quota":-1,"prefers":[]}],
            "projects":[{"id":"p1","capacity":"1","prefers":["e2"]},5],"proposer":"both","round":1}"#;
        let pointers: Vec<String> =
            solve(Kind::Matching, input).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/round",
                "/proposer",
                "/enterprises/0/quota",
                "/enterprises/1/quota",
                "/enterprises/1/id",
                "/projects/0/capacity",
                "/projects/1",
                "/enterprises/0/prefers/1",
                "/enterprises/0/prefers/2",
                "/enterprises/0/prefers/3",
                "/projects/0/prefers/0",
            ]
        );
        assert_eq!(faults(Kind::Matching, "{}").len(), 2);
    }
}
