//! `solve scores`: scores, ranking and statistics of a round.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, basis_points, count, list, money, not_negative, object, score, text},
    write,
};
use crate::{
    kernel::{money::Money, score::Score},
    reviews::rules::{
        report::{DefenceInput, ScoreInput, USUAL_STEP},
        scores::{ApplicationInput, Criterion, Divergence, ReviewInput, ScoreRules},
    },
};

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let input = faults.unless_any(input)?;
    let report = input
        .report()
        .map_err(|error| vec![Fault { pointer: "/reviews".to_owned(), message: error.to_string() }])?;
    write(&report)
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<ScoreInput> {
    let at = At::ROOT;
    let known = [
        "rubric",
        "reviews",
        "applications",
        "seed",
        "min_reviews",
        "trim_from",
        "cap",
        "lambda",
        "mark_step",
        "divergence_range",
        "divergence_from_median",
        "defence",
    ];
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
    let mark_step = fields.or("mark_step", USUAL_STEP, faults, score);
    if mark_step == Some(Score::ZERO) {
        faults.add(&at.key("mark_step"), "must be above 0");
    }
    let usual = Divergence::default();
    let range = fields.or("divergence_range", usual.range, faults, score);
    let from_median = fields.or("divergence_from_median", usual.from_median, faults, score);
    let declared = applications.as_ref().map(|(declared, _)| declared);
    let step = mark_step.filter(|step| *step > Score::ZERO);
    let reviews = fields.required("reviews", faults, list).and_then(|items| {
        let scale = Scale { rubric: rubric.as_deref(), step };
        read_reviews(items, &at.key("reviews"), scale, declared, faults)
    });
    let defence = match fields.given("defence") {
        None => Some(None),
        Some(json) => read_defence(json, step, declared, faults).map(Some),
    };
    let (applications, caps) = applications?.1?;
    Some(ScoreInput {
        rules: ScoreRules {
            min_reviews: min_reviews?,
            trim_from: trim_from?,
            cap: cap?,
            seed: seed?.to_owned(),
            rubric: rubric?,
            divergence: Divergence { range: range?, from_median: from_median? },
        },
        mark_step: mark_step?,
        lambda: lambda?,
        applications,
        caps,
        reviews: reviews?,
        defence: defence?,
    })
}

/// The second stage: what is marked by its own criteria, on the same applications.
fn read_defence(
    json: &Json<'_>,
    step: Option<Score>,
    declared: Option<&HashSet<&str>>,
    faults: &mut Faults,
) -> Option<DefenceInput> {
    let at = At::ROOT;
    let at = at.key("defence");
    let fields = Fields::open(json, &at, &["rubric", "reviews", "desk_share_bp"], faults)?;
    let rubric = fields.required("rubric", faults, rubric);
    let desk_share_bp = fields.required("desk_share_bp", faults, basis_points);
    let reviews = fields.required("reviews", faults, list).and_then(|items| {
        let scale = Scale { rubric: rubric.as_deref(), step };
        read_reviews(items, &at.key("reviews"), scale, declared, faults)
    });
    Some(DefenceInput { rubric: rubric?, reviews: reviews?, desk_share_bp: desk_share_bp? })
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

/// The applications, and the caps of those that have one of their own.
type Applications = (Vec<ApplicationInput>, BTreeMap<String, Money>);

/// The declared references, and the applications if all could be read.
fn read_applications<'a>(
    members: &'a Members<'a>,
    at: &At<'_>,
    faults: &mut Faults,
) -> (HashSet<&'a str>, Option<Applications>) {
    let declared = members.iter().map(|(reference, _)| reference.as_ref()).collect();
    let mut applications = Vec::with_capacity(members.len());
    let mut caps = BTreeMap::new();
    for (reference, value) in members {
        let at = at.key(reference);
        let fields = Fields::open(value, &at, &["requested", "cap"], faults);
        applications.push(fields.and_then(|fields| {
            let requested = fields.required("requested", faults, money);
            let cap = fields.optional("cap", faults, money)?;
            caps.extend(cap.map(|cap| (reference.to_string(), cap)));
            Some(ApplicationInput { reference: reference.to_string(), requested: requested? })
        }));
    }
    (declared, applications.into_iter().collect::<Option<_>>().map(|all| (all, caps)))
}

