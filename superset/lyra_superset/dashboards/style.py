"""Page style: what a merchant cannot use is not shown, and the sentence of every chart stands under its title."""

from lyra_superset import brand
from lyra_superset.dashboards.model import Dashboard, resolve

SUBTITLE_HEIGHT = 38
"""Two lines of small text. Superset takes the header's margin off the height that the chart itself gets."""

# Superset 6.1.0 never shows descriptions (the page reads `description_markdown`, the server sends
# `description_markeddown`), but it writes them into the chart's aria-label: shown from there.
# An empty cell of a table says "N/A" in every language: a dash instead.
CSS = """
[data-test="fave-unfave-icon"], [data-test="metadata-bar"], [data-test="dashboard-header-wrapper"] .header-with-actions
    [data-test="refresh-button"] {{ display: none; }}
.header-title, .header-title .editable-title {{ color: {ink}; font-weight: 600; }}
.dashboard-component-chart-holder {{ border-radius: 8px; }}
[data-test="slice-header"] .editable-title a {{ padding: 0 !important; margin: 0 !important; }}
.chart-slice {{ position: relative; }}
.chart-slice:not([data-test-viz-type="big_number_total"]) [data-test="slice-header"] {{ margin-bottom: {subtitle}px; }}
.chart-slice:not([data-test-viz-type="big_number_total"]) .dashboard-chart {{ position: relative; overflow: visible; }}
.chart-slice:not([data-test-viz-type="big_number_total"]) .dashboard-chart::before {{
    content: attr(aria-label); position: absolute; top: -{subtitle}px; left: 0; right: 0; height: {subtitle}px;
    overflow: hidden; font-size: 12px; line-height: 16px; color: #5c6b75; }}
.chart-slice[data-test-viz-type="big_number_total"] .header-line {{ font-weight: 600; color: {me}; }}
.chart-slice[data-test-viz-type="big_number_total"] .subtitle-line {{ font-weight: 400; color: #5c6b75; }}
.chart-slice[data-test-viz-type="big_number_total"] [data-test="applied-filter-count"],
.chart-slice[data-test-chart-name="{data_line}"] thead,
.chart-slice[data-test-chart-name="{data_line}"] [data-test="slice-header"],
.chart-slice[data-test-chart-name="{data_line}"] .dashboard-chart::before {{ display: none; }}
.chart-slice[data-test-chart-name="{data_line}"] div {{ height: auto !important; overflow: visible !important;
    visibility: visible !important; }}
.chart-slice[data-test-chart-name="{data_line}"] td {{ border: 0 !important; background: transparent !important;
    padding: 0 !important; font-size: 13px; }}
.chart-slice[data-test-chart-name="{data_line}"] tr {{ background: transparent !important; }}
td.dt-is-null {{ font-size: 0 !important; }}
td.dt-is-null::after {{ content: "—"; font-size: 12px; }}
.chart-slice[data-test-chart-name="{changes}"] td {{ white-space: nowrap; }}
"""


def css_of(dashboard: Dashboard, language: str) -> str:
    titles = {chart.key: resolve(chart.title, language) for chart in dashboard.charts}
    return CSS.format(
        ink=brand.INK, me=brand.ME, subtitle=SUBTITLE_HEIGHT,
        data_line=titles.get("freshness", ""), changes=titles.get("changes", ""),
    )  # fmt: skip
