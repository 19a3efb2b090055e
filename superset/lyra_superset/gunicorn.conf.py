"""gunicorn's settings: `gunicorn -c` with this file needs nothing but the LYRA_* variables of superset/README.md."""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
sys.path.insert(0, str(PACKAGE.parent))
os.environ.setdefault("SUPERSET_CONFIG_PATH", str(PACKAGE / "config.py"))

wsgi_app = "superset.app:create_app()"
pythonpath = str(PACKAGE.parent)
bind = os.environ.get("LYRA_SUPERSET_BIND") or f"127.0.0.1:{int(os.environ.get('LYRA_PORT_BASE') or 8700)}"
worker_class = "gthread"
workers = int(os.environ.get("LYRA_SUPERSET_WORKERS") or 1)
threads = 8
timeout = 60
graceful_timeout = 5
keepalive = 5
preload_app = True
control_socket_disable = True
accesslog = None
errorlog = "-"
limit_request_line = 8190  # filter state travels in the address


def post_fork(server, worker):  # type: ignore[no-untyped-def]
    """Connections of the parent must not be shared: without this, random answers were 500."""
    from superset import db

    with worker_app(server).app_context():
        db.engine.dispose(close=False)


def worker_app(server):  # type: ignore[no-untyped-def]
    return server.app.wsgi()
