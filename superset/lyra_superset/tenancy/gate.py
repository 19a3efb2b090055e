"""The door: clients may call only the endpoints that a dashboard needs, and everybody lands on its own dashboard."""

import json
import logging
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, redirect, request
from flask_login import current_user

import superset
from lyra_superset.language import LANGUAGES, page_language, start_in_own_language
from lyra_superset.tenancy.scope import is_gated, scope_of

log = logging.getLogger(__name__)

READ = {"GET", "HEAD", "OPTIONS"}
ALLOWED: dict[str, set[str]] = {
    "static": READ,
    "appbuilder.static": READ,
    "brand_logo": READ,
    "brand_icon": READ,
    "health.health": READ,
    "SupersetIndexView.index": READ,
    "SupersetIndexView.patch_flask_locale": READ,
    "AuthDBView.login": READ | {"POST"},
    "AuthDBView.logout": READ,
    "SupersetAuthView.login": READ | {"POST"},
    "SupersetAuthView.logout": READ,
    "SecurityApi.login": {"POST"},
    "SecurityRestApi.csrf_token": READ,
    "Superset.welcome": READ,
    "Superset.dashboard": READ,
    "DashboardRestApi.get": READ,
    "DashboardRestApi.get_charts": READ,
    "DashboardRestApi.get_datasets": READ,
    "DashboardRestApi.get_tabs": READ,
    "DashboardRestApi.favorite_status": READ,
    "ChartDataRestApi.data": {"POST"},
    "DashboardFilterStateRestApi.post": {"POST"},
    "DashboardFilterStateRestApi.put": {"PUT"},
    "DashboardFilterStateRestApi.get": READ,
    "CurrentUserRestApi.get_me": READ,
    "CurrentUserRestApi.get_my_roles": READ,
    "Api.time_range": READ,
}
SAVE_COLOURS = "DashboardRestApi.put_colors"
HOME_PAGES = {"Superset.welcome", "SupersetIndexView.index"}
FOR_UNMAPPED = {"static", "appbuilder.static", "brand_logo", "brand_icon", "health.health", "AuthDBView.logout",
                "SupersetAuthView.logout", "SupersetIndexView.patch_flask_locale"}  # fmt: skip
LANDING = "overview"
STAFF_LANDING = "overview-bank"  # the same with a choice of the merchant
MODELS = "model-health"
UNTRANSLATED = {"ru": {"Data error": "Ошибка данных"}}
"""What Superset's own Russian leaves in English."""


def install(app: Flask) -> None:
    app.before_request(gate)


def gate() -> Response | None:
    """None lets the request through to Superset's own checks."""
    endpoint, method = request.endpoint or "", request.method
    known = bool(getattr(current_user, "is_authenticated", False))
    if known:
        g.user = current_user._get_current_object()
        start_in_own_language()
    if endpoint == "Superset.language_pack":
        return _language_pack(request.view_args["lang"])
    if not known or is_gated(current_user):
        return _gate_client(endpoint, method, known)
    if endpoint in HOME_PAGES and method in READ:
        return _to_dashboard(STAFF_LANDING)
    if endpoint == "Superset.dashboard":
        other = _own_copy(STAFF_LANDING, {LANDING, STAFF_LANDING}) or _own_copy(MODELS, {MODELS})
        if other:
            return redirect(other)
    if endpoint == SAVE_COLOURS and method == "PUT" and _is_as_code(request.view_args["pk"]):
        return jsonify({})
    return None


def _gate_client(endpoint: str, method: str, known: bool) -> Response | None:
    if _is_unasked(endpoint, method):
        return jsonify({})
    if known and scope_of(current_user) is None and endpoint not in FOR_UNMAPPED:
        return _no_tenant_page()
    if known and endpoint in HOME_PAGES:
        return _to_dashboard(LANDING)
    if known and endpoint == "Superset.dashboard" and (other := _own_copy(LANDING, {LANDING})):
        return redirect(other)
    if method in ALLOWED.get(endpoint, ()):
        return None
    log.warning("gate refused %s %s %s", method, endpoint, request.path)
    if not known and method in READ and not request.path.startswith("/api/"):
        return None  # the view itself sends to the login page
    answer = jsonify(message="Forbidden")
    answer.status_code = 403 if known else 401
    return answer


def _is_unasked(endpoint: str, method: str) -> bool:
    """What the page sends by itself: telemetry, and saving colours of labels.

    Answered quietly also without a login: the stock answer to an anonymous log call sets a cookie, which could arrive
    after the login's and end the session.
    """
    return endpoint == "Superset.log" or (endpoint == SAVE_COLOURS and method == "PUT")


def _is_as_code(number: int) -> bool:
    """Such a dashboard has no owner and its colours are described: the page's try to save them would be a 403."""
    from superset.models.dashboard import Dashboard

    dashboard = Dashboard.get(str(number))
    return dashboard is not None and not dashboard.owners


def _language_pack(language: str) -> Response:
    """The login page needs it before anybody has a permission; without it the page is English."""
    path = Path(superset.__file__).parent / "translations" / language / "LC_MESSAGES" / "messages.json"
    if language not in LANGUAGES or not path.is_file():
        return jsonify({})
    pack = json.loads(path.read_text())
    pack["locale_data"]["superset"] |= {text: [own] for text, own in UNTRANSLATED.get(language, {}).items()}
    answer = jsonify(pack)
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _to_dashboard(landing: str) -> Any:
    return redirect(f"/superset/dashboard/{landing}-{page_language()}/")


def _own_copy(landing: str, stems: set[str]) -> str | None:
    """Address of the copy for this reader in the page's language; None where this is it, or is no copy of `stems`."""
    slug = str((request.view_args or {}).get("dashboard_id_or_slug", ""))
    stem, _, language = slug.rpartition("-")
    own = f"{landing}-{page_language()}"
    return f"/superset/dashboard/{own}/" if stem in stems and language in LANGUAGES and slug != own else None


def _no_tenant_page() -> Response:
    log.warning("gate: user %s belongs to no tenant", current_user.username)
    if request.path.startswith("/api/"):
        answer = jsonify(message="Forbidden")
        answer.status_code = 403
        return answer
    text = {
        "ru": "Ваша учётная запись не связана ни с одной компанией. Обратитесь в банк.",
        "en": "Your account is not linked to a company. Please contact the bank.",
    }[page_language()]
    leave = {"ru": "Выйти", "en": "Log out"}[page_language()]
    body = (
        '<!doctype html><meta charset="utf-8"><title>Lyra</title>'
        '<body style="font-family:sans-serif;text-align:center;padding-top:15vh">'
        f'<img src="/brand/logo.svg" alt="Lyra"><p>{text}</p><p><a href="/logout/">{leave}</a></p>'
    )
    return Response(body, status=403, mimetype="text/html")
