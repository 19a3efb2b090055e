"""`python dbt_for_spark.py compile …`: dbt with PostgreSQL's adapter, which renders as Spark's would.

dbt-spark is not installed. What makes a rendering Spark's is only which variant of a macro is found, how a name is
quoted and what a text type is called; these three are put in place, then dbt's own command runs.
"""

from dbt.adapters.base.column import Column
from dbt.adapters.base.relation import BaseRelation
from dbt.cli.main import cli
from dbt.context.providers import BaseDatabaseWrapper

if __name__ == "__main__":
    BaseDatabaseWrapper._get_adapter_macro_prefixes = lambda self: ["spark", "default"]
    BaseRelation.quoted = lambda self, identifier: f"`{identifier}`"
    Column.TYPE_LABELS["STRING"] = "string"
    cli()
