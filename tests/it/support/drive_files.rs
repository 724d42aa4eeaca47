//! The files of a whole round.

use super::{Office, Project, files};

/// Every route of an application's files once: two come, both are seen, one is taken out again.
#[track_caller]
pub fn files_of(office: &Office<'_>, project: &Project) {
    let by = &project.group.admin;
    let kept = office.attached(project, "site_consent", "场地同意书.pdf", &files::pdf("同意"));
    let wrong = office.attached(project, "site_consent", "拿错了.pdf", &files::pdf("拿错了"));
    by.delete(&format!("{}/{}", project.files(), wrong.id())).expect(204);
    let seen = office.see(by, &project.files());
    assert_eq!(seen.items().len(), 1, "{seen}");
    let content = project.download(by, &kept.id()).expect(200);
    assert_eq!(content.bytes, files::pdf("同意"));
}
