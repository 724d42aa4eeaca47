//! The refined budget, the agreement, three signatures.

use serde_json::json;

use super::{
    super::{
        model::{
            Agreement, AgreementView, Award, AwardState, NewAgreement, NewSignature, RefinedLine, Signatory,
            Signature, Terms,
        },
        rules::{self, Action},
        store,
    },
    Row, announce, record,
};
use crate::{
    applications::{self, Action as Move},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Guarded, Shown, forbidden},
    kernel::{
        digest::sha256_hex,
        ids::{AgreementId, AwardId, SignatureId},
        role::Role,
    },
    ledger::{self, Cause, EntryKind, Transfer},
    organizations,
    outbox::Letter,
    programmes,
};

/// The award for its own people and the office, else 404.
pub fn see_award(conn: &mut Db, actor: &Actor, id: AwardId) -> Result<Award, Error> {
    let award = store::find_award(conn, id)?.ok_or_else(Error::not_found)?;
    let organization = organizations::find(conn, award.organization_id)?.ok_or_else(Error::not_found)?;
    let own = actor.role_for(organization.id).is_some();
    let may_see = own || organizations::in_scope(conn, actor, &organization)?;
    if may_see { Ok(award) } else { Err(Error::not_found()) }
}

/// The award with what this person may do to it now.
pub fn show_award(actor: &Actor, award: Award) -> Shown<Award> {
    let permitted_actions = [Action::Refine, Action::Sign]
        .into_iter()
        .filter(|action| action.apply(award.state).is_some() && role(actor, &award, *action).is_some())
        .map(Into::into)
        .collect();
    Shown { object: award, permitted_actions }
}

/// The person's role for the award that allows the action.
fn role(actor: &Actor, award: &Award, action: Action) -> Option<Role> {
    let own = actor.role_for(award.organization_id).filter(|role| action.roles().contains(role));
    let office: Vec<Role> =
        action.roles().iter().copied().filter(|role| !role.belongs_to_organization()).collect();
    own.or_else(|| actor.role_among(award.programme_id, &office))
}

fn prepare(conn: &mut Db, by: &Caller, id: AwardId, action: Action) -> Result<(Award, Role), Error> {
    let award = see_award(conn, &by.actor, id)?;
    let role = role(&by.actor, &award, action).ok_or_else(|| forbidden(action.roles()))?;
    Ok((award, role))
}

/// R207: after the deadline the award counts as given up.
fn check_deadline(by: &Caller, award: &Award) -> Result<(), Error> {
    if by.now.day() > award.sign_by.0 { Err(Error::new(&codes::R207)) } else { Ok(()) }
}

