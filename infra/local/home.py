"""The folders of LYRA_HOME, and who may look into them."""

import os

from infra.settings import Settings

OURS_ALONE = ("dagster", "landing", "logs", "mlflow-artifacts", "run", "snapshots", "source", "superset")
"""They hold purchases or passwords."""


def make_home(settings: Settings) -> None:
    """Make the folders that are missing and close them to others.

    Root runs PostgreSQL as another user, who must pass through the home itself without being able to list it.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in OURS_ALONE:
        folder = settings.home / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    settings.secrets.generate_missing()
