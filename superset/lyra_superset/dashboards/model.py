"""How a dashboard is described: plain data in two languages at once. `bundle.py` makes Superset's import of it."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class Text(NamedTuple):
    """The same words in Russian and in English."""

    ru: str
    en: str

    def in_(self, language: str) -> str:
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True)
class Column:
    """A physical column, or a calculated one where there is an `expression`. `_*` in either is the language."""

    name: str
    label: Text
    type: str = "TEXT"
    expression: str | None = None
    number_format: str | None = None


@dataclass(frozen=True)
class Metric:
    """An aggregate that charts may use; clients can ask for stored ones only."""

    name: str
    label: Text
    expression: str
    number_format: str | None = None


@dataclass(frozen=True)
class Dataset:
    """One table of schema `serving`."""

    table: str
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...] = ()
    time_column: str | None = None

    def has(self, column: str) -> bool:
        return any(one.name == column for one in self.columns)


@dataclass(frozen=True)
class Chart:
    """One chart. `subtitle` says in a sentence what it shows and where the number comes from.

    params: Superset's controls; a Text in it becomes the language's words, `_*` in a string the language's column.
    without: names of the filters that must not narrow this chart.
    subtitle_inside: the chart itself draws the subtitle.
    """

    key: str
    title: Text
    subtitle: Text
    kind: str
    dataset: Dataset
    params: dict[str, Any]
    width: int
    height: int
    without: tuple[str, ...] = ()
    subtitle_inside: bool = False


@dataclass(frozen=True)
class Filter:
    """A single choice that is always made; `default` is what is chosen when the page opens, None the first in order."""

    key: str
    name: Text
    dataset: Dataset
    column: str
    order_metric: str | None
    default: Text | None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Rows of charts stacked in one column of a row."""

    width: int
    rows: tuple[tuple[Chart, ...], ...]


@dataclass(frozen=True)
class Tab:
    key: str
    title: Text
    rows: tuple[tuple["Chart | Block", ...], ...]


@dataclass(frozen=True)
class Dashboard:
    """One page. `readers` are the roles that may open it; `charts_of` is the slug of the page whose charts it shows."""

    slug: str
    title: Text
    description: Text
    filters: tuple[Filter, ...]
    tabs: tuple[Tab, ...]
    readers: tuple[str, ...]
    colours: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Colour to the metrics that are drawn in it."""
    charts_of: str | None = None

    @property
    def chart_slug(self) -> str:
        return self.charts_of or self.slug

    @property
    def charts(self) -> list[Chart]:
        found: list[Chart] = []
        for tab in self.tabs:
            for row in tab.rows:
                for cell in row:
                    found += [cell] if isinstance(cell, Chart) else [chart for inner in cell.rows for chart in inner]
        return found

    def without(self, one: Filter) -> "Dashboard":
        return replace(self, filters=tuple(other for other in self.filters if other != one))

    @property
    def datasets(self) -> list[Dataset]:
        return list({chart.dataset.table: chart.dataset for chart in self.charts}.values())


def resolve(node: Any, language: str) -> Any:
    """The description with every Text and every `_*` replaced by the language's."""
    if isinstance(node, Text):
        return node.in_(language)
    if isinstance(node, str):
        return node.replace("_*", f"_{language}")
    if isinstance(node, dict):
        return {resolve(key, language): resolve(value, language) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [resolve(value, language) for value in node]
    return node
