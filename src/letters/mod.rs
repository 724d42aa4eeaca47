//! The texts of the letters that the intake writes by itself: each cause has a text in Chinese and in English, and a
//! programme may put its own in their place.
//!
//! A text has placeholders, `{reference}`, which are filled with the values of the occasion and nothing else: there is
//! no expression, and a value that looks like a placeholder stays what it is. The Chinese subject is the letter's; its
//! body is the Chinese text, then the English subject and text.
//!
//! Invariants: a stored text has no placeholder that its cause does not know, and no line break in its subject; a
//! programme's own text has a version above that of the program's, also after it was taken back.

mod actions;
pub mod api;
mod cause;
mod model;
mod store;
mod text;

pub use actions::compose;
pub use cause::Cause;