/// The applicant refines the budget to the award; the agreement is drawn up from it.
pub fn agree(
    conn: &mut Db,
    by: &Caller,
    id: AwardId,
    agreement: AgreementId,
    input: &Input<NewAgreement>,
) -> Result<AgreementView, Error> {
    let (award, role) = prepare(conn, by, id, Action::Refine)?;
    by.proceed(conn, award.version)?;
    let next_state = Action::Refine.next(award.state)?;
    check_deadline(by, &award)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let refined: Vec<_> = new.budget_lines.iter().map(|line| (line.position, line.amount)).collect();
    let lines = applications::budget_lines(conn, award.application_id)?;
    let lines = rules::check_refined_budget(&lines, &refined, award.amount)?;
    let terms = terms(
        conn,
        &award,
        lines.iter().map(|l| RefinedLine { position: l.position, amount: l.amount }).collect(),
    )?;
    let body = serde_json::to_string(&terms).map_err(Error::internal)?;
    let agreement = Agreement {
        id: agreement,
        programme_id: award.programme_id,
        award_id: award.id,
        third_party: terms.third_party.clone(),
        digest: sha256_hex(&body),
        body,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_agreement(conn, &agreement)?;
    move_award(conn, by, &award, next_state, role, "award.refine")?;
    view(conn, &agreement)
}

fn terms(conn: &mut Db, award: &Award, budget_lines: Vec<RefinedLine>) -> Result<Terms, Error> {
    let application = applications::find(conn, award.application_id)?.ok_or_else(Error::not_found)?;
    let organization = organizations::find(conn, award.organization_id)?.ok_or_else(Error::not_found)?;
    let round = programmes::see_published(conn, award.round_id)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    Ok(Terms {
        reference: award.reference.clone(),
        title: application.title,
        implementer: organization.name,
        funder: round.name,
        third_party: organization.subdistrict,
        amount: award.amount,
        tranches: announce::tranches(&policy, award.amount)?.into_iter().map(|(_, amount)| amount).collect(),
        starts_on: application.starts_on,
        ends_on: application.ends_on,
        budget_lines,
    })
}

fn view(conn: &mut Db, agreement: &Agreement) -> Result<AgreementView, Error> {
    Ok(AgreementView {
        id: agreement.id,
        award_id: agreement.award_id,
        digest: agreement.digest.clone(),
        terms: serde_json::from_str(&agreement.body).map_err(Error::internal)?,
        signatures: store::signatures_of(conn, agreement.id)?,
        version: agreement.version,
    })
}

/// The agreement for those who may see the award.
pub fn see_agreement(conn: &mut Db, actor: &Actor, id: AwardId) -> Result<AgreementView, Error> {
    let award = see_award(conn, actor, id)?;
    let agreement = store::agreement_of(conn, award.id)?.ok_or_else(Error::not_found)?;
    view(conn, &agreement)
}

/// One party signs the terms it has read. The third signature makes the award active and commits its money.
pub fn sign(
    conn: &mut Db,
    by: &Caller,
    id: AwardId,
    input: &Input<NewSignature>,
) -> Result<AgreementView, Error> {
    let (award, role) = prepare(conn, by, id, Action::Sign)?;
    let party = rules::party_of(role).ok_or_else(|| forbidden(Action::Sign.roles()))?;
    by.proceed_unversioned(conn)?;
    let active = Action::Sign.next(award.state)?;
    check_deadline(by, &award)?;
    let agreement = store::agreement_of(conn, id)?.ok_or_else(Error::not_found)?;
    let signed = store::signatures_of(conn, agreement.id)?;
    if signed.iter().any(|signature| signature.party == party) {
        return Err(Error::new(&codes::ALREADY_SIGNED));
    }
    if signed.iter().any(|signature| signature.signed_by == by.actor.user_id) {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if new.digest != agreement.digest {
        let fault = Fault::new("/digest", &codes::FIELD_INVALID).with("reason", &agreement.digest);
        return Err(Error::invalid(vec![fault]));
    }
    let signature = Signature {
        id: SignatureId::generate(),
        programme_id: award.programme_id,
        agreement_id: agreement.id,
        party,
        digest: agreement.digest.clone(),
        signed_by: by.actor.user_id,
        signed_at: by.now,
    };
    store::insert_signature(conn, &signature)?;
    let row = Row {
        programme: award.programme_id,
        role: Some(role),
        action: "agreement.sign",
        subject: ("agreement", agreement.id.to_string()),
        before: None,
        after: None,
        detail: json!({"party": party, "digest": agreement.digest}),
    };
    record(conn, by, row)?;
    if signed.len() + 1 == PARTIES.len() {
        activate(conn, by, &award, active, role)?;
    }
    view(conn, &agreement)
}

const PARTIES: [Signatory; 3] = [Signatory::Implementer, Signatory::Funder, Signatory::ThirdParty];

fn activate(conn: &mut Db, by: &Caller, award: &Award, active: AwardState, role: Role) -> Result<(), Error> {
    move_award(conn, by, award, active, role, "award.activate")?;
    let application = applications::find(conn, award.application_id)?.ok_or_else(Error::not_found)?;
    let application = applications::advance_as(
        conn,
        by,
        &application,
        Move::Sign,
        Some(role),
        "application.sign",
        json!({}),
    )?;
    if let Some(transfer) = Transfer::new(EntryKind::Commit, award.amount) {
        let subject = award.id.to_string();
        let cause = Cause {
            programme: award.programme_id,
            round: award.round_id,
            subject_kind: "award",
            subject_id: &subject,
            made_by: by.actor.user_id,
            now: by.now,
        };
        ledger::post(conn, transfer, cause)?;
    }
    let reference = &award.reference;
    let letter = Letter {
        subject: format!("【益创】协议已生效:{reference}"),
        body: format!(
            "{reference} 的三方协议已生效,可以申请首款。\nThe agreement of {reference} is in force.\n"
        ),
        cause: "award.activate",
    };
    applications::notify_applicants(conn, &application, &letter, by.now)
}

fn move_award(
    conn: &mut Db,
    by: &Caller,
    award: &Award,
    to: AwardState,
    role: Role,
    action: &'static str,
) -> Result<(), Error> {
    let mut next = award.clone();
    next.state = to;
    next.version += 1;
    store::save_award(conn, &next)?;
    let row = Row {
        programme: award.programme_id,
        role: Some(role),
        action,
        subject: ("award", award.id.to_string()),
        before: Some(award.state.into()),
        after: Some(to.into()),
        detail: json!({"amount": award.amount}),
    };
    record(conn, by, row).map(|_| ())
}
