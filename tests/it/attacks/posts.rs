//! Numbers 6, 27 and 28 as far as roles go: three posts apart from each other and from money and scores, by every way a
//! role is come by; a role that is taken away is gone at once; the last administrator stays.

use serde_json::json;
use yichuang::{
    kernel::{ids::UserId, role::Role},
    people::{self, Bound},
};

use crate::support::{Kind, Office, Person, TestApp, changes_nothing, held};

on_both!(
    posts_stay_apart_from_each_other,
    a_small_office_combines_posts_and_says_so,
    a_role_is_gone_at_once,
    the_last_administrator_stays,
    who_gives_roles_gives_them_in_their_programme_alone,
    posts_open_nothing_of_a_programme,
);

const POSTS: [&str; 3] = ["system_admin", "security_admin", "audit_admin"];

fn appoint(office: &Office<'_>, person: &Person, post: &str, status: u16) {
    let body = json!({"user_id": person.id, "role": post});
    let told = office.admin.post("/api/v1/administrators").json(&body).expect(status);
    if status == 409 {
        assert_eq!(told.text("/code"), "membership.role_conflict", "{told}");
    }
}

fn posts_stay_apart_from_each_other(app: &TestApp) {
    let office = Office::found(app);
    let members = format!("/api/v1/programmes/{}/members", office.programme);
    for post in POSTS {
        // Held for the installation, held in a programme, given by either way.
        let (installed, in_programme) = (office.appointed("岗位", post), office.join("岗位"));
        office.post(&office.admin, &members, Some(json!({"user_id": in_programme.id, "role": post})));
        for other in POSTS.iter().filter(|other| **other != post) {
            for person in [&installed, &in_programme] {
                changes_nothing(app.database(), || {
                    appoint(&office, person, other, 409);
                    let member = json!({"user_id": person.id, "role": other});
                    office.admin.post(&members).json(&member).refused(409, "membership.role_conflict");
                });
            }
        }
        // Money and scores, in whatever programme, also by way of the pool and of the command line.
        let elsewhere = Office::found(app);
        let there = format!("/api/v1/programmes/{}/members", elsewhere.programme);
        changes_nothing(app.database(), || {
            for money in ["finance_maker", "finance_checker", "center_director", "panel_chair"] {
                let member = json!({"user_id": installed.id, "role": money});
                for path in [&members, &there] {
                    office.admin.post(path).json(&member).refused(409, "membership.role_conflict");
                }
                let member = json!({"user_id": in_programme.id, "role": money});
                elsewhere.admin.post(&there).json(&member).refused(409, "membership.role_conflict");
            }
            let expert = json!({"user_id": installed.id, "name": "专家"});
            let pool = format!("/api/v1/programmes/{}/experts", office.programme);
            office.officer.post(&pool).json(&expert).refused(409, "membership.role_conflict");
            appoint(&office, &elsewhere.maker, post, 409);
        });
        let maker: UserId = elsewhere.checker.id.parse().unwrap();
        let (role, now) = (post.parse::<Role>().unwrap(), yichuang::kernel::time::Clock::now(&app.clock));
        let by_hand = app.database().write_now(yichuang::db::Lane::Installation, move |conn| {
            people::grant_role(
                conn,
                yichuang::db::Lane::Installation,
                maker,
                role,
                Bound::default(),
                None,
                now,
            )
        });
        assert!(by_hand.is_err(), "{post}");
    }
}

fn a_small_office_combines_posts_and_says_so(app: &TestApp) {
    let office = Office::found(app);
    let setting = "/api/v1/separation-of-posts";
    let security = office.appointed("安全管理员", "security_admin");
    appoint(&office, &security, "audit_admin", 409);
    assert_eq!(security.get("/api/v1/me").expect(200).at("/posts_combined"), false);

    let version = office.version(&security, setting);
    let small = |may: bool| json!({"may_be_combined": may, "reason": "全中心仅三名工作人员"});
    changes_nothing(app.database(), || {
        office.director.put(setting).if_match(version).json(&small(true)).refused(403, "forbidden");
        let unreasoned = json!({"may_be_combined": true, "reason": " "});
        security.put(setting).if_match(version).json(&unreasoned).refused(422, "field.required");
    });
    let version = office.act(&security, "PUT", setting, Some(small(true)), Some(version)).version();
    appoint(&office, &security, "audit_admin", 201);
    assert_eq!(security.get("/api/v1/me").expect(200).at("/posts_combined"), true);
    // Never with money or scores, small or not.
    let members = format!("/api/v1/programmes/{}/members", office.programme);
    changes_nothing(app.database(), || {
        for money in ["finance_maker", "panel_chair"] {
            let member = json!({"user_id": security.id, "role": money});
            office.admin.post(&members).json(&member).refused(409, "membership.role_conflict");
        }
        // It is not taken back while somebody still holds two.
        security.put(setting).if_match(version).json(&small(false)).refused(409, "posts.still_combined");
    });
    let posts = office.see(&security, "/api/v1/administrators?limit=100");
    let post = held(posts.items(), &security, "audit_admin");
    office.act(&office.admin, "DELETE", &format!("/api/v1/administrators/{post}"), None, None);
    office.act(&security, "PUT", setting, Some(small(false)), Some(version));
    appoint(&office, &security, "audit_admin", 409);
    assert!(app.audited("posts.separation") >= 2, "it is on record");
}

