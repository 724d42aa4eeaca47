//! The public notice and the bureau's written approval.

use serde_json::json;

use super::{
    super::{
        model::{
            Award, AwardState, BureauApproval, NewBureauApproval, Notice, NoticeLine, NoticeState,
            NoticeView, PlanBody,
        },
        rules::Action,
        store,
    },
    Row, record,
};
use crate::{
    applications::{self, Action as Move, ApplicationState},
    calendar,
    db::{Db, columns::Day},
    error::{Error, Input, codes},
    evidence,
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        digest::sha256_hex,
        ids::{AwardId, BureauApprovalId, NoticeId, RoundId, TrackRecordId},
        money::Money,
    },
    organizations,
    outbox::Letter,
    programmes::{self, Phase, Policy},
};

/// Drafts the notice of a decided round.
pub fn draft_notice(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: NoticeId,
) -> Result<Shown<NoticeView>, Error> {
    let round = programmes::see_published(conn, round)?;
    let role = by.actor.require(round.programme_id, Action::Announce.roles())?;
    by.proceed_unversioned(conn)?;
    let phase = programmes::phase(&round, by.now.day());
    if phase != Phase::Decided {
        return Err(Error::illegal_transition(phase));
    }
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let lines = lines(conn, round.id)?;
    let notice = Notice {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        state: NoticeState::Draft,
        body: serde_json::to_string(&lines).map_err(Error::internal)?,
        working_days: i32::try_from(policy.notice_working_days).map_err(Error::internal)?,
        starts_on: None,
        ends_on: None,
        provisional: false,
        created_by: by.actor.user_id,
        created_at: by.now,
        published_by: None,
        published_at: None,
        version: 1,
        checkpoint_size: None,
        checkpoint_root: None,
    };
    store::insert_notice(conn, &notice)?;
    let row = Row {
        programme: round.programme_id,
        role: Some(role),
        action: "notice.draft",
        subject: ("notice", id.to_string()),
        before: None,
        after: Some(notice.state.into()),
        detail: json!({"items": lines.len()}),
    };
    record(conn, by, row)?;
    show_notice(Some(&by.actor), &notice)
}

/// The decided plan of a round.
pub(super) fn decided_plan(conn: &mut Db, round: RoundId) -> Result<PlanBody, Error> {
    let decision = store::decision_of(conn, round)?.ok_or_else(Error::not_found)?;
    let plan = store::find_plan(conn, decision.plan_id)?.ok_or_else(Error::not_found)?;
    serde_json::from_str(&plan.body).map_err(Error::internal)
}

fn lines(conn: &mut Db, round: RoundId) -> Result<Vec<NoticeLine>, Error> {
    let mut lines = Vec::new();
    for line in decided_plan(conn, round)?.selected {
        let application = applications::find(conn, line.application_id)?.ok_or_else(Error::not_found)?;
        let organization =
            organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
        lines.push(NoticeLine {
            reference: line.reference,
            title: application.title,
            organization: organization.name,
            domain: application.domain,
            amount: line.amount.unwrap_or_default(),
        });
    }
    Ok(lines)
}

