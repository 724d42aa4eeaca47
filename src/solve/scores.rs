//! `solve scores`: scores, ranking and statistics of a round.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, count, list, money, not_negative, object, score, text},
    write,
};
use crate::{
    kernel::{money::Money, score::Score},
    reviews::rules::{
        calibration::{Calibration, Component, Rating, calibrate},
        ranking::{Ranked, draw, rank},
        scores::{ApplicationInput, Criterion, Divergence, ReviewInput, ScoreRules},
        statistics::{Agreement, agreement},
    },
};

#[derive(Serialize)]
struct Answer {
    applications: Vec<ApplicationLine>,
    reviewers: Vec<ReviewerLine>,
    agreement: AgreementLine,
    /// Only where the round falls apart into several, across which nothing can be calibrated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Component>,
}

#[derive(Serialize)]
struct ApplicationLine {
    application: String,
    n: usize,
    score: Option<Score>,
    mean: Option<Score>,
    median: Option<Score>,
    sd: Option<Score>,
    lowest: Option<Score>,
    highest: Option<Score>,
    dropped: Option<DroppedLine>,
    rank: Option<usize>,
    tie_drawn: bool,
    rank_interval: Option<(usize, usize)>,
    recommended: Money,
    calibrated: Option<f64>,
    flagged: bool,
    /// Only where the draw decided: what anybody can recompute.
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<String>,
}

#[derive(Serialize)]
struct DroppedLine {
    high: String,
    low: String,
}

#[derive(Serialize)]
struct ReviewerLine {
    reviewer: String,
    n: usize,
    severity: Option<f64>,
}

#[derive(Serialize)]
struct AgreementLine {
    krippendorff_alpha: Option<f64>,
    icc1: Option<f64>,
}

struct Input {
    rules: ScoreRules,
    lambda: f64,
    applications: Vec<ApplicationInput>,
    reviews: Vec<ReviewInput>,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let input = faults.unless_any(input)?;
    let ranking = rank(&input.rules, &input.applications, &input.reviews)
        .map_err(|error| vec![Fault { pointer: "/reviews".to_owned(), message: error.to_string() }])?;
    write(&answer(&input, ranking))
}

fn answer(input: &Input, ranking: Vec<Ranked>) -> Answer {
    let mut totals: BTreeMap<&str, Vec<Score>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ratings = Vec::with_capacity(input.reviews.len());
    for review in &input.reviews {
        let rating =
            Rating { application: &review.application, reviewer: &review.reviewer, total: review.total() };
        totals.entry(rating.application).or_default().push(rating.total);
        *counts.entry(rating.reviewer).or_default() += 1;
        ratings.push(rating);
    }
    let Agreement { krippendorff_alpha, icc1 } = agreement(totals.values().map(Vec::as_slice));
    let Calibration { applications: calibrated, severities, components } = calibrate(&ratings, input.lambda);
    let line = |ranked: Ranked| ApplicationLine {
        calibrated: calibrated.get(&ranked.application).copied(),
        draw: ranked.tie_drawn.then(|| draw(&input.rules.seed, &ranked.application)),
        application: ranked.application,
        n: ranked.summary.n,
        score: ranked.summary.score,
        mean: ranked.summary.mean,
        median: ranked.summary.median,
        sd: ranked.summary.sd,
        lowest: ranked.summary.low,
        highest: ranked.summary.high,
        dropped: ranked.summary.dropped.map(|dropped| DroppedLine { high: dropped.high, low: dropped.low }),
        rank: ranked.rank,
        tie_drawn: ranked.tie_drawn,
        rank_interval: ranked.rank_interval,
        recommended: ranked.recommended,
        flagged: ranked.summary.flagged,
    };
    let reviewer = |(reviewer, n): (&str, usize)| ReviewerLine {
        reviewer: reviewer.to_owned(),
        n,
        severity: severities.get(reviewer).copied(),
    };
    Answer {
        applications: ranking.into_iter().map(line).collect(),
        reviewers: counts.into_iter().map(reviewer).collect(),
        agreement: AgreementLine { krippendorff_alpha, icc1 },
        components,
    }
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<Input> {
    let at = At::ROOT;
    let known = ["rubric", "reviews", "applications", "seed", "min_reviews", "trim_from", "cap", "lambda"];
    let fields = Fields::open(json, &at, &known, faults)?;
    let rubric = fields.required("rubric", faults, rubric);
    let applications = fields.required("applications", faults, object);
    let applications =
        applications.map(|members| read_applications(members, &at.key("applications"), faults));
    let seed = fields.or("seed", "", faults, text);
    let min_reviews = fields.or("min_reviews", 3, faults, count);
    let trim_from = fields.or("trim_from", 5, faults, count);
    if trim_from.is_some_and(|from| from < 3) {
        faults.add(&at.key("trim_from"), "must be at least 3: of two reviews nothing would be left");
    }
    let cap = fields.required("cap", faults, money);
    let lambda = fields.or("lambda", 0.5, faults, not_negative);
    let reviews = fields.required("reviews", faults, list).and_then(|items| {
        let declared = applications.as_ref().map(|(declared, _)| declared);
        read_reviews(items, &at.key("reviews"), rubric.as_deref(), declared, faults)
    });
    Some(Input {
        rules: ScoreRules {
            min_reviews: min_reviews?,
            trim_from: trim_from?,
            cap: cap?,
            seed: seed?.to_owned(),
            rubric: rubric?,
            divergence: Divergence::default(),
        },
        lambda: lambda?,
        applications: applications?.1?,
        reviews: reviews?,
    })
}

fn rubric(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Vec<Criterion>> {
    let items = list(json, at, faults)?;
    let mut criteria: Vec<Option<Criterion>> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let Some(fields) = Fields::open(item, &at, &["code", "max"], faults) else {
            criteria.push(None);
            continue;
        };
        let code = fields.required("code", faults, text);
        let max = fields.required("max", faults, score);
        if code.is_some_and(|code| criteria.iter().flatten().any(|earlier| earlier.code == code)) {
            faults
                .add(&at.key("code"), format!("the criterion {:?} is given twice", code.unwrap_or_default()));
        }
        criteria.push(code.zip(max).map(|(code, max)| Criterion { code: code.to_owned(), max }));
    }
    let criteria: Vec<Criterion> = criteria.into_iter().collect::<Option<_>>()?;
    let total = Score::from_hundredths(criteria.iter().map(|criterion| criterion.max.hundredths()).sum());
    if total != Score::FULL {
        faults.add(at, format!("the maxima add up to {total}, not to 100.00"));
    }
    Some(criteria)
}

type Members<'a> = [(std::borrow::Cow<'a, str>, Json<'a>)];

/// The declared references, and the applications if all could be read.
fn read_applications<'a>(
    members: &'a Members<'a>,
    at: &At<'_>,
    faults: &mut Faults,
) -> (HashSet<&'a str>, Option<Vec<ApplicationInput>>) {
    let declared = members.iter().map(|(reference, _)| reference.as_ref()).collect();
    let mut applications = Vec::with_capacity(members.len());
    for (reference, value) in members {
        let at = at.key(reference);
        let requested = Fields::open(value, &at, &["requested"], faults)
            .and_then(|fields| fields.required("requested", faults, money));
        applications.push(
            requested.map(|requested| ApplicationInput { reference: reference.to_string(), requested }),
        );
    }
    (declared, applications.into_iter().collect())
}

