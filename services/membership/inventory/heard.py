"""What HR said: units, events, what contradicted itself and what was ruled, numbers, drift."""

from shared.numbers_held import spans, within
from shared.personal import Holding, Inventory, of_nobody

_SAID_ON = "CAST({event}.raw -> 'data' ->> 'on' AS date)"
_SAID = spans("about", within(_SAID_ON.format(event="hr_event")))
_UNFIT = spans(
    "unfit.about",
    f"""EXISTS (SELECT FROM hr_event AS said
        WHERE (said.source, said.id, said.about) = (unfit.source, unfit.id, unfit.about)
            AND said.type NOT LIKE 'hr.unit-%' AND {within(_SAID_ON.format(event="said"))})
    """,
)
# Of a number that is another's too: what was ruled of events of theirs, and of whose it is. That a
# number is another human being's is told to that one, not the reason, which speaks of both.
_RULED_THERE = """
    event = ANY(:events) OR over = ANY(:events)
        OR id IN (SELECT id FROM number_ruling
            WHERE person = ANY(:people) OR same_as = ANY(:people))
"""
_RULED = spans(
    "employee",
    f"""({_RULED_THERE} OR takes_back IN (
        SELECT id FROM ruling WHERE employee = ANY(:numbers) AND ({_RULED_THERE})))
    """,  # noqa: S608
)
_REASON = """CASE WHEN NOT EXISTS (
        SELECT FROM number_ruling AS parted JOIN ruling AS made USING (id)
        WHERE made.employee = ruling.employee AND made.kind = 'another-human'
            AND parted.id IN (ruling.id, ruling.takes_back)
    ) THEN reason END
"""

HEARD: Inventory = (
    of_nobody(
        "unit",
        "HR's tree",
        code="of a unit",
        name="of a unit",
        kind="a code",
        path="codes of units",
        plant="codes of units",
    ),
    of_nobody(
        "unit_placement", "HR's tree by day", name="of a unit", path="codes", plant="codes of units"
    ),
    of_nobody(
        "unit_placement_before",
        "HR's tree as it was known",
        name="of a unit",
        path="codes",
        plant="codes of units",
    ),
    of_nobody(
        "province",
        "where a plant lies",
        code="a code",
        said_by="the id of who said it, or the account of a system",
    ),
    Holding(
        table="unfit",
        whose=f"{_UNFIT} AND NOT of_unit",
        shows={
            "source": "source",
            "id": "id",
            "reason": "reason",
            "detail": "detail",
            "found_at": "found_at",
        },
        goes=True,
    ),
    Holding(
        table="hr_event",
        whose=f"{_SAID} AND type NOT LIKE 'hr.unit-%'",
        shows={
            "source": "source",
            "id": "id",
            "type": "type",
            "said": "raw -> 'data'",
            "heard_at": "heard_at",
        },
        hides={
            "digest": "made of what is said",
            "place": "said too",
            "about": "the number, said too",
        },
        goes=True,
        because="kept as heard and never changed (decision 0006), with this one exception",
    ),
    Holding(
        table="ruling",
        whose=_RULED,
        shows={
            "kind": "kind",
            "on": '"on"',
            "unit": "unit",
            "from_unit": "from_unit",
            "reason": _REASON,
            "decided_at": "decided_at",
        },
        hides={
            "id": "an id",
            "event": "a digest",
            "over": "a digest",
            "takes_back": "an id",
            "about_unit": "of a unit, and then of nobody",
            "decided_by": "who decided is somebody else",
        },
        goes=True,
    ),
    Holding(
        table="number_held",
        whose="person = ANY(:people)",
        shows={"number": "number", "since": "lower(during)", "until": "upper(during)"},
        goes=True,
    ),
    Holding(
        table="number_first",
        whose="person = ANY(:people)",
        shows={"number": "number"},
        goes=True,
    ),
    Holding(
        table="number_ruling",
        whose="person = ANY(:people) OR same_as = ANY(:people)",
        shows={"since": "since"},
        hides={"id": "that of the ruling"},
        goes=True,
    ),
    Holding(
        table="two_people",
        whose="one = ANY(:people) OR other = ANY(:people)",
        shows={
            "reason": "reason",
            "decided_at": "decided_at",
            "taken_back_at": "taken_back_at",
            "taken_back_why": "taken_back_why",
        },
        hides={
            "id": "an id",
            "one": "the ids of the two",
            "other": "the ids of the two",
            "decided_by": "who decided is somebody else",
            "taken_back_by": "who decided is somebody else",
        },
        goes=True,
    ),
    Holding(
        table="suspected_pair",
        whose="one = ANY(:people) OR other = ANY(:people)",
        shows={"may_be_another": "reason", "found_at": "found_at"},
        hides={
            "one": "the ids of the two",
            "other": "the ids of the two",
            "same_birth_date": "of the reason",
            "days": "of the reason",
            "rank": "of the reason",
        },
        goes=True,
    ),
    Holding(
        table="drift",
        whose=spans("employee", within("found_on")),
        shows={
            "kind": "kind",
            "on": "found_on",
            "name": "name",
            "hr_unit": "hr_unit",
            "our_unit": "our_unit",
            "post": "post",
            "employed_since": "employed_since",
            "unit_since": "unit_since",
            "left_on": "left_on",
            "retired": "retired",
            "reason": "reason",
            "left_at": "left_at",
        },
        hides={
            "id": "an id",
            "comparison": "an id",
            "counts": "whether it is the newest",
            "unit": "of the two units",
            "path": "of the two units",
            "plant": "of the two units",
            "left_by": "who left it is somebody else",
        },
        goes=True,
    ),
    of_nobody("drift_list", "a comparison", path="codes of units"),
    of_nobody("drift_day", "counts", plant="codes of units", kind="a code"),
)
