"""A filter or an order of SCIM (RFC 7644, 3.4.2) as SQL; values are parameters, never its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scim2_models import AttributeBinding, InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    LogicalExpr,
    LogicalOperator,
    Present,
    ValuePath,
)
from scim2_models.path import Not as Negation
from scim2_models.path.visitor import FilterVisitor

Attribute = tuple[str, str | None]
"""The name of a field, and of one within it."""

_SIGNS: Mapping[CompareOperator, str] = {
    CompareOperator.eq: "=",
    CompareOperator.ne: "<>",
    CompareOperator.gt: ">",
    CompareOperator.ge: ">=",
    CompareOperator.lt: "<",
    CompareOperator.le: "<=",
}
_IN_TEXT: Mapping[CompareOperator, str] = {
    CompareOperator.co: "strpos({column}, {value}) > 0",
    CompareOperator.sw: "starts_with({column}, {value})",
    CompareOperator.ew: "right({column}, length({value})) = {value}",
}


@dataclass(frozen=True)
class Many:
    """An attribute that has many values: rows `FROM` somewhere, and a column of them for each
    attribute inside."""

    rows: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Shape:
    """Where each attribute of a resource type stands in SQL."""

    name: str
    table: str
    columns: Mapping[Attribute, str]
    many: Mapping[str, Many] = field(default_factory=dict)


@dataclass
class Where(FilterVisitor[str]):
    """Visits a filter; `given` are the parameters that its SQL names, with `prefix` before each."""

    shape: Shape
    filter: ScimFilter[Any]
    prefix: str
    given: dict[str, Any] = field(default_factory=dict)
    inside: Many | None = None

    def sql(self) -> str:
        return self.visit(self.filter.ast)

    def visit_logical_expr(self, node: LogicalExpr) -> str:
        sign = " AND " if node.op == LogicalOperator.and_ else " OR "
        return f"({sign.join(self.visit(term) for term in node.terms)})"

    def visit_not(self, node: Negation) -> str:
        # What is not there compares as NULL, which is no match; here it must be a plain no.
        return f"(NOT coalesce({self.visit(node.expr)}, false))"

    def visit_present(self, node: Present) -> str:
        if self.inside is None and (many := self._many(node.attr_path)):
            return f"EXISTS (SELECT {many.rows})"
        if self.inside:
            return f"({self._inner(node.attr_path)} IS NOT NULL)"
        if node.attr_path.attr.casefold() == "name" and not node.attr_path.sub_attr:
            return f"({self.shape.columns.get(('name', 'formatted'), 'NULL')} IS NOT NULL)"
        binding = self.filter.resolve_comparison(node.attr_path, strict=False)
        return f"({self._column(binding)} IS NOT NULL)" if binding else "false"

    def visit_comparison(self, node: Comparison) -> str:
        if self.inside:
            return self._compared(self._inner(node.attr_path), node, exact=True)
        binding = self.filter.resolve_comparison(node.attr_path, strict=False)
        if binding is None:
            return "false"  # no attribute of this type: RFC 7644, 3.4.2.1
        if many := self.shape.many.get(binding.field_name):
            column = many.columns.get(binding.sub_field_name or "value")
            if column is None:
                raise cannot(node.attr_path)
            found = self._compared(column, node, exact=True)
            return f"EXISTS (SELECT {many.rows} AND {found})"
        if binding.target_type is bool and isinstance(node.value, str):
            node = replace(node, value=_truth(node.value))
        return self._compared(self._column(binding), node, exact=binding.case_exact)

    def visit_value_path(self, node: ValuePath) -> str:
        many = self._many(node.attr_path)
        if many is None or node.sub_attr:
            raise cannot(node.attr_path)
        inner = Where(self.shape, self.filter, self.prefix, self.given, many)
        return f"EXISTS (SELECT {many.rows} AND {inner.visit(node.val_filter)})"

    def _many(self, path: AttrPath) -> Many | None:
        return None if path.sub_attr else self.shape.many.get(path.attr.casefold())

    def _inner(self, path: AttrPath) -> str:
        assert self.inside
        column = self.inside.columns.get(path.attr.casefold())
        if column is None or path.sub_attr:
            raise cannot(path)
        return column

    def _column(self, binding: AttributeBinding) -> str:
        column = self.shape.columns.get((binding.field_name, binding.sub_field_name))
        if column is None:
            raise InvalidFilterException(detail=f"{binding.urn} cannot be asked for in a filter")
        return column

    def _compared(self, column: str, node: Comparison, *, exact: bool) -> str:
        value, op = node.value, node.op
        if value is None:
            return f"({column} IS {'NOT ' if op == CompareOperator.ne else ''}NULL)"
        if column.endswith("_at"):
            value = _moment(value)
        elif isinstance(value, str):
            if "\0" in value:
                raise InvalidFilterException(detail="no text may hold the NUL character")
            if not exact:
                column, value = f"lower({column})", value.lower()
        name = f"{self.prefix}{len(self.given)}"
        self.given[name] = value
        if op in _IN_TEXT:
            if not isinstance(value, str):
                raise cannot(node.attr_path)
            found = _IN_TEXT[op].format(column=column, value=f"CAST(:{name} AS text)")
            return f"({found})"
        place = f"CAST(:{name} AS {_type(value)})"
        if op == CompareOperator.ne:
            return f"({column} IS DISTINCT FROM {place})"
        ordered = ' COLLATE "C"' if isinstance(value, str) and op != CompareOperator.eq else ""
        return f"({column}{ordered} {_SIGNS[op]} {place})"


def cannot(path: AttrPath) -> InvalidFilterException:
    return InvalidFilterException(detail=f"{path.attr} cannot be asked for like this in a filter")


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidFilterException(detail="a moment is written as 2024-05-01T08:00:00Z") from None
    if moment.tzinfo is None:
        raise InvalidFilterException(detail="a moment needs its zone, such as Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidFilterException(detail="no such moment can be kept in UTC") from None


def _truth(written: str) -> bool:
    """Some directories put it in quotes and write it large."""
    match written.casefold():
        case "true":
            return True
        case "false":
            return False
    raise InvalidFilterException(detail="it is true or false")


def _type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case datetime():
            return "timestamptz"
        case str():
            return "text"
    raise InvalidFilterException(detail="no attribute here is a number")


def order(shape: Shape, binding: AttributeBinding | None) -> str:
    """What to order by, as text; NULL where this type has no such attribute."""
    key = (binding.field_name, binding.sub_field_name) if binding else ("", None)
    column = shape.columns.get(key)
    if binding is None or column is None:
        return "CAST(NULL AS text)"
    if column.endswith("_at"):
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"{column}::text" if binding.case_exact else f"lower({column}::text)"
