//! The same where much happens: pairs by a plan and released by another one, more time for some, reminders, a sheet
//! opened again and signed anew, a second reading, a defence by others; in the other world by hand, by other experts, at
//! other hours, or not at all.

use serde_json::{Value, json};
use yichuang::{kernel::time::Clock, reviews::remind};

use super::{Guessing, Which, World, assert_same, seal};
use crate::support::{Expert, Office, Reply, TestApp, plan_path, schedule};

on_both!(what_is_done_to_plans_sheets_and_readings_changes_nothing_that_others_see);

/// A Monday after the defence: the meeting decides and the notice goes out.
const MEETING: &str = "2011-04-18";
/// The day after the last day of the notice.
const WRITTEN_APPROVAL: &str = "2011-04-26";

impl World<'_> {
    /// A moment of a day of April.
    fn on(&self, day: u32, hour: u32) {
        self.office.app.move_clock_to(&format!("2011-04-{day:02}T{hour:02}:00:00Z"));
        self.office.sign_in_everybody();
    }

    fn is_one(&self) -> bool {
        self.which == Which::One
    }

    /// A plan of these pairs and no others in a stage, carried out.
    fn planned(&self, stage: &str, pairs: &[(usize, usize)]) -> Reply {
        let pair = |(project, expert): &(usize, usize)| json!({"application_id": self.projects[*project].id, "expert_id": self.experts[*expert].id});
        let locked: Vec<Value> = pairs.iter().map(pair).collect();
        let demand = u32::try_from(pairs.len() / 2).unwrap();
        let plan = self.office.propose(
            &self.round,
            json!({"stage": stage, "demand": demand, "locked": locked, "take_up_released": true}),
        );
        self.office.adopt(&plan);
        plan
    }

    fn knows(&mut self, name: &'static str, path: String) {
        self.known.entry(name).or_default().push(path);
    }

    /// The sheet an expert has open of a project.
    fn open_sheet(&self, project: usize, expert: &Expert) -> String {
        let path = format!("{}/reviews?application_id={}", self.round.path(), self.projects[project].id);
        let own = self.office.see(&expert.person, &path);
        let open = |sheet: &&Value| ["assigned", "declared"].contains(&sheet["state"].as_str().unwrap());
        let sheet = own.items().iter().find(open).unwrap_or_else(|| panic!("no open sheet: {own}"));
        format!("/api/v1/reviews/{}", sheet["id"].as_str().unwrap())
    }

    fn scores(&self, project: usize, expert: usize, total: &str) -> String {
        let expert = &self.experts[expert];
        let sheet = self.open_sheet(project, expert);
        self.write(&sheet, expert, total);
        sheet
    }

    /// Marks for a pitch.
    fn judges(&self, project: usize, expert: usize, clarity: u32, answers: u32) {
        let expert = &self.experts[expert];
        let (sheet, by) = (self.open_sheet(project, expert), &expert.person);
        let version = self.office.version(by, &sheet);
        let version = self.office.step(by, &format!("{sheet}/declaration"), version, None).version();
        let body = json!({
            "marks": {"clarity": format!("{clarity}.00"), "answers": format!("{answers}.00")},
            "mark_comments": {"clarity": "清楚", "answers": "切题"},
            "suggested_amount": "40000.00", "comment": "可行",
        });
        self.office.act(by, "PATCH", &sheet, Some(body), Some(version));
        self.office.hand_in(&sheet, expert);
    }

    fn more_time(&self, expert: usize, day: u32) {
        let more = json!({
            "expert_id": self.experts[expert].id, "closes_at": format!("2011-04-{day}T10:00:00Z"),
            "reason": "出差",
        });
        self.office.post(
            &self.office.officer,
            &format!("{}/review-extensions", self.round.path()),
            Some(more),
        );
    }

    /// Who reviews what, by plans that differ; in one of them a pair is released again.
    fn assign_by_plan(&mut self) {
        self.on(1, 2);
        let own = self.office.assign(&self.projects[1], &self.experts[7]);
        self.office.scheduled(&self.round, schedule());
        let plan = if self.is_one() {
            let plan = self.planned("desk", &[(0, 0), (0, 1), (0, 2), (1, 7), (1, 0), (1, 3)]);
            let gone = json!({
                "application_id": self.projects[1].id, "expert_id": self.experts[3].id, "reason": "出差",
            });
            let locked = |(project, expert): (usize, usize)| json!({"application_id": self.projects[project].id, "expert_id": self.experts[expert].id});
            let kept = [(0, 0), (0, 1), (0, 2), (1, 7), (1, 0), (1, 4)].map(locked);
            let changed = json!({"demand": 3, "banned": [gone], "locked": kept});
            let changed = self.office.propose(&self.round, changed);
            assert_eq!(changed.at("/result/released").as_array().map(Vec::len), Some(1), "{changed}");
            self.office.adopt(&changed);
            plan
        } else {
            self.on(1, 5);
            self.planned("desk", &[(0, 3), (0, 4), (0, 5), (1, 7), (1, 6), (1, 2)])
        };
        self.knows("plan_id", plan_path(&plan));
        let other = self.open_sheet(0, &self.experts[if self.is_one() { 0 } else { 3 }]);
        self.sheets = vec![own.clone(), own.clone(), own, other];
        self.on(1, 7);
    }

    /// Some get more time, some hand in early, and those who have not are reminded.
    fn remind(&self) {
        if self.is_one() {
            self.more_time(1, 14);
            self.on(5, 2);
            self.scores(0, 0, "95");
        } else {
            self.on(1, 8);
            self.more_time(6, 13);
            self.more_time(3, 15);
        }
        self.on(7, 2);
        let turn = remind::turn(self.office.app.database(), self.office.app.clock.now());
        let reminded = actix_web::rt::System::new().block_on(turn).expect("a look");
        assert!(reminded > 3, "only {reminded} were reminded");
        self.on(7, 7);
    }

    /// All of the desk is handed in; then one sheet is opened again, and in one world the first application is read anew.
    fn disturb(&mut self) {
        self.on(8, 2);
        self.scores(1, 7, "80");
        let order = if self.is_one() {
            self.scores(0, 1, "60");
            self.on(8, 3);
            self.scores(0, 2, "80");
            let again = self.scores(1, 0, "76");
            let locked = self.scores(1, 4, "84");
            self.office.locked(&locked);
            self.on(9, 1);
            let note = self.office.noted(&again);
            self.office.reopened(&again, &note);
            self.office.hand_in(&again, &self.experts[0]);
            let order = self.office.ordered(&self.projects[0], "second_scoring", None);
            self.office.answered(&order, true);
            self.scores(0, 0, "85");
            Some(order)
        } else {
            self.scores(1, 2, "84");
            self.on(8, 6);
            self.scores(1, 6, "76");
            self.scores(0, 5, "82");
            self.scores(0, 3, "80");
            let again = self.scores(0, 4, "85");
            self.on(9, 4);
            let note = self.office.noted(&again);
            self.office.reopened(&again, &note);
            None
        };
        if let Some(order) = order {
            self.knows("re_review_id", order);
        }
        self.on(9, 7);
    }

    /// The desk is whole again, and the pitches are drawn; who judges them differs.
    fn draw(&mut self) {
        if self.is_one() {
            self.scores(0, 1, "80");
            self.scores(0, 2, "82");
        } else {
            let expert = &self.experts[4];
            self.office.hand_in(&self.open_sheet(0, expert), expert);
        }
        self.on(10, 2);
        let session = json!({"starts_at": "2011-04-15T01:00:00Z", "place": "中心三楼"});
        let sessions = format!("{}/defence-sessions", self.round.path());
        let session = self.office.post(&self.office.officer, &sessions, Some(session));
        self.knows("session_id", format!("/api/v1/defence-sessions/{}", session.id()));
        if self.is_one() {
            self.on(12, 2);
            for (project, expert) in [(0, 0), (0, 1), (0, 2), (1, 3), (1, 4), (1, 5)] {
                let sheet = json!({"expert_id": self.experts[expert].id, "stage": "defence"});
                let path = format!("{}/reviews", self.projects[project].path());
                self.office.post(&self.office.officer, &path, Some(sheet));
            }
        } else {
            self.on(12, 5);
            self.planned("defence", &[(0, 4), (0, 5), (0, 6), (1, 0), (1, 1), (1, 2)]);
        }
        self.on(12, 7);
    }

    fn defend(&self) {
        let judges = if self.is_one() { [0, 1, 2, 3, 4, 5] } else { [6, 4, 5, 2, 0, 1] };
        let marks = [(60, 28), (60, 24), (55, 25), (50, 20), (62, 28), (50, 25)];
        for (place, (expert, (clarity, answers))) in judges.into_iter().zip(marks).enumerate() {
            if place == 2 && !self.is_one() {
                self.on(16, 3);
            }
            self.judges(place / 3, expert, clarity, answers);
        }
    }
}

