"""Superset's configuration. `SUPERSET_CONFIG_PATH` names this file; secrets are files and have no default."""

import os

from flask import Flask

from lyra_superset import brand, language
from lyra_superset.environment import home, metadata_dsn, secret
from lyra_superset.tenancy import install
from lyra_superset.tenancy.connection import rewrite_connection
from lyra_superset.tenancy.security_manager import TenantSecurityManager

SECRET_KEY = secret("superset_secret_key")
GUEST_TOKEN_JWT_SECRET = secret("superset_guest_secret")
GLOBAL_ASYNC_QUERIES_JWT_SECRET = secret("superset_async_secret")
SQLALCHEMY_DATABASE_URI = metadata_dsn().replace("postgresql://", "postgresql+psycopg2://", 1)

# Isolation: each name is one module of tenancy/.
DB_CONNECTION_MUTATOR = rewrite_connection
CUSTOM_SECURITY_MANAGER = TenantSecurityManager
FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "CACHE_QUERY_BY_USER": True,  # the key is the tenant, see tenancy/cache.py
    "ENABLE_TEMPLATE_PROCESSING": False,  # Jinja would also run in SQL that a client sends
    "ALLOW_ADHOC_SUBQUERY": False,
    "DRILL_TO_DETAIL": False,
    "DRILL_BY": False,
    "DASHBOARD_VIRTUALIZATION": True,
    "MENU_HIDE_USER_INFO": True,
}
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per 20 second"
RATELIMIT_STORAGE_URI = "memory://"
FAB_API_SWAGGER_UI = False
ENABLE_CORS = False
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []
PERMANENT_SESSION_LIFETIME = 12 * 3600
SESSION_COOKIE_SECURE = os.environ.get("LYRA_SUPERSET_HTTPS") == "1"  # behind the gateway that speaks TLS
ENABLE_PROXY_FIX = os.environ.get("LYRA_SUPERSET_BEHIND_PROXY") == "1"

LOG_LEVEL = "WARNING"

ROW_LIMIT = 5000
SQL_MAX_ROW = 10000
SUPERSET_WEBSERVER_TIMEOUT = 30

TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "object-src": "'none'",
        "script-src": ["'self'", "'strict-dynamic'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": SESSION_COOKIE_SECURE,
}


def _cache(name: str, seconds: int) -> dict[str, object]:
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(home() / "cache" / name),
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_KEY_PREFIX": f"{name}_",
        "CACHE_THRESHOLD": 5000,
    }


CACHE_CONFIG = _cache("metadata", 24 * 3600)
DATA_CACHE_CONFIG = _cache("data", 3600)
FILTER_STATE_CACHE_CONFIG = _cache("filter", 90 * 24 * 3600)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("explore", 7 * 24 * 3600)

LANGUAGES = language.LANGUAGES
BABEL_DEFAULT_LOCALE = language.DEFAULT
COMMON_BOOTSTRAP_OVERRIDES_FUNC = language.page_overrides

APP_NAME = brand.NAME
APP_ICON = "/brand/logo.svg"
LOGO_TARGET_PATH = "/superset/welcome/"
FAVICONS = [{"href": "/brand/icon.svg"}]
THEME_DEFAULT = brand.THEME
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {"id": "lyra", "label": brand.NAME, "description": "", "isDefault": True, "colors": brand.CATEGORICAL}
]


def FLASK_APP_MUTATOR(app: Flask) -> None:
    brand.add_routes(app)
    install(app)
