//! `annual-checks`, `listings`, `grades`, `debarments`, `track-records`.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    super::{
        actions,
        model::{
            AnnualCheck, AnnualCheckChange, Debarment, DebarmentLifting, Grade, GradeChange, Listing,
            ListingRemoval, NewAnnualCheck, NewDebarment, NewGrade, NewListing, NewOutcome, TrackRecord,
        },
        rules, store,
    },
    lane_of,
};
use crate::{
    db::{Db, Lane},
    error::Error,
    http::{Actor, Answer, Call, Endpoint, GROUP_READERS, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{AnnualCheckId, DebarmentId, GradeId, ListingId, OrganizationId, ProgrammeId, TrackRecordId},
        page::Page,
        role::STAFF,
    },
};

const ANNUAL_CHECKS: &str = "/api/v1/organizations/{organization_id}/annual-checks";
const LISTINGS: &str = "/api/v1/organizations/{organization_id}/listings";
const GRADES: &str = "/api/v1/organizations/{organization_id}/grades";
const DEBARMENTS: &str = "/api/v1/programmes/{programme_id}/debarments";

/// The endpoints of these records.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = of_organizations();
    all.extend(of_programmes());
    all
}

fn of_organizations() -> Vec<Endpoint> {
    vec![
        Endpoint::post(ANNUAL_CHECKS, record_annual_check, "登记年检结果 · Record an annual check")
            .whose(Whose::Organization)
            .roles(rules::RECORDERS)
            .takes::<NewAnnualCheck>()
            .gives::<Shown<AnnualCheck>>(),
        Endpoint::get(ANNUAL_CHECKS, annual_checks, "年检结果 · Annual checks, latest first")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Page<Shown<AnnualCheck>>>(),
        Endpoint::patch(
            "/api/v1/annual-checks/{annual_check_id}",
            correct_annual_check,
            "更正年检结果 · Correct an annual check",
        )
        .whose(Whose::Programme)
        .roles(rules::RECORDERS)
        .takes::<AnnualCheckChange>()
        .gives::<Shown<AnnualCheck>>(),
        Endpoint::post(LISTINGS, record_listing, "登记列入名录 · Record an entry in one of the two lists")
            .whose(Whose::Organization)
            .roles(rules::RECORDERS)
            .takes::<NewListing>()
            .gives::<Shown<Listing>>(),
        Endpoint::get(LISTINGS, listings, "名录记录 · Entries in the two lists, latest first")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Page<Shown<Listing>>>(),
        Endpoint::post(
            "/api/v1/listings/{listing_id}/removal",
            remove_listing,
            "登记移出名录 · It was taken off the list",
        )
        .whose(Whose::Programme)
        .roles(rules::RECORDERS)
        .status(200)
        .versioned()
        .takes::<ListingRemoval>()
        .gives::<Shown<Listing>>(),
        Endpoint::post(GRADES, record_grade, "登记等级 · Record a grade")
            .whose(Whose::Organization)
            .roles(rules::RECORDERS)
            .takes::<NewGrade>()
            .gives::<Shown<Grade>>(),
        Endpoint::get(GRADES, grades, "等级 · Grades, latest first")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Page<Shown<Grade>>>(),
        Endpoint::patch("/api/v1/grades/{grade_id}", correct_grade, "更正等级 · Correct a grade")
            .whose(Whose::Programme)
            .roles(rules::RECORDERS)
            .takes::<GradeChange>()
            .gives::<Shown<Grade>>(),
    ]
}

fn of_programmes() -> Vec<Endpoint> {
    vec![
        Endpoint::post(DEBARMENTS, debar, "登记禁入 · Debar an organisation or a person")
            .whose(Whose::Programme)
            .roles(rules::RECORDERS)
            .takes::<NewDebarment>()
            .gives::<Shown<Debarment>>(),
        Endpoint::get(DEBARMENTS, debarments, "禁入名单 · Debarments")
            .roles(STAFF)
            .whose(Whose::Programme)
            .list(&["cursor"])
            .gives::<Page<Shown<Debarment>>>(),
        Endpoint::post(
            "/api/v1/debarments/{debarment_id}/lifting",
            lift_debarment,
            "解除禁入 · End a debarment early",
        )
        .whose(Whose::Programme)
        .roles(rules::RECORDERS)
        .status(200)
        .versioned()
        .takes::<DebarmentLifting>()
        .gives::<Shown<Debarment>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/track-records",
            track_records,
            "历届项目 · Earlier projects",
        )
        .roles(STAFF)
        .whose(Whose::Programme)
        .list(&["organization_id"])
        .gives::<Page<Shown<TrackRecord>>>(),
        Endpoint::put(
            "/api/v1/track-records/{track_record_id}/outcome",
            set_outcome,
            "登记项目结果 · Say how an earlier project ended",
        )
        .whose(Whose::Programme)
        .roles(rules::RECORDERS)
        .takes::<NewOutcome>()
        .gives::<Shown<TrackRecord>>(),
    ]
}

/// A list that is short by its nature, as one page.
fn whole<T>(items: Vec<T>) -> Page<T> {
    Page { items, next_cursor: None }
}

