"""省份: in which province a plant lies, because rules differ by province."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

from shared.for_whom import reaching, there
from shared.messages import DAY, UNIT, Command, Query

Province = Literal[
    "CN-AH", "CN-BJ", "CN-CQ", "CN-FJ", "CN-GD", "CN-GS", "CN-GX", "CN-GZ", "CN-HA", "CN-HB",
    "CN-HE", "CN-HI", "CN-HL", "CN-HN", "CN-JL", "CN-JS", "CN-JX", "CN-LN", "CN-NM", "CN-NX",
    "CN-QH", "CN-SC", "CN-SD", "CN-SH", "CN-SN", "CN-SX", "CN-TJ", "CN-XJ", "CN-XZ", "CN-YN",
    "CN-ZJ",
]  # fmt: skip
"""By ISO 3166-2; those in which the Trade Union Law holds."""


class InProvince(BaseModel):
    """Where a unit lay, from the first of these days (of ever) and before the last (for good)."""

    province: Province
    since: date | None = None
    until: date | None = None


class SetProvince(Command):
    """Say in which province a plant, or the company's seat, lies. What is of a day from then on is
    judged as rules hold there; what was judged before stays as it was. `on` is the first day, and
    what was said of earlier ones stays; without it it was always so. Without `province` it is as
    unknown."""

    zh = "设定省份"
    for_whom = there("chair", "it", zh="该厂", en="that plant")

    unit: UNIT
    province: Province | None = None
    on: DAY | None = None


class Provinces(Query):
    """The company and its plants within the reach of who asks, with their provinces."""

    zh = "查看省份"
    for_whom = reaching("officer", "chair", "it")


class ProvinceOf(BaseModel):
    """`province` is what was said of that unit itself; `holds` what rules are read by there today,
    that of the company where nothing was said, null where nothing was said at all. `periods`: all
    that was said of the unit, in order, also of days to come."""

    unit: str
    unit_name: str
    province: Province | None
    holds: Province | None
    periods: list[InProvince] = []


class ProvincesOf(BaseModel):
    items: list[ProvinceOf]
