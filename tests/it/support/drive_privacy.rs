//! The steps of a whole round that are about personal data.

use serde_json::json;
use yichuang::kernel::role::Role;

use super::{Group, Office};

/// One value is revealed, a consent given and taken back, and somebody is erased.
#[track_caller]
pub fn personal_data(office: &Office<'_>, group: &Group) {
    let path = format!("/api/v1/programmes/{}/revelations", office.programme);
    let wanted = json!({
        "subject_kind": "organization", "subject_id": group.id, "field": "contact_phone",
        "reason": "电话核实申报材料",
    });
    office.post(&office.officer, &path, Some(wanted));
    let accepted = json!({"kind": "privacy_notice", "notice_version": "2011-01"});
    let consent = office.post(&office.worker, "/api/v1/me/consents", Some(accepted)).id();
    office.post(&office.worker, &format!("/api/v1/me/consents/{consent}/withdrawal"), None);
    let leaving = office.app.register_person("将离开的人");
    let request = office.post(&leaving, "/api/v1/me/erasure-requests", Some(json!({"reason": "不再参与"})));
    let security = office.app.installed("安全管理员", Some(Role::SecurityAdmin));
    let decision = format!("/api/v1/erasure-requests/{}/decision", request.id());
    let erase = json!({"erase": true, "note": "本人申请，账目无需保留"});
    office.step(&security, &decision, request.version(), Some(erase));
}

/// Reads what there is to read of it.
#[track_caller]
pub fn looked_at_personal_data(office: &Office<'_>) {
    office.see(&office.auditor, "/api/v1/personal-data/access");
    office.see(&office.worker, "/api/v1/me/data-export");
    let security = office.app.installed("安全管理员乙", Some(Role::SecurityAdmin));
    office.see(&security, "/api/v1/erasure-requests");
}
