"""Who a user is to the warehouse: read from FAB groups, which only an administrator or provisioning can change."""

import re
from dataclasses import dataclass
from typing import Any

from flask import g

CLIENT = "Client"
STAFF = "Staff"
ADMIN = "Admin"
STAFF_LOGIN = "bi_staff"
GATE_LOGIN = "bi_gate"  # may connect and read the catalog, SELECT is refused

TENANT_GROUP = re.compile(r"tenant:(t_[0-9a-f]{12}):(\d{1,9})")


@dataclass(frozen=True)
class Scope:
    """What a user may read: a database login and, unless it is staff, the one tenant."""

    login: str
    tenant_id: int | None

    @property
    def is_staff(self) -> bool:
        return self.login == STAFF_LOGIN


def tenant_group(role_name: str, tenant_id: int) -> str:
    return f"tenant:{role_name}:{tenant_id}"


def role_names(user: Any) -> set[str]:
    return {role.name for role in user.roles} | {role.name for group in user.groups for role in group.roles}


def scope_of(user: Any) -> Scope | None:
    """None means no data at all: anonymous, inactive, unmapped, two tenants, or a tenant's user with a second role."""
    if user is None or getattr(user, "is_anonymous", True) or not getattr(user, "is_active", False):
        return None
    roles = role_names(user)
    tenants = {match.groups() for group in user.groups if (match := TENANT_GROUP.fullmatch(group.name))}
    if tenants:
        if len(tenants) > 1 or roles != {CLIENT}:
            return None
        login, tenant_id = tenants.pop()
        return Scope(login, int(tenant_id))
    return Scope(STAFF_LOGIN, None) if STAFF in roles else None


def current_scope() -> Scope | None:
    return scope_of(getattr(g, "user", None))


def is_gated(user: Any) -> bool:
    """Everybody who is neither staff nor administrator, and every member of a tenant's group whatever else it is."""
    if user is None or getattr(user, "is_anonymous", True):
        return False
    if any(group.name.startswith("tenant:") for group in user.groups):
        return True
    return not role_names(user) & {STAFF, ADMIN}