fn read_reviews<'a>(
    items: &'a [Json<'a>],
    at: &At<'_>,
    rubric: Option<&[Criterion]>,
    declared: Option<&HashSet<&str>>,
    faults: &mut Faults,
) -> Option<Vec<ReviewInput>> {
    let mut first: HashMap<(&str, &str), usize> = HashMap::with_capacity(items.len());
    let mut reviews = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let known = ["application", "reviewer", "marks", "suggested_amount"];
        let Some(fields) = Fields::open(item, &at, &known, faults) else {
            reviews.push(None);
            continue;
        };
        let application = fields.required("application", faults, text);
        let reviewer = fields.required("reviewer", faults, text);
        let marks = fields.required("marks", faults, object);
        let marks = marks.map(|members| read_marks(members, &at.key("marks"), rubric, faults));
        let suggested_amount = fields.optional("suggested_amount", faults, money);
        if let (Some(application), Some(declared)) = (application, declared)
            && !declared.contains(application)
        {
            faults.add(&at.key("application"), format!("the application {application:?} is not declared"));
        }
        if let (Some(application), Some(reviewer)) = (application, reviewer)
            && let Some(earlier) = first.insert((application, reviewer), index)
        {
            let message = format!("{reviewer:?} reviewed {application:?} already in /reviews/{earlier}");
            faults.add(&at, message);
        }
        reviews.push((|| {
            Some(ReviewInput {
                application: application?.to_owned(),
                reviewer: reviewer?.to_owned(),
                marks: marks??,
                suggested_amount: suggested_amount?,
            })
        })());
    }
    reviews.into_iter().collect()
}

