"""Lyra's Superset: configuration, isolation of tenants, dashboards as code, provisioning."""
