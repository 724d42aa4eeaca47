//! The first start: whoever can read what the server prints makes the first administrators, once.

use super::{
    super::{
        model::{FirstAdministrator, HeldRole, Person, Registration, SetUp},
        store,
    },
    Bound, create_account, grant_role, record_person,
};
use crate::{
    db::{Database, Db, Lane},
    error::{Error, codes},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::UserId,
        time::Timestamp,
    },
};

/// A set-up token for an installation that has no administrator yet, in place of the one before; none where it has.
pub fn new_setup_token(database: &Database, now: Timestamp) -> Result<Option<String>, Error> {
    make_setup_token(database, now, true)
}

/// The same, but none where there is one already: the server prints it once.
pub fn first_setup_token(database: &Database, now: Timestamp) -> Result<Option<String>, Error> {
    make_setup_token(database, now, false)
}

fn make_setup_token(database: &Database, now: Timestamp, replaces: bool) -> Result<Option<String>, Error> {
    let token = random_token().map_err(Error::internal)?;
    let digest = sha256_hex(&token);
    let made = database.write_now(Lane::Installation, move |conn| {
        if store::is_set_up(conn)? || (!replaces && store::has_setup_token(conn)?) {
            return Ok(false);
        }
        store::replace_setup_token(conn, &digest, now)?;
        Ok(true)
    })?;
    Ok(made.then_some(token))
}

/// 404 once there is an administrator, 401 for another token.
pub fn check_setup(conn: &mut Db, token: &str) -> Result<(), Error> {
    if store::is_set_up(conn)? {
        return Err(Error::not_found());
    }
    if store::fits_setup_token(conn, &sha256_hex(token))? {
        Ok(())
    } else {
        Err(Error::new(&codes::SETUP_TOKEN_WRONG))
    }
}

/// Makes the first administrators; ids and hashes were made before.
pub fn set_up(
    conn: &mut Db,
    token: &str,
    administrators: &[(UserId, FirstAdministrator, String)],
    now: Timestamp,
) -> Result<SetUp, Error> {
    check_setup(conn, token)?;
    store::delete_setup_tokens(conn)?;
    let mut made = Vec::new();
    for (id, person, hash) in administrators {
        let registration = Registration {
            name: person.name.clone(),
            phone: person.phone.clone(),
            email: person.email.clone(),
            password: None,
        };
        let user = create_account(conn, *id, &registration, hash, now)?;
        grant_role(conn, Lane::Installation, *id, person.role, Bound::default(), None, now)?;
        record_person(conn, *id, "setup.administrator", serde_json::json!({"role": person.role}), now)?;
        let role = HeldRole {
            programme_id: None,
            role: person.role,
            organization_id: None,
            enterprise_id: None,
            unit_id: None,
        };
        made.push(Person {
            id: user.id,
            name: user.name,
            roles: vec![role],
            posts_combined: false,
            viewed_by: None,
        });
    }
    Ok(SetUp { administrators: made })
}
