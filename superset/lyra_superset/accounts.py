"""Roles, groups and users: one group a tenant, for clients what a dashboard needs, nobody active by accident."""

from dataclasses import dataclass
from typing import Any

from lyra_superset.language import LANGUAGES
from lyra_superset.tenancy.scope import ADMIN, CLIENT, STAFF, TENANT_GROUP, tenant_group

CLIENT_PERMISSIONS = {
    ("can_read", "Chart"),
    ("can_read", "Dashboard"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_dashboard", "Superset"),
    ("can_time_range", "Api"),
    ("can_csv", "Superset"),
}
STAFF_BASE = "Alpha"  # Superset's own role that reads every dataset; the database still allows `serving` only


class SpecError(ValueError):
    """The specification on standard input is not usable; the message names the field."""


@dataclass(frozen=True)
class Tenant:
    tenant_id: int
    role_name: str
    name: str
    language: str
    login: str
    password: str | None
    is_active: bool

    def __post_init__(self) -> None:
        if not TENANT_GROUP.fullmatch(tenant_group(self.role_name, self.tenant_id)):
            raise SpecError(f"Tenant {self.login!r}: role_name {self.role_name!r} or tenant_id is wrong.")
        if self.language not in LANGUAGES:
            raise SpecError(f"Tenant {self.login!r}: language {self.language!r}; choose one of {', '.join(LANGUAGES)}.")
        if self.login in (ADMIN_LOGIN, ANALYST_LOGIN):
            raise SpecError(f"Tenant {self.name!r}: the login {self.login!r} is reserved.")


ADMIN_LOGIN = "admin"
ANALYST_LOGIN = "analyst"


def sync_roles(security_manager: Any, session: Any) -> None:
    """Client holds exactly CLIENT_PERMISSIONS; Staff is only a mark, its rights come from Alpha."""
    client = security_manager.add_role(CLIENT)
    client.permissions = [
        security_manager.add_permission_view_menu(permission, view) for permission, view in sorted(CLIENT_PERMISSIONS)
    ]
    security_manager.add_role(STAFF).permissions = []
    session.commit()


def sync_staff(security_manager: Any, session: Any, admin_password: str | None, analyst_password: str | None) -> None:
    roles = {name: security_manager.find_role(name) for name in (ADMIN, STAFF, STAFF_BASE)}
    _user(security_manager, session, ADMIN_LOGIN, "Lyra", admin_password, [roles[ADMIN], roles[STAFF]], [], True)
    analyst = [roles[STAFF_BASE], roles[STAFF]]
    _user(security_manager, session, ANALYST_LOGIN, "Analyst", analyst_password, analyst, [], True)
    session.commit()


def sync_tenants(security_manager: Any, session: Any, tenants: list[Tenant]) -> None:
    """A user and a group for each tenant; members of groups that are not in the list are switched off."""
    client = security_manager.find_role(CLIENT)
    wanted = {tenant_group(tenant.role_name, tenant.tenant_id): tenant for tenant in tenants}
    for name, tenant in wanted.items():
        group = security_manager.find_group(name)
        if group is None:
            group = security_manager.group_model(name=name)
            session.add(group)
        group.label, group.description, group.roles = tenant.name[:150], tenant.language, [client]
        _user(security_manager, session, tenant.login, tenant.name, tenant.password, [], [group], tenant.is_active)
        for member in group.users:
            member.active = tenant.is_active
    for group in session.query(security_manager.group_model).filter(security_manager.group_model.name.like("tenant:%")):
        if group.name not in wanted:
            for member in group.users:
                member.active = False
            group.roles = []
    session.commit()


def _user(
    security_manager: Any, session: Any, login: str, name: str, password: str | None,
    roles: list[Any], groups: list[Any], is_active: bool,
) -> None:  # fmt: skip
    """Create or correct a user. Without a password an existing one stays; a new user without one cannot log in."""
    from werkzeug.security import check_password_hash, generate_password_hash

    user = security_manager.find_user(username=login)
    if user is None:
        user = security_manager.user_model(username=login, email=f"{login}@lyra.invalid", last_name="", password="!")
        session.add(user)
    user.first_name, user.active = name[:64], is_active
    user.roles, user.groups = roles, groups
    if password and (user.password == "!" or not check_password_hash(user.password, password)):
        user.password = generate_password_hash(password)
    session.flush()
