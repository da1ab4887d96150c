"""A plant's payroll of a month with faults planted in it, and traps that are none. Seeded."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any

MONTH, FIRST, AFTER = "2026-03", date(2026, 3, 1), date(2026, 4, 1)
LONG_AGO = date(2024, 5, 6)


@dataclass(frozen=True)
class Worker:
    """Half-open days; `member_since` None: never in the union."""

    number: str
    member_since: date | None = LONG_AGO
    member_until: date | None = None
    left_on: date | None = None
    moved_on: date | None = None
    """To another plant."""
    given_on: date | None = None
    """From then on the number is somebody else's, who is not of the union."""
    also: str | None = None
    """Another number of the same human being, from before."""


@dataclass
class Sheet:
    """The people of the plant, the rows, and what must be found: kind and number, or for what
    names nobody kind and row. The first row of the sheet that is not its head is 2."""

    workers: list[Worker] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    wages: int = 0
    dues: int = 0

    @property
    def kinds(self) -> Counter[str]:
        return Counter(kind for kind, _ in self.planted.elements())


def owed(wages: int) -> int:
    """Said a second time, digit by digit: 0.5 % of whole tens of yuan is five fen a ten."""
    return wages // 1000 * 5


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


class _Writer:
    def __init__(self, seed: int, prefix: str, ruled: bool) -> None:
        self.random, self.prefix, self.sheet = Random(seed), prefix, Sheet()
        self.ruled = ruled
        self.unsorted: list[tuple[list[str], list[tuple[str, str]]]] = []

    def worker(self, *, also: str | None = None, **days: date | None) -> Worker:
        made = Worker(f"{self.prefix}{len(self.sheet.workers):05d}", also=also, **days)
        self.sheet.workers.append(made)
        return made

    def wage(self) -> int:
        return self.random.randrange(3_000_00, 19_000_00)

    def row(
        self,
        number: str,
        wages: int | str,
        dues: int | str,
        *faults: tuple[str, str],
    ) -> None:
        """Amounts in fen count in the sums; text is as it stands and does not."""
        self.sheet.wages += wages if isinstance(wages, int) else 0
        self.sheet.dues += dues if isinstance(dues, int) else 0
        cells = [number, *(each if isinstance(each, str) else yuan(each) for each in (wages, dues))]
        self.unsorted.append((cells, list(faults)))

    def paid(self, number: str, *faults: tuple[str, str], off: int = 0) -> None:
        wages = self.wage()
        self.row(number, wages, owed(wages) + off, *faults)

    def done(self) -> Sheet:
        """The rows in any order."""
        self.random.shuffle(self.unsorted)
        for line, (cells, faults) in enumerate(self.unsorted, start=2):
            names = ("employee", "wages", "dues")
            self.sheet.rows.append({"line": line, **dict(zip(names, cells, strict=True))})
            for kind, about in faults:
                self.sheet.planted[kind, about or f"row {line}"] += 1
        return self.sheet


def planted(seed: int = 1, *, rows: int = 2000, prefix: str = "DU", ruled: bool = True) -> Sheet:
    """So many rows with 60 faults, ten of each kind. `ruled`: a few numbers are of two human
    beings, and human beings have two, as somebody has to rule."""
    made = _Writer(seed, prefix, ruled)
    _faults(made)
    _traps(made)
    while len(made.unsorted) < rows:
        made.paid(made.worker().number)
    return made.done()


