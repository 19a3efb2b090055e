"""Name, mark and colours. One colour means one thing on every chart: me, the market, the forecast."""

from flask import Flask, Response

NAME = "Lyra"

ME = "#0F6E84"
MARKET = "#B9C2CC"
FORECAST = "#E08A1E"
GOOD = "#2E8B57"
BAD = "#C0392B"
INK = "#12303B"

CATEGORICAL = [ME, FORECAST, "#6C5B9E", "#3FA796", "#C8553D", "#5B8DB8", "#A3A847", "#9A6A8F", "#7D8A97", "#D0A85C"]

LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" width="112" height="32" viewBox="0 0 112 32">
<g fill="none" stroke="{ME}" stroke-width="2.4" stroke-linecap="round">
<path d="M7 5c-4 8 0 18 9 22c9-4 13-14 9-22"/><path d="M6 9h20"/>
<path d="M12 9v14M16 9v17M20 9v14" stroke-width="1.6"/></g>
<text x="38" y="23" font-family="Inter,Arial,sans-serif" font-size="20" font-weight="700"
fill="{INK}">{NAME}</text></svg>"""

ICON = LOGO.split("<text")[0].replace('width="112"', 'width="32"').replace("0 0 112 32", "0 0 32 32") + "</svg>"

THEME = {
    "algorithm": "default",
    "token": {
        "brandAppName": NAME,
        "brandLogoAlt": NAME,
        "brandLogoUrl": "/brand/logo.svg",
        "brandLogoHref": "/superset/welcome/",
        "brandLogoHeight": "28px",
        "brandLogoMargin": "14px 0",
        "brandSpinnerUrl": None,
        "brandSpinnerSvg": None,
        "colorPrimary": ME,
        "colorLink": ME,
        "colorSuccess": GOOD,
        "colorError": BAD,
        "colorWarning": FORECAST,
        "colorInfo": "#5B8DB8",
        "fontFamily": "Inter, Helvetica, Arial, sans-serif",
        "fontFamilyCode": "'IBM Plex Mono', monospace",
        "fontUrls": [],
        "fontSizeXS": "8",
        "fontSizeXXL": "28",
        "fontWeightLight": "300",
        "fontWeightNormal": "400",
        "fontWeightStrong": "500",
        "fontWeightBold": "700",
        "transitionTiming": 0.3,
        "brandIconMaxWidth": 37,
        "colorEditorSelection": "#fff5cf",
    },
}


def add_routes(app: Flask) -> None:
    """Serve the mark ourselves: nothing is fetched from outside the installation."""
    for name, svg in (("logo", LOGO), ("icon", ICON)):
        app.add_url_rule(f"/brand/{name}.svg", f"brand_{name}", _svg(svg))


def _svg(text: str):  # type: ignore[no-untyped-def]
    return lambda: Response(text, mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
