"""From descriptions to the files of Superset's asset import: one copy a language, identifiers uuid5(name, language)."""

import uuid
from typing import Any

import yaml
from lyra_superset.dashboards.layout import position_of
from lyra_superset.dashboards.model import Chart, Column, Dashboard, Dataset, Filter, resolve
from lyra_superset.dashboards.style import css_of

NAMESPACE = uuid.UUID("6f1d6a0e-5d2a-5a53-9d0c-3f1f6a1c7e10")
SCHEMA = "serving"


def identity(name: str, language: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{name}:{language}"))


def bundle(dashboard: Dashboard, language: str, warehouse_uri: str) -> dict[str, str]:
    """File name to YAML text, as `ImportAssetsCommand` takes it."""
    files: dict[str, Any] = {f"databases/warehouse_{language}.yaml": _database(language, warehouse_uri)}
    for dataset in dashboard.datasets:
        files[f"datasets/{dataset.table}_{language}.yaml"] = _dataset(dataset, language)
    for chart in dashboard.charts:
        files[f"charts/{dashboard.chart_slug}_{chart.key}_{language}.yaml"] = _chart(chart, dashboard, language)
    files[f"dashboards/{dashboard.slug}_{language}.yaml"] = _dashboard(dashboard, language)
    return {name: yaml.safe_dump(content, allow_unicode=True, sort_keys=False) for name, content in files.items()}


def chart_identity(chart: Chart, dashboard: Dashboard, language: str) -> str:
    return identity(f"chart:{dashboard.chart_slug}:{chart.key}", language)


def _database(language: str, warehouse_uri: str) -> dict[str, Any]:
    """One database object a language: Superset knows a table once a database, and its labels have one language."""
    return {
        "database_name": {"ru": "Витрина", "en": "Warehouse"}[language],
        "sqlalchemy_uri": warehouse_uri,
        "expose_in_sqllab": False,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": {"allows_virtual_table_explore": False},
        "uuid": identity("database", language),
        "version": "1.0.0",
    }


def _dataset(dataset: Dataset, language: str) -> dict[str, Any]:
    return {
        "table_name": dataset.table,
        "schema": SCHEMA,
        "catalog": None,
        "main_dttm_col": dataset.time_column,
        "filter_select_enabled": True,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "uuid": identity(f"dataset:{dataset.table}", language),
        "database_uuid": identity("database", language),
        "metrics": [
            {
                "metric_name": metric.name,
                "verbose_name": resolve(metric.label, language),
                "expression": resolve(metric.expression, language),
                "d3format": metric.number_format,
            }
            for metric in dataset.metrics
        ],
        "columns": [_column(column, dataset, language) for column in dataset.columns],
        "version": "1.0.0",
    }


def _column(column: Column, dataset: Dataset, language: str) -> dict[str, Any]:
    return {
        "column_name": resolve(column.name, language),
        "verbose_name": resolve(column.label, language),
        "is_dttm": column.name == dataset.time_column,
        "is_active": True,
        "type": column.type,
        "groupby": True,
        "filterable": True,
        "expression": resolve(column.expression, language),
    }


def _chart(chart: Chart, dashboard: Dashboard, language: str) -> dict[str, Any]:
    return {
        "slice_name": resolve(chart.title, language),
        "description": resolve(chart.subtitle, language),
        "viz_type": chart.kind,
        "params": {**resolve(chart.params, language), "viz_type": chart.kind},
        "cache_timeout": None,
        "uuid": chart_identity(chart, dashboard, language),
        "dataset_uuid": identity(f"dataset:{chart.dataset.table}", language),
        "version": "1.0.0",
    }


def _dashboard(dashboard: Dashboard, language: str) -> dict[str, Any]:
    numbers = {chart.key: number for number, chart in enumerate(dashboard.charts, start=1)}
    return {
        "dashboard_title": resolve(dashboard.title, language),
        "description": resolve(dashboard.description, language),
        "css": css_of(dashboard, language),
        "slug": f"{dashboard.slug}-{language}",
        "uuid": identity(f"dashboard:{dashboard.slug}", language),
        "published": True,
        "position": position_of(dashboard, language, numbers, chart_identity),
        "metadata": {
            "color_scheme": "lyra",
            "label_colors": _colours(dashboard, language),
            "shared_label_colors": [],
            "map_label_colors": {},
            "color_scheme_domain": [],
            "cross_filters_enabled": False,
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
            "expanded_slices": {
                str(numbers[chart.key]): True for chart in dashboard.charts if not chart.subtitle_inside
            },
            "filter_bar_orientation": "HORIZONTAL",
            "native_filter_configuration": [_filter(one, dashboard, language, numbers) for one in dashboard.filters],
        },
        "version": "1.0.0",
    }


def _colours(dashboard: Dashboard, language: str) -> dict[str, str]:
    """Superset looks a colour up by the metric's name on some charts and by its label on others."""
    labels: dict[str, set[str]] = {}
    for dataset in dashboard.datasets:
        for metric in dataset.metrics:
            names = labels.setdefault(metric.name, set())
            for name in (metric.name, metric.label.in_(language)):
                names |= {name, f"{name}__yhat_lower", f"{name}__yhat_upper"}
    return {
        label: colour
        for colour, metrics in dashboard.colours.items()
        for metric in metrics
        for label in sorted(labels[metric])
    }


def _filter(one: Filter, dashboard: Dashboard, language: str, numbers: dict[str, int]) -> dict[str, Any]:
    column = resolve(one.column, language)
    outside = [
        numbers[chart.key]
        for chart in dashboard.charts
        if one.key in chart.without or not chart.dataset.has(one.column)
    ]
    return {
        "id": f"NATIVE_FILTER-{one.key}",
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "name": resolve(one.name, language),
        "description": "",
        "targets": [{"datasetUuid": identity(f"dataset:{one.dataset.table}", language), "column": {"name": column}}],
        "controlValues": {
            "enableEmptyFilter": True,
            "defaultToFirstItem": one.default is None,
            "multiSelect": False,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortMetric": one.order_metric,
            "sortAscending": True,
        },
        "requiredFirst": one.default is None,  # charts wait until the page has found the first item
        "defaultDataMask": _default_mask(column, resolve(one.default, language)),
        "cascadeParentIds": [f"NATIVE_FILTER-{parent}" for parent in one.parents],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": outside},
        "sortMetric": one.order_metric,
    }


def _default_mask(column: str, default: str | None) -> dict[str, Any]:
    if default is None:
        return {"extraFormData": {}, "filterState": {}, "ownState": {}}
    return {
        "extraFormData": {"filters": [{"col": column, "op": "IN", "val": [default]}]},
        "filterState": {"value": [default], "label": default, "validateStatus": False},
        "ownState": {},
    }
