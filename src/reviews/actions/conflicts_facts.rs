//! What both sides of possible ties say, gathered for a whole round or for one pair.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    model::{ConflictKind as K, ConflictSource, Expert, ExpertTie},
    rules::conflicts::{
        FoundTie, Mark, Numbers, employment_counts, join, named, numbers_in, organization, person,
    },
    store::{
        self,
        conflicts_facts::{self as facts, Group},
    },
};
use crate::{
    applications::{self, Application},
    db::{
        Db,
        private::{AccountName, AccountNumber, LeadPhone, Private, UserEmail, UserPhone},
    },
    error::Error,
    kernel::{
        contact::PhoneNumber,
        digest::hmac_sha256_hex,
        ids::{OrganizationId, ProgrammeId, RoundId, UserId},
        time::Timestamp,
    },
    programmes,
};

/// Every tie that the program finds, by the places of the application and the expert in the lists.
pub fn found(
    conn: &mut Db,
    programme: ProgrammeId,
    round: RoundId,
    applications: &[Application],
    experts: &[Expert],
) -> Result<BTreeMap<(usize, usize), Vec<FoundTie>>, Error> {
    if applications.is_empty() || experts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let known = Known::gather(conn, programme, round, applications, experts)?;
    let of_applications: Vec<Vec<Mark>> =
        applications.iter().map(|application| known.of_application(application)).collect();
    let of_experts: Vec<Vec<Mark>> = experts.iter().map(|expert| known.of_expert(expert)).collect();
    Ok(join(&of_applications, &of_experts))
}

/// True for each expert who, by themselves or through their organisation, applies in the round.
pub fn co_applicants(
    conn: &mut Db,
    programme: ProgrammeId,
    applications: &[Application],
    experts: &[Expert],
) -> Result<Vec<bool>, Error> {
    let applying: Vec<OrganizationId> =
        applications.iter().map(|application| application.organization_id).collect();
    let agents: BTreeSet<UserId> = facts::agents(conn, programme, &applying)?
        .into_iter()
        .filter_map(|agent| agent.organization_id.filter(|id| applying.contains(id)).map(|_| agent.user_id))
        .collect();
    let applying: BTreeSet<OrganizationId> = applying.into_iter().collect();
    let applies = |expert: &Expert| {
        expert.organization_id.is_some_and(|own| applying.contains(&own)) || agents.contains(&expert.user_id)
    };
    Ok(experts.iter().map(applies).collect())
}

/// Who began an application, and whom it names as its lead.
type Begun = (UserId, Option<Private<LeadPhone>>);

/// How an account is reached.
#[derive(Clone, Debug, Default)]
struct Reached {
    phone: Option<Private<UserPhone>>,
    email: Option<Private<UserEmail>>,
}

struct Known {
    groups: BTreeMap<OrganizationId, Group>,
    agents: BTreeMap<OrganizationId, Vec<(UserId, Reached, Timestamp)>>,
    accounts: BTreeMap<OrganizationId, (Private<AccountName>, Private<AccountNumber>)>,
    earlier: BTreeMap<OrganizationId, Vec<Begun>>,
    reached: BTreeMap<UserId, Reached>,
    sponsored: BTreeMap<UserId, BTreeSet<(OrganizationId, String)>>,
    standing: Vec<ExpertTie>,
    identity_key: Option<String>,
    /// The year of the round, and the years after which an employment counts no more.
    employment: (i32, u32),
}