def _faults(made: _Writer) -> None:
    for turn in range(10):
        gone = made.worker().number
        made.sheet.planted["missing", gone] += 1
        if turn % 2:  # on the payroll, and nothing was withheld
            made.row(gone, made.wage(), ("", "0", "-", "0.00")[turn % 4])
        twice = made.worker().number
        made.paid(twice, ("twice", twice))
        if turn % 2:  # the same row once more
            cells, _ = made.unsorted[-1]
            wages, dues = (int(cell.replace(".", "")) for cell in cells[1:])
            made.row(twice, wages, dues)
        elif turn or not made.ruled:
            made.paid(twice, off=turn)
        else:  # under both numbers of one human being, each row as it should be
            made.sheet.workers[-1] = replace(made.sheet.workers[-1], also=f"{made.prefix}N000")
            made.paid(f"{made.prefix}N000")
        wrong = made.worker().number
        made.paid(wrong, ("wrong-amount", wrong), off=1 if turn % 2 else -1)
        unknown = f"{made.prefix}X{turn:03d}"
        made.paid(unknown, ("unknown-person", unknown))
        never = made.worker(member_since=None)
        left = made.worker(member_until=FIRST)
        other = (never if turn % 2 else left).number
        made.paid(other, ("not-a-member", other))
    for cell in ("abc", "", "-5000.00", "5000.005", "1,23.00", "1e4"):
        number = made.worker().number
        made.row(number, cell, 25_00, ("malformed", number))
    for cell in ("n/a", "-25.00"):
        number = made.worker().number
        made.row(number, 5_000_00, cell, ("malformed", number))
    for cell in ("", "no/number"):
        made.row(cell, 5_000_00, 25_00, ("malformed", ""))


def _traps(made: _Writer) -> None:
    """What looks like a fault and is none."""
    for shape in (" {} ", "{}\u3000", "\u00a0{}", "{}\n"):
        made.paid(shape.format(made.worker().number))
    spaced = made.worker().number
    made.paid(f"{spaced[:2]} {spaced[2:]}")
    made.paid("".join(chr(ord(letter) + 0xFEE0) for letter in made.worker().number))
    for wages, dues in (
        (" 5,239.99 ", "26.15"),
        ("￥5239.9", "¥26.150"),
        ("5239.9900000000002", "26.149999999999999"),
        ("５２３９元", "26.15"),
    ):
        made.row(made.worker().number, wages, dues)
        made.sheet.wages += {" ": 523999, "￥": 523990, "5": 523999, "５": 523900}[wages[0]]
        made.sheet.dues += 2615
    made.row(made.worker().number, 9_99, "")  # under ten yuan nothing is owed
    made.row(made.worker().number, 10_00, 5)
    if made.ruled:
        _of_two_numbers(made)
    for _ in range(3):
        made.paid(made.worker(member_until=date(2026, 3, 12), left_on=date(2026, 3, 12)).number)
        made.worker(member_until=date(2026, 3, 2), left_on=date(2026, 3, 2))  # and no row
        made.paid(made.worker(member_since=date(2026, 3, 31)).number)
        made.row(made.worker(member_since=date(2026, 3, 20)).number, made.wage(), "")
        made.row(made.worker(member_since=None).number, made.wage(), "-")
        made.worker(member_since=AFTER)
        made.worker(moved_on=date(2026, 3, 15))  # in the other plant's file
        made.paid(made.worker(moved_on=date(2026, 3, 15)).number)
        made.paid(made.worker(left_on=AFTER, member_until=AFTER).number)


def _of_two_numbers(made: _Writer) -> None:
    """Of the month, a number is whose it was on its last day."""
    last = date(2026, 3, 31)
    made.paid(made.worker(left_on=AFTER, member_until=AFTER, given_on=date(2026, 5, 1)).number)
    made.row(made.worker(left_on=last, member_until=last, given_on=last).number, made.wage(), "")
    for former in ("N001", "N002"):  # found by either number
        number = f"{made.prefix}{former}"
        made.paid((number, made.worker(also=number).number)[former == "N002"])


def pieces(rows: list[dict[str, Any]], size: int = 500) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def sheet_of(*rows: tuple[str, int, int]) -> Sheet:
    """Number, wages and dues in fen."""
    sheet = Sheet(wages=sum(row[1] for row in rows), dues=sum(row[2] for row in rows))
    for line, (number, wages, dues) in enumerate(rows, start=2):
        cells = {"employee": number, "wages": f"{wages / 100:.2f}", "dues": f"{dues / 100:.2f}"}
        sheet.rows.append({"line": line, **cells})
    return sheet
