"""Superset's security manager with our two rules: rows by scope, and chart requests as the dashboard makes them."""

import logging
from typing import Any

from flask import g
from superset.security import SupersetSecurityManager

from lyra_superset.tenancy.chart_requests import NotAllowed, check
from lyra_superset.tenancy.rows import clauses_for
from lyra_superset.tenancy.scope import current_scope, is_gated

log = logging.getLogger(__name__)

NEVER_FOR_CLIENTS = ("viz", "sql", "query", "table", "database")
"""Ways to data that a dashboard does not use: SQL Lab, the old chart endpoint, schema browsing."""


class TenantSecurityManager(SupersetSecurityManager):
    def get_rls_filters(self, table: Any) -> list[Any]:
        return [*super().get_rls_filters(table), *clauses_for(current_scope())]

    def raise_for_access(self, *args: Any, **objects: Any) -> None:
        if is_gated(getattr(g, "user", None)):
            self._raise_for_client(args, objects)
        super().raise_for_access(*args, **objects)

    def _raise_for_client(self, args: tuple[Any, ...], objects: dict[str, Any]) -> None:
        if args or any(objects.get(name) for name in NEVER_FOR_CLIENTS):
            _refuse("object type")
        if (context := objects.get("query_context")) is not None:
            try:
                check(context, self.session, self)
            except NotAllowed as why:
                _refuse(str(why))


def _refuse(why: str) -> None:
    from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
    from superset.exceptions import SupersetSecurityException

    log.warning("refused user=%s: %s", getattr(g.user, "username", "?"), why)
    raise SupersetSecurityException(
        SupersetError(
            error_type=SupersetErrorType.DASHBOARD_SECURITY_ACCESS_ERROR,
            message="Запрос не разрешён / Request not allowed",
            level=ErrorLevel.WARNING,
        )
    )
