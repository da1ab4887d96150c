"""What the tables and fields of `own-data` are called for people; a newer one by its own name."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _

TABLES: Mapping[str, str] = {
    "hr_event": _("What HR said"),
    "unfit": _("What of it contradicts the rest"),
    "ruling": _("What was decided about that"),
    "drift": _("Differences from HR's list"),
    "payroll_row": _("Rows of payrolls"),
    "dues_fault": _("What did not fit in the dues"),
    "leave": _("Days away"),
    "consent": _("Consents"),
    "activity": _("The last day of taking part"),
    "deemed_left": _("Declared to have left"),
    "admonition": _("Admonitions"),
    "keeping": _("To be kept when the work ends"),
    "other_union": _("In another union"),
    "honour": _("Honours"),
    "correction": _("What I asked to be corrected"),
    "correction_step": _("What became of it"),
    "employment": _("Employed"),
    "employment_before": _("Employed, as it was known before"),
    "stay": _("Units"),
    "stay_before": _("Units, as they were known before"),
    "member": _("Membership"),
    "member_before": _("Membership, as it was known before"),
    "post": _("Posts held"),
    "post_before": _("Posts, as they were known before"),
    "seat": _("Seats in bodies of the union"),
    "seat_end": _("How a seat ended"),
    "person": _("Person"),
    "proposal": _("Proposals"),
    "support": _("Proposals that I stand behind"),
    "enrolment": _("Courses"),
    "reading": _("When the note of a visit was read"),
    "visit": _("Visits of the union"),
    "visitor": _("Visits that I made to others"),
    "audit_entry": _("Audit log"),
    "audit_name": _("Names in the audit log"),
    "session": _("Open sessions"),
    "known_browser": _("Browsers that are known again"),
    "news_seen": _("Up to when I read what is new"),
    "digest": _("Messages to me"),
    "digest_asked": _("Messages to me, not confirmed yet"),
    "follow": _("Proposals that I follow"),
    "account": _("Account"),
    "scim_user": _("From the company's directory"),
    "scim_member": _("Groups in the company's directory"),
    "scim_told": _("What the directory told"),
    "scim_event": _("Events out of the directory"),
    "file": _("Files"),
    "transfer": _("Moved along with the job"),
    "notice": _("Notices to me"),
}
_LABELS: Mapping[str, tuple[str, ...]] = {
    _("Employee number"): ("employee", "employee_number", "number"),
    _("Name"): ("name", "display_name", "formatted", "user_name"),
    _("Person, as an id"): ("person",),
    _("From"): ("since", "kept_from", "member_since", "kept_since"),
    _("Until before"): ("until",),
    _("Known from"): ("known_since",),
    _("Known until"): ("known_until",),
    _("Day"): ("on", "given_on", "submitted_on", "visited_on", "completed_on", "moved_on"),
    _("Due"): ("due_on",),
    _("Overdue"): ("overdue",),
    _("Unit"): ("unit", "our_unit", "to_plant"),
    _("Unit according to HR"): ("hr_unit",),
    _("Moved from"): ("from_unit",),
    _("Job or post"): ("post",),
    _("Role"): ("role", "roles"),
    _("Kind"): ("kind", "type", "category", "occasion", "level"),
    _("State"): ("state", "stands", "active"),
    _("What it is about"): ("about", "subject", "what"),
    _("What was said"): ("said", "told", "detail"),
    _("Words"): ("words", "note", "body", "wrong", "which", "should_be"),
    _("Title"): ("title",),
    _("Reasons"): ("reason", "reasons", "why", "withdrawn_for", "ended_for", "reversed_for"),
    _("Result"): ("result", "outcome", "verdict", "score"),
    _("Where it is written"): ("reference", "ended_reference", "minutes"),
    _("Month"): ("month", "first_month", "last_month"),
    _("Owed and withheld, in fen"): ("owed_and_withheld",),
    _("Settled"): ("settled", "settled_on", "settled_at"),
    _("Taken back on"): ("withdrawn_on", "withdrawn_at", "reversed_on", "taken_off_on"),
    _("Entered on"): ("entered_at", "made_at", "created_at", "asked_at", "enrolled_at"),
    _("Heard on"): ("heard_at", "found_at", "kept_at"),
    _("Decided on"): ("decided_at", "declared_at", "answered_on", "completed_at", "left_at"),
    _("When"): ("at", "begun_at", "seen_at", "sent_at", "told_at", "moved_at", "modified_at"),
    _("Ends on"): ("expires_at", "ended_on", "ended"),
    _("Browser"): ("agent",),
    _("Days of employment"): ("employed", "days"),
    _("Units by day"): ("stays",),
    _("Account"): ("account",),
    _("Source"): ("source", "issuer"),
    _("By"): ("side", "ended_by", "by"),
}
FIELDS: Mapping[str, str] = {field: label for label, names in _LABELS.items() for field in names}


def table_word(table: str) -> str:
    return gettext(TABLES[table]) if table in TABLES else table


def field_word(field: str) -> str:
    """Two fields of one label stand beside each other, so the name says which."""
    return f"{gettext(FIELDS[field])} ({field})" if field in FIELDS else field


def fields_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """All that any row has a value for, in their order."""
    return list(
        dict.fromkeys(
            name for row in rows for name, value in row.items() if value not in (None, "", [], {})
        )
    )


def shown(value: Any) -> str:
    """As a person reads it; what is nested as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
