"""When and in what order: the Dagster code location. SQL is dbt's, models are `ml_assets`', processes are `infra`'s."""

import os

# A run over 547 days wrote its events one by one, 40 ms each: 60 s before the first step, 35 s in it. Now 0.5 and 3.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
