//! Who keeps the posts, and what a reason must be. Pure.

use crate::{
    error::{Error, Fault, codes},
    kernel::{
        role::Role,
        text::{count, is_deceptive},
    },
};

/// The three posts: they see who holds them, and whether they may be combined.
pub const POSTS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
/// Who gives the posts and says whether they may be combined.
pub const POST_GIVERS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin];
/// How long a look lasts, in seconds.
pub const VIEWING_SECONDS: i64 = 30 * 60;
/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// 1 to 500 characters that can all be seen.
pub fn check_reason(reason: &str) -> Result<(), Error> {
    let mut faults = Vec::new();
    match count(reason) {
        0 => faults.push(Fault::new("/reason", &codes::FIELD_REQUIRED)),
        length if length > MAX_REASON => {
            faults.push(Fault::new("/reason", &codes::FIELD_TOO_LONG).with("max", MAX_REASON));
        }
        _ => {}
    }
    if reason.chars().any(is_deceptive) {
        faults.push(Fault::new("/reason", &codes::HIDDEN_CHARACTER));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// 422 for what is no administrative post.
pub fn check_post(role: Role) -> Result<(), Error> {
    if role.is_administrative() { Ok(()) } else { Err(Error::at("/role", &codes::ROLE_NOT_GIVEN_HERE)) }
}
