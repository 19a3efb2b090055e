"""Where the charts stand: tabs, rows of twelve columns, heights in Superset's units of eight pixels."""

from collections.abc import Callable
from typing import Any

from lyra_superset.dashboards.model import Block, Chart, Dashboard, resolve

COLUMNS = 12
Identify = Callable[[Chart, Dashboard, str], str]


class LayoutError(ValueError):
    """A row is wider than the page; the message names the chart."""


def position_of(dashboard: Dashboard, language: str, numbers: dict[str, int], identify: Identify) -> dict[str, Any]:
    """Superset's position JSON. `numbers` gives each chart the id that the import replaces."""
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-pages"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": resolve(dashboard.title, language)}},
    }

    def add(kind: str, name: str, parents: list[str], meta: dict[str, Any]) -> list[str]:
        """Put a node under its parent; returns the path that its own children have."""
        key = f"{kind}-{name}"
        nodes[key] = {"type": kind, "id": key, "children": [], "parents": parents, "meta": meta}
        if parents[-1] != "ROOT_ID":
            nodes[parents[-1]]["children"].append(key)
        return [*parents, key]

    def add_chart(chart: Chart, parents: list[str], width: int) -> None:
        add("CHART", chart.key, parents, {
            "width": width,
            "height": chart.height,
            "chartId": numbers[chart.key],
            "uuid": identify(chart, dashboard, language),
            "sliceName": resolve(chart.title, language),
        })  # fmt: skip

    pages = add("TABS", "pages", ["ROOT_ID"], {})
    for tab in dashboard.tabs:
        page = add("TAB", tab.key, pages, {"text": resolve(tab.title, language)})
        for number, row in enumerate(tab.rows):
            if sum(cell.width for cell in row) > COLUMNS:
                raise LayoutError(f"Row {number + 1} of tab {tab.key!r} is wider than {COLUMNS} columns.")
            line = add("ROW", f"{tab.key}-{number}", page, {"background": "BACKGROUND_TRANSPARENT"})
            for place, cell in enumerate(row):
                if isinstance(cell, Chart):
                    add_chart(cell, line, cell.width)
                else:
                    _add_block(cell, f"{tab.key}-{number}-{place}", line, add, add_chart)
    return nodes


def _add_block(block: Block, name: str, line: list[str], add: Any, add_chart: Any) -> None:
    column = add("COLUMN", name, line, {"background": "BACKGROUND_TRANSPARENT", "width": block.width})
    for number, row in enumerate(block.rows):
        if len(row) == 1:
            add_chart(row[0], column, block.width)
        else:
            inner = add("ROW", f"{name}-{number}", column, {"background": "BACKGROUND_TRANSPARENT"})
            for chart in row:
                add_chart(chart, inner, chart.width)
