"""The few kinds of charts that the dashboards use, each with its readable defaults."""

import json
from typing import Any

from lyra_superset.dashboards.datasets import COUNT, MONEY, SHARE
from lyra_superset.dashboards.model import Chart, Dataset, Text

DATE = Text("Дата", "Date")
DAY = Text("%d.%m.%Y", "%Y-%m-%d")
SHORT_DAY = Text("%d.%m.%y", "%Y-%m-%d")  # in English 01.11.25 would be read as January
MONEY_AXIS = Text("Сумма", "Amount")
SHARE_AXIS = Text("Доля покупателей", "Share of customers")
SCHEME = {"color_scheme": "lyra"}


def where(column: str, operator: str, value: Any) -> dict[str, Any]:
    """A condition that is a part of the chart and not a choice of the reader."""
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "operatorId": {"==": "EQUALS", "!=": "NOT_EQUALS", "IS NOT NULL": "IS_NOT_NULL"}[operator],
        "comparator": value,
    }


def number(
    key: str, title: Text, subtitle: Text, dataset: Dataset, metric: str, conditions: list[dict[str, Any]],
    number_format: str, width: int = 3, height: int = 14,
) -> Chart:  # fmt: skip
    """One big number with its sentence below."""
    params = {
        "metric": metric,
        "adhoc_filters": conditions,
        "y_axis_format": number_format,
        "header_font_size": 0.56,
        "subtitle": subtitle,
        "subtitle_font_size": 0.29,
        "time_format": "smart_date",
    }
    return Chart(key, title, subtitle, "big_number_total", dataset, params, width, height, subtitle_inside=True)


def series(
    key: str, title: Text, subtitle: Text, dataset: Dataset, metrics: list[str], conditions: list[dict[str, Any]],
    grain: str, axis: Text = MONEY_AXIS, number_format: str = MONEY, kind: str = "line", by: str | None = None,
    width: int = 12, height: int = 46, without: tuple[str, ...] = (), markers: bool = False,
) -> Chart:  # fmt: skip
    """A time series; `by` splits it into one line or stacked bar a member, `markers` show where there are points."""
    date = {"P1D": SHORT_DAY, "P1W": SHORT_DAY, "P1M": "%b %Y"}[grain]
    params = {
        **SCHEME,
        "x_axis": dataset.time_column,
        "time_grain_sqla": grain,
        "metrics": metrics,
        "groupby": [by] if by else [],
        "adhoc_filters": conditions,
        "row_limit": 10000,
        "truncate_metric": True,
        "show_empty_columns": True,
        "x_axis_title": {"P1D": DATE, "P1W": Text("Начало недели", "Week from"), "P1M": Text("Месяц", "Month")}[grain],
        "x_axis_title_margin": 32,
        "y_axis_title": axis,
        "y_axis_title_margin": 95,
        "y_axis_title_position": "Left",
        "x_axis_time_format": date,
        "tooltipTimeFormat": date,
        "y_axis_format": number_format,
        "seriesType": kind if kind == "line" else "line",
        "show_legend": len(metrics) > 1 or by is not None,
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "tooltipSortByMetric": by is not None,
        "zoomable": False,
        "markerEnabled": markers,
        "opacity": 0.25,
        "stack": "Stack" if kind == "bar" and by else None,
        "only_total": True,
    }
    return Chart(key, title, subtitle, f"echarts_timeseries_{kind}", dataset, params, width, height, without)


def bars(
    key: str, title: Text, subtitle: Text, dataset: Dataset, axis_column: str, axis: Text, metrics: list[str],
    conditions: list[dict[str, Any]], value_axis: Text = SHARE_AXIS, number_format: str = SHARE,
    horizontal: bool = False, by_size: bool = False, width: int = 6, height: int = 44, without: tuple[str, ...] = (),
) -> Chart:  # fmt: skip
    """Bars over named members: in the members' own order, or the largest first (`by_size`)."""
    params = {
        **SCHEME,
        "x_axis": axis_column,
        "metrics": metrics,
        "groupby": [],
        "adhoc_filters": conditions,
        "row_limit": 100,
        "orientation": "horizontal" if horizontal else "vertical",
        "x_axis_sort": metrics[0] if by_size else axis_column,
        "x_axis_sort_asc": horizontal if by_size else not horizontal,
        "x_axis_title": axis,
        "x_axis_title_margin": 150 if horizontal else 32,
        "y_axis_title": value_axis,
        "y_axis_title_margin": 32 if horizontal else 95 if number_format == MONEY else 55,
        "y_axis_title_position": "Left",
        "y_axis_format": number_format,
        "show_legend": len(metrics) > 1,
        "legendOrientation": "top",
        "legendType": "scroll",
        "show_value": False,
        "rich_tooltip": True,
        "truncateXAxis": False,
        "sort_series_type": "name",
        "sort_series_ascending": False,
        "xAxisLabelRotation": 0,
        "xAxisLabelInterval": 0,
    }
    return Chart(key, title, subtitle, "echarts_timeseries_bar", dataset, params, width, height, without)


def table(
    key: str, title: Text, subtitle: Text, dataset: Dataset, columns: list[str], order: list[str],
    conditions: list[dict[str, Any]], column_config: dict[str, Any] | None = None, width: int = 12, height: int = 44,
    without: tuple[str, ...] = (), cell_bars: bool = False,
) -> Chart:  # fmt: skip
    """Rows as they are in the serving table, ordered by columns ("name" or "name desc")."""
    params = {
        "query_mode": "raw",
        "all_columns": columns,
        "order_by_cols": [json.dumps([one.removesuffix(" desc"), not one.endswith(" desc")]) for one in order],
        "adhoc_filters": conditions,
        "row_limit": 500,
        "server_page_length": 10,
        "include_search": False,
        "show_cell_bars": cell_bars,
        "allow_rearrange_columns": False,
        "table_timestamp_format": DAY,
        "column_config": column_config or {},
    }
    return Chart(key, title, subtitle, "table", dataset, params, width, height, without)


__all__ = ["COUNT", "MONEY", "SHARE", "bars", "number", "series", "table", "where"]
