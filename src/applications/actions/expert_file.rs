//! The file of an application as experts get it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{require_visible, standards};
use crate::{
    applications::{
        model::{Application, ApplicationState, ExpertAttachment, ExpertFile, ExpertOrganization},
        rules::{self, Names},
        store,
    },
    attachments::{self, Attachment, OwnerKind},
    db::Db,
    error::Error,
    http::Actor,
    kernel::{
        ids::{ApplicationId, AttachmentId, OrganizationId},
        role::Role,
    },
    organizations::{self, Organization},
    programmes::{self, Form, Policy, Round},
};

/// The officer looks at what experts will read, before they do.
pub fn expert_file_of(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<ExpertFile, Error> {
    let application = require_visible(conn, actor, id)?;
    actor.require(application.programme_id, &[Role::ProgramOfficer])?;
    expert_file(conn, &application)
}

/// What experts read: without what says something of a person (the form says which answers do); in a blind review also
/// without who applies, with every name masked wherever it stands.
pub fn expert_file(conn: &mut Db, application: &Application) -> Result<ExpertFile, Error> {
    let (policy, form) = standards_of_review(conn, application)?;
    let blind = policy.review.blind;
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let mut answers = application.answers.0.clone();
    rules::strip_personal(&mut answers, &form, blind);
    let mut file = ExpertFile {
        reference: application.reference.clone(),
        blind,
        organization: (!blind).then(|| ExpertOrganization {
            name: organization.name.clone(),
            kind: organization.kind.to_string(),
        }),
        track: application.track,
        title: application.title.clone(),
        domain: application.domain,
        requested: application.requested,
        own_funds: application.own_funds,
        starts_on: application.starts_on,
        ends_on: application.ends_on,
        beneficiaries: application.beneficiaries,
        summary: application.summary.clone(),
        answers,
        budget_lines: store::budget_lines(conn, application.id)?,
        attachments: files(conn, application, &policy, &form)?.into_iter().map(|(_, shown)| shown).collect(),
    };
    if blind {
        let mut names = names(conn, application)?;
        for word in rules::personal_words(&application.answers.0, &form) {
            names.exact(&word);
        }
        file.title = names.mask(&file.title);
        file.summary = names.mask(&file.summary);
        file.answers.values_mut().for_each(|answer| names.mask_all(answer));
        for line in &mut file.budget_lines {
            line.item = names.mask(&line.item);
        }
    }
    Ok(file)
}

/// What is read follows the round's policy, as the scores do; what was answered, the form of that day.
fn standards_of_review(conn: &mut Db, application: &Application) -> Result<(Policy, Form), Error> {
    let (round, _, form) = standards(conn, application)?;
    Ok((programmes::policy_of(conn, round.id, round.policy_number)?, form))
}

/// One of the files that experts may read, under the name they know it by.
pub fn expert_attachment(
    conn: &mut Db,
    application: &Application,
    id: AttachmentId,
) -> Result<(Attachment, String), Error> {
    let (policy, form) = standards_of_review(conn, application)?;
    let found = files(conn, application, &policy, &form)?.into_iter().find(|(file, _)| file.id == id);
    found.map(|(file, shown)| (file, shown.name)).ok_or_else(Error::not_found)
}

/// The files that experts may read: clean ones of fields that say nothing of a person, and in a blind review nothing of
/// who applies either. There a file's own name is not shown: it is the field and a number, in the order of the list.
fn files(
    conn: &mut Db,
    application: &Application,
    policy: &Policy,
    form: &Form,
) -> Result<Vec<(Attachment, ExpertAttachment)>, Error> {
    let blind = policy.review.blind;
    let all = attachments::of_owner(conn, OwnerKind::Application, &application.id.to_string())?;
    let may_be_read = |file: &Attachment| {
        file.state == attachments::AttachmentState::Clean
            && form.field(&file.field).is_some_and(|field| !(field.personal || blind && field.identifying))
    };
    let shown = all.into_iter().filter(may_be_read).enumerate().map(|(index, file)| {
        let ending = attachments::rules::extension(&file.name);
        let name = if blind { format!("{}-{}{ending}", file.field, index + 1) } else { file.name.clone() };
        let shown = ExpertAttachment {
            id: file.id,
            field: file.field.clone(),
            name,
            media_type: file.media_type.clone(),
            bytes: file.bytes,
        };
        (file, shown)
    });
    Ok(shown.collect())
}

/// Everything that names who applies: the group and its host, their people, numbers and codes.
fn names(conn: &mut Db, application: &Application) -> Result<Names, Error> {
    Bodies::of(conn, std::slice::from_ref(application))?.names(application)
}

/// The groups of some applications with their hosts, and who acts for them.
struct Bodies {
    organizations: BTreeMap<OrganizationId, Organization>,
    agents: BTreeMap<OrganizationId, Vec<store::Agent>>,
}

impl Bodies {
    fn of(conn: &mut Db, applications: &[Application]) -> Result<Self, Error> {
        let groups: BTreeSet<OrganizationId> = applications.iter().map(|a| a.organization_id).collect();
        let ids: Vec<OrganizationId> = groups.iter().copied().collect();
        let mut found = organizations::find_all(conn, &ids)?;
        let hosts: BTreeSet<OrganizationId> = found.iter().filter_map(|group| group.host_id).collect();
        let hosts: Vec<OrganizationId> = hosts.difference(&groups).copied().collect();
        found.extend(organizations::find_all(conn, &hosts)?);
        let ids: Vec<OrganizationId> = found.iter().map(|organization| organization.id).collect();
        let mut agents: BTreeMap<OrganizationId, Vec<store::Agent>> = BTreeMap::new();
        for agent in store::agents_of(conn, &ids)? {
            if let Some(organization) = agent.0 {
                agents.entry(organization).or_default().push(agent);
            }
        }
        let organizations = found.into_iter().map(|organization| (organization.id, organization)).collect();
        Ok(Self { organizations, agents })
    }

    fn names(&self, application: &Application) -> Result<Names, Error> {
        let mut names = Names::default();
        let mut next = Some(application.organization_id);
        // The group and, at most, its host.
        for _ in 0..2 {
            let Some(id) = next else { break };
            let organization = self.organizations.get(&id).ok_or_else(Error::not_found)?;
            names.body(&organization.name);
            let words = [
                organization.credit_code.as_deref(),
                organization.filing_no.as_deref(),
                organization.head_name.as_deref(),
                organization.head_phone.as_deref(),
                organization.contact_phone.as_deref(),
            ];
            for word in words.into_iter().flatten() {
                names.exact(word);
            }
            for (_, name, email, phone) in self.agents.get(&id).into_iter().flatten() {
                for word in [Some(name.as_str()), email.as_deref(), phone.as_deref()].into_iter().flatten() {
                    names.exact(word);
                }
            }
            next = organization.host_id;
        }
        names.exact(&application.lead_name);
        if let Some(phone) = &application.lead_phone {
            names.exact(phone);
        }
        Ok(names)
    }
}

/// The titles of applications of one round as experts read them, in a few queries for any number.
pub fn expert_titles(
    conn: &mut Db,
    round: &Round,
    applications: &[Application],
) -> Result<BTreeMap<ApplicationId, String>, Error> {
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let mut titles: BTreeMap<ApplicationId, String> =
        applications.iter().map(|application| (application.id, application.title.clone())).collect();
    if !policy.review.blind {
        return Ok(titles);
    }
    let bodies = Bodies::of(conn, applications)?;
    let mut forms: BTreeMap<i32, Form> = BTreeMap::new();
    for application in applications {
        let number = match application.state {
            ApplicationState::Draft => round.form_number,
            _ => application.form_number,
        };
        let form = match forms.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(programmes::form_of(conn, round.id, number)?),
        };
        let mut names = bodies.names(application)?;
        for word in rules::personal_words(&application.answers.0, form) {
            names.exact(&word);
        }
        if let Some(title) = titles.get_mut(&application.id) {
            *title = names.mask(title);
        }
    }
    Ok(titles)
}
