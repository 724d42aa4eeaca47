//! `yichuang user add`: the first accounts of an installation; there is no default account.

use std::io::Read;

use clap::Subcommand;

use crate::{
    config::Settings,
    db::{Database, Lane},
    error::Error,
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::UserId,
        password::{Passwords, normalise},
        role::Role,
        time::{Clock, SystemClock},
    },
    people::{self, Bound, Registration},
};

/// Keeps accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds an account; the password is read from standard input.
    Add {
        /// The person's name.
        #[arg(long)]
        name: String,
        /// A mainland mobile number.
        #[arg(long)]
        phone: Option<PhoneNumber>,
        /// An e-mail address.
        #[arg(long)]
        email: Option<EmailAddress>,
        /// A role for the whole installation, such as `system_admin`.
        #[arg(long)]
        role: Option<Role>,
    },
}

/// Runs `yichuang user`.
pub fn run(command: UserCommand, settings: &Settings) -> Result<(), Error> {
    let UserCommand::Add { name, phone, email, role } = command;
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).map_err(Error::internal)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let registration = Registration { name, phone, email, password: Some(password) };
    let database = super::unlocked(settings)?;
    let id = add(&database, settings, registration, role, SystemClock.now())?;
    println!("{id}");
    Ok(())
}

/// Adds an account and gives it a role of the installation.
pub fn add(
    database: &Database,
    settings: &Settings,
    registration: Registration,
    role: Option<Role>,
    now: crate::kernel::time::Timestamp,
) -> Result<UserId, Error> {
    let security = &settings.security;
    let roles: Vec<Role> = role.into_iter().collect();
    let policy =
        people::policy_for(&roles, security.staff_password_policy, security.applicant_password_policy);
    people::check_registration(&registration, policy)?;
    let passwords = Passwords::new(security.argon2_memory_kib, security.argon2_passes)?;
    let password_hash = match &registration.password {
        Some(password) => passwords.hash_now(&normalise(password))?,
        None => String::new(),
    };
    let id = UserId::generate();
    database.write_now(Lane::Installation, move |conn| {
        people::create_account(conn, id, &registration, &password_hash, now)?;
        if let Some(role) = role {
            people::grant_role(conn, Lane::Installation, id, role, Bound::default(), None, now)?;
        }
        Ok(id)
    })
}
