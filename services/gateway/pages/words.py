"""What the codes of the contracts are called on a page. Marked here, said in its language there."""

from collections.abc import Mapping, Sequence
from typing import get_args

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _
from services.gateway.views.work import Waiting
from shared.contracts.membership import EndedBy, PostRole, Settled

Words = Mapping[str, str]

CATEGORIES: Words = {
    "safety": _("Safety"),
    "production": _("Production"),
    "environment": _("Environment"),
    "training": _("Training"),
    "welfare": _("Welfare"),
    "management": _("Management"),
    "other": _("Other"),
}
STATES: Words = {
    "open": _("Awaiting an answer"),
    "adopted": _("Adopted"),
    "declined": _("Declined"),
}
STANDS: Words = {
    "open": _("Awaiting an answer"),
    "overdue": _("Of these overdue"),
    "adopted": _("Adopted"),
    "declined": _("Declined"),
}
"""How proposals stand as of a day: `ProposalStates`, field by field."""
DECISIONS: Words = {
    "adopted": _("Adopted"),
    "declined": _("Declined"),
}
KINDS: Words = {
    "company": _("Company"),
    "plant": _("Plant"),
    "workshop": _("Workshop"),
    "team": _("Team"),
}
ROLES: Words = {
    "leader": _("Team leader"),
    "officer": _("Union officer"),
    "chair": _("Union chair"),
    "manager": _("Plant manager"),
    "director": _("General director"),
    "hr": _("HR"),
    "auditor": _("Auditor"),
    "it": _("IT"),
}
STANDINGS: Words = {
    "read": _("By its text:"),
    "restated": _("As others report the text:"),
    "unverified": _("Still to be checked against the official text:"),
    "house": _("By a rule of the house:"),
}
POSTS: Words = {role: ROLES[role] for role in get_args(PostRole)}
"""Those that a post gives."""
BODY_KINDS: Words = {
    "committee": _("Union committee"),
    "branch": _("Union branch"),
    "group": _("Union group"),
    "women": _("Women's committee"),
    "auditors": _("Auditors' committee"),
}
OUTSIDE: Words = {
    "left-company": _("Has left the company"),
    "left-union": _("Has left the union"),
}
BODY_POSTS: Words = {
    "chair": _("Chair"),
    "vice-chair": _("Vice-chair"),
    "head": _("Head"),
    "deputy-head": _("Deputy head"),
    "leader": _("Group leader"),
    "member": _("Committee member"),
}
BODY_STATES: Words = {
    "none": _("No term yet"),
    "running": _("In its term"),
    "due": _("Election to be prepared"),
    "overdue": _("Election overdue"),
}
SEAT_ENDS: Words = {
    "resigned": _("Resigned"),
    "recalled": _("Recalled"),
    "left": _("Left the company or the union"),
    "acting-over": _("Acts no longer"),
    "mistake": _("Entered by mistake"),
}
TAKES_SEAT: Words = {
    "elected": _("Elected in between"),
    "vacant": _("Acting, nobody holds the post"),
    "away": _("Acting, who holds it is away"),
}
YEARS: Words = {
    "3": _("3 years"),
    "5": _("5 years"),
}
ROLL: Words = {
    "employed": _("Employed"),
    "member": _("Member"),
    "not-member": _("Employed, no member"),
    "left": _("Left"),
    "kept": _("Membership kept"),
}
ROLL_ORDERS: Words = {
    "number": _("By employee number"),
    "unit": _("By unit"),
    "latest": _("Joined or left last"),
}
DUES_FAULTS: Words = {
    "missing": _("Dues missing"),
    "twice": _("Twice"),
    "wrong-amount": _("Wrong amount"),
    "unknown-person": _("Unknown number"),
    "not-a-member": _("No member"),
    "malformed": _("Cannot be read"),
}
DUES_FOUND: Words = {
    "members": _("Members for the whole month"),
    "paid": _("Paid"),
    "missing": _("Dues missing"),
    "twice": _("Twice"),
    "wrong_amount": _("Wrong amount"),
    "unknown_person": _("Unknown number"),
    "not_a_member": _("No member"),
    "malformed": _("Cannot be read"),
    "nothing_due": _("Nothing due"),
}
"""`Found`, field by field."""
DUES_OF: Words = {
    "paid": _("Paid"),
    "missing": _("Dues missing"),
    "twice": _("Twice"),
    "wrong-amount": _("Wrong amount"),
    "not-a-member": _("No member"),
}
DUES_SETTLED: Words = {
    "paid": _("Paid later"),
    "given-back": _("Given back"),
    "excused": _("Owed nothing, for a good reason"),
    "put-right": _("Another mistake was put right"),
}
DUES_WAYS: Mapping[str, Sequence[Settled]] = {
    "missing": ("paid", "excused", "put-right"),
    "twice": ("given-back", "put-right"),
    "wrong-amount": ("paid", "given-back", "put-right"),
    "unknown-person": ("given-back", "put-right"),
    "not-a-member": ("given-back", "put-right"),
    "malformed": ("put-right",),
}
"""How each can be settled, the likeliest first; membership has the say."""
PAYROLLS: Words = {
    "open": _("Not booked yet"),
    "booked": _("Booked"),
    "reversed": _("Reversed"),
}
MEMBERSHIPS: Words = {
    "member": _("Member"),
    "kept": _("Kept, without a vote"),
}
CONSENTS: Words = {
    "in-person": _("Given in person"),
    "on-paper": _("Signed on paper"),
}
ENDED_BY: Words = {
    "own-wish": _("At their own wish"),
    "died": _("Died"),
    "elsewhere": _("Went to another union"),
    "deemed-left": _("Deemed to have left"),
}
ENDINGS: Words = {code: ENDED_BY[code] for code in get_args(EndedBy)}
"""Those that an officer enters."""
LAPSES: Words = {
    "to-admonish": _("May be admonished"),
    "running": _("Time to mend runs"),
    "over": _("To be decided"),
}
ADMONISHED_BY: Words = {
    "in-person": _("In person"),
    "in-writing": _("In writing"),
    "by-phone": _("By phone"),
}
ADMONITION_ENDS: Words = {
    "mended": _("Mended, or over for another reason"),
    "withdrawn": _("Withdrawn"),
    "declared": _("Deemed to have left"),
}
PROVINCES: Words = {
    "CN-BJ": _("Beijing"),
    "CN-TJ": _("Tianjin"),
    "CN-HE": _("Hebei"),
    "CN-SX": _("Shanxi"),
    "CN-NM": _("Inner Mongolia"),
    "CN-LN": _("Liaoning"),
    "CN-JL": _("Jilin"),
    "CN-HL": _("Heilongjiang"),
    "CN-SH": _("Shanghai"),
    "CN-JS": _("Jiangsu"),
    "CN-ZJ": _("Zhejiang"),
    "CN-AH": _("Anhui"),
    "CN-FJ": _("Fujian"),
    "CN-JX": _("Jiangxi"),
    "CN-SD": _("Shandong"),
    "CN-HA": _("Henan"),
    "CN-HB": _("Hubei"),
    "CN-HN": _("Hunan"),
    "CN-GD": _("Guangdong"),
    "CN-GX": _("Guangxi"),
    "CN-HI": _("Hainan"),
    "CN-CQ": _("Chongqing"),
    "CN-SC": _("Sichuan"),
    "CN-GZ": _("Guizhou"),
    "CN-YN": _("Yunnan"),
    "CN-XZ": _("Tibet"),
    "CN-SN": _("Shaanxi"),
    "CN-GS": _("Gansu"),
    "CN-QH": _("Qinghai"),
    "CN-NX": _("Ningxia"),
    "CN-XJ": _("Xinjiang"),
}
LEVELS: Words = {
    "team": _("Of the team"),
    "workshop": _("Of the workshop"),
    "plant": _("Of the plant"),
    "company": _("Of the company"),
    "city": _("Of the city"),
    "province": _("Of the province"),
    "nation": _("Of the nation"),
}
OCCASIONS: Words = {
    "hospital": _("Illness or injury"),
    "birth": _("Birth"),
    "bereavement": _("Bereavement"),
    "marriage": _("Marriage"),
    "retirement": _("Retirement"),
    "festival": _("Festival"),
    "hardship": _("Hardship"),
}
LEAVES: Words = {
    "sick": _("Sick leave"),
    "work-injury": _("Injury at work"),
    "maternity": _("Maternity leave"),
    "bereavement": _("Bereavement leave"),
}
RESULTS: Words = {
    "passed": _("Passed"),
    "failed": _("Failed"),
}
STEPS: Words = {
    "overdue": _("The answer is overdue"),
    "adopted": _("Answered: adopted"),
    "declined": _("Answered: declined"),
    "enrolled": _("You have a seat"),
    "passed": _("You passed"),
    "failed": _("You did not pass"),
    "opened": _("Opened for your unit"),
    "transferred": _("Your membership went there along with your job"),
    "notice": _("The union has something to say to you: please read it"),
    "notice-closed": _("There is nothing more for you to do about it"),
}
EVERY: Words = {
    "off": _("Never"),
    "day": _("Each working day"),
    "week": _("Once a week"),
}
VISITS: Words = {
    "due": _("To be visited"),
    "made": _("Visited"),
}
ORDERS: Words = {
    "best": _("Best match and newest first"),
    "newest": _("Newest first"),
    "due": _("Due first"),
}
COURSE_ORDERS: Words = {
    "best": _("Best match and newest first"),
    "newest": _("Newest first"),
    "soonest": _("Beginning next first"),
    "title": _("By title"),
}
VISIT_ORDERS: Words = {
    "due": _("Due first"),
    "newest": _("Newest first"),
}
WORK_ORDERS: Words = {
    "due": _("Due first"),
    "kind": _("By kind"),
}
OPEN_TO: Words = {
    "company": _("Everyone in the company"),
    "unit": _("People of the unit only"),
}
WHEN: Words = {
    "coming": _("Still to come"),
    "begun": _("Begun"),
}
WORK: Words = {
    "answer": _("Answer a proposal"),
    "visit": _("Visit a person"),
    "result": _("Enter results"),
    "election": _("Prepare an election"),
}
AUDIT: Words = {
    "refused": _("Refused"),
    "read": _("Read"),
    "signed in": _("Signed in"),
    "not signed in": _("Tried to sign in"),
    "password changed": _("Changed the password"),
    "PIN changed": _("Changed the PIN"),
    "board added": _("Added a board"),
    "board paired": _("Paired a board"),
    "board not paired": _("Tried to pair a board"),
    "board removed": _("Removed a board"),
    "access closed": _("Closed the access"),
    "access opened": _("Opened the access"),
    "role given": _("Gave a role"),
    "role taken": _("Took a role"),
    "applied": _("Applied HR's version"),
    "subscription changed": _("Changed what HR is told"),
}
MESSAGES: Words = {
    "command": _("Command"),
    "query": _("Query"),
    "fact": _("Fact"),
    "answer": _("Answer"),
    "event of HR": _("Event of HR"),
    "event for HR": _("Event for HR"),
}


def word(words: Words, code: str) -> str:
    """`Safety` or `安全`; the code itself when it is newer than this page."""
    return gettext(words[code]) if code in words else code


def work_about(one: Waiting) -> str:
    """What waits is about: of an election it is the kind of the body."""
    return word(BODY_KINDS, one.about) if one.kind == "election" else one.about
