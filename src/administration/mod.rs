//! The installation's administrative posts (三员: 系统管理员, 安全管理员, 审计管理员), whether a small office combines them, and
//! looking at the service through somebody else's eyes.
//!
//! ```text
//! viewing: asked ── agree (the person, or a second administrator) ──▶ agreed
//!          agreed ── begin (whoever asked) ──▶ running ── end, or 30 minutes ──▶ ended
//! ```
//!
//! Invariants (trust.md §5, numbers 27, 28 and 30; §8): two posts are in one hand only while the office says that they may
//! be; the installation keeps a system administrator; whoever asks to look never agrees to it; of a token only the digest
//! is stored; a look only reads, and each request of it is an audit row.

mod actions;
pub mod api;
mod model;
mod rules;
mod store;