impl Known {
    fn gather(
        conn: &mut Db,
        programme: ProgrammeId,
        round: RoundId,
        applications: &[Application],
        experts: &[Expert],
    ) -> Result<Self, Error> {
        let applicants: BTreeSet<OrganizationId> = applications.iter().map(|a| a.organization_id).collect();
        let applicants: Vec<OrganizationId> = applicants.into_iter().collect();
        let mut groups = facts::groups(conn, programme, &applicants)?;
        let hosts: BTreeSet<OrganizationId> = groups.iter().filter_map(|group| group.host_id).collect();
        let hosts: Vec<OrganizationId> =
            hosts.into_iter().filter(|host| !groups.iter().any(|group| group.id == *host)).collect();
        if !hosts.is_empty() {
            groups.extend(facts::groups(conn, programme, &hosts)?);
        }
        let sides: Vec<OrganizationId> = applicants.iter().chain(&hosts).copied().collect();
        let mut agents: BTreeMap<OrganizationId, Vec<(UserId, Reached, Timestamp)>> = BTreeMap::new();
        for agent in facts::agents(conn, programme, &sides)? {
            let Some(organization) = agent.organization_id else { continue };
            let reached = Reached { phone: agent.phone, email: agent.email };
            agents.entry(organization).or_default().push((agent.user_id, reached, agent.since));
        }
        let own: BTreeSet<OrganizationId> = experts.iter().filter_map(|e| e.organization_id).collect();
        let payees: Vec<OrganizationId> = sides.iter().copied().chain(own).collect();
        let accounts = facts::accounts(conn, programme, &payees)?;
        let mut earlier: BTreeMap<OrganizationId, Vec<Begun>> = BTreeMap::new();
        for before in facts::earlier(conn, programme, round, &applicants)? {
            earlier.entry(before.organization_id).or_default().push((before.created_by, before.lead_phone));
        }
        let users: Vec<UserId> = experts.iter().map(|expert| expert.user_id).collect();
        let reached = facts::reached(conn, &users)?;
        let ids: Vec<_> = experts.iter().map(|expert| expert.id).collect();
        let standing = facts::standing_ties(conn, programme, &ids)?;
        let employed = standing.iter().any(|tie| tie.kind == K::FormerEmployer);
        let employment = if employed { employment(conn, round)? } else { (0, 0) };
        let compares_identities = experts.iter().any(|expert| expert.identity_digest.is_some());
        let identity_key = if compares_identities { store::identity_key(conn, programme)? } else { None };
        Ok(Self {
            groups: groups.into_iter().map(|group| (group.id, group)).collect(),
            agents,
            accounts: accounts.into_iter().map(|(id, name, number)| (id, (name, number))).collect(),
            earlier,
            reached: reached
                .into_iter()
                .map(|(user, phone, email)| (user, Reached { phone, email }))
                .collect(),
            sponsored: sponsored(conn, programme, &users)?,
            standing,
            identity_key,
            employment,
        })
    }

    fn of_application(&self, application: &Application) -> Vec<Mark> {
        let mut marks = Vec::new();
        let applicant = self.groups.get(&application.organization_id);
        let host = applicant.and_then(|group| group.host_id).and_then(|host| self.groups.get(&host));
        // Whose an application is stands since it was begun; whose host somebody is may have changed.
        let of_applicant = |says| (says, Some(application.created_at));
        let mut add = |kind, value: Option<String>, (says, since): (&str, Option<Timestamp>)| {
            marks.extend(value.map(|value| Mark { since, ..Mark::known(kind, value, says) }));
        };
        let undated = |says| (says, None);
        let own = application.organization_id;
        add(K::SameOrganization, Some(own.to_string()), undated("applicant"));
        add(K::HostOrganization, host.map(|host| host.id.to_string()), undated("host"));
        // What somebody states of an organisation or a person is compared with the applicant's side.
        for kind in STATED {
            for (group, says) in [(applicant, of_applicant("applicant")), (host, undated("host"))] {
                add(kind, group.map(|group| organization(group.id)), says);
                add(kind, group.and_then(|group| named(&group.name)), undated(says.0));
            }
            add(kind, person(&application.lead_name), undated("lead"));
            add(kind, applicant.and_then(|group| person(group.head_name.as_deref()?)), undated("head"));
        }
        for (group, says) in [(applicant, "people"), (host, "host_people")] {
            let people = group.and_then(|group| self.agents.get(&group.id)).into_iter().flatten();
            for (user, reached, since) in people {
                let since = (says == "people").then(|| application.created_at.max(*since));
                add(K::ActsForApplicant, Some(user.to_string()), (says, since));
                add(K::SamePhone, phone(reached.phone.as_deref()), undated(says));
                add(K::SameEmail, reached.email.as_deref().map(str::to_lowercase), undated(says));
            }
        }
        for (group, head, contact) in [(applicant, "head", "contact"), (host, "host_head", "host_contact")] {
            add(K::SamePhone, group.and_then(|group| phone(group.head_phone.as_deref())), undated(head));
            let number = group.and_then(|group| phone(group.contact_phone.as_deref()));
            add(K::SamePhone, number, undated(contact));
        }
        add(K::SamePhone, phone(application.lead_phone.as_deref()), undated("lead"));
        for group in [applicant, host].into_iter().flatten() {
            if let Some((name, number)) = self.accounts.get(&group.id) {
                add(K::SameAccount, person(name), undated("account_name"));
                add(K::SameAccount, account(number), undated("account_number"));
            }
        }
        for (author, lead) in self.earlier.get(&own).into_iter().flatten() {
            add(K::EarlierGrantTie, Some(author.to_string()), undated("earlier_author"));
            add(K::EarlierGrantTie, phone(lead.as_deref()), undated("earlier_lead"));
        }
        add(K::NameMatch, person(&application.lead_name), undated("lead"));
        add(K::NameMatch, applicant.and_then(|group| person(group.head_name.as_deref()?)), undated("head"));
        let mut numbers = Numbers::default();
        for answer in application.answers.0.values() {
            numbers_in(answer, &mut numbers);
        }
        for number in numbers.phones {
            add(K::SamePhone, Some(number), undated("answers"));
        }
        for address in numbers.emails {
            add(K::SameEmail, Some(address), undated("answers"));
        }
        if let Some(key) = &self.identity_key {
            for number in numbers.identities {
                add(K::SameIdentityNumber, Some(identity_digest(key, &number)), undated("answers"));
            }
        }
        marks
    }

