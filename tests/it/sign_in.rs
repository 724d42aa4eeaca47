//! Sign-in by phone, invitations, slips, and the webhook that sends text messages.

mod codes;
mod invitations;
mod webhook;
