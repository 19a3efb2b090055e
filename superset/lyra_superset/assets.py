"""Dashboards as code: import, open to the roles that read them, remove what the description no longer has."""

import json
from collections.abc import Sequence
from typing import Any

import yaml

from lyra_superset.dashboards.bundle import bundle
from lyra_superset.dashboards.model import Dashboard
from lyra_superset.dashboards.model_health import MODEL_HEALTH
from lyra_superset.dashboards.overview import MODEL, OVERVIEW
from lyra_superset.dashboards.overview_bank import OVERVIEW_BANK
from lyra_superset.environment import warehouse_uri
from lyra_superset.language import LANGUAGES


class AssetsNotImported(RuntimeError):
    """Superset reported success, but an asset is not there as described."""


def dashboards(*, has_model_choice: bool) -> tuple[Dashboard, ...]:
    """All pages; without the choice none asks for a forecast's model: it is the main one where none is chosen."""
    pages = (OVERVIEW, OVERVIEW_BANK, MODEL_HEALTH)
    return pages if has_model_choice else tuple(page.without(MODEL) for page in pages)


def import_assets(session: Any, security_manager: Any, pages: Sequence[Dashboard], previous: str | None) -> str:
    """Import these pages; `previous` is what this function returned last time. Returns the JSON list of uuids.

    Runs inside an application context with the administrator as the current user.
    """
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    header = {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00"}
    files = {"metadata.yaml": yaml.safe_dump(header)}
    for dashboard in pages:
        for language in LANGUAGES:
            files |= bundle(dashboard, language, warehouse_uri())
    ImportAssetsCommand(files).run()
    identities = sorted(yaml.safe_load(text)["uuid"] for name, text in files.items() if name != "metadata.yaml")
    _remove_others(session, set(json.loads(previous or "[]")) - set(identities))
    _open_dashboards(session, security_manager, pages)
    return json.dumps(identities)


def _remove_others(session: Any, identities: set[str]) -> None:
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    for model in (Dashboard, Slice, SqlaTable):
        for asset in session.query(model).filter(model.uuid.in_(identities)):
            session.delete(asset)
    session.commit()


def _open_dashboards(session: Any, security_manager: Any, pages: Sequence[Dashboard]) -> None:
    """Roles, owners and completeness are not in the import's format: set, then compared."""
    from superset.models.dashboard import Dashboard as Imported

    for description in pages:
        for language in LANGUAGES:
            slug = f"{description.slug}-{language}"
            dashboard = session.query(Imported).filter_by(slug=slug).one_or_none()
            if dashboard is None or len(dashboard.slices) != len(description.charts):
                found = "is missing" if dashboard is None else f"has {len(dashboard.slices)} charts"
                raise AssetsNotImported(f"Dashboard {slug!r} {found}, described are {len(description.charts)}.")
            dashboard.roles = [security_manager.find_role(name) for name in description.readers]
            dashboard.owners = []
            for chart in dashboard.slices:
                chart.owners = []
    session.commit()
