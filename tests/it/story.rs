//! A whole round, from the call to the paid tranche and the sponsor, as the people in it live it.

use serde_json::json;
use yichuang::verify;

use crate::support::{
    APPROVAL_DAY, DECISION_DAY, Kind, LAST_NOTICE_DAY, Office, REVIEW_DAY, TestApp, content,
};

on_both!(a_round_from_the_call_to_the_paid_tranche_and_the_sponsor);

#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn a_round_from_the_call_to_the_paid_tranche_and_the_sponsor(app: &TestApp) {
    // The centre prepares a call of 60,000 yuan, at most 50,000 a project, and the director publishes it.
    let office = Office::found(app);
    let round = office.published_round("60000.00", json!({"cap": "50000.00", "on_shortfall": "skip"}));
    let calls = app.client().get("/api/v1/public/rounds").expect(200);
    assert_eq!(calls.text("/items/0/state"), "open", "everybody can read the call");

    // A registered group applies, and a filed one whose host consents and lends its account; a third is too weak.
    let registered = office.a_group(Kind::Registered);
    let filed = office.a_group(Kind::Filed);
    let weak = office.a_group(Kind::Registered);
    let lunch = office.submitted(&round, &registered, content("50000.00"));
    let choir = office.submitted(&round, &filed, content("20000.00"));
    let trip = office.submitted(&round, &weak, content("30000.00"));
    assert_eq!(
        [&lunch, &choir, &trip].map(|project| project.reference.as_str()),
        ["HS-2011-0001", "HS-2011-0002", "HS-2011-0003"]
    );

    // An officer checks the form; somebody else, of the subdistrict, confirms that they are eligible.
    for project in [&lunch, &choir, &trip] {
        office.accept(project);
        let state = office.see(&project.group.admin, &project.path());
        assert_eq!(state.text("/state"), "eligible");
    }

    // The window closes. Four experts are given files; one knows a group and steps back before reading.
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    let friend = office.an_expert();
    let sheet = office.assign(&lunch, &friend);
    let tie = json!({"kind": "friend", "evidence": "与负责人系多年好友"});
    let version = office.version(&friend.person, &sheet);
    office.step(&friend.person, &format!("{sheet}/recusal"), version, Some(tie));
    friend.person.get(&format!("{sheet}/application")).refused(404, "not_found");

    // The others declare, mark and hand in; the ranking is there at once, and grows with every sheet.
    office.scored_by(&lunch, &experts, &["85", "88", "82"]);
    let ranking = || office.see(&office.supervisor, &format!("{}/ranking", round.path()));
    assert_eq!(ranking().text("/items/0/score"), "85.00");
    assert_eq!(ranking().at("/items/1/score"), &json!(null), "without three sheets there is no score");
    office.scored_by(&choir, &experts, &["90", "91.5", "92"]);
    office.scored_by(&trip, &experts, &["60", "62", "55"]);
    let ranked: Vec<_> =
        ranking().items().iter().map(|line| (line["reference"].clone(), line["score"].clone())).collect();
    assert_eq!(
        ranked,
        [
            (json!("HS-2011-0002"), json!("91.17")),
            (json!("HS-2011-0001"), json!("85.00")),
            (json!("HS-2011-0003"), json!("59.00")),
        ]
    );

    // The officer makes a plan, the meeting decides it: 20,000 for the choir, 40,000 for the lunch as the experts
    // suggest, and with that the money is spent.
    office.on_the(DECISION_DAY);
    let plan = office.plan(&round);
    let selected: Vec<_> = plan.at("/selected").as_array().unwrap().iter().map(|l| &l["amount"]).collect();
    assert_eq!(selected, ["20000.00", "40000.00"]);
    assert_eq!(plan.text("/left"), "0.00");
    office.decided(&round);
    assert_eq!(office.balance(&round, "reserved"), "60000.00");

    // The notice runs five working days from the next one. The bureau may not sign on its last day, but on the day
    // after it.
    let notice = office.noticed(&round);
    let public = app.client().get(&notice.replace("/notices/", "/public/notices/")).expect(200);
    assert_eq!((public.text("/starts_on"), public.text("/ends_on")), ("2011-04-12", LAST_NOTICE_DAY));
    office.on_the(LAST_NOTICE_DAY);
    let paper = json!({"document_number": "海民〔2011〕12号"});
    let approval = format!("{notice}/bureau-approval");
    let too_early = office.bureau.post(&approval).json(&paper).key("early").if_match(public.version());
    too_early.refused(409, "R206");
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);

    // Both groups fit their budget to the award and sign, with the centre and the subdistrict.
    let lunch_award = office.award_of(&round, &lunch);
    let choir_award = office.award_of(&round, &choir);
    office.signed(&lunch_award);
    office.signed(&choir_award);
    assert_eq!(office.see(&office.officer, &lunch.path()).text("/state"), "agreement");
    assert_eq!(office.balance(&round, "committed"), "60000.00");

    // The first half is paid: asked for, its condition confirmed, prepared, checked, approved, sent by the bank. The
    // filed group's money goes to its host.
    let payment = office.paid(&lunch_award);
    assert_eq!(office.see(&lunch.group.admin, &payment).text("/amount"), "20000.00");
    let payment = office.paid(&choir_award);
    let account = office.see(&office.maker, &format!("{}/payee-account", filed.payee().path()));
    assert_eq!(office.see(&office.auditor, &payment).text("/payee_account_id"), account.id());

    // The books say so and add up to nothing.
    let books = office.see(&office.auditor, &format!("{}/ledger", round.path()));
    let balances: Vec<_> = books.at("/accounts").as_array().unwrap().iter().map(|a| &a["balance"]).collect();
    assert_eq!(balances, ["-60000.00", "0.00", "0.00", "30000.00", "0.00", "30000.00"]);

    // Enterprises and projects list each other. Both firms want the choir, which prefers the second.
    let (first, second) = (office.an_enterprise(1), office.an_enterprise(1));
    let matching = office.matching(&round);
    office.enterprise_lists(&matching, &first, &[&choir, &lunch]);
    office.enterprise_lists(&matching, &second, &[&choir]);
    office.project_lists(&matching, &choir, &[&second, &first]);
    office.project_lists(&matching, &lunch, &[&first]);
    let run = office.matched(&matching);
    let mut pairs: Vec<_> = run.at("/pairs").as_array().unwrap().clone();
    let pair = |sponsor: &str, project: &str| json!({"enterprise_id": sponsor, "application_id": project});
    pairs.sort_by_key(|pair| pair["enterprise_id"].to_string());
    let mut expected = vec![pair(&first.id, &lunch.id), pair(&second.id, &choir.id)];
    expected.sort_by_key(|pair| pair["enterprise_id"].to_string());
    assert_eq!(pairs, expected);
    assert_eq!(run.at("/blocking_pairs"), &json!(0));

    // Everybody was told by mail what concerned them, and nobody what did not.
    let causes = |address: &str| -> Vec<String> {
        app.mail_to(address).iter().map(|mail| mail.subject.replace("【益创】", "")).collect()
    };
    let told_both = causes(&lunch.group.admin.mail());
    assert_eq!(
        told_both,
        [
            format!("机构资料已核验:{}", registered.name),
            "申报已收到:HS-2011-0001".to_owned(),
            "HS-2011-0001:已受理,进入专家评审".to_owned(),
            "评审结果:HS-2011-0001".to_owned(),
            "立项通知:HS-2011-0001".to_owned(),
            "协议已生效:HS-2011-0001".to_owned(),
            "款项已拨付:HS-2011-0001".to_owned(),
            "双百对接结果:HS-2011-0001".to_owned(),
        ]
    );
    let told_weak = causes(&trip.group.admin.mail());
    assert_eq!(told_weak.last().unwrap(), "评审结果:HS-2011-0003");
    assert_eq!(causes(&second.rep.mail()), ["双百对接结果:HS-2011-0002"]);
    assert_eq!(causes(&friend.person.mail()), ["您有新的评审任务"]);

    // And whoever recomputes everything from what is stored finds nothing wrong.
    assert_eq!(app.database().read_now(verify::verify).unwrap(), []);
}
