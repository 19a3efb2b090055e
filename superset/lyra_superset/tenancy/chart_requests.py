"""What a client may ask of the data endpoint: the stored query of a chart on its dashboard, narrowed by the filters.

Superset takes a whole query from the browser (columns, metrics, SQL expressions, post-processing). Each part is
compared with what the chart's author stored; anything else is refused, also where the database would return nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FILTER_OPERATORS = {"==", "!=", ">", "<", ">=", "<=", "IN", "NOT IN", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL",
                    "TEMPORAL_RANGE"}  # fmt: skip
POST_PROCESSING = {"pivot", "rename", "flatten", "rolling", "cum", "contribution", "sort", "compare", "boxplot",
                   "histogram", "rank", "aggregate", "diff", "select"}  # fmt: skip
EXTRAS = {"time_grain_sqla", "where", "having", "relative_start", "relative_end", "instant_time_comparison_range"}
TIME_GRAINS = {None, "P1D", "P1W", "P1M", "P3M", "P1Y"}
COLUMN_CONTROLS = ("groupby", "columns", "x_axis", "series", "groupbyRows", "groupbyColumns", "all_columns")
TIME_OFFSET = re.compile(r"\d{1,3} (day|week|month|quarter|year)s? ago")
RESULT_TYPES = {"full", "results"}
RESULT_FORMATS = {"json", "csv", "xlsx"}
FILTER_ROWS = 10_000


class NotAllowed(Exception):
    """The request is not one that the dashboard makes; the text says which part, for the log and not for the client."""


@dataclass
class Allowed:
    """What one chart or one filter may name."""

    columns: set[str]
    metrics: set[str]
    row_limit: int
    expressions: set[str] = field(default_factory=set)
    filter_columns: set[str] = field(default_factory=set)

    def column(self, column: Any, more: frozenset[str] | set[str] = frozenset()) -> bool:
        if isinstance(column, str):
            return column in self.columns or column in more
        if not isinstance(column, dict):
            return False
        return self._is_plain_axis(column) or _content(column) in self.expressions

    def metric(self, metric: Any) -> bool:
        if isinstance(metric, str):
            return metric in self.metrics
        return self.column(metric) and metric.get("columnType") is None

    def _is_plain_axis(self, column: dict[str, Any]) -> bool:
        """ECharts sends its x axis as `expressionType: SQL` with a plain column's name: exactly that is allowed."""
        return (
            column.get("columnType") == "BASE_AXIS"
            and column.get("sqlExpression") in self.columns
            and column.get("label") in self.columns
            and column.get("timeGrain") in TIME_GRAINS
        )


def check(context: Any, session: Any, security_manager: Any) -> None:
    """Raise NotAllowed unless the query context is what a chart or a filter of an accessible dashboard would send."""
    form = context.form_data or {}
    _require(context.result_type.value in RESULT_TYPES, "result type")
    _require(context.result_format.value in RESULT_FORMATS, "result format")
    _require(context.custom_cache_timeout is None and not form.get("tooltip_contents"), "cache timeout or tooltip")
    dashboard = _dashboard(form, session, security_manager)
    allowed = _of_filter(form, dashboard, context.datasource) if form.get("type") == "NATIVE_FILTER" else None
    allowed = allowed or _of_chart(form, dashboard, context.datasource, session)
    for query in context.queries:
        _check_query(query, allowed)


def _dashboard(form: dict[str, Any], session: Any, security_manager: Any) -> Any:
    from superset.models.dashboard import Dashboard

    identity = form.get("dashboardId")
    _require(isinstance(identity, int), "dashboard id")
    dashboard = session.query(Dashboard).filter_by(id=identity).one_or_none()
    _require(dashboard is not None and security_manager.can_access_dashboard(dashboard), "dashboard")
    return dashboard


def _of_filter(form: dict[str, Any], dashboard: Any, dataset: Any) -> Allowed:
    filters = _native_filters(dashboard)
    chosen = next((one for one in filters if one.get("id") == form.get("native_filter_id")), {})
    target = next((one for one in chosen.get("targets", []) if one.get("datasetId") == dataset.id), {})
    _require("column" in target, "native filter")
    order = chosen.get("controlValues", {}).get("sortMetric")
    return Allowed(
        columns={target["column"]["name"]},
        metrics={order} if order else set(),
        row_limit=FILTER_ROWS,
        filter_columns=_filter_columns(dashboard, filters),
    )


