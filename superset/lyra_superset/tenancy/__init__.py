"""Isolation of tenants in Superset, behind PostgreSQL's own wall. Each layer is one module and fails closed.

scope            who is this: one tenant, staff, or nobody
connection       the warehouse is opened with the scope's own database login
rows             every query carries the tenant's clause, `1 = 0` where there is none
cache            results are shared within one tenant, never between two, and end with a publication
chart_requests   a client may ask for what its charts ask, nothing else
gate             a client may call only the endpoints that a dashboard needs
"""

from flask import Flask


def install(app: Flask) -> None:
    # Imported here: they import Superset (2 s), which the check for changes does not need.
    from lyra_superset.tenancy import cache, gate

    gate.install(app)
    cache.install()