/// What a mark is held against, as far as it could be read.
#[derive(Clone, Copy)]
struct Scale<'a> {
    rubric: Option<&'a [Criterion]>,
    step: Option<Score>,
}

fn read_reviews<'a>(
    items: &'a [Json<'a>],
    at: &At<'_>,
    scale: Scale<'_>,
    declared: Option<&HashSet<&str>>,
    faults: &mut Faults,
) -> Option<Vec<ReviewInput>> {
    let list = at.pointer();
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
        let marks = marks.map(|members| read_marks(members, &at.key("marks"), scale, faults));
        let suggested_amount = fields.optional("suggested_amount", faults, money);
        if let (Some(application), Some(declared)) = (application, declared)
            && !declared.contains(application)
        {
            faults.add(&at.key("application"), format!("the application {application:?} is not declared"));
        }
        if let (Some(application), Some(reviewer)) = (application, reviewer)
            && let Some(earlier) = first.insert((application, reviewer), index)
        {
            let message = format!("{reviewer:?} reviewed {application:?} already in {list}/{earlier}");
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
    scale: Scale<'_>,
    faults: &mut Faults,
) -> Option<Vec<Score>> {
    let mut read: Vec<(&str, Option<Score>)> = Vec::with_capacity(members.len());
    for (code, value) in members {
        read.push((code, score(value, &at.key(code), faults)));
    }
    let rubric = scale.rubric?;
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
            if let Some(step) = scale.step.filter(|step| mark.hundredths() % step.hundredths() != 0) {
                faults.add(&at.key(&criterion.code), format!("{mark} is no step of {step}"));
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
    fn a_defence_is_combined_with_the_desk_review() {
        let desk: Vec<String> = ["r", "s", "t"].map(|who| review("p", who, "50", "35")).to_vec();
        let sheet = |who: &str| format!(r#"{{"application":"p","reviewer":"{who}","marks":{{"c":"83"}}}}"#);
        let defence = ["r", "s", "u"].map(sheet).join(",");
        let input = format!(
            r#"{{{HEAD},"applications":{{"p":{{"requested":"40000.00"}}}},"reviews":[{}],
            "defence":{{"rubric":[{{"code":"c","max":"100"}}],"reviews":[{defence}],"desk_share_bp":4000}}}}"#,
            desk.join(",")
        );
        let answer = solve(Kind::Scores, &input).unwrap();
        let p = r#"{"application":"p","n":6,"score":"83.80","desk":"85.00","defence":"83.00","mean":"83.80","median":null,"#;
        assert!(answer.contains(p), "{answer}");
        assert!(answer.contains(r#"{"reviewer":"r","n":2,"severity":null}"#), "{answer}");

        // `null` is as good as absent; anything else is held against the same rules as the desk review.
        let without = |defence: &str| {
            let tail = format!(r#""reviews":[{}]{defence}}}"#, desk.join(","));
            solve(Kind::Scores, &format!(r#"{{{HEAD},"applications":{{"p":{{"requested":"1.00"}}}},{tail}"#))
        };
        assert_eq!(without(""), without(r#","defence":null"#));
        let sheet = r#"{"application":"p","reviewer":"r","marks":{"c":"90.1","a":"1"}}"#;
        let stranger = r#"{"application":"z","reviewer":"r","marks":{"c":"1"}}"#;
        let wrong = format!(
            r#","defence":{{"rubric":[{{"code":"c","max":"90"}}],"reviews":[{sheet},{sheet},{stranger}],"desk_share_bp":10001,"x":1}}"#
        );
        let faults = without(&wrong).unwrap_err();
        for pointer in [
            "rubric",
            "reviews/0/marks/c",
            "reviews/0/marks/a",
            "reviews/1",
            "reviews/2/application",
            "desk_share_bp",
            "x",
        ] {
            let pointer = format!("/defence/{pointer}");
            assert!(faults.iter().any(|fault| fault.pointer == pointer), "{pointer} in {faults:?}");
        }
        assert!(faults.iter().any(|fault| fault.message.contains("already in /defence/reviews/0")));
        assert_eq!(without(r#","defence":{}"#).unwrap_err().len(), 3);
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