def _of_chart(form: dict[str, Any], dashboard: Any, dataset: Any, session: Any) -> Allowed:
    """Superset's own `slice_` is None here: its filter hides charts from users who have them by a dashboard's role."""
    from superset.models.slice import Slice

    identity = form.get("slice_id")
    chart = session.get(Slice, identity) if isinstance(identity, int) else None
    _require(chart is not None and chart in dashboard.slices and chart.datasource_id == dataset.id, "chart")
    stored = chart.params_dict
    names = set(_strings(stored)) | {json.loads(order)[0] for order in stored.get("order_by_cols") or []}
    return Allowed(
        columns={column.column_name for column in dataset.columns} & names,
        metrics={metric.metric_name for metric in dataset.metrics} & names,
        row_limit=max(int(stored.get("row_limit") or 5000), 1000),
        expressions=set(_stored_expressions(stored)),
        filter_columns=_filter_columns(dashboard, _native_filters(dashboard)),
    )


def _check_query(query: Any, allowed: Allowed) -> None:
    _require(query.result_type is None or query.result_type.value in RESULT_TYPES, "query result type")
    _require(not query.annotation_layers, "annotations")
    for column in [*query.columns, *(query.series_columns or [])]:
        _require(allowed.column(column), f"column {column}")
    for metric in query.metrics or []:
        _require(allowed.metric(metric), f"metric {metric}")
    _require(query.series_limit_metric is None or allowed.metric(query.series_limit_metric), "series limit metric")
    for order in query.orderby or []:
        _require(allowed.metric(order[0]) or allowed.column(order[0]), f"order {order}")
    for one in query.filter:
        _require(one.get("op") in FILTER_OPERATORS, f"filter operator {one}")
        _require(allowed.column(one.get("col"), allowed.filter_columns), f"filter {one}")
    extras = query.extras or {}
    _require(not set(extras) - EXTRAS and not extras.get("where") and not extras.get("having"), f"extras {extras}")
    _require(extras.get("time_grain_sqla") in TIME_GRAINS, "time grain")
    _require(not query.granularity or query.granularity in allowed.columns | allowed.filter_columns, "granularity")
    for step in query.post_processing or []:
        _require(step.get("operation") in POST_PROCESSING, f"post processing {step}")
    _require((query.row_limit or 0) <= allowed.row_limit, f"row limit {query.row_limit}")
    offsets = query.time_offsets or []
    _require(len(offsets) <= 2 and all(TIME_OFFSET.fullmatch(one) for one in offsets), "time offsets")


def _native_filters(dashboard: Any) -> list[dict[str, Any]]:
    return list(json.loads(dashboard.json_metadata or "{}").get("native_filter_configuration", []))


def _filter_columns(dashboard: Any, filters: list[dict[str, Any]]) -> set[str]:
    """A dashboard filter is sent to every chart in its scope, also to other datasets, where Superset ignores it."""
    targets = {one["column"]["name"] for each in filters for one in each.get("targets", []) if one.get("column")}
    return targets | {
        name
        for chart in dashboard.slices
        for control, value in chart.params_dict.items()
        if control in COLUMN_CONTROLS
        for name in _strings(value)
    }


def _stored_expressions(node: Any) -> Iterator[str]:
    """Expressions that the chart's author saved, by content, without the random ids that the page adds."""
    if isinstance(node, dict):
        if "expressionType" in node:
            yield _content(node)
        for value in node.values():
            yield from _stored_expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _stored_expressions(value)


def _content(node: dict[str, Any]) -> str:
    parts = {name: node.get(name) for name in ("expressionType", "sqlExpression", "aggregate", "label")}
    column = node.get("column")
    parts["column"] = column.get("column_name") if isinstance(column, dict) else column
    return json.dumps(parts, sort_keys=True, default=str)


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise NotAllowed(what)
