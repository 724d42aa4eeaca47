//! From facts to findings. Clauses are those of GB/T 22239-2019, chapter 7 (level 2).

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::time::Timestamp;

/// A checkpoint older than this many seconds means that the log is not sealed any more.
const SEALED_WITHIN: i64 = 3_600;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SelfCheckOutcome)]
pub enum Outcome {
    /// 符合: the program does it, and does it here.
    Met,
    /// 需处理: something is to be done.
    Attention,
    /// 由运维落实: outside of what the program can see.
    Operator,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SelfCheckFinding)]
pub struct Finding {
    /// Clause of GB/T 22239-2019.
    pub clause: &'static str,
    /// What it asks, in Chinese.
    pub asks: &'static str,
    /// The same in English.
    pub asks_en: &'static str,
    /// What was found.
    pub outcome: Outcome,
    /// What it rests on, with the figures of this installation.
    pub evidence: String,
    /// What to do, where something is to be done.
    pub next: Option<&'static str>,
}

/// What is known of an installation.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting of the installation")]
pub struct Facts {
    /// When it was looked.
    pub now: Timestamp,
    /// Accounts that can sign in.
    pub accounts: i64,
    /// Those that nobody has used for 90 days.
    pub unused: i64,
    /// Those that hold a role with money, approval, audit or administration and have no second factor.
    pub without_second_factor: i64,
    /// How many hold each administrative post: system, security, audit.
    pub posts: [i64; 3],
    /// People who hold more than one of them.
    pub combined_posts: i64,
    /// Rows of the audit log.
    pub audit_rows: i64,
    /// When the log was sealed last.
    pub sealed_at: Option<Timestamp>,
    /// Checkpoints leave the machine: by file, mail or webhook.
    pub off_box: bool,
    /// How many months audit rows are kept.
    pub keep_months: u32,
    /// The office's passwords follow `mlps2`.
    pub staff_mlps2: bool,
    /// A second factor is obligatory where the role asks for it.
    pub require_totp: bool,
    /// Unused accounts are disabled by themselves.
    pub disable_unused: bool,
    /// Minutes of idleness for the office, minutes for others, hours at most.
    pub session: (i64, i64, i64),
    /// People reach it over TLS.
    pub https: bool,
    /// Uploads are scanned.
    pub scanned: bool,
}

/// Judges every clause.
#[must_use]
pub fn assess(facts: &Facts) -> Vec<Finding> {
    let mut all = identity(facts);
    all.extend(access(facts));
    all.extend(audit(facts));
    all.extend(input_and_data(facts));
    all.extend(operator());
    all
}

