"""Which assets run together."""

import dagster as dg

from orchestration.monitor import is_fresh, no_day_is_missing, write_failure_down
from orchestration.transform import marts, serving_candidate

UPKEEP = dg.AssetSelection.groups("upkeep")
TUNING = dg.AssetSelection.groups("tune")
AFTER_INGEST = dg.AssetSelection.all() - dg.AssetSelection.assets("landed_files", "tenants") - UPKEEP - TUNING
TRAINING = dg.AssetSelection.assets(
    "purchasing_power_contest", "retention_contest", "demand_contest", "category_priority_contest", "segments_model"
)
# All of the candidate is built, also what no tenant changes: a part of it is never approved for publication.
OF_TENANTS = (
    (dg.AssetSelection.assets("tenants").downstream(include_self=False) | dg.AssetSelection.assets(serving_candidate))
    - TRAINING
    - TUNING
)

hooks = {write_failure_down}

ingest = dg.define_asset_job(
    "ingest", dg.AssetSelection.assets("landed_files"), hooks=hooks,
    description="Load every new file of the landing folder (or of the folder or files in the configuration).",
)  # fmt: skip

refresh = dg.define_asset_job(
    "refresh", AFTER_INGEST - TRAINING, hooks=hooks,
    description="Compute the chosen days, score with the champion, publish.",
)  # fmt: skip

refresh_and_train = dg.define_asset_job(
    "refresh_and_train", AFTER_INGEST, hooks=hooks,
    description="Compute the chosen days, hold the contest of all models, score with its winner, publish.",
)  # fmt: skip

tune_models = dg.define_asset_job(
    "tune_models", TUNING, hooks=hooks,
    description="Search better parameters for a learner on training windows; changes no model. By hand only.",
)  # fmt: skip

compute_days = dg.define_asset_job(
    "compute_days", dg.AssetSelection.assets("raw_transactions", *marts.keys, "reconciled_days"), hooks=hooks,
    description="Compute the chosen days and publish nothing: the first part of a correction with far-apart days.",
)  # fmt: skip

republish = dg.define_asset_job(
    "republish", OF_TENANTS, hooks=hooks,
    description="Build and publish the tenants' tables again: a tenant came or left. Choose the newest day.",
)  # fmt: skip

freshness = dg.define_asset_job(
    "freshness", dg.AssetSelection.checks(is_fresh, no_day_is_missing), hooks=hooks,
    description="See which source is overdue and which days are missing; changes nothing.",
)  # fmt: skip

upkeep = dg.define_asset_job(
    "upkeep", UPKEEP, hooks=hooks,
    description="Drop months that are kept no longer, make the coming months' partitions, vacuum what changed.",
)  # fmt: skip

jobs = [ingest, refresh, refresh_and_train, tune_models, compute_days, republish, freshness, upkeep]
