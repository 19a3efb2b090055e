"""The second wall: a clause in every query, made in code. No Jinja, and its text is part of the cache key."""

from typing import NamedTuple

from lyra_superset.tenancy.scope import Scope


class Clause(NamedTuple):
    """What Superset expects of a row level rule."""

    id: int
    group_key: str
    clause: str


def clauses_for(scope: Scope | None) -> list[Clause]:
    """Staff: none. A tenant: its own rows. Anybody else: `1 = 0`."""
    if scope is not None and scope.is_staff:
        return []
    if scope is None or scope.tenant_id is None:
        return [Clause(0, "", "1 = 0")]
    return [Clause(0, "", f"tenant_id = {scope.tenant_id:d}")]
