"""A JSON Schema as rows to read: one a field, those of what is inside below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """`name` with its way down, such as `stays[].unit`; `form` in words, `title: text`."""

    name: str
    form: str
    required: bool
    description: str


@dataclass(frozen=True)
class Reader:
    """Reads schemas that refer to `#/components/schemas/…` of one document."""

    schemas: Json

    def fields(self, schema: Json, above: str = "", seen: tuple[str, ...] = ()) -> Iterator[Field]:
        """The fields of an object, depth first. A schema inside itself is named, not followed."""
        schema, seen = self._resolved(schema, seen)
        required = schema.get("required", [])
        for name, inner in schema.get("properties", {}).items():
            described, _ = self._resolved(inner, ())
            yield Field(
                above + name,
                self.form(inner),
                name in required,
                inner.get("description") or (described.get("description", "")),
            )
            yield from self._inside(inner, above + name, seen)

    def _inside(self, schema: Json, name: str, seen: tuple[str, ...]) -> Iterator[Field]:
        if "$ref" in schema and schema["$ref"] in seen:
            return
        schema, seen = self._resolved(schema, seen)
        if "properties" in schema:
            yield from self.fields(schema, f"{name}.", seen)
        for item in _items(schema):
            yield from self._inside(item, f"{name}[]", seen)
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._inside(schema["additionalProperties"], f"{name}.*", seen)
        for choice in _choices(schema):
            yield from self._inside(choice, name, seen)

    def form(self, schema: Json) -> str:
        """What a value looks like, in a few words."""
        schema, _ = self._resolved(schema, ())
        match schema:
            case {"const": value}:
                return str(value) if isinstance(value, str) else repr(value).lower()
            case {"enum": values}:
                return " | ".join(map(str, values))
            case {"anyOf": choices} | {"oneOf": choices}:
                return " or ".join(dict.fromkeys(self.form(choice) for choice in choices))
            case {"type": "array"}:
                return "list of " + ", ".join(self.form(item) for item in _items(schema))
            case {"type": "object", "additionalProperties": dict(values)}:
                return f"text → {self.form(values)}"
            case {"type": "string", "format": form}:
                return str(form)
            case {"type": "string"}:
                return "text" + _between(schema, "minLength", "maxLength", " characters")
            case {"type": "integer"}:
                return "integer" + _between(schema, "minimum", "maximum", "")
            case {"type": list(kinds)}:
                return " or ".join(self.form({"type": kind}) for kind in kinds)
            case {"type": str(kind)}:
                return kind
        return "anything"

    def _resolved(self, schema: Json, seen: tuple[str, ...]) -> tuple[Json, tuple[str, ...]]:
        if "$ref" not in schema:
            return schema, seen
        reference: str = schema["$ref"]
        return self.schemas[reference.rpartition("/")[2]], (*seen, reference)


def _items(schema: Json) -> list[Json]:
    items = schema.get("items", [])
    return items if isinstance(items, list) else [items]


def _choices(schema: Json) -> list[Json]:
    choices: list[Json] = schema.get("anyOf") or schema.get("oneOf") or []
    return choices


def _between(schema: Json, least: str, most: str, unit: str) -> str:
    low, high = schema.get(least), schema.get(most)
    match low, high:
        case None, None:
            return ""
        case None, _:
            return f", at most {high}{unit}"
        case _, None:
            return f", at least {low}{unit}"
    return f", {low} to {high}{unit}"
