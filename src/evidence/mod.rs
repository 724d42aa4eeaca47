//! Evidence (存证): what happened can be proved to people who do not trust this server.
//!
//! ```text
//! audit rows of all lanes ──▶ tree of rows ──┐ at every moment of the clock one leaf
//!                                            ├──▶ public log ──▶ signed checkpoint ──▶ everybody, file, mail, webhook
//! what is published ─────── one leaf each ───┘
//! ```
//!
//! Both trees are Merkle trees as RFC 6962 has them. The public log grows by the clock and by what is public anyway, so that
//! nothing of it tells how much is being scored (docs/adr/0021); a salted leaf binds the tree of rows, whose proofs auditors
//! get with the rows.
//!
//! Invariants (trust.md I19, S8): both trees only grow; a leaf is made once for a row, in the order of its lane; a
//! checkpoint is signed over what is stored, by the one server that holds the lease; nothing that was sealed is changed
//! (triggers on both databases). Of an earlier copy or a history that was rewritten as a whole a checkpoint tells that
//! somebody kept elsewhere ([`against`]).

pub mod api;
mod check;
pub mod model;
pub mod note;
mod publish;
pub mod seal;
mod show;
mod store;
pub mod tree;
pub mod witness;

pub use check::{Finding, against, check};
pub use publish::{latest, publish_notice, sealed_at, statement_of_notice};
pub use seal::Sealer;
pub use show::notice;
