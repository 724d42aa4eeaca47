//! What an expert signs: one text of everything that is on the sheet, so that a change of any of it is seen.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::model::{Review, SheetDifference, SignedVersion};
use crate::{
    error::Error,
    kernel::{
        ids::{ExpertId, RoundId},
        money::Money,
        reference::Reference,
        score::Score,
        time::Timestamp,
    },
    programmes::{Criterion, Stage},
};

/// The fields in the order in which they are signed; JSON, so that no text can be taken for another field.
#[derive(Serialize)]
struct SheetText<'a> {
    form: &'static str,
    round: RoundId,
    application: &'a Reference,
    stage: Stage,
    reading: i32,
    rubric: i32,
    expert: ExpertId,
    marks: Vec<(&'a str, Score)>,
    mark_comments: BTreeMap<String, String>,
    suggested_amount: Option<Money>,
    comment: &'a str,
    staff_comment: &'a str,
    signed_at: Timestamp,
}

/// The text that is signed with a sheet: the marks in the order of the rubric, everything else as it was written.
pub fn text(
    review: &Review,
    application: &Reference,
    rubric: i32,
    criteria: &[Criterion],
    signed_at: Timestamp,
) -> Result<String, Error> {
    let marks = review.marks()?;
    let signed = SheetText {
        form: "yichuang.score_sheet.1",
        round: review.round_id,
        application,
        stage: review.stage,
        reading: review.reading,
        rubric,
        expert: review.expert_id,
        marks: criteria.iter().filter_map(|c| Some((c.code.as_str(), *marks.get(&c.code)?))).collect(),
        mark_comments: review.mark_comments()?,
        suggested_amount: review.suggested_amount,
        comment: &review.comment,
        staff_comment: &review.staff_comment,
        signed_at,
    };
    serde_json::to_string(&signed).map_err(Error::internal)
}

/// Where two signed versions differ, by pointer.
pub fn differences(before: &SignedVersion, after: &SignedVersion) -> Result<Vec<SheetDifference>, Error> {
    let (before, after) = (places(before)?, places(after)?);
    let all = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let differing = all.into_iter().filter(|at| before.get(*at) != after.get(*at));
    let difference = |at: &String| SheetDifference {
        pointer: at.clone(),
        before: before.get(at).cloned(),
        after: after.get(at).cloned(),
    };
    Ok(differing.map(difference).collect())
}

