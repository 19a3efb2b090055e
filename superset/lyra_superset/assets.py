"""Dashboards as code: import, open to the roles that read them, remove what the description no longer has."""

import json
from typing import Any

import yaml

from lyra_superset.dashboards.bundle import bundle
from lyra_superset.dashboards.model_health import MODEL_HEALTH
from lyra_superset.dashboards.overview import OVERVIEW
from lyra_superset.dashboards.overview_bank import OVERVIEW_BANK
from lyra_superset.environment import warehouse_uri
from lyra_superset.language import LANGUAGES

DASHBOARDS = (OVERVIEW, OVERVIEW_BANK, MODEL_HEALTH)


class AssetsNotImported(RuntimeError):
    """Superset reported success, but an asset is not there as described."""


def import_assets(session: Any, security_manager: Any, previous: str | None) -> str:
    """Import everything described; `previous` is what this function returned last time. Returns the JSON list of uuids.

    Runs inside an application context with the administrator as the current user.
    """
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    header = {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00"}
    files = {"metadata.yaml": yaml.safe_dump(header)}
    for dashboard in DASHBOARDS:
        for language in LANGUAGES:
            files |= bundle(dashboard, language, warehouse_uri())
    ImportAssetsCommand(files).run()
    identities = sorted(yaml.safe_load(text)["uuid"] for name, text in files.items() if name != "metadata.yaml")
    _remove_others(session, set(json.loads(previous or "[]")) - set(identities))
    _open_dashboards(session, security_manager)
    return json.dumps(identities)


def _remove_others(session: Any, identities: set[str]) -> None:
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    for model in (Dashboard, Slice, SqlaTable):
        for asset in session.query(model).filter(model.uuid.in_(identities)):
            session.delete(asset)
    session.commit()


def _open_dashboards(session: Any, security_manager: Any) -> None:
    """Roles, owners and completeness are not in the import's format: set, then compared."""
    from superset.models.dashboard import Dashboard

    for description in DASHBOARDS:
        for language in LANGUAGES:
            slug = f"{description.slug}-{language}"
            dashboard = session.query(Dashboard).filter_by(slug=slug).one_or_none()
            if dashboard is None or len(dashboard.slices) != len(description.charts):
                found = "is missing" if dashboard is None else f"has {len(dashboard.slices)} charts"
                raise AssetsNotImported(f"Dashboard {slug!r} {found}, described are {len(description.charts)}.")
            dashboard.roles = [security_manager.find_role(name) for name in description.readers]
            dashboard.owners = []
            for chart in dashboard.slices:
                chart.owners = []
    session.commit()
