//! What was sealed, and what proves it.

use super::Office;

/// Seals, and looks at all of it: as the public, and as the auditor.
#[track_caller]
pub fn looked_at_evidence(office: &Office<'_>, notice: &str) {
    let first = office.app.seal();
    let second = office.app.seal();
    let public = office.app.client();
    let checkpoints = "/api/v1/public/audit-checkpoints";
    public.get(checkpoints).expect(200);
    public.get(&format!("{checkpoints}/{}", first.size)).expect(200);
    public.get("/api/v1/public/audit-keys").expect(200);
    public.get("/api/v1/public/audit-proofs/inclusion?leaf=0").expect(200);
    let consistency = format!("consistency?from={}&to={}", first.size, second.size);
    public.get(&format!("/api/v1/public/audit-proofs/{consistency}")).expect(200);
    public.get(&format!("{}/evidence", notice.replace("/notices/", "/public/notices/"))).expect(200);
    office.see(&office.auditor, &format!("/api/v1/audit/entries?programme_id={}", office.programme));
    office.app.system_admin().get("/api/v1/security/self-check").expect(200);
}