/// One mark for each criterion, in the rubric's order; never a silent zero (rules.md §1).
fn read_marks<'a>(
    members: &'a Members<'a>,
    at: &At<'_>,
    rubric: Option<&[Criterion]>,
    faults: &mut Faults,
) -> Option<Vec<Score>> {
    let mut read: Vec<(&str, Option<Score>)> = Vec::with_capacity(members.len());
    for (code, value) in members {
        read.push((code, score(value, &at.key(code), faults)));
    }
    let rubric = rubric?;
    for (code, _) in members {
        if !rubric.iter().any(|criterion| criterion.code == *code) {
            faults.add(&at.key(code), format!("the criterion {code:?} is not in the rubric"));
        }
    }
    let mut marks = Vec::with_capacity(rubric.len());
    for criterion in rubric {
        let Some((_, mark)) = read.iter().find(|(code, _)| *code == criterion.code) else {
            faults.add(&at.key(&criterion.code), "is missing: the sheet is incomplete");
            marks.push(None);
            continue;
        };
        if let Some(mark) = mark {
            if *mark > criterion.max {
                faults.add(
                    &at.key(&criterion.code),
                    format!("{mark} is more than the maximum {}", criterion.max),
                );
            }
            if mark.hundredths() % 50 != 0 {
                faults.add(&at.key(&criterion.code), format!("{mark} is no step of 0.5"));
            }
        }
        marks.push(*mark);
    }
    marks.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    const HEAD: &str =
        r#""rubric":[{"code":"a","max":"60"},{"code":"b","max":"40"}],"cap":"50000.00","seed":"x""#;

    fn review(application: &str, reviewer: &str, a: &str, b: &str) -> String {
        format!(
            r#"{{"application":"{application}","reviewer":"{reviewer}","marks":{{"a":"{a}","b":"{b}"}}}}"#
        )
    }

    #[test]
    fn prints_every_field_of_the_rule() {
        let marks = [
            ("r1", "50", "32"),
            ("r2", "50", "38"),
            ("r3", "50", "35"),
            ("r4", "55", "35"),
            ("r5", "45", "34"),
        ];
        let mut reviews: Vec<String> = marks.iter().map(|(r, a, b)| review("p", r, a, b)).collect();
        reviews.push(review("q", "r1", "10", "10.5"));
        let input = format!(
            r#"{{{HEAD},"applications":{{"q":{{"requested":"60000.00"}},"p":{{"requested":"40000.00"}}}},"reviews":[{}]}}"#,
            reviews.join(",")
        );
        let answer = solve(Kind::Scores, &input).unwrap();
        let p = concat!(
            r#"{"applications":[{"application":"p","n":5,"score":"85.00","mean":"84.80","median":"85.00","sd":"4.44","#,
            r#""lowest":"79.00","highest":"90.00","dropped":{"high":"r4","low":"r5"},"rank":1,"tie_drawn":false,"#,
            r#""rank_interval":[1,1],"recommended":"40000.00","calibrated":"#
        );
        assert!(answer.starts_with(p), "{answer}");
        let q = concat!(
            r#"{"application":"q","n":1,"score":null,"mean":"20.50","median":"20.50","sd":null,"lowest":"20.50","#,
            r#""highest":"20.50","dropped":null,"rank":null,"tie_drawn":false,"rank_interval":null,"#,
            r#""recommended":"50000.00","calibrated":"#
        );
        assert!(answer.contains(q), "{answer}");
        assert!(answer.contains(r#""reviewers":[{"reviewer":"r1","n":2,"severity":"#), "{answer}");
        assert!(answer.contains(r#""agreement":{"krippendorff_alpha":"#) && !answer.contains("components"));
    }

    #[test]
    fn names_the_components_without_lambda() {
        let input = format!(
            r#"{{{HEAD},"lambda":0,"applications":{{"p":{{"requested":"1.00"}},"q":{{"requested":"1.00"}}}},"reviews":[{},{}]}}"#,
            review("p", "r", "1", "1"),
            review("q", "s", "1", "1")
        );
        let answer = solve(Kind::Scores, &input).unwrap();
        assert!(answer.contains(r#""calibrated":null"#) && answer.contains(r#""severity":null"#));
        let named = r#""components":[{"applications":["p"],"reviewers":["r"]},{"applications":["q"],"reviewers":["s"]}]"#;
        assert!(answer.contains(named), "{answer}");
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"rubric":[{"code":"a","max":"60"},{"code":"a","max":"30"}],"cap":"1.00","trim_from":2,
            "lambda":-0.5,"min_reviews":1.5,"applications":{"p":{"requested":"1.00"},"q":{}},"reviews":[
            {"application":"p","reviewer":"r","marks":{"a":"60.5","c":"1"}},
            {"application":"z","reviewer":"r","marks":{"a":"18.3"},"suggested_amount":5},
            {"application":"p","reviewer":"r","marks":{"a":-1}},
            {"application":"p","reviewer":"s","marks":{}},
            7]}"#;
        let pointers: Vec<String> =
            solve(Kind::Scores, input).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        for pointer in [
            "/rubric",
            "/rubric/1/code",
            "/trim_from",
            "/lambda",
            "/min_reviews",
            "/applications/q/requested",
            "/reviews/0/marks/a",
            "/reviews/0/marks/c",
            "/reviews/1/application",
            "/reviews/1/marks/a",
            "/reviews/1/suggested_amount",
            "/reviews/2",
            "/reviews/2/marks/a",
            "/reviews/3/marks/a",
            "/reviews/4",
        ] {
            assert!(pointers.iter().any(|found| found == pointer), "{pointer} in {pointers:?}");
        }
        assert_eq!(faults(Kind::Scores, "{}").len(), 4);
    }
}