fn finding(
    (clause, asks, asks_en): (&'static str, &'static str, &'static str),
    met: bool,
    evidence: String,
    next: &'static str,
) -> Finding {
    let outcome = if met { Outcome::Met } else { Outcome::Attention };
    Finding { clause, asks, asks_en, outcome, evidence, next: (!met).then_some(next) }
}

fn identity(facts: &Facts) -> Vec<Finding> {
    let (staff, others, hours) = facts.session;
    vec![
        finding(
            (
                "7.1.4.1 a",
                "身份唯一，口令复杂并定期更换",
                "unique identities, complex passwords changed regularly",
            ),
            facts.staff_mlps2,
            format!(
                "{} 个账号，手机号和邮箱唯一；工作人员口令策略：{}",
                facts.accounts,
                if facts.staff_mlps2 {
                    "mlps2（至少 12 位、四类取三、90 天、不得用最近 5 个）"
                } else {
                    "asvs"
                }
            ),
            "把 security.staff_password_policy 设为 \"mlps2\"",
        ),
        finding(
            ("7.1.4.1 b", "登录失败处理、超时退出", "failed sign-ins are handled, sessions time out"),
            staff <= 30 && hours <= 24,
            format!(
                "15 分钟内失败 5 次锁定 15 分钟；空闲 {staff} 分钟（工作人员）、{others} 分钟（其他），最长 {hours} 小时"
            ),
            "缩短 security.staff_session_idle_minutes（不超过 30）和 security.session_hours（不超过 24）",
        ),
        finding(
            ("7.1.4.1 c", "远程管理时防止鉴别信息被窃听", "remote administration is encrypted"),
            facts.https,
            if facts.https {
                "server.base_url 为 https".to_owned()
            } else {
                "server.base_url 不是 https".to_owned()
            },
            "在前面放置带证书的反向代理，并把 server.base_url 改为 https 地址",
        ),
        finding(
            (
                "8.1.4.1 d",
                "双因素（三级项，已提供）",
                "a second factor (an item of level 3, given all the same)",
            ),
            facts.require_totp && facts.without_second_factor == 0,
            format!(
                "资金、审批、审计、管理岗位{}双因素；其中 {} 个账号尚未启用",
                if facts.require_totp { "必须" } else { "未强制" },
                facts.without_second_factor
            ),
            "把 security.require_totp 设为 true，并请尚未启用的人登录一次完成绑定",
        ),
    ]
}

fn access(facts: &Facts) -> Vec<Finding> {
    let [system, security, audit] = facts.posts;
    vec![
        finding(
            (
                "7.1.4.2 a–b",
                "按岗位分配账号和权限，无默认账号",
                "accounts and rights by post; no default accounts",
            ),
            true,
            "角色按项目授予；没有默认账号，首个管理员凭一次性令牌设立；权限表见 docs/authorisation.md"
                .to_owned(),
            "",
        ),
        finding(
            ("7.1.4.2 c", "清理多余、过期账号", "surplus and stale accounts are removed"),
            facts.unused == 0 || facts.disable_unused,
            format!(
                "90 天未使用的账号 {} 个；自动停用：{}",
                facts.unused,
                if facts.disable_unused { "开" } else { "关" }
            ),
            "在 /api/v1/users?unused=true 查看并停用，或把 security.disable_unused_accounts 设为 true",
        ),
        finding(
            ("7.1.4.2 d", "最小权限，管理权限分离", "least privilege; administrative posts apart"),
            system > 0 && security > 0 && audit > 0 && facts.combined_posts == 0,
            format!(
                "系统管理员 {system} 人、安全管理员 {security} 人、审计管理员 {audit} 人；一人兼多岗 {} 人；三员均不接触资金和评分",
                facts.combined_posts
            ),
            "为三个管理岗位各指定一人；确需兼任的小机构须有书面决定并留存",
        ),
    ]
}

fn audit(facts: &Facts) -> Vec<Finding> {
    let age = facts.sealed_at.map(|at| facts.now.seconds_since(at));
    let sealed = age.is_some_and(|age| age <= SEALED_WITHIN);
    vec![
        finding(
            ("7.1.4.3 a–b", "审计覆盖每个用户和重要事件", "audit covers every user and important events"),
            facts.audit_rows > 0,
            format!("审计记录 {} 条：时间、人员、角色、事件、对象、前后状态", facts.audit_rows),
            "尚无审计记录，请确认系统已在使用",
        ),
        finding(
            (
                "7.1.4.3 c",
                "审计记录受保护，避免未预期的删改",
                "audit records are protected against deletion and change",
            ),
            sealed && facts.off_box,
            match age {
                Some(age) => format!(
                    "散列链与默克尔树，最近一次签名检查点在 {} 分钟前；机外留存：{}",
                    age / 60,
                    if facts.off_box { "已设置" } else { "未设置" }
                ),
                None => "尚未签名封存".to_owned(),
            },
            "在 [evidence] 设置 checkpoint_file、mail_to 或 webhook_url，并确认封存任务在运行",
        ),
        finding(
            ("网络安全法 第二十一条", "日志留存不少于六个月", "logs are kept for six months at least"),
            facts.keep_months >= 6,
            format!("留存 {} 个月；系统不删除审计记录", facts.keep_months),
            "把 evidence.keep_months 设为 6 以上",
        ),
    ]
}

fn input_and_data(facts: &Facts) -> Vec<Finding> {
    vec![
        finding(
            (
                "7.1.4.4 d",
                "对人机和通信接口输入做有效性检验",
                "input is validated on human and machine interfaces",
            ),
            true,
            "所有接口按 OpenAPI 校验，未知字段拒绝；tests/fuzz_api.py 对每个接口生成请求".to_owned(),
            "",
        ),
        finding(
            ("7.1.4.5", "防恶意代码", "protection against malicious code"),
            facts.scanned,
            if facts.scanned {
                "上传文件经 clamd 扫描，未扫描不可下载"
            } else {
                "未设置 clamd"
            }
            .to_owned(),
            "安装 clamd 并设置 attachments.clamd",
        ),
        finding(
            ("7.1.4.9", "剩余信息保护", "residual information is cleared"),
            true,
            "口令只存 Argon2id，会话和令牌只存摘要，密钥用后清零".to_owned(),
            "",
        ),
        finding(
            (
                "7.1.4.10",
                "仅采集必需的个人信息，禁止未授权访问",
                "only necessary personal data; no unauthorised access",
            ),
            true,
            "身份证号、账号、电话、住址加密存储，默认打码，查看须写明理由并记录；见 docs/personal-data.md"
                .to_owned(),
            "",
        ),
    ]
}

/// What no program can see from within.
fn operator() -> Vec<Finding> {
    [
        ("7.1.1", "物理环境", "the physical environment"),
        (
            "7.1.2–7.1.3",
            "通信网络与区域边界（防火墙、管理地址限制）",
            "networks and borders (firewall, addresses of administrators)",
        ),
        ("7.1.4.6", "可信验证", "trusted boot"),
        ("7.1.4.8", "数据备份与恢复、异地备份", "backup and restore, off-site"),
        (
            "7.2–7.10",
            "安全管理制度、机构、人员、建设与运维",
            "management: rules, organisation, people, building, running",
        ),
    ]
    .into_iter()
    .map(|(clause, asks, asks_en)| Finding {
        clause,
        asks,
        asks_en,
        outcome: Outcome::Operator,
        evidence: "由运维单位落实并另附证明".to_owned(),
        next: None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn sound() -> Facts {
        Facts {
            now: moment("2026-03-01T10:00:00Z"),
            accounts: 12,
            unused: 0,
            without_second_factor: 0,
            posts: [1, 1, 1],
            combined_posts: 0,
            audit_rows: 100,
            sealed_at: Some(moment("2026-03-01T09:50:00Z")),
            off_box: true,
            keep_months: 36,
            staff_mlps2: true,
            require_totp: true,
            disable_unused: false,
            session: (15, 30, 12),
            https: true,
            scanned: true,
        }
    }

    fn to_do(facts: &Facts) -> Vec<&'static str> {
        let all = assess(facts).into_iter();
        all.filter(|finding| finding.outcome == Outcome::Attention).map(|finding| finding.clause).collect()
    }

    #[test]
    fn a_sound_installation_has_nothing_to_do() {
        assert_eq!(to_do(&sound()), [""; 0]);
    }

    #[test]
    fn each_weakness_is_told_at_its_clause() {
        type Weaken = fn(&mut Facts);
        let weak: [(&str, Weaken); 11] = [
            ("7.1.4.1 a", |facts| facts.staff_mlps2 = false),
            ("7.1.4.1 b", |facts| facts.session.0 = 31),
            ("7.1.4.1 c", |facts| facts.https = false),
            ("8.1.4.1 d", |facts| facts.without_second_factor = 1),
            ("7.1.4.2 c", |facts| facts.unused = 1),
            ("7.1.4.2 d", |facts| facts.combined_posts = 1),
            ("7.1.4.3 a–b", |facts| facts.audit_rows = 0),
            ("7.1.4.3 c", |facts| facts.sealed_at = None),
            ("7.1.4.3 c", |facts| facts.off_box = false),
            ("网络安全法 第二十一条", |facts| facts.keep_months = 5),
            ("7.1.4.5", |facts| facts.scanned = false),
        ];
        for (clause, weaken) in weak {
            let mut facts = sound();
            weaken(&mut facts);
            assert_eq!(to_do(&facts), [clause]);
        }
    }

    #[test]
    fn every_clause_is_there_whatever_was_found_and_says_what_to_do() {
        let mut facts = sound();
        let clauses = |facts: &Facts| assess(facts).iter().map(|finding| finding.clause).collect::<Vec<_>>();
        let all = clauses(&facts);
        (facts.https, facts.sealed_at, facts.posts) = (false, None, [0; 3]);
        assert_eq!(clauses(&facts), all);
        for finding in assess(&facts) {
            assert_eq!(finding.next.is_some(), finding.outcome == Outcome::Attention, "{}", finding.clause);
            assert!(finding.next != Some(""), "{}", finding.clause);
        }
    }
}
