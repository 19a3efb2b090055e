"""When and in what order: the Dagster code location. SQL is dbt's, models are `ml_assets`', processes are `infra`'s."""
