"""Shapes of messages as they are published, and what of a change readers would notice."""

from typing import Any

Json = dict[str, Any]
WORDS = frozenset({"title", "description", "examples", "default"})
"""Keywords of a schema that say nothing of what is valid."""


def shape(schema: Any, schemas: Json, inside: tuple[str, ...] = ()) -> Any:
    """A schema with its references followed and its words left out. A schema inside itself stays
    a reference."""
    if isinstance(schema, list):
        return [shape(each, schemas, inside) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if (reference := schema.get("$ref")) and reference not in inside:
        return shape(schemas[reference.rpartition("/")[2]], schemas, (*inside, reference))
    return {
        key: (
            {name: shape(field, schemas, inside) for name, field in value.items()}
            if key == "properties"
            else shape(value, schemas, inside)
        )
        for key, value in sorted(schema.items())
        if key not in WORDS
    }


def breaks(was: Any, now: Any, at: str = "") -> list[str]:
    """What an old reader or asker would trip over. A field that may be left out may be added;
    everything else is a break."""
    if isinstance(was, dict) and isinstance(now, dict):
        found = []
        for key in sorted(was.keys() | now.keys()):
            if key == "properties":
                found += _fields(was, now, at)
            elif key == "required":
                found += _required(was, now, at)
            else:
                found += breaks(was.get(key), now.get(key), f"{at}/{key}")
        return found
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [
            each
            for place, (one, other) in enumerate(zip(was, now, strict=True))
            for each in breaks(one, other, f"{at}/{place}")
        ]
    return [] if was == now else [f"{at or '/'} was {was!r}, is {now!r}"]


def _fields(was: Json, now: Json, at: str) -> list[str]:
    before, after = was.get("properties", {}), now.get("properties", {})
    found = [f"{at}/{name} is gone" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        found += breaks(before[name], after[name], f"{at}/{name}")
    return sorted(found)


def _required(was: Json, now: Json, at: str) -> list[str]:
    before, after = set(was.get("required", [])), set(now.get("required", []))
    return sorted(
        [f"{at}/{name} must be given now" for name in after - before]
        + [f"{at}/{name} may be missing now" for name in before - after]
    )