/// Everything on a signed version as text, by pointer; what is empty is absent.
fn places(version: &SignedVersion) -> Result<BTreeMap<String, String>, Error> {
    let marks: BTreeMap<String, Score> = serde_json::from_str(&version.marks).map_err(Error::internal)?;
    let comments: BTreeMap<String, String> =
        serde_json::from_str(&version.mark_comments).map_err(Error::internal)?;
    let mut places: BTreeMap<String, String> =
        marks.into_iter().map(|(code, mark)| (format!("/marks/{code}"), mark.to_string())).collect();
    places.extend(comments.into_iter().map(|(code, said)| (format!("/mark_comments/{code}"), said)));
    places.extend(version.suggested_amount.map(|amount| ("/suggested_amount".into(), amount.to_string())));
    places.insert("/comment".into(), version.comment.clone());
    places.insert("/staff_comment".into(), version.staff_comment.clone());
    places.insert("/total".into(), version.total.to_string());
    places.retain(|_, text| !text.is_empty());
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::{
            digest::sha256_hex,
            ids::{ApplicationId, ProgrammeId, ReviewId, UserId},
        },
        reviews::model::ReviewState,
    };

    fn sheet() -> Review {
        let at = Timestamp::start_of("2011-04-01".parse().unwrap());
        Review {
            id: ReviewId::generate(),
            programme_id: ProgrammeId::generate(),
            round_id: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
            application_id: ApplicationId::generate(),
            expert_id: "01890000-0000-7000-8000-000000000002".parse().unwrap(),
            state: ReviewState::Submitted,
            marks: r#"{"need":"50.5","plan":"30"}"#.into(),
            suggested_amount: Some("40000.00".parse().unwrap()),
            comment: "可行\"".into(),
            total: Some("80.5".parse().unwrap()),
            declared_at: Some(at),
            submitted_at: Some(at),
            created_by: UserId::generate(),
            created_at: at,
            updated_at: at,
            version: 4,
            stage: Stage::Desk,
            reading: 1,
            mark_comments: r#"{"plan":"进度偏紧"}"#.into(),
            staff_comment: String::new(),
            digest: None,
            locked_by: None,
            locked_at: None,
        }
    }

    fn signed(review: &Review) -> String {
        // The order of the rubric, not of the alphabet.
        let criteria = ["plan", "need"].map(|code| Criterion {
            code: code.into(),
            name: code.into(),
            max: "50".parse().unwrap(),
            anchors: Vec::new(),
        });
        let reference: Reference = "HS-2011-0001".parse().unwrap();
        text(review, &reference, 2, &criteria, review.submitted_at.unwrap()).unwrap()
    }

    #[test]
    fn the_text_is_what_stands_on_the_sheet() {
        let expected = concat!(
            r#"{"form":"yichuang.score_sheet.1","round":"01890000-0000-7000-8000-000000000001","#,
            r#""application":"HS-2011-0001","stage":"desk","reading":1,"rubric":2,"#,
            r#""expert":"01890000-0000-7000-8000-000000000002","marks":[["plan","30.00"],["need","50.50"]],"#,
            r#""mark_comments":{"plan":"进度偏紧"},"suggested_amount":"40000.00","comment":"可行\"","#,
            r#""staff_comment":"","signed_at":"2011-03-31T16:00:00Z"}"#,
        );
        assert_eq!(signed(&sheet()), expected);
    }

    #[test]
    fn every_change_changes_the_digest() {
        let original = sha256_hex(signed(&sheet()));
        let changes: [fn(&mut Review); 8] = [
            |sheet| sheet.marks = r#"{"need":"50.5","plan":"30.5"}"#.into(),
            |sheet| sheet.mark_comments = "{}".into(),
            |sheet| sheet.suggested_amount = None,
            |sheet| sheet.comment.clear(),
            |sheet| sheet.staff_comment.push('x'),
            |sheet| sheet.stage = Stage::Defence,
            |sheet| sheet.reading = 2,
            |sheet| sheet.submitted_at = sheet.submitted_at.map(|at| at.plus_seconds(1)),
        ];
        for change in changes {
            let mut other = sheet();
            change(&mut other);
            assert_ne!(sha256_hex(signed(&other)), original);
        }
    }

    #[test]
    fn two_versions_differ_where_something_else_stands() {
        let version = |marks: &str, comment: &str, total: &str| SignedVersion {
            review_id: ReviewId::generate(),
            number: 1,
            programme_id: ProgrammeId::generate(),
            marks: marks.into(),
            mark_comments: "{}".into(),
            suggested_amount: None,
            comment: comment.into(),
            staff_comment: String::new(),
            total: total.parse().unwrap(),
            signed: String::new(),
            digest: String::new(),
            signed_at: Timestamp::start_of("2011-04-01".parse().unwrap()),
        };
        let before = version(r#"{"need":"50","plan":"30"}"#, "", "80");
        let after = version(r#"{"need":"50.00","plan":"20"}"#, "复核", "70");
        let told: Vec<_> = differences(&before, &after)
            .unwrap()
            .into_iter()
            .map(|d| (d.pointer, d.before.unwrap_or_default(), d.after.unwrap_or_default()))
            .collect();
        let expected =
            [("/comment", "", "复核"), ("/marks/plan", "30.00", "20.00"), ("/total", "80.00", "70.00")];
        assert_eq!(told, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        assert_eq!(differences(&before, &before.clone()).unwrap(), []);
    }
}
