"""`python -m infra.local.prepare`: roles, databases, migrations on the server of LYRA_DATABASE_URL. Safe to repeat."""

import sys

from infra.database.bootstrap import prepare
from infra.local.server import DatabaseUnsuitable, check
from infra.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    try:
        print(check(settings))
    except DatabaseUnsuitable as error:
        sys.exit(str(error))
    prepare(settings)
