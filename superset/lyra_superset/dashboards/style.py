"""Page style of the dashboards: what a merchant cannot use is not shown, subtitles are quiet, the data line is one line."""

from lyra_superset import brand
from lyra_superset.dashboards.model import Dashboard

CSS = f"""
[data-test="fave-unfave-icon"], [data-test="dashboard-header-container"] .metadata-container {{ display: none; }}
.slice_description {{ font-size: 12px; line-height: 16px; color: #5c6b75; padding: 0 0 4px 0; margin: 0; border: 0; }}
.slice_description p {{ margin: 0; }}
.header-title {{ color: {brand.INK}; }}
"""


def css_of(dashboard: Dashboard) -> str:
    return CSS
