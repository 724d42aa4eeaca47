//! What stands for a reviewer where the name must not: a code that is the same within a round and says nothing outside it,
//! made with a secret that never leaves the server. The order of anonymous comments is made with it too, another one for
//! each application, so that the third comment here and the third there tell nothing of each other (trust.md §5, 18).

use super::super::store;
use crate::{
    db::Db,
    error::Error,
    kernel::{
        digest::{hmac_sha256_hex, random_token},
        ids::{ApplicationId, ExpertId, ReviewId, RoundId},
        time::Timestamp,
    },
};

/// The codes of one round.
#[derive(Clone)]
pub struct Codes {
    secret: String,
}

impl Codes {
    /// Those of a round. One in which nothing was assigned has nobody to name; what is asked of it all the same is
    /// answered with an empty secret.
    pub fn of_round(conn: &mut Db, round: RoundId) -> Result<Self, Error> {
        Ok(Self { secret: store::find_secret(conn, round)?.unwrap_or_default() })
    }

    /// Draws the secret of a round that has none yet.
    pub fn ensure(conn: &mut Db, round: RoundId, now: Timestamp) -> Result<(), Error> {
        if store::find_secret(conn, round)?.is_none() {
            let secret = random_token().map_err(Error::internal)?;
            store::insert_secret(conn, round, &secret, now)?;
        }
        Ok(())
    }

    /// `R-` and twelve characters of HMAC-SHA-256 over the expert's id: 48 bits, so that even among 10,000 experts two of
    /// the same code are not to be expected.
    #[must_use]
    pub fn reviewer(&self, expert: ExpertId) -> String {
        let keyed = self.keyed(&format!("reviewer|{expert}"));
        format!("R-{}", keyed.get(..12).unwrap_or(&keyed))
    }

    /// By this, and by nothing that counts up, what experts wrote of an application is put in order.
    #[must_use]
    pub fn place(&self, application: ApplicationId, review: ReviewId) -> String {
        self.keyed(&format!("comment|{application}|{review}"))
    }

    fn keyed(&self, message: &str) -> String {
        hmac_sha256_hex(self.secret.as_bytes(), message.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_nothing_outside_its_round() {
        let (one, other) = (Codes { secret: "a".into() }, Codes { secret: "b".into() });
        let (expert, colleague) = (ExpertId::generate(), ExpertId::generate());
        assert_eq!(one.reviewer(expert), one.reviewer(expert));
        assert_eq!(one.reviewer(expert).len(), 14);
        assert_ne!(one.reviewer(expert), one.reviewer(colleague));
        assert_ne!(one.reviewer(expert), other.reviewer(expert));
        let (here, there) = (ApplicationId::generate(), ApplicationId::generate());
        let review = ReviewId::generate();
        assert_ne!(one.place(here, review), one.place(there, review));
    }
}