/// Publishes the notice: it begins on the next working day, is counted by the rule of its policy, and its end is
/// frozen now.
pub fn publish_notice(conn: &mut Db, by: &Caller, id: NoticeId) -> Result<Shown<NoticeView>, Error> {
    let notice = find_for_office(conn, &by.actor, id)?;
    let role = by.actor.require(notice.programme_id, Action::Announce.roles())?;
    by.proceed(conn, notice.version)?;
    if notice.state != NoticeState::Draft {
        return Err(Error::illegal_transition(notice.state));
    }
    let round = programmes::see_published(conn, notice.round_id)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let calendar = calendar::load(conn)?;
    let starts_on = calendar.next_working_day(by.now.day());
    let count = u32::try_from(notice.working_days).map_err(Error::internal)?;
    let ends_on = calendar.last_day(starts_on, count, policy.notice_rule, policy.notice_unit);
    let mut next = notice.clone();
    next.state = NoticeState::Published;
    next.starts_on = Some(Day(starts_on));
    next.ends_on = Some(Day(ends_on));
    next.provisional = calendar.is_provisional(starts_on, ends_on);
    next.published_by = Some(by.actor.user_id);
    next.published_at = Some(by.now);
    (next.checkpoint_size, next.checkpoint_root) = evidence::latest(conn)?.unzip();
    next.version += 1;
    store::save_notice(conn, &next)?;
    let digest = sha256_hex(next.content());
    let row = Row {
        programme: notice.programme_id,
        role: Some(role),
        action: "notice.publish",
        subject: ("notice", id.to_string()),
        before: Some(notice.state.into()),
        after: Some(next.state.into()),
        detail: json!({
            "starts_on": starts_on, "ends_on": ends_on, "digest": digest, "checkpoint": next.checkpoint_size,
        }),
    };
    let written = record(conn, by, row)?;
    applications::disclose(conn, notice.round_id)?;
    evidence::publish_notice(conn, id, &digest, &written)?;
    for application in applications::of_round(conn, notice.round_id)? {
        if application.state == ApplicationState::Proposed {
            applications::advance(conn, by, &application, Move::PublishNotice, "application.publish_notice")?;
        }
        let result = match application.state {
            ApplicationState::Proposed => {
                Some(("拟立项公示", "is proposed for an award and on public notice"))
            }
            ApplicationState::Waitlisted => Some(("列入候补", "is on the waiting list")),
            ApplicationState::NotAwarded => Some(("未立项", "was not chosen")),
            _ => None,
        };
        if let Some((zh, en)) = result {
            let reference = &application.reference;
            let letter = Letter {
                subject: format!("【益创】评审结果:{reference}"),
                body: format!(
                    "《{}》({reference}):{zh}。得分、评语与异议方式请登录查看“评审反馈”。\n\
                     Application {reference} {en}. Sign in to read its score, the comments and how to object.\n",
                    application.title
                ),
                cause: "notice.publish",
            };
            applications::notify_applicants(conn, &application, &letter, by.now)?;
        }
    }
    show_notice(Some(&by.actor), &next)
}