fn what_is_done_to_plans_sheets_and_readings_changes_nothing_that_others_see(app: &TestApp) {
    let second = TestApp::spawn(app.engine());
    let policy = json!({
        "cap": "50000.00", "seed": "海曙2011", "reminder_days": [3], "review": {"blind": true},
    });
    let round = |office: &Office<'_>| office.round_with_defence(policy.clone());
    let mut worlds = [World::build(app, Which::One, round), World::build(&second, Which::Other, round)];
    let same = |stage: &str, worlds: &[World<'_>; 2], notices: [Option<&String>; 2], guessing| {
        seal(&worlds[0], &worlds[1]);
        let [one, other] = [0, 1].map(|index| worlds[index].look(notices[index], guessing));
        assert_same(stage, &one, &other);
    };
    let (few, many) = (Guessing::Filters, Guessing::Everything);
    worlds.iter_mut().for_each(World::assign_by_plan);
    worlds.iter().for_each(World::remind);
    same("reminded", &worlds, [None; 2], few);
    worlds.iter_mut().for_each(World::disturb);
    same("looked at again", &worlds, [None; 2], many);
    worlds.iter_mut().for_each(World::draw);
    same("pitches drawn", &worlds, [None; 2], few);
    for world in &worlds {
        world.on(15, 2);
        world.defend();
        world.office.on_the(MEETING);
    }
    let notices = worlds.each_ref().map(World::decide);
    let shown = notices.each_ref().map(Some);
    same("decided", &worlds, shown, few);
    for (world, notice) in worlds.iter().zip(&notices) {
        world.office.on_the(WRITTEN_APPROVAL);
        world.office.approved(notice);
    }
    same("approved", &worlds, shown, few);
}
