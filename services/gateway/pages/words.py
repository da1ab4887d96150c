"""What the codes of the contracts are called on a page: Chinese, English."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

CATEGORIES: Words = {
    "safety": ("安全", "Safety"),
    "production": ("生产", "Production"),
    "environment": ("环保", "Environment"),
    "training": ("培训", "Training"),
    "welfare": ("福利", "Welfare"),
    "management": ("管理", "Management"),
    "other": ("其他", "Other"),
}
STATES: Words = {
    "open": ("待答复", "Open"),
    "adopted": ("已采纳", "Adopted"),
    "declined": ("未采纳", "Declined"),
}
KINDS: Words = {
    "company": ("公司", "Company"),
    "plant": ("工厂", "Plant"),
    "workshop": ("车间", "Workshop"),
    "team": ("班组", "Team"),
}
ROLES: Words = {
    "leader": ("班组长", "Leader"),
    "officer": ("工会干事", "Officer"),
    "chair": ("工会主席", "Chair"),
    "manager": ("厂长", "Manager"),
    "director": ("总经理", "Director"),
    "hr": ("人力资源", "HR"),
    "auditor": ("审计", "Auditor"),
    "it": ("信息管理", "IT"),
}
RESULTS: Words = {
    "passed": ("合格", "Passed"),
    "failed": ("不合格", "Failed"),
}
VISITS: Words = {
    "due": ("待慰问", "Due"),
    "made": ("已慰问", "Made"),
}
MESSAGES: Words = {
    "command": ("命令", "Command"),
    "query": ("查询", "Query"),
    "fact": ("事实", "Fact"),
    "answer": ("答复", "Answer"),
    "event of HR": ("人事事件", "Event of HR"),
}
TROUBLES: Mapping[int, tuple[str, str, str]] = {
    400: ("请求有误", "Bad request", "请返回上一页重试。"),
    401: ("请先登录", "Sign in first", "登录后即可继续。"),
    403: ("无权查看", "Not allowed", "您的岗位或职务看不到这一页；如有疑问，请找工会干事。"),
    404: ("没有这一页", "Not found", "请核对网址或编号。"),
    405: ("不支持这种访问", "Method not allowed", "请从首页重新进入。"),
    409: ("规则不允许", "A rule says no", "原因见下。"),
    413: ("内容过大", "Too large", "请减少内容后重试。"),
    422: ("填写有误", "Malformed", "请按下面的提示改正后重试。"),
    429: ("尝试次数过多", "Too many tries", "请稍等片刻再试；忘记密码请找信息管理员。"),
    500: ("系统出错", "A fault of ours", "不是您的问题，系统已记录；请稍后再试。"),
    503: ("暂时不可用", "Away just now", "系统正在恢复，请稍后刷新。"),
}
"""Status → what it is in Chinese and English, and what to do about it."""
FORM_TROUBLES: Mapping[str, tuple[str, str, str]] = {
    "stale-form": (
        "表单已失效",
        "This form is out of date",
        "没有保存任何内容。请从首页重新打开这一页，再提交一次。",
    ),
    "cross-site": (
        "表单来自别的网站",
        "This form came from another site",
        "没有保存任何内容。请从首页进入，用本站的表单提交。",
    ),
    "provider-away": (
        "公司账号登录暂时不可用",
        "The company's sign-in is away",
        "请稍后再试；急用时请回首页，用本站账号登录。",
    ),
    "stale-sign-in": (
        "这次登录已失效",
        "This sign-in is over",
        "没有登录。请从首页重新登录。",
    ),
    "untrusted-token": (
        "登录信息无法确认",
        "The company's answer cannot be trusted",
        "没有登录。请从首页重试；仍不行请找信息管理员。",
    ),
    "provider-refused": (
        "公司账号没有登录",
        "The company's sign-in said no",
        "没有登录。请从首页重试，或用本站账号登录。",
    ),
    "no-employee-number": (
        "公司账号没有工号",
        "No employee number",
        "没有登录。请找信息管理员，在公司账号里补上工号。",
    ),
    "unknown-employee": (
        "花名册里没有这个工号",
        "Not on the roll",
        "没有登录。刚入职请等一天；仍不行请找人力资源。",
    ),
    "left-employee": (
        "不在职",
        "Not employed now",
        "没有登录。如有不符，请找人力资源。",
    ),
    "closed-account": (
        "账号已停用",
        "The account is closed",
        "没有登录。请找信息管理员。",
    ),
}
"""The same for codes about which the words of their status would mislead."""


def both(words: Words, code: str) -> str:
    """`安全 Safety`, in plain text; the code itself when it is newer than this page."""
    return " ".join(words[code]) if code in words else code