    fn of_expert(&self, expert: &Expert) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut add = |kind, value: Option<String>| {
            marks.extend(value.map(|value| Mark::known(kind, value, "")));
        };
        let own = expert.organization_id.map(|own| own.to_string());
        add(K::SameOrganization, own.clone());
        add(K::HostOrganization, own);
        add(K::EarlierGrantTie, Some(expert.user_id.to_string()));
        if let Some(reached) = self.reached.get(&expert.user_id) {
            let own_phone = phone(reached.phone.as_deref());
            add(K::SamePhone, own_phone.clone());
            add(K::EarlierGrantTie, own_phone);
            add(K::SameEmail, reached.email.as_deref().map(str::to_lowercase));
        }
        add(K::SameAccount, person(&expert.name));
        add(
            K::SameAccount,
            expert
                .organization_id
                .and_then(|own| self.accounts.get(&own))
                .and_then(|(_, number)| account(number)),
        );
        add(K::SameIdentityNumber, expert.identity_digest.clone());
        add(K::NameMatch, person(&expert.name));
        let acts = Mark::known(K::ActsForApplicant, expert.user_id.to_string(), "");
        marks.push(Mark { since: Some(expert.created_at), ..acts });
        for (organization_id, sponsor) in self.sponsored.get(&expert.user_id).into_iter().flatten() {
            let value = organization(*organization_id);
            marks.push(Mark::known(K::DonorOrSponsor, value, sponsor));
        }
        for tie in self.standing.iter().filter(|tie| tie.expert_id == expert.id) {
            let (year, years) = self.employment;
            if tie.kind == K::FormerEmployer && !employment_counts(tie.until_year, year, years) {
                continue;
            }
            let source = if tie.recorded_by == expert.user_id {
                ConflictSource::Expert
            } else {
                ConflictSource::Office
            };
            let values = [
                tie.organization_id.map(organization),
                named(&tie.organization_name),
                person(&tie.person_name),
            ];
            marks.extend(values.into_iter().flatten().map(|value| Mark {
                kind: tie.kind,
                value,
                says: tie.evidence.clone(),
                source,
                since: Some(tie.recorded_at),
            }));
        }
        marks
    }
}

/// What a person states of an organisation or of somebody.
const STATED: [K; 6] =
    [K::FormerEmployer, K::BoardMember, K::DonorOrSponsor, K::Kin, K::Tutored, K::DeclaredOther];

/// The digest under which an identity number is compared.
pub fn identity_digest(key: &str, number: &str) -> String {
    hmac_sha256_hex(key.as_bytes(), number.as_bytes())
}

/// A number as it is compared: eleven digits where it is a mobile number, else its digits.
fn phone(number: Option<&str>) -> Option<String> {
    let number = number?;
    let digits = || number.chars().filter(char::is_ascii_digit).collect::<String>();
    let compared = number.parse::<PhoneNumber>().map_or_else(|_| digits(), |phone| phone.to_string());
    (compared.len() >= 7).then_some(compared)
}

/// An account number as it is compared.
fn account(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 8).then(|| format!("number {digits}"))
}

/// The year of the round, and the years after which an employment counts no more.
fn employment(conn: &mut Db, round: RoundId) -> Result<(i32, u32), Error> {
    let round = programmes::find_round(conn, round)?.ok_or_else(Error::not_found)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    Ok((round.year, policy.review.former_employer_years))
}

/// What the enterprises that these people speak for have asked to sponsor.
fn sponsored(
    conn: &mut Db,
    programme: ProgrammeId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, BTreeSet<(OrganizationId, String)>>, Error> {
    let users: BTreeSet<UserId> = users.iter().copied().collect();
    let mut all: BTreeMap<UserId, BTreeSet<(OrganizationId, String)>> = BTreeMap::new();
    for (user, enterprise, name) in facts::sponsors(conn, programme)? {
        if users.contains(&user) {
            let groups = facts::sponsored(conn, enterprise)?;
            all.entry(user).or_default().extend(groups.into_iter().map(|group| (group, name.clone())));
        }
    }
    Ok(all)
}

/// True for an application that takes part: handed in, and neither rejected nor taken back.
pub fn takes_part(application: &Application) -> bool {
    use applications::ApplicationState as S;
    !matches!(application.state, S::Draft | S::Rejected | S::Withdrawn)
}
