"""serving_candidate → serving: what tenants see from now on."""

import dagster as dg

from infra.settings import Settings
from orchestration.release import publish
from orchestration.resources import Warehouse
from orchestration.transform import SERVING_TABLES


@dg.asset(deps=[["serving_candidate", name] for name in SERVING_TABLES], group_name="publish", kinds={"postgres"})
def published_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The tables that Superset reads: replaced all at once, or not at all."""
    release = publish(warehouse.connection, SERVING_TABLES, context.run.run_id)
    return dg.MaterializeResult(
        metadata={
            "release": release.release_id,
            "dagster/row_count": sum(release.rows.values()),
            "loaded_until": str(release.loaded_until),
            "predicted_as_of": str(release.predicted_as_of),
            "tables": dg.MetadataValue.md("\n".join(f"- {name}: {rows} rows" for name, rows in release.rows.items())),
            "dashboard": dg.MetadataValue.url(f"http://127.0.0.1:{Settings().port('superset')}/"),
        }
    )