fn a_role_is_gone_at_once(app: &TestApp) {
    let (office, elsewhere) = (Office::found(app), Office::found(app));
    let round = office.published_round("1000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let path = format!("{}/ledger", round.path());
    office.maker.get(&path).expect(200);
    let member = office.membership(&office.maker, "finance_maker");
    let members = format!("/api/v1/programmes/{}/members", office.programme);
    changes_nothing(app.database(), || {
        office.director.delete(&format!("{members}/{member}")).refused(403, "forbidden");
        let wrong = format!("/api/v1/programmes/{}/members/{member}", elsewhere.programme);
        office.admin.delete(&wrong).refused(404, "not_found");
    });
    office.act(&office.admin, "DELETE", &format!("{members}/{member}"), None, None);
    office.maker.get(&path).refused(404, "not_found");
    office.admin.delete(&format!("{members}/{member}")).refused(404, "not_found");
    // What came with an organisation, an enterprise or the pool is not an administrator's to take.
    let listed = office.see(&office.admin, &format!("{members}?limit=100"));
    assert!(listed.items().iter().all(|item| item["user_id"] != group.admin.id.as_str()), "{listed}");
    assert!(app.audited("role.revoke") >= 1, "it is on record");
}

fn the_last_administrator_stays(app: &TestApp) {
    let office = Office::found(app);
    let administrators = "/api/v1/administrators";
    let own = |person: &Person| {
        let posts = person.get("/api/v1/administrators?limit=100").expect(200);
        format!("{administrators}/{}", held(posts.items(), person, "system_admin"))
    };
    let security = office.appointed("安全管理员", "security_admin");
    let path = own(&office.admin);
    changes_nothing(app.database(), || {
        office.admin.delete(&path).refused(409, "membership.last_administrator");
        security.delete(&path).refused(409, "membership.last_administrator");
    });
    let second = office.appointed("第二名系统管理员", "system_admin");
    office.act(&office.admin, "DELETE", &path, None, None);
    office.admin.get(administrators).refused(403, "forbidden");
    let last = own(&second);
    changes_nothing(app.database(), || {
        second.delete(&last).refused(409, "membership.last_administrator");
    });
}

fn who_gives_roles_gives_them_in_their_programme_alone(app: &TestApp) {
    let (office, elsewhere) = (Office::found(app), Office::found(app));
    let members = |office: &Office<'_>| format!("/api/v1/programmes/{}/members", office.programme);
    let security = office.join("本项目安全管理员");
    let member = json!({"user_id": security.id, "role": "security_admin"});
    office.post(&office.admin, &members(&office), Some(member));
    let somebody = json!({"user_id": office.join("某人").id, "role": "evaluator"});
    changes_nothing(app.database(), || {
        security.post(&members(&elsewhere)).json(&somebody).refused(404, "not_found");
        security.get(&members(&elsewhere)).refused(404, "not_found");
        security.post("/api/v1/administrators").json(&somebody).refused(403, "forbidden");
        office.director.post(&members(&office)).json(&somebody).refused(403, "forbidden");
    });
    security.post(&members(&office)).json(&somebody).expect(201);
}

fn posts_open_nothing_of_a_programme(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.submitted(&round, &group, crate::support::content("50000.00"));
    let member = format!("/api/v1/programmes/{}/members", office.programme);
    for post in POSTS {
        let (installed, in_programme) = (office.appointed("岗位", post), office.join("岗位"));
        office.post(&office.admin, &member, Some(json!({"user_id": in_programme.id, "role": post})));
        for person in [&installed, &in_programme] {
            for path in [
                project.path(),
                format!("{}/attachments", project.path()),
                group.path(),
                format!("{}/payee-account", group.path()),
                format!("{}/ledger", round.path()),
                format!("{}/ranking", round.path()),
                format!("{}/payment-requests", round.path()),
                format!("/api/v1/programmes/{}/experts", office.programme),
                format!("/api/v1/programmes/{}/debarments", office.programme),
            ] {
                let told = person.get(&path).send();
                assert!(matches!(told.status, 403 | 404), "{post}: {told}");
            }
            let list = person.get(&format!("{}/applications", round.path())).send();
            assert!(list.status == 404 || list.items().is_empty(), "{post}: {list}");
        }
    }
}