fn find_for_office(conn: &mut Db, actor: &Actor, id: NoticeId) -> Result<Notice, Error> {
    let notice = store::find_notice(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.is_staff_of(notice.programme_id) { Ok(notice) } else { Err(Error::not_found()) }
}

/// The notice as it is shown; `None` is the public.
pub fn show_notice(actor: Option<&Actor>, notice: &Notice) -> Result<Shown<NoticeView>, Error> {
    let holds = |action: Action| {
        actor.is_some_and(|actor| actor.role_among(notice.programme_id, action.roles()).is_some())
    };
    let permitted_actions = match notice.state {
        NoticeState::Draft if holds(Action::Announce) => vec!["publish"],
        NoticeState::Published if holds(Action::ApproveInWriting) => vec!["approve_in_writing"],
        NoticeState::Draft | NoticeState::Published => Vec::new(),
    };
    let object = NoticeView {
        id: notice.id,
        round_id: notice.round_id,
        state: notice.state,
        working_days: notice.working_days,
        starts_on: notice.starts_on,
        ends_on: notice.ends_on,
        provisional: notice.provisional,
        checkpoint_size: notice.checkpoint_size,
        checkpoint_root: notice.checkpoint_root.clone(),
        items: serde_json::from_str(&notice.body).map_err(Error::internal)?,
        version: notice.version,
    };
    Ok(Shown { object, permitted_actions })
}

/// The bureau approves in writing once the period is over; awards and their tranches come into being.
pub fn approve(
    conn: &mut Db,
    by: &Caller,
    id: NoticeId,
    approval: BureauApprovalId,
    input: &Input<NewBureauApproval>,
) -> Result<BureauApproval, Error> {
    let notice = find_for_office(conn, &by.actor, id)?;
    let role = by.actor.require(notice.programme_id, Action::ApproveInWriting.roles())?;
    // Who decided or announced does not approve it too, whatever roles they hold (trust.md M5).
    let decided_by = store::decision_of(conn, notice.round_id)?.map(|decision| decision.decided_by);
    let before = [Some(notice.created_by), notice.published_by, decided_by];
    if before.contains(&Some(by.actor.user_id)) {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed(conn, notice.version)?;
    match notice.ends_on {
        Some(Day(ends_on)) if by.now.day() > ends_on => {}
        _ => return Err(Error::new(&codes::R206)),
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let number = new.document_number.trim();
    if number.is_empty() || number.chars().count() > 100 {
        return Err(Error::at("/document_number", &codes::FIELD_REQUIRED));
    }
    let approval = BureauApproval {
        id: approval,
        programme_id: notice.programme_id,
        round_id: notice.round_id,
        notice_id: id,
        document_number: number.to_owned(),
        approved_by: by.actor.user_id,
        approved_at: by.now,
    };
    store::insert_approval(conn, &approval)?;
    let row = Row {
        programme: notice.programme_id,
        role: Some(role),
        action: "notice.approve_in_writing",
        subject: ("notice", id.to_string()),
        before: Some(notice.state.into()),
        after: Some(notice.state.into()),
        detail: json!({"document_number": number}),
    };
    record(conn, by, row)?;
    grant_awards(conn, by, notice.round_id)?;
    Ok(approval)
}

fn grant_awards(conn: &mut Db, by: &Caller, round: RoundId) -> Result<(), Error> {
    let round = programmes::see_published(conn, round)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let sign_by = Day(calendar::load(conn)?.last_day_after(by.now.day(), policy.signing_working_days));
    for line in decided_plan(conn, round.id)?.selected {
        let application = applications::find(conn, line.application_id)?.ok_or_else(Error::not_found)?;
        if application.state != ApplicationState::PublicNotice {
            continue;
        }
        let application =
            applications::advance(conn, by, &application, Move::Approve, "application.approve")?;
        let award = Award {
            id: AwardId::generate(),
            programme_id: round.programme_id,
            round_id: round.id,
            application_id: application.id,
            organization_id: application.organization_id,
            reference: application.reference.clone(),
            rank: line.rank.and_then(|rank| i32::try_from(rank).ok()).unwrap_or(i32::MAX),
            score: line.score.unwrap_or_default(),
            amount: line.amount.unwrap_or_default(),
            state: AwardState::Refining,
            sign_by,
            created_at: by.now,
            version: 1,
        };
        store::insert_award(conn, &award)?;
        store::insert_tranches(conn, &award, &tranches(&policy, award.amount)?)?;
        let record = organizations::AwardRecord {
            id: TrackRecordId::generate(),
            programme_id: award.programme_id,
            organization_id: award.organization_id,
            year: round.year,
            round_name: round.name.clone(),
            title: application.title.clone(),
            domain: application.domain,
            amount: award.amount,
            summary: application.summary.clone(),
            award_id: award.id.to_string(),
        };
        organizations::record_award(conn, &record, by.now)?;
        let reference = &award.reference;
        let letter = Letter {
            subject: format!("【益创】立项通知:{reference}"),
            body: format!(
                "《{}》({reference})已立项,资助金额 {} 元。请在 {} 前提交优化预算并签署三方协议。\n\
                 Application {reference} is awarded {} yuan; sign the agreement by {}.\n",
                application.title, award.amount, award.sign_by, award.amount, award.sign_by
            ),
            cause: "notice.approve_in_writing",
        };
        applications::notify_applicants(conn, &application, &letter, by.now)?;
    }
    Ok(())
}

/// The tranches of an amount (rules.md §5), each with its share.
pub(super) fn tranches(policy: &Policy, amount: Money) -> Result<Vec<(u32, Money)>, Error> {
    let parts = amount
        .split_by_shares(&policy.shares_bp)
        .ok_or_else(|| Error::internal("the policy's shares do not add up"))?;
    Ok(policy.shares_bp.iter().copied().zip(parts).collect())
}
