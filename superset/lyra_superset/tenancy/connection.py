"""The connection to the warehouse is rewritten to the login of whoever asks; PostgreSQL then decides what it sees."""

import hmac
from typing import Any

from flask import g
from sqlalchemy.engine.url import URL

from lyra_superset.environment import WAREHOUSE, secret
from lyra_superset.tenancy.scope import GATE_LOGIN, scope_of


def rewrite_connection(
    uri: URL, params: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[URL, dict[str, Any]]:
    """Superset's `DB_CONNECTION_MUTATOR`. No user (import, health) or no scope: the login that may read nothing."""
    if uri.database != WAREHOUSE:
        return uri, params
    user = getattr(g, "user", None) if username else None
    if user is not None and getattr(user, "username", None) != username:
        user = security_manager.find_user(username=username)
    scope = scope_of(user)
    login = scope.login if scope else GATE_LOGIN
    params.setdefault("connect_args", {}).update(application_name=f"superset:{login}", connect_timeout=5)
    return uri.set(username=login, password=login_password(login)), params


def login_password(login: str) -> str:
    """Derived from one key, as the warehouse derives it: no tenant's password is stored anywhere."""
    return hmac.new(secret("tenant_login_key").encode(), login.encode(), "sha256").hexdigest()
