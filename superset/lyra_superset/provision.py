"""`python -m lyra_superset.provision [--if-changed] < spec.json`: make Superset as described.

Safe to repeat, also after a kill. One process does it all: four commands of Superset's own took 71 s.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("SUPERSET_CONFIG_PATH", str(Path(__file__).parent / "config.py"))

from lyra_superset.accounts import ADMIN_LOGIN, SpecError
from lyra_superset.environment import NotConfigured
from lyra_superset.specification import Specification
from lyra_superset.state import read_state, write_state


def main() -> int:
    arguments = argparse.ArgumentParser(prog="lyra_superset.provision", description=__doc__)
    arguments.add_argument("--if-changed", action="store_true", help="do nothing where all is as it was provisioned")
    options = arguments.parse_args()
    try:
        specification = Specification.read(sys.stdin.read())
        if options.if_changed and specification.is_provisioned():
            print("Superset is as described, nothing to do.")
            return 0
        _provision(specification, everything=not options.if_changed)
    except (SpecError, NotConfigured) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _provision(specification: Specification, everything: bool) -> None:
    with _step("start"):
        from superset.app import create_app

        logging.getLogger().setLevel(logging.WARNING)
        app = create_app()
        logging.getLogger().setLevel(logging.WARNING)
    fingerprints = specification.fingerprints()
    with app.app_context():
        from superset.utils.core import override_user

        from lyra_superset.accounts import sync_roles, sync_staff, sync_tenants
        from lyra_superset.assets import dashboards, import_assets
        from superset import appbuilder, db, security_manager

        if read_state("superset_version") != fingerprints["superset_version"]:
            with _step("migrations"):
                _migrate()
            with _step("roles"):
                # The tables were not there when the views registered themselves.
                appbuilder.add_permissions(update_perms=True)
                security_manager.sync_role_definitions()
        with _step("accounts"):
            sync_roles(security_manager, db.session)
            sync_staff(security_manager, db.session, specification.admin_password, specification.analyst_password)
        if everything or read_state("assets") != fingerprints["assets"]:
            with _step("dashboards"), override_user(security_manager.find_user(username=ADMIN_LOGIN)):
                pages = dashboards(has_model_choice=specification.has_model_choice)
                identities = import_assets(db.session, security_manager, pages, read_state("asset_uuids"))
            write_state(asset_uuids=identities)
        with _step("tenants"):
            sync_tenants(security_manager, db.session, specification.tenants)
    write_state(**fingerprints)


def _migrate() -> None:
    from flask_migrate import upgrade

    upgrade()


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
