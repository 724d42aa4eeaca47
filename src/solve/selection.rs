//! `solve selection`: who gets money, down the ranking.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, basis_points, count, list, money, object, score, text},
    write,
};
use crate::{
    approvals::rules::selection::{Candidate, OnShortfall, SelectionRules, select},
    kernel::money::Money,
};

#[derive(Serialize)]
struct Selected {
    application: String,
    amount: Money,
}

#[derive(Serialize)]
struct Answer {
    selected: Vec<Selected>,
    waitlisted: Vec<String>,
    below_line: Vec<String>,
    unscored: Vec<String>,
    total: Money,
    left: Money,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let (rules, candidates) = faults.unless_any(input)?;
    let selection = select(&rules, &candidates);
    write(&Answer {
        selected: selection
            .selected
            .into_iter()
            .map(|(application, amount)| Selected { application, amount })
            .collect(),
        waitlisted: selection.waitlisted,
        below_line: selection.below_line,
        unscored: selection.unscored,
        total: selection.total,
        left: selection.left,
    })
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<(SelectionRules, Vec<Candidate>)> {
    let at = At::ROOT;
    let known = [
        "budget",
        "pass_line",
        "on_shortfall",
        "partial_min_share_bp",
        "max_count",
        "domain_max",
        "candidates",
    ];
    let fields = Fields::open(json, &at, &known, faults)?;
    let budget = fields.required("budget", faults, money);
    let pass_line = fields.required("pass_line", faults, score);
    let on_shortfall = fields.required("on_shortfall", faults, on_shortfall);
    let partial_min_share_bp = fields.required("partial_min_share_bp", faults, basis_points);
    let max_count = fields.optional("max_count", faults, count);
    let domain_max = fields.or("domain_max", BTreeMap::new(), faults, domain_max);
    let candidates = fields.required("candidates", faults, candidates);
    let rules = SelectionRules {
        budget: budget?,
        pass_line: pass_line?,
        on_shortfall: on_shortfall?,
        partial_min_share_bp: partial_min_share_bp?,
        max_count: max_count?,
        domain_max: domain_max?,
    };
    Some((rules, candidates?))
}

fn on_shortfall(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<OnShortfall> {
    match json {
        Json::Text(word) if word == "stop" => Some(OnShortfall::Stop),
        Json::Text(word) if word == "skip" => Some(OnShortfall::Skip),
        Json::Text(word) if word == "partial" => Some(OnShortfall::Partial),
        _ => {
            faults.add(at, "must be \"stop\", \"skip\" or \"partial\"");
            None
        }
    }
}

fn domain_max(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<BTreeMap<String, usize>> {
    let members = object(json, at, faults)?;
    let read =
        members.iter().map(|(domain, most)| (domain.to_string(), count(most, &at.key(domain), faults)));
    let limits: Vec<(String, Option<usize>)> = read.collect();
    limits.into_iter().map(|(domain, most)| most.map(|most| (domain, most))).collect()
}

fn candidates(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Vec<Candidate>> {
    let items = list(json, at, faults)?;
    let mut seen = HashSet::new();
    let mut candidates = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        candidates.push(candidate(item, &at, faults, &mut seen));
    }
    candidates.into_iter().collect()
}

fn candidate<'a>(
    json: &'a Json<'a>,
    at: &At<'_>,
    faults: &mut Faults,
    seen: &mut HashSet<&'a str>,
) -> Option<Candidate> {
    let fields = Fields::open(json, at, &["application", "score", "amount", "domain"], faults)?;
    let application = fields.required("application", faults, text);
    let score = fields.nullable("score", faults, score);
    let amount = fields.required("amount", faults, money);
    let domain = fields.optional("domain", faults, text);
    if application.is_some_and(|id| !seen.insert(id)) {
        faults.add(&at.key("application"), format!("the application {:?} is given twice", application?));
    }
    Some(Candidate {
        application: application?.to_owned(),
        score: score?,
        amount: amount?,
        domain: domain?.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn walks_and_prints_all_fields() {
        let input = r#"{"budget":"900.00","pass_line":"70.00","on_shortfall":"skip","partial_min_share_bp":7000,
            "domain_max":{"elderly":1},"candidates":[
            {"application":"a","score":"88.10","amount":"400.00","domain":"elderly"},
            {"application":"b","score":"88.00","amount":"400.00","domain":"elderly"},
            {"application":"c","score":"87","amount":"600","domain":null},
            {"application":"d","score":"70.00","amount":"500.00"},
            {"application":"e","score":"69.99","amount":"1.00"},
            {"application":"f","score":null,"amount":"1.00"}]}"#;
        let answer = concat!(
            r#"{"selected":[{"application":"a","amount":"400.00"},{"application":"d","amount":"500.00"}],"#,
            r#""waitlisted":["b","c"],"below_line":["e"],"unscored":["f"],"total":"900.00","left":"0.00"}"#
        );
        assert_eq!(solve(Kind::Selection, input).as_deref(), Ok(answer));
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"budget":"1,000","pass_line":70,"on_shortfall":"wait","max_count":-1,"domain_max":{"x":"1"},
            "candidates":[{"application":"a","score":"80.00","amount":"1.00"},
            {"application":"a","amount":"1.00","rank":2},{"application":7,"score":"x","amount":null}]}"#;
        let pointers: Vec<String> =
            solve(Kind::Selection, input).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/budget",
                "/pass_line",
                "/on_shortfall",
                "/partial_min_share_bp",
                "/max_count",
                "/domain_max/x",
                "/candidates/1/rank",
                "/candidates/1/score",
                "/candidates/1/application",
                "/candidates/2/application",
                "/candidates/2/score",
                "/candidates/2/amount",
            ]
        );
        assert_eq!(faults(Kind::Selection, "{}").len(), 5);
    }
}
