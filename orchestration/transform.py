"""raw → staging → intermediate → marts, and marts + predictions → serving_candidate: all SQL is dbt's."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from infra.settings import Settings
from orchestration.ledger import approve_candidate, reopen_days, withdraw_candidate
from orchestration.manifest import prepared_manifest
from orchestration.partitions import ONE_RUN, daily, window_of
from orchestration.resources import Dbt, Warehouse

SOURCES = {
    "raw.transactions": "raw_transactions",
    "predictions.purchasing_power": "purchasing_power_predictions",
    "predictions.deployments": "purchasing_power_contest",
    "predictions.demand": "demand_forecast",
    "predictions.stock_plans": "stock_plans",
    "predictions.customer_segments": "customer_segments",
    "predictions.segment_stories": "segments_model",
    "predictions.look_alike_audiences": "look_alike_counts",
    "predictions.look_alike_counts": "look_alike_counts",
    "predictions.category_priority": "category_priority_predictions",
    "predictions.scorings": "category_priority_predictions",
    "predictions.forecast_scores": "forecast_scores",
    "predictions.drift": "forecast_drift",
    "predictions.model_health": "model_health",
    "security.tenants": "tenants",
    "benchmarks.current_releases": "benchmark_release",
    "benchmarks.peer_figures": "benchmark_release",
    "benchmarks.peer_mix": "benchmark_release",
    "benchmarks.audience_figures": "benchmark_release",
}
"""Which asset makes the table that dbt reads as a source; everything else comes out of the landed files."""

BUILD = ["build", "--exclude-resource-type", "unit_test"]
"""Unit tests hold the code's rules, on days of their own: they belong to the tests, not to a day's run."""

SERVING = "lyra.serving source:predictions.*+ models model_words"
"""dbt's selection of what is built once the predictions are there, with the words that only these tables use."""

NOT_MARTS = f"{SERVING} lyra.benchmarks"
"""What the marts leave out: figures about competitors are built by orchestration.benchmarks, where months are due."""


class LyraTranslator(DagsterDbtTranslator):
    """A dbt model as an asset: known by its name, grouped by its layer, daily where it replaces a window of days."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(SOURCES.get(f"{dbt_resource_props['source_name']}.{name}", "landed_files"))
        if dbt_resource_props["fqn"][1] == "serving":
            return dg.AssetKey(["serving_candidate", name])
        return dg.AssetKey(name)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        layer = dbt_resource_props["fqn"][1] if dbt_resource_props["resource_type"] == "model" else "staging"
        return str(layer)

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition[str] | None:
        return daily if "window" in dbt_resource_props.get("config", {}).get("meta", {}) else None


MANIFEST = prepared_manifest(Settings())
translator = LyraTranslator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))


@dbt_assets(
    manifest=MANIFEST,
    exclude=NOT_MARTS,
    dagster_dbt_translator=translator,
    backfill_policy=ONE_RUN,
    name="marts",
)
def marts(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
    """Everything up to the marts. Facts replace the run's days; dimensions and tenants' aggregates are made anew."""
    withdraw_candidate(warehouse.connection)
    if not (context.has_partition_key or context.has_partition_key_range):
        yield from dbt.cli(BUILD, context=context).stream()
        return
    window = window_of(context)
    if dg.AssetKey("fct_transactions") in context.selected_asset_keys:
        reopen_days(warehouse.connection, window)
    yield from dbt.cli([*BUILD, "--vars", json.dumps(window.as_dbt_vars())], context=context).stream()


@dbt_assets(manifest=MANIFEST, select=SERVING, dagster_dbt_translator=translator, name="serving_candidate")
def serving_candidate(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
    """What a tenant shall see, built and tested where no tenant may look."""
    withdraw_candidate(warehouse.connection)
    shown = ["--vars", json.dumps({"show_challenger": True})] if Settings().show_challenger else []
    yield from dbt.cli([*BUILD, *shown], context=context).stream()
    if not context.is_subset:
        approve_candidate(warehouse.connection, context.run.run_id)


SERVING_TABLES = sorted(key.path[-1] for key in serving_candidate.keys if key.path[0] == "serving_candidate")
"""All of them are published together: a tenant must not see a page of two releases."""

tenants = dg.AssetSpec(
    "tenants", group_name="ingest", description="Merchants with a login: `lyra tenant add`.", kinds={"postgres"}
)
