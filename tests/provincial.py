"""A rulebook in which one province has a version of its own, made of a service's real one."""

from datetime import date
from pathlib import Path
from uuid import UUID

from shared.contracts.membership import InProvince, PersonPlaced, Spell, Stay, UnitPlaced
from shared.messages import uuid7

CITED = "测试用的山西规定"
LONG_AGO = date(2020, 1, 1)


def rulebook(real: Path, folder: Path, values: str) -> Path:
    """`values`: the lines of its values."""
    made = folder / real.name
    made.write_text(
        real.read_text(encoding="utf-8")
        + f"""
[[version]]
since = 2000-01-01
province = "CN-SX"
citation = "{CITED}"
citation_en = "a rule of Shanxi, made for tests"
standing = "house"

{values}
""",
        encoding="utf-8",
    )
    return made


def plant_and_team(*lies: InProvince) -> list[UnitPlaced]:
    """A plant that lies there, and a team in it of which nothing was said."""
    plant, team = uuid7(), uuid7()
    code = f"pv-{plant.hex[-12:]}"
    path = f"company/{code}"
    here = {"name": "某", "plant": path}
    return [
        UnitPlaced(
            unit=plant, code=code, kind="plant", parent=uuid7(), path=path, provinces=lies, **here
        ),
        UnitPlaced(
            unit=team,
            code=f"{code}-t",
            kind="team",
            parent=plant,
            path=f"{path}/{code}-t",
            **here,
        ),
    ]


def someone_in(unit: UUID) -> PersonPlaced:
    person = uuid7()
    return PersonPlaced(
        person=person,
        employee=f"PV{person.hex[-12:]}",
        employed=[Spell(since=LONG_AGO)],
        stays=[Stay(since=LONG_AGO, unit=unit)],
    )
