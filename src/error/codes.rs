//! Every code the service answers with. `docs/errors.md` is printed from [`ALL`], and a test fails on a code that is
//! used but not listed.

use super::{Code, Kind};

macro_rules! codes {
    ($($name:ident = $code:literal, $kind:ident, $zh:literal, $en:literal;)*) => {
        $(
            #[doc = concat!("The code `", $code, "`.")]
            pub static $name: Code = Code { code: $code, kind: Kind::$kind, zh: $zh, en: $en };
        )*
        /// All codes, in the order of this file.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    // The request itself.
    MALFORMED = "request.malformed", Malformed, "请求无法读取：{reason}。请检查 JSON 格式后重新提交。", "The request cannot be read: {reason}. Check the JSON and send it again.";
    UNKNOWN_FILTER = "unknown_filter", Malformed, "查询条件无法使用：{reason}。请只使用文档列出的筛选项。", "The query cannot be used: {reason}. Use only the filters that the documentation lists.";
    BAD_IDEMPOTENCY_KEY = "idempotency.bad_key", Malformed, "Idempotency-Key 应为 1–255 个可见 ASCII 字符。", "An Idempotency-Key has 1 to 255 visible ASCII characters.";
    IDEMPOTENCY_KEY_REQUIRED = "idempotency.key_required", Malformed, "涉及资金或决定的操作必须带 Idempotency-Key,以免重复执行。", "Where money or a decision moves, send an Idempotency-Key so that nothing happens twice.";
    IDEMPOTENCY_KEY_REUSED = "idempotency.key_reused", Invalid, "该 Idempotency-Key 已用于另一个请求，请换一个新的。", "This Idempotency-Key was used for another request; take a new one.";
    UNAUTHENTICATED = "session.missing", Unauthenticated, "请先登录。", "Sign in first.";
    SESSION_EXPIRED = "session.expired", Unauthenticated, "登录已失效，请重新登录。", "Your session has ended; sign in again.";
    CREDENTIALS_WRONG = "session.credentials_wrong", Unauthenticated, "账号或密码不正确。", "Account or password is wrong.";
    FORBIDDEN = "forbidden", Forbidden, "您的角色不能进行此操作。需要的角色：{roles}。", "Your role may not do this. It takes one of: {roles}.";
    SAME_PERSON = "forbidden.same_person", Forbidden, "前一步由您本人办理，此步须由另一人完成。", "You did the step before; this one needs another person.";
    OWN_GROUP = "forbidden.own_group", Forbidden, "您是该申报组织或其依托单位的人员，请由他人办理。", "You act for this group or its host; somebody else has to do this.";
    NOT_FOUND = "not_found", NotFound, "没有找到，或您无权查看。", "Not found, or not for you to see.";
    METHOD_NOT_ALLOWED = "method_not_allowed", MethodNotAllowed, "此地址不支持该方法，可用：{allow}。", "This address does not take that method; it takes {allow}.";
    ILLEGAL_TRANSITION = "illegal_transition", Conflict, "当前状态（{state}）不能进行此操作，请刷新后查看可用操作。", "This cannot be done in the present state ({state}); reload and look at permitted_actions.";
    ALREADY_EXISTS = "already_exists", Conflict, "已经存在相同的记录。", "The same record exists already.";
    STALE = "stale", Stale, "内容已被他人更新（现为第 {version} 版），请刷新后重试。", "Somebody was faster (it is version {version} now); reload and try again.";
    TOO_LARGE = "too_large", TooLarge, "内容超过 {limit} 字节。", "The body is larger than {limit} bytes.";
    UNSUPPORTED_MEDIA = "unsupported_media", UnsupportedMedia, "请以 {media} 提交。", "Send {media}.";
    INVALID = "invalid", Invalid, "有 {count} 处需要修改，见 errors。", "Several things need correction; see errors.";
    UNKNOWN_FIELD = "unknown_field", Invalid, "没有这个字段：{field}。", "There is no such field: {field}.";
    FIELD_INVALID = "field.invalid", Invalid, "此处填写有误：{reason}", "This value is not right: {reason}";
    FIELD_REQUIRED = "field.required", Invalid, "此处必填。", "This is required.";
    FIELD_TOO_LONG = "field.too_long", Invalid, "最多 {max} 个字。", "At most {max} characters.";
    PRECONDITION_REQUIRED = "precondition_required", PreconditionRequired, "请用 If-Match 说明您看到的是第几版。", "Say with If-Match which version you saw.";
    INTERNAL = "internal", Internal, "系统出错，已记录。请凭请求编号联系管理员。", "Our fault; it is in the log. Quote the request id when you ask for help.";
    BUSY = "busy", Unavailable, "系统繁忙，请稍后重试。", "Busy; try again in a moment.";
    OUT_OF_TIME = "out_of_time", Unavailable, "处理超时，结果未知。请用同一个 Idempotency-Key 重试，不会重复执行。", "This took too long and its outcome is not known. Send it again with the same Idempotency-Key; nothing happens twice.";
    STORAGE_FULL = "storage_full", Unavailable, "存储空间不足或只读，暂不能保存。", "The storage is full or read-only; nothing can be saved now.";

    // People.
    LOGIN_REQUIRED = "registration.login_required", Invalid, "请填写手机号或电子邮箱。", "Give a phone number or an e-mail address.";
    LOGIN_TAKEN = "registration.login_taken", Conflict, "该手机号或邮箱已注册，请直接登录。", "This phone number or address is registered; sign in with it.";
    PASSWORD_WEAK = "registration.password_weak", Invalid, "密码须为 12–128 个字符。", "A password has 12 to 128 characters.";
    ROLE_CONFLICT = "membership.role_conflict", Conflict, "管理岗位不得与资金、评分角色由同一人兼任；三个管理岗位之间，除非本机构已声明为小型机构，也不得兼任。", "Administrative posts cannot be combined with money or scoring roles, nor with one another unless the office has said that it is small.";
    ROLE_NOT_GIVEN_HERE = "membership.role_not_given_here", Invalid, "该角色随机构、企业或专家登记产生，不能在此授予。", "This role comes with an organisation, an enterprise or an expert; it is not given here.";

    // Organisations and enterprises.
    CREDIT_CODE_INVALID = "credit_code.invalid", Invalid, "统一社会信用代码校验不通过，请核对第{place}位。", "The unified social credit code does not check; look at place {place}.";
    ORGANIZATION_UNVERIFIED = "organization.unverified", Conflict, "机构资料尚未核验，请先核验机构。", "The organisation is not verified yet; verify it first.";
    ACCOUNT_UNVERIFIED = "payee_account.unverified", Conflict, "收款账户尚未核验。", "The payee account is not verified yet.";
    ACCOUNT_COOLING = "payee_account.cooling", Conflict, "收款账户变更未满 24 小时，{until} 后方可付款。", "The payee account changed less than 24 hours ago; it can be paid after {until}.";
    PAYEE_CHANGED = "payee_account.changed", Conflict, "审批后收款账户或金额已变化，不得付款。", "Payee or amount changed after the approval; this cannot be paid.";
    HOST_UNSUITABLE = "organization.host_unsuitable", Invalid, "依托单位须为本项目内已登记的机构。", "A fiscal host is a registered organisation of the same programme.";

    // Programmes and rounds.
    ROUND_INCOMPLETE = "E001", Invalid, "征集要素不完整：{missing}。", "The call is incomplete: {missing}.";
    POLICY_INVALID = "policy.invalid", Invalid, "政策参数有误：{reason}", "The policy is not right: {reason}";
    RUBRIC_SUM = "rubric.sum", Invalid, "评分标准满分之和应为 100，现为 {sum}。", "The maxima of a rubric add up to 100; these add up to {sum}.";

    // Intake (domain.md §2.3).
    E101 = "E101", Conflict, "不在申报期内，系统已关闭。申报期：{opens_on} 至 {closes_on}。", "Outside the window {opens_on} to {closes_on}; the system is closed.";
    E102 = "E102", Invalid, "统一社会信用代码校验不通过，请核对第{place}位。", "The unified social credit code does not check; look at place {place}.";
    E103 = "E103", Invalid, "备案组织须填写依托单位及其收款账户。", "A filed group names its fiscal host, which consents and has a payee account.";
    E104 = "E104", Invalid, "备案组织会员人数不足{minimum}人。", "A filed group has at least {minimum} members.";
    E105 = "E105", Invalid, "该组织在“{list}”内（列入日期 {listed_on}），不符合申报条件。", "The organisation is or was too recently on a list of bad standing ({list}, since {listed_on}).";
    E106 = "E106", Invalid, "近{count}年年检（年报）未合格：{years}。请先补检，或联系中心更新记录。", "The annual inspections of {years} were not passed or are not on record; have them done or ask the office to record them.";
    E107 = "E107", Invalid, "申请金额超过单个项目上限（{cap}元），申报无效。", "The amount asked for is above the cap of {cap} yuan a project.";
    E108 = "E108", Invalid, "同一组织本届已提交/立项项目达到上限（{limit}个）。", "This organisation has reached its limit of {limit} projects in this round.";
    E109 = "E109", Invalid, "该项目已获其他财政资金支持，不重复资助：{project}。", "Another public fund pays for this project already: {project}.";
    E110 = "E110", Invalid, "实施周期应不少于{min}个月且不超过{max}个月。", "The project runs for at least {min} and at most {max} months.";
    E111 = "E111", Invalid, "实施地点不在本区，请选择本届范围内的街道或社区。", "The project does not run in this district; choose a street or community the call is for.";
    E112 = "E112", Invalid, "{category}占比 {share}%，超过上限 {cap}%。", "{category} takes {share} % of the budget, above the cap of {cap} %.";
    E113 = "E113", Invalid, "不得列支固定资产、基建或直接发放慰问金品：{what}。", "Fixed assets, building and goods or cash handed out cannot be paid for: {what}.";
    E114 = "E114", Invalid, "预算合计与{which}不一致，相差 {difference} 元。", "The budget lines differ from {which} by {difference} yuan.";
    E115 = "E115", Invalid, "该组织或负责人在禁入期内（至 {until}）。", "The organisation or its lead is debarred until {until}.";
    E116 = "E116", Invalid, "上一届项目未结项或评估不合格：{project}。", "An earlier project is not closed or failed its evaluation: {project}.";
    E117 = "E117", Invalid, "缺少附件：{name}。", "This attachment is missing: {name}.";
    E120 = "E120", Conflict, "补正期限已过（{due_on}），如需延期请联系中心。", "The time for the correction ended on {due_on}; ask the office for more.";
    LOCKED = "application.locked", Invalid, "此项不在补正范围内，不能修改：{field}。", "This was not asked for in the notice and is locked: {field}.";
    W201 = "W201", Invalid, "与《{project}》相似度 {share}%，请人工核对。", "The text is {share} % the same as “{project}”; a person should compare them.";
    W202 = "W202", Invalid, "与“{organization}”为同一负责人、联系人或手机号（{what}），请核对。", "The same person or phone as “{organization}” ({what}); look whether the two are independent.";
    W203 = "W203", Invalid, "与“{organization}”收款账户相同，请核对。", "The same payee account as “{organization}”; look whether the two are independent.";
    KIND_NOT_ELIGIBLE = "application.kind_not_eligible", Invalid, "本届不接受此类组织申报：{kind}。", "This call is not for this kind of organisation: {kind}.";
    DOMAIN_NOT_CALLED = "application.domain_not_called", Invalid, "本届不征集该服务领域的项目。", "This call is not for this service domain.";
    ORGANIZATION_CAP = "application.organization_cap", Invalid, "该组织本届申请总额超过上限（{cap} 元），其他申请已占 {others} 元。", "Together with its other applications ({others} yuan) this is above the cap of {cap} yuan an organisation.";
    OWN_SHARE = "application.own_share", Invalid, "自筹资金应不少于总预算的 {share}%。", "The own funds are at least {share} % of the budget.";
    CORRECTION_USED = "application.correction_used", Conflict, "补正机会已用完（{allowed} 次）。", "There were as many notices to supplement as the policy allows ({allowed}).";
    EXTENSION_EARLIER = "application.extension_earlier", Invalid, "延期日期须晚于原期限（{until}）。", "More time must end later than the time there is ({until}).";
    NOTE_REQUIRED = "eligibility.note_required", Invalid, "机器审查有未通过项（{faults}），仍要受理请写明理由。", "The machine finds broken rules ({faults}); say why it is accepted all the same.";
    CHECKLIST_OPEN = "eligibility.checklist_open", Invalid, "受理前须逐项核对，尚未勾选：{label}（{point}）。", "Tick off every point before you accept; open: {label} ({point}).";
    APPLICATION_INCOMPLETE = "application.incomplete", Invalid, "此项未填：{label}（{field}）。", "This is not filled in: {label} ({field}).";
    REFERENCE_GIVEN = "application.reference_unexpected", Invalid, "本届由系统编号，请不要填写编号。", "This round is numbered by the system; leave the reference out.";
    REASON_REQUIRED = "eligibility.reason_required", Invalid, "不予受理须说明理由代码。", "A rejection names its reason code.";
    OPINIONS_DIFFER = "eligibility.opinions_differ", Conflict, "两人意见不一致，请先协商后由第一人修改意见。", "The two findings differ; agree first, then let the first person change theirs.";

    // Review (domain.md §2.4).
    R202 = "R202", Conflict, "未签回避声明，不能评分。", "Declare whether you have a conflict before you score.";
    R203 = "R203", Invalid, "分值超出范围：{criterion} 应为 0 至 {max}，步长 {step}。", "Mark out of range: {criterion} takes 0 to {max} in steps of {step}.";
    R204 = "R204", Invalid, "尚有未评项：{criterion}。", "Not marked yet: {criterion}.";
    R205 = "R205", Conflict, "拟立项总额超出预算，超出 {over} 元。", "The awards exceed the budget by {over} yuan.";
    R206 = "R206", Conflict, "公示期未满或存在未办结异议。", "The notice period is not over, or an objection is open.";
    R207 = "R207", Conflict, "逾期未签约，视为放弃立项。", "The signing deadline has passed; the award counts as given up.";
    CONFLICT_OF_INTEREST = "review.conflict", Forbidden, "该专家与此申请存在利害关系（{kind}），须回避。", "This expert has a conflict of interest with the application ({kind}).";
    NOT_FLAGGED = "review.not_flagged", Conflict, "该申请的评分没有分歧标记，无需确认。", "The scores of this application are not flagged; there is nothing to confirm.";
    SHEETS_OPEN = "review.sheets_open", Conflict, "还有 {count} 份评分表未提交。", "{count} score sheets are still open.";
    INTAKE_OPEN = "review.intake_open", Conflict, "还有 {count} 个申请未完成资格审查。", "{count} applications are still in the eligibility check.";
    SCORES_FLAGGED = "review.flagged", Conflict, "还有 {count} 个申请的评分分歧待组长确认。", "{count} flagged scores wait for the panel chair.";

    // Approval, agreement.
    PLAN_OUTDATED = "plan.outdated", Conflict, "评分在方案形成后有变化，请重新形成方案。", "Scores changed after this plan was made; make a new plan.";
    ALREADY_SIGNED = "agreement.already_signed", Conflict, "该方已签署。", "This party has signed.";
    BUDGET_NOT_AWARD = "agreement.budget", Conflict, "优化后的预算与立项金额不一致。", "The refined budget differs from the award.";

    // Money (domain.md §2.8).
    F301 = "F301", Conflict, "户名与登记名称不一致。", "The account name differs from the registered name.";
    F302 = "F302", Conflict, "拨付条件未满足：{condition}。", "The condition for this payment is not met: {condition}.";
    F303 = "F303", Conflict, "超出协议金额。", "This exceeds the agreed amount.";
    F304 = "F304", Forbidden, "经办、复核、审批不得为同一人，且不得属于收款方。", "Maker, checker and approver are three people, none of the payee.";
    INSUFFICIENT_FUNDS = "ledger.insufficient_funds", Conflict, "账户 {account} 余额不足。", "Account {account} has not enough money.";

    // Matching.
    PREFERENCE_UNKNOWN = "matching.preference_unknown", Invalid, "名单中有未参加本次对接的对象：{name}。", "The list names somebody who is not in this matching round: {name}.";
    PREFERENCE_TWICE = "matching.preference_twice", Invalid, "名单中重复：{name}。", "The list names this one twice: {name}.";

    // The call after its publication (domain.md §2.1).
    BUDGET_LOWERED = "correction.budget_lowered", Invalid, "已发布的总额（{budget} 元）只能增加。请填写不低于此数的总额。", "A published budget ({budget} yuan) can only be raised; give at least as much.";
    CORRECTION_EMPTY = "correction.empty", Invalid, "更正公告没有更正任何内容。请至少填写一项。", "The correction corrects nothing; give at least one thing to put right.";
    NOT_LATER = "extension.not_later", Invalid, "延期后的截止日须晚于现在的截止日（{closes_on}）。", "An extension ends after the present last day ({closes_on}).";
    NOT_ROLLING = "review_batch.not_rolling", Conflict, "只有滚动征集才分批评审。", "Only a rolling call is reviewed in batches.";
    // Organisations and their people.
    HIDDEN_CHARACTER = "field.hidden_character", Invalid, "含有看不见的字符或换行{found}，请删除后重新输入。", "There is a character in it that cannot be seen, or a line break{found}; type it again without.";
    ORGANIZATION_INCOMPLETE = "organization.incomplete", Invalid, "核验前须补齐：{field}。", "Before it can be verified this is needed: {field}.";
    ORGANIZATION_TWIN = "organization.looks_like", Conflict, "与已核验的机构“{name}”名称看起来相同，请改名或申请合并。", "The name looks the same as that of the verified organisation “{name}”; change it, or ask for a merger.";
    UNIT_PARENT = "admin_unit.parent", Invalid, "上级须为本项目内高一级且在用的单位；区没有上级。", "The parent is a unit in use of this programme one level above; a district has none.";
    UNIT_UNSUITABLE = "admin_unit.unsuitable", Invalid, "须为本项目内在用的单位。", "This must be a unit in use of this programme.";
    UNIT_ROLE = "membership.unit_unexpected", Invalid, "只有街道专员和社区工作者的角色可以限定到单位。", "Only a subdistrict officer or a community worker is bound to a unit.";
    UNIT_IN_USE = "admin_unit.in_use", Conflict, "仍有 {count} 个在用的下级单位或机构，请先调整。", "{count} units or organisations below it are in use; move them first.";
    DEBARMENT_OF_NOBODY = "debarment.of_nobody", Invalid, "请写明禁入的机构或个人。", "Say which organisation or which person is debarred.";
    ORGANIZATION_UNKNOWN = "organization.unknown", Invalid, "本项目内没有这个机构，或它已并入另一机构。", "There is no such organisation in this programme, or it was merged into another.";
    MERGER_UNSUITABLE = "merger.unsuitable", Invalid, "须并入本项目内另一个未被合并的机构。", "It is merged into another organisation of the same programme that has not been merged itself.";
    MERGER_OVER_LIMIT = "merger.over_limit", Conflict, "两家机构在“{round}”的申报合计超过每家 {limit} 个，请先撤回多出的申报。", "Together the two have more than {limit} applications in “{round}”; withdraw what is too many first.";
    MERGER_PAYING = "merger.paying", Conflict, "有付款正在办理，请办结后再合并。", "A payment is under way; merge them when it is finished.";
    INVITATION_VOID = "invitation.void", Invalid, "邀请不存在、已使用、已撤回或已过期，请机构管理员重新邀请。", "This invitation does not exist, was used, withdrawn or has expired; ask the organisation to invite you again.";
    ALREADY_MEMBER = "invitation.already_member", Conflict, "您已在该机构中担任此角色。", "You hold this role in the organisation already.";
    SMS_OFF = "sms.off", Conflict, "未开通短信，请向项目办公室领取登录纸条。", "Text messages are not set up here; ask the office for a slip with a code.";
    CODE_WRONG = "session.code_wrong", Unauthenticated, "验证码不正确或已失效，请重新获取。", "The code is wrong or no longer holds; ask for a new one.";
    NO_PHONE = "slip.no_phone", Conflict, "该人员没有登记手机号，不能使用验证码登录。", "This person has no phone number and cannot sign in with a code.";
    SLIP_FOR_OFFICE = "slip.for_office", Conflict, "该人员担任办公室角色，不能使用纸条登录。", "This person holds a role of the office; no slip is printed for them.";
    RATE_LIMITED = "rate_limited", TooMany, "请求过于频繁，请 {seconds} 秒后再试。", "Too many requests; try again in {seconds} seconds.";
    // Attachments, and bodies that are not JSON.
    ENCODED_BODY = "request.encoded", UnsupportedMedia, "请求内容不得压缩，请去掉 Content-Encoding 后重新发送。", "The body must not be packed; send it without Content-Encoding.";
    NOT_MULTIPART = "attachment.not_multipart", UnsupportedMedia, "请以 multipart/form-data 上传文件（field、file 两部分）。", "Send the file as multipart/form-data with the parts field and file.";
    ATTACHMENT_TOO_LARGE = "attachment.too_large", TooLarge, "文件超过 {limit} MiB，请压缩或拆分后上传。", "The file is larger than {limit} MiB; make it smaller or split it.";
    ATTACHMENTS_TOO_LARGE = "attachment.total_too_large", TooLarge, "附件合计将超过 {limit} MiB，请先删除不需要的附件。", "All files together would be larger than {limit} MiB; remove what is not needed first.";
    ATTACHMENTS_TOO_MANY = "attachment.too_many", Conflict, "附件已达 {limit} 个，请先删除不需要的附件。", "There are {limit} files already; remove what is not needed first.";
    ATTACHMENT_DUPLICATE = "attachment.duplicate", Conflict, "此项下已有同一份文件。", "This field has the same file already.";
    ATTACHMENT_EMPTY = "attachment.empty", Invalid, "文件是空的，请重新选择。", "The file is empty; choose it again.";
    ATTACHMENT_TYPE_NOT_ALLOWED = "attachment.type_not_allowed", Invalid, "不接受此类文件（{name}）。可上传：PDF、JPG、PNG、DOCX、XLSX、PPTX、TXT、CSV；旧版 DOC、XLS、PPT 请另存为新格式或 PDF。", "This kind of file is not taken ({name}). Send PDF, JPG, PNG, DOCX, XLSX, PPTX, TXT or CSV; save an old DOC, XLS or PPT in the new format or as PDF.";
    ATTACHMENT_TYPE_MISMATCH = "attachment.type_mismatch", Invalid, "文件内容不是 {expected}，请用原软件重新保存后上传。", "The content is not {expected}; save the file again with the program it was made with.";
    ATTACHMENT_DAMAGED = "attachment.damaged", Invalid, "文件不完整或已损坏（{reason}），请重新保存后上传。", "The file is not whole ({reason}); save it again and send it anew.";
    ATTACHMENT_UNSAFE = "attachment.unsafe", Invalid, "文件内含不允许的内容（{reason}），请另存为 PDF 后上传。", "The file holds what is not allowed ({reason}); save it as PDF and send that.";
    IMAGE_TOO_LARGE = "attachment.image_too_large", Invalid, "图片过大（{width}×{height}），请缩小到 5000 万像素以内、边长不超过 20000。", "The picture is too large ({width}×{height}); make it smaller than 50 megapixels and 20,000 a side.";
    ATTACHMENT_INFECTED = "attachment.infected", Invalid, "文件含有恶意程序，未保存。请先在本机查毒。", "The file is infected and was not stored; clean your machine first.";
    ATTACHMENT_PENDING = "attachment.pending_scan", Conflict, "文件尚在查毒，通过后才能下载。", "The file is not scanned yet; it can be downloaded once it is.";
    STORAGE_UNAVAILABLE = "storage_unavailable", Unavailable, "附件存储暂不可用，请稍后重试；其他功能不受影响。", "The store of files cannot be reached; try again in a moment. Everything else works.";
    // Sheets, imports, exports.
    SHEET_UNREADABLE = "sheet.unreadable", Invalid, "文件无法读取：{reason}。请另存为 XLSX 或 CSV 后重新上传。", "The file cannot be read: {reason}. Save it as XLSX or CSV and send it again.";
    SHEET_UNSAFE = "sheet.unsafe", Invalid, "文件不能打开（{reason}）。请只保留数据，另存为新文件后重新上传。", "The file is not opened ({reason}). Keep the data alone, save it as a new file and send it again.";
    SHEET_TOO_LARGE = "sheet.too_large", Invalid, "表格超出上限（{limit}），请分成几个文件。", "The sheet has more than {limit}; split it into several files.";
    SHEET_ENCODING = "sheet.encoding", Invalid, "第 {line} 行的文字既不是 UTF-8 也不是 GB18030，请另存为 UTF-8 CSV 后重新上传。", "Line {line} is neither UTF-8 nor GB18030; save the file as UTF-8 CSV and send it again.";
    SHEET_EMPTY = "sheet.empty", Invalid, "表格没有数据：第一行为列名，数据从第二行开始。", "The sheet is empty: the first row names the columns, data begin in the second.";
    SHEET_COLUMN_UNKNOWN = "sheet.column_unknown", Invalid, "没有名为“{column}”的列，请使用模板中的列名。", "There is no column “{column}”; use the names of the template.";
    SHEET_COLUMN_MISSING = "sheet.column_missing", Invalid, "缺少“{column}”列，请使用模板。", "The column “{column}” is missing; use the template.";
    SHEET_COLUMN_TWICE = "sheet.column_twice", Invalid, "“{column}”列出现了两次。", "The column “{column}” stands there twice.";
    SHEET_FORMULA = "sheet.formula", Invalid, "{cell} 是公式，请改为数值或文字（选择性粘贴——数值）。", "{cell} is a formula; replace it by its value (paste special, values).";
    SHEET_CELL = "sheet.cell", Invalid, "{cell} 无法读取：{reason}。", "{cell} cannot be taken: {reason}.";
    EXPORT_TOO_LARGE = "export.too_large", Malformed, "导出超过 {limit} 行，请缩小筛选范围。", "The export has more than {limit} rows; narrow the filters.";
    IMPORT_HAS_FAULTS = "import.has_faults", Conflict, "还有 {count} 处错误，全部改正后重新上传，再确认导入。", "{count} faults are left; correct them all and upload again before you confirm.";
    IMPORT_ORGANIZATION_UNKNOWN = "import.organization_unknown", Invalid, "没有找到机构“{organization}”，请填写已登记的统一社会信用代码、备案号或全称。", "There is no organisation “{organization}”; give the credit code, filing number or full name of one that has registered.";
    IMPORT_ORGANIZATION_AMBIGUOUS = "import.organization_ambiguous", Invalid, "有多家机构与“{organization}”相符，请填写统一社会信用代码或备案号。", "Several organisations are “{organization}”; give the credit code or the filing number.";
    IMPORT_ROW_TWICE = "import.row_twice", Invalid, "与第 {row} 行重复。", "This is row {row} again.";
    IMPORT_REFERENCE_TAKEN = "import.reference_taken", Invalid, "编号 {reference} 已被使用。", "The reference {reference} is taken.";
    IMPORT_RECORD_EXISTS = "import.record_exists", Invalid, "该机构该年度的同名项目已有记录。", "There is a record of this organisation, year and title already.";
    // Letters and reminders.
    LETTER_PLACEHOLDER = "letter.placeholder_unknown", Invalid, "第 {place} 个字处的占位符“{placeholder}”不能使用。花括号内可写：{known}。", "The placeholder “{placeholder}” at character {place} cannot be filled; between braces this letter knows: {known}.";
    LETTER_EXPIRED = "dead_letter.expired", Conflict, "验证码已过期，不能重发，请本人重新获取。", "The code has expired and is not sent again; the person asks for a new one.";
    // C: assignment plans.
    NOTHING_TO_ASSIGN = "assignment_plan.nothing_to_assign", Conflict, "还没有可分派的申请：须先通过资格审查。", "There is nothing to assign yet: applications have to be found eligible first.";
    ASSIGNMENT_PLAN_OUTDATED = "assignment_plan.outdated", Conflict, "方案形成后，申请、专家、回避或分派情况已有变化，请重新形成方案。", "Applications, experts, conflicts or assignments have changed since the plan was made; make a new plan.";
    INVOLVED_IN_PLAN = "assignment_plan.involved", Forbidden, "您与本届申请有关联（本单位申报、存在利害关系或本人评审未完成），请由其他人员办理。", "You are involved in an application of this round (your own group, a conflict of interest, or a sheet of yours that is open); somebody else has to do this.";
    PLAN_PAIR_OPENED = "assignment_plan.pair_opened", Invalid, "该专家已打开此申请的评分表，不能排除；如须回避，请由专家本人办理。", "The expert has opened the sheet of this application, so the pair cannot be banned; an expert with a conflict steps back themselves.";
    PLAN_PAIR_TWICE = "assignment_plan.pair_twice", Invalid, "此配对出现了两次，或既被指定又被排除。", "The pair is given twice, or is both locked and banned.";
    PLAN_PAIR_BARRED = "assignment_plan.pair_barred", Invalid, "该专家须回避或已回避此申请（{kind}），不能指定。", "The expert has a conflict with this application or has stepped back ({kind}); the pair cannot be locked.";
    PLAN_EXPERT_UNAVAILABLE = "assignment_plan.expert_unavailable", Invalid, "该专家目前不接受新的分派。", "This expert gets nothing new at present.";
    // E: ranking, re-review, feedback.
    NO_CONFLICT = "review.no_conflict", Conflict, "这份评分表已提交，且未发现利害关系，不能收回。如有利害关系，请先登记。", "This sheet is handed in and there is no conflict of interest: it is not taken out. Where there is one, record it first.";
    CONFLICTS_UNSETTLED = "review.conflicts_unsettled", Conflict, "还有 {count} 份已提交的评分表，其专家与申请存在（或疑似存在）利害关系。请先核实排除，或收回评分表。", "{count} sheets that were handed in are of experts with a tie to the application, or one nobody has looked at. Dismiss the tie or take the sheet back first.";
    CALL_REVIEW_BEGUN = "call.review_begun", Conflict, "评审已经开始，评分标准和政策不能再改。", "The review has begun: rubric and policy do not change any more.";
    SCORES_SEALED = "review.scores_sealed", Forbidden, "您与该申请有利害关系，或您自己的评分表尚未提交，不能查看或处理其评分。请由其他人员办理。", "You have a tie to this application, or your own sheet of it is not in: its scores are sealed for you. Let somebody else do this.";
    ROUND_SEALED = "review.round_sealed", Forbidden, "您与本届某个申请有利害关系，或有未提交的评分表，不能参与立项方案。请由其他人员办理。", "You have a tie to an application of this round, or a sheet of it that is not in: somebody else makes, sees and decides the plan.";
    RE_REVIEW_OPEN = "review.re_review_open", Conflict, "还有 {count} 个复评未完成，请等监督人员答复、复评评分表提交后再办理。", "{count} re-reviews are not over; wait for the supervisor's word and the sheets.";
    RE_REVIEW_TOO_FEW = "review.re_review_too_few", Conflict, "能再次评分的专家只有 {count} 人，少于 {needed} 人。请改为增加一名专家。", "Only {count} experts can score again, fewer than {needed}; have another reviewer instead.";
    RE_REVIEW_EXPERT = "review.re_review_expert", Invalid, "请为“增加专家”指定一名在库、无利害关系且未评过该申请的专家；“全体重新评分”不指定专家。", "Another reviewer names an admitted expert without a tie who has no sheet of this application; a second scoring names nobody.";
    // B: experts, conflicts of interest, panels.
    R201 = "R201", Conflict, "可抽取专家不足：需 {needed} 人（其中财务 {finance_needed} 人），现有 {pool} 人（其中财务 {finance} 人）。请增补专家或减少席位。", "There are too few experts to draw from: it takes {needed} ({finance_needed} of them finance experts), there are {pool} ({finance}). Admit more or draw fewer seats.";
    IDENTITY_NUMBER_INVALID = "expert.identity_number_invalid", Invalid, "身份证号校验不通过，请核对 18 位号码。", "This identity number does not check; look at its 18 characters.";
    ABSENCE_BACKWARDS = "expert.absence_backwards", Invalid, "结束日不得早于开始日。", "The last day is before the first.";
    LOADS_CROSSED = "expert.loads_crossed", Invalid, "最多评审件数不得少于最少件数。", "The most applications are fewer than the fewest.";
    EXPERT_UNAVAILABLE = "expert.unavailable", Conflict, "该专家目前不能承接新的评审（{reason}），请另选专家。", "This expert takes nothing new at present ({reason}); choose another.";
    EXPERT_FULL = "expert.full", Conflict, "该专家本届已有 {load} 件，达到上限 {max} 件，请另选专家。", "This expert has {load} applications of the round, which is the most ({max}); choose another.";
    NOT_ON_PANEL = "panel.not_seated", Conflict, "本届已组成评审组，只能分派给组内专家。", "The round has a panel; only its members are given applications.";
    NOT_AN_EXPERT = "expert.unknown", Invalid, "专家库中没有此人。", "There is no such expert in the pool.";
    TIE_NAMES_NOBODY = "expert.tie_names_nobody", Invalid, "请写明与哪个机构或哪个人的关系。", "Say to which organisation or person.";
    KIND_NOT_STATED = "conflict.kind_not_stated", Invalid, "此类关系由系统核查，可申明：former_employer、board_member、donor_or_sponsor、kin、tutored、declared_other。", "The program finds this kind by itself; state former_employer, board_member, donor_or_sponsor, kin, tutored or declared_other.";
    CONFLICT_CERTAIN = "conflict.certain", Conflict, "此项利害关系（{kind}）确定，不能排除。", "This tie ({kind}) is certain and cannot be dismissed.";
    CONFLICT_NONE = "conflict.none", Conflict, "没有这样的利害关系（{kind}）待排除，请刷新。", "There is no such tie ({kind}) to dismiss; reload.";
    CONFLICT_REQUESTS_MANY = "conflict.requests_many", Conflict, "本申请已提出 {limit} 项回避申请，如有补充请联系项目办公室。", "This application has raised {limit} requests already; speak to the office about more.";
    SEATS_EVEN = "panel.seats_even", Invalid, "席位须为 1–99 的单数。", "Seats are an odd number, 1 to 99.";
    NOT_A_SUPERVISOR = "panel.not_a_supervisor", Invalid, "该人员不是本项目的监督员，或即抽取人本人。", "This person is no supervisor of the programme, or is the one who draws.";
    OTHER_SUPERVISOR = "panel.other_supervisor", Forbidden, "须由抽取时在场的监督员本人确认。", "Only the supervisor who was named as present attests the draw.";
    PANEL_STANDS = "panel.stands", Conflict, "已有评审组或待确认的抽取（第 {number} 次）。须先注明理由撤销待确认的抽取。", "There is a panel, or a draw that waits ({number}); a draw that waits is cancelled with a reason first.";
    SUBSTITUTE_BY_RECORD = "panel.substitute_by_record", Invalid, "抽取产生的席位按抽取记录依次递补，不能指定。", "A drawn seat goes to the next of the record; nobody is named.";
    // D: score sheets.
    COMMENT_REQUIRED = "review.comment_required", Invalid, "“{criterion}”的得分低于满分的 {share}%，请写明理由。", "The mark for “{criterion}” is below {share} % of its maximum; say why.";
    TOTAL_COMMENT_REQUIRED = "review.total_comment_required", Invalid, "总分达到 {from} 分，请在总评中写明理由。", "The total is {from} or more; say why in the comment.";
    NO_DEFENCE = "review.no_defence", Conflict, "本届没有路演答辩环节。", "This round has no defence.";
    REVIEW_CLOSED = "review.deadline_passed", Conflict, "评审截止时间（{closes_at}）已过，不能再评分或提交。如需延时请联系中心。", "The deadline of the review ({closes_at}) has passed; nothing can be marked or handed in. Ask the office for more time.";
    DEFENCE_NOT_YET = "review.defence_not_yet", Conflict, "该项目的答辩尚未安排或尚未到答辩日（{day}），不能评分。", "The defence of this project has not been scheduled, or its day ({day}) has not come; it cannot be marked yet.";
    DEADLINE_ORDER = "review_schedule.order", Invalid, "最晚提交时间不得早于应交时间。", "The hard deadline does not come before the soft one.";
    DEADLINE_PAST = "review_schedule.past", Invalid, "期限须晚于现在。", "A deadline lies in the future.";
    DEADLINE_NOT_LATER = "review_extension.not_later", Invalid, "延时须晚于该专家现在的最晚提交时间（{closes_at}）。", "More time ends after the deadline this expert has now ({closes_at}).";
    NO_SCHEDULE = "review_extension.no_schedule", Conflict, "该环节没有设定评审期限，无需延时。", "This stage has no deadlines, so that nobody needs more time.";
    NOTE_NEEDED = "review.note_needed", Conflict, "没有监督员为此评分表写的、尚未使用的说明，不能退回重评。请先请监督员书面说明。", "There is no unused note of a supervisor on this sheet, so that it cannot be opened again; ask a supervisor for one first.";
    REASON_SHORT = "review.reason_short", Invalid, "请写明理由，至少 {min} 个字。", "Give the reason in at least {min} characters.";
    SLOT_TAKEN = "defence.already_scheduled", Invalid, "该项目已在第 {number} 场答辩。", "This project defends in session {number} already.";
    NOT_COMPETING = "defence.not_competing", Invalid, "本届没有这个参评项目。", "No such application competes in this round.";
    NOBODY_TO_DEFEND = "defence.nobody", Conflict, "没有尚未安排答辩的参评项目。", "No application that competes is without a place in a session.";
    // F: files with scores, and score sheets that are filled in elsewhere.
    SCORE_FILE_SEALED = "score_file.sealed", Conflict, "您在本批次还有未提交的评分表，全部提交后才能查看他人的评分。", "You have a score sheet of this round that is still open; hand it in before you look at the scores of others.";
    SCORE_FILE_TIED = "score_file.tied", Forbidden, "您与本批次的申请存在利害关系，不能查看评分；请由其他工作人员导出。", "You have a tie to an application of this round and cannot see its scores; ask somebody else of the office for the file.";
    SCORE_NAMES_REASON = "score_file.reason_required", Invalid, "带姓名的汇总表须说明用途（reason，1 至 {max} 个字），并会记录在案。", "A summary with names needs a reason of 1 to {max} characters (reason); it goes on record.";
    OFFLINE_SHEET_UNKNOWN = "offline_sheet.unknown", Invalid, "您没有编号为 {reference} 的这一评分表，请重新下载后填写。", "You have no such score sheet of {reference}; download your sheets again and fill those in.";
    OFFLINE_SHEET_STALE = "offline_sheet.stale", Invalid, "该评分表在下载后已在他处修改（现为第 {version} 版），请重新下载。", "This score sheet was changed after you downloaded it (it is version {version} now); download it again.";
    // R2: sheets of experts with a tie.
    SHEET_TIED = "review.expert_tied", Conflict, "该专家与该申请存在利害关系（{kind}），其评分表不能锁定或退回；请收回该评分表。", "The expert has a tie to this application by now ({kind}), so that the sheet is neither locked nor given back; release it.";
    // R1: the conduct of the review.
    PANEL_MEMBER_UNFIT = "panel.member_unfit", Conflict, "{names} 现有利害关系或不能到场，不能确认。抽取的请由专员注明理由撤销后重新抽取；指定的请另行指定；已核实无关系的，请先排除该关系。", "{names} has a tie by now, or cannot come, so that this cannot be attested. Cancel the draw with a reason and draw again, or name somebody else; a tie that proves to be none is dismissed first.";
    PANEL_SUPERVISOR_CANCELS = "panel.supervisor_cancels", Forbidden, "监督员已确认的抽取只能由监督员注明理由撤销，请与监督员联系。", "A draw that a supervisor has attested is cancelled by a supervisor alone, with a reason; ask one.";
    PANEL_OFFICER_CANCELS = "panel.officer_cancels", Forbidden, "尚未确认的抽取由专员撤销；监督员不予确认即可。", "A draw that was not attested yet is cancelled by an officer; a supervisor simply does not attest it.";
    PANEL_AT_WORK = "panel.at_work", Conflict, "组内专家已有 {count} 份评分表（未收回），不能撤销抽取。请先逐份注明理由收回。", "Members of the panel have {count} score sheets that were not taken back, so that the draw cannot be cancelled; take them back first, each with its reason.";
    SAW_SCORES = "review.saw_scores", Invalid, "该专家兼任可查看评分的工作人员，已可见该申请的评分，不能再评。请另选专家。", "This expert also holds a post that may see scores, and those of this application are there to see; choose another.";
    SHEETS_UNLOCKED = "review.sheets_unlocked", Conflict, "还有 {count} 份已提交的评分表未经组长签字锁定，请组长锁定后再作决定。", "{count} score sheets that were handed in are not locked by the chair yet; have them locked before the decision.";
    DATE_TOO_FAR = "field.date_too_far", Invalid, "日期不得晚于 {until} 年底，请核对年份。", "The date lies after the end of {until}; check the year.";
    DEFENCE_SCORED = "defence.scored", Conflict, "该项目已有答辩评分，不能再改期。", "There are score sheets of this defence already, so that it cannot be postponed.";
    // T2: evidence.
    NOT_SEALED = "evidence.not_sealed", NotFound, "审计日志目前只有 {size} 个叶子，尚无此处的证明，请稍后再试。", "The audit log has {size} leaves at present; there is no proof of this yet. Try again later.";
    AUDITOR_INVOLVED = "audit.involved", Forbidden, "您在本项目中还有申报、评审或企业身份，不能查阅审计记录；请由其他审计人员查阅。", "You also apply, review or sponsor here and do not read the audit log; ask another auditor.";
    // T1: identity.
    SECOND_FACTOR = "session.second_factor", Unauthenticated, "请先输入动态口令完成登录。", "Give your second factor to finish signing in.";
    SECOND_FACTOR_OWED = "session.second_factor_owed", Unauthenticated, "您的角色须启用动态口令，请先绑定后再继续。", "Your role signs in with a second factor; set one up first.";
    PASSWORD_EXPIRED = "session.password_expired", Unauthenticated, "密码已到期或不符合要求，请先修改密码。", "Your password has expired or is too weak; change it first.";
    SECOND_FACTOR_WRONG = "session.second_factor_wrong", Unauthenticated, "动态口令不正确或已用过。", "This code is wrong or was used.";
    TWO_PEOPLE = "session.two_people", Malformed, "请求中的令牌与 Cookie 属于不同的人，请只用其中一个。", "Token and cookie of this request belong to two people; send one of them.";
    CROSS_SITE = "session.cross_site", Forbidden, "请求来自其他网站，已拒绝。请在本系统页面内操作。", "This request comes from another site and was refused; work from our own pages.";
    CSRF = "session.csrf", Forbidden, "页面已过期，请刷新后重试（缺少或错误的 X-CSRF-Token）。", "The page is out of date; reload it (X-CSRF-Token is missing or wrong).";
    TOKEN_READS = "token.read_only", Forbidden, "该令牌只能读取。", "This token reads only.";
    TOKEN_NOT_ENOUGH = "token.not_enough", Forbidden, "此操作须本人登录后进行，不能使用令牌。", "This takes the person's own session; a token is not enough.";
    TOKENS_MANY = "token.too_many", Conflict, "有效令牌已达 {limit} 个，请先撤销不用的。", "There are {limit} tokens in force; revoke one first.";
    TOKEN_EXPIRY = "token.expiry", Invalid, "有效期须为 1–{max} 天。", "A token holds for 1 to {max} days.";
    PASSWORD_COMMON = "password.common", Invalid, "该密码过于常见，容易被猜到，请换一个。", "This password is too common and easily guessed; take another.";
    PASSWORD_PERSONAL = "password.personal", Invalid, "密码不得包含姓名、手机号、邮箱或系统名称。", "A password does not hold your name, phone, address or the name of this service.";
    PASSWORD_CLASSES = "password.classes", Invalid, "密码须包含大写字母、小写字母、数字、符号中的三类。", "A password has three of: capitals, small letters, digits, other signs.";
    PASSWORD_REUSED = "password.reused", Invalid, "不得与最近 {count} 次使用过的密码相同。", "This is one of your last {count} passwords; take another.";
    PASSWORD_WRONG = "password.wrong", Invalid, "当前密码不正确。", "This is not your present password.";
    PASSWORD_RESET_VOID = "password_reset.void", Malformed, "链接无效、已使用或已过期，请重新申请。", "This link is not valid, was used or has expired; ask for another.";
    TOTP_SET_UP = "totp.set_up", Conflict, "动态口令已启用。", "A second factor is set up already.";
    TOTP_NOT_SET_UP = "totp.not_set_up", Conflict, "尚未绑定动态口令。", "There is no second factor to confirm or to use.";
    TOTP_OWED = "totp.owed", Conflict, "您的角色必须使用动态口令，不能停用。", "Your role needs a second factor; it cannot be taken away.";
    TOTP_NOT_ASKED = "totp.not_asked", Conflict, "此次登录不需要动态口令。", "This session needs no second factor.";
    TOTP_WRONG = "totp.wrong", Invalid, "动态口令不正确或已用过，请核对时间后重试。", "This code is wrong or was used; look at the clock of your device.";
    SETUP_TOKEN_WRONG = "setup.token_wrong", Unauthenticated, "初始化令牌不正确。请查看服务启动日志，或运行 yichuang setup-token。", "This is not the set-up token; look at what the server printed, or run yichuang setup-token.";
    SETUP_POSTS = "setup.posts", Invalid, "须有一名 system_admin；每个管理岗位至多一人，且只能是管理岗位。", "There is one system_admin, and at most one person for each of the administrative posts.";
    LAST_ADMIN = "user.last_admin", Conflict, "这是最后一名系统管理员，不能停用或取消其角色。", "This is the last system administrator; the account stays, and so does the role.";
    // T3: personal data.
    REVELATION_FIELD = "revelation.field", Invalid, "该对象没有可查看原文的字段“{field}”，可选：{fields}。", "There is no field “{field}” that can be shown plain here; choose one of {fields}.";
    UNKNOWN_SUBJECT = "revelation.unknown_subject", Invalid, "本项目库中没有您可以查看的该对象。", "There is no such thing in this programme that you may see.";
    ERASURE_OPEN = "erasure.already_requested", Conflict, "您已提交注销申请，正在等待处理。", "You have asked for erasure already; the request is being looked at.";
    ERASURE_OWN = "erasure.own", Forbidden, "不能处理本人的注销申请，请由另一位安全管理员处理。", "You cannot decide on your own erasure; ask another security administrator.";
    ERASURE_UNDER_WAY = "erasure.under_way", Conflict, "该人员还有在办的职责（{roles}），请先移交后再注销。", "This person still has duties ({roles}); hand them over before the data is erased.";
    CONSENT_WITHDRAWN = "consent.withdrawn", Conflict, "该同意已撤回。", "This consent has been withdrawn already.";
    // T4: administrative posts, view-as.
    LAST_ADMINISTRATOR = "membership.last_administrator", Conflict, "这是平台最后一名系统管理员，不能撤销。请先指定另一名。", "This is the installation's last system administrator; appoint another one first.";
    POSTS_STILL_COMBINED = "posts.still_combined", Conflict, "仍有 {count} 人兼任管理岗位，请先撤销其中一个岗位。", "{count} people still hold two administrative posts; take one of them away first.";
    VIEW_READ_ONLY = "view_as.read_only", Forbidden, "正在以他人身份查看，只能读取，不能办理。", "You are looking through somebody else's eyes: you can read, and do nothing.";
    VIEW_CLOSED = "view_as.closed", Forbidden, "以他人身份查看时，评分、资金与账户信息一律不可见。", "Scores, money and accounts are never seen through somebody else's eyes.";
    VIEW_OF_ADMINISTRATOR = "view_as.of_administrator", Invalid, "不能查看本人或其他管理岗位人员的界面。", "Choose somebody else who holds no administrative post.";
    VIEW_OWN_CONSENT = "view_as.own_consent", Forbidden, "须由本人或另一名管理员同意，申请人不能自己同意。", "The person or a second administrator consents, not whoever asked.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn codes_are_unique_and_speak_both_languages() {
        let unique: BTreeSet<&str> = ALL.iter().map(|code| code.code).collect();
        assert_eq!(unique.len(), ALL.len());
        for code in ALL {
            assert!(!code.zh.is_ascii() && !code.en.is_empty(), "{}", code.code);
        }
    }
}