async fn record_annual_check(call: Call<OrganizationId, NewAnnualCheck>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let id = AnnualCheckId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::record_annual_check(conn, by, organization, id, &body)
    })
    .await
}

async fn annual_checks(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let page = call
        .read(move |conn, by| {
            let programme = actions::require_reader(conn, &by.actor, id)?.programme_id;
            let found = store::annual_checks_of(conn, id)?.into_iter();
            let shown =
                found.map(|check| actions::show_record(&by.actor, programme, check, "correct")).collect();
            Ok(whole(shown))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn correct_annual_check(call: Call<AnnualCheckId, AnnualCheckChange>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let find = move |conn: &mut Db| Ok(store::find_annual_check(conn, id)?.map(|row| row.programme_id));
    let lane = lane_by(&call, find).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::correct_annual_check(conn, by, id, &body)).await
}

/// The lane of the programme that `find` finds.
async fn lane_by<P, B>(
    call: &Call<P, B>,
    find: impl FnOnce(&mut Db) -> Result<Option<ProgrammeId>, Error> + Send + 'static,
) -> Result<Lane, Error> {
    let programme = call.read(move |conn, _| find(conn)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn record_listing(call: Call<OrganizationId, NewListing>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let id = ListingId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::record_listing(conn, by, organization, id, &body)
    })
    .await
}

async fn listings(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let page = call
        .read(move |conn, by| {
            actions::require_reader(conn, &by.actor, id)?;
            let found = store::listings_of(conn, id)?.into_iter();
            Ok(whole(found.map(|listing| actions::show_listing(&by.actor, listing)).collect()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn remove_listing(call: Call<ListingId, ListingRemoval>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let find = move |conn: &mut Db| Ok(store::find_listing(conn, id)?.map(|row| row.programme_id));
    let lane = lane_by(&call, find).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::remove_listing(conn, by, id, &body)).await
}

async fn record_grade(call: Call<OrganizationId, NewGrade>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let id = GradeId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::record_grade(conn, by, organization, id, &body)
    })
    .await
}

async fn grades(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let page = call
        .read(move |conn, by| {
            let programme = actions::require_reader(conn, &by.actor, id)?.programme_id;
            let found = store::grades_of(conn, id)?.into_iter();
            let shown =
                found.map(|grade| actions::show_record(&by.actor, programme, grade, "correct")).collect();
            Ok(whole(shown))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn correct_grade(call: Call<GradeId, GradeChange>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let find = move |conn: &mut Db| Ok(store::find_grade(conn, id)?.map(|row| row.programme_id));
    let lane = lane_by(&call, find).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::correct_grade(conn, by, id, &body)).await
}

async fn debar(call: Call<ProgrammeId, NewDebarment>) -> Answer {
    let (programme, body, id) = (call.path, call.body.clone(), DebarmentId::generate());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::debar(conn, by, programme, id, &body)
    })
    .await
}

/// Lists of a whole programme are for the office alone, and not for somebody who is bound to a unit.
fn require_whole_office(conn: &mut Db, actor: &Actor, programme: ProgrammeId) -> Result<(), Error> {
    match actions::scope_of(conn, actor, programme)? {
        super::super::model::Scope::Everything => Ok(()),
        super::super::model::Scope::Units(_) => Err(Error::not_found()),
    }
}

async fn debarments(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<DebarmentId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            require_whole_office(conn, &by.actor, programme)?;
            let found = store::list_debarments(conn, programme, after, limit)?;
            let shown =
                found.into_iter().map(|row| actions::show_debarment(&by.actor, row, by.now)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Debarment>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn lift_debarment(call: Call<DebarmentId, DebarmentLifting>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let find = move |conn: &mut Db| Ok(store::find_debarment(conn, id)?.map(|row| row.programme_id));
    let lane = lane_by(&call, find).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::lift_debarment(conn, by, id, &body)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    organization_id: Option<OrganizationId>,
}

async fn track_records(call: Call<ProgrammeId>) -> Answer {
    let query: TrackQuery = call.query()?;
    let (limit, after) = (limit(query.limit)?, cursor::<TrackRecordId>(query.cursor.as_deref())?);
    let programme = call.path;
    let page = call
        .read(move |conn, by| {
            // Of one organisation they are for its own people and for whoever sees it, of all for the office.
            match query.organization_id {
                Some(id) => {
                    let organization = actions::require_reader(conn, &by.actor, id)?;
                    if organization.programme_id != programme {
                        return Err(Error::not_found());
                    }
                }
                None => require_whole_office(conn, &by.actor, programme)?,
            }
            let found = store::list_track_records(conn, programme, query.organization_id, after, limit)?;
            let shown = found.into_iter().map(|row| actions::show_track_record(&by.actor, row)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<TrackRecord>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn set_outcome(call: Call<TrackRecordId, NewOutcome>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let find = move |conn: &mut Db| Ok(store::find_track_record(conn, id)?.map(|row| row.programme_id));
    let lane = lane_by(&call, find).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_outcome(conn, by, id, &body)).await
}
