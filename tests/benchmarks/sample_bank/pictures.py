"""Real beside synthetic, in pictures that can be read without colour."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIZE, DOTS_PER_INCH = (7.6, 3.1), 85
STYLES = (
    {"color": "black", "linewidth": 2.2},
    {"color": "0.45", "linewidth": 1.6, "linestyle": "--"},
    {"color": "0.5", "linewidth": 1.8, "linestyle": ":"},
)
"""Of the sources in turn, the synthetic one first."""
Curve = Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray]]
Panel = tuple[str, str, str, Curve, Mapping[str, object]]


def save_pictures(sources: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """sources: rows as `statistics_of` takes them, with `weekday` (0 = Monday). One PNG per entry of PICTURES."""
    folder.mkdir(parents=True, exist_ok=True)
    purchases = {name: rows[rows["kopecks"] > 0] for name, rows in sources.items()}
    paths = []
    for picture, panels in PICTURES.items():
        figure = Figure(figsize=SIZE, layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            _draw(axes, panel, purchases)
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
        paths.append(folder / f"sample-bank-{picture}.png")
        figure.savefig(paths[-1], dpi=DOTS_PER_INCH, metadata={"Software": None})
    return paths


def _draw(axes: Axes, panel: Panel, purchases: Mapping[str, pd.DataFrame]) -> None:
    title, across, up, curve, limits = panel
    for (name, rows), style in zip(purchases.items(), STYLES, strict=False):
        axes.plot(*curve(rows), label=name, **style)
    axes.set(xlabel=across, ylabel=up, **limits)
    axes.set_title(title, fontsize=10)
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)


def purchases_a_customer(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    count = rows.groupby("customer").size().to_numpy()
    return _exceeded(count / count.mean())


def gaps(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Of customers with ten gaps or more, each in units of his mean gap."""
    days = rows.drop_duplicates(["customer", "day"])
    gap = days.groupby("customer")["day"].diff()
    by_customer = gap.groupby(days["customer"])
    return _exceeded((gap / by_customer.transform("mean"))[by_customer.transform("count") >= 10].dropna().to_numpy())


def amounts(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    logs = np.log10(rows["kopecks"] / rows["kopecks"].median())
    density, edges = np.histogram(logs, bins=np.arange(-2.5, 2.51, 0.1), density=True)
    return 10 ** ((edges[1:] + edges[:-1]) / 2), density


def merchants(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Lorenz curve."""
    count = np.sort(rows.groupby("store").size().to_numpy())
    return np.linspace(0, 1, len(count) + 1), np.r_[0, count.cumsum() / count.sum()]


def weekdays(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    count = np.bincount(rows["weekday"], minlength=7)
    return np.arange(1, 8), count / count.mean()


def autocorrelation(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    daily = np.bincount(rows["day"]).astype(np.float64)
    lags = np.arange(1, 29)
    return lags, np.array([np.corrcoef(daily[:-lag], daily[lag:])[0, 1] for lag in lags])


def favourites(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean share of purchases in the favourite category, the second, …; of customers with 20 purchases or more."""
    count = rows.groupby(["customer", "category"]).size()
    total = count.groupby("customer").transform("sum")
    share = (count / total)[total >= 20].sort_values(ascending=False)
    place = share.groupby("customer").cumcount()
    customers = share.index.get_level_values("customer").nunique()
    return np.arange(1, 11), np.array([share[place == k].sum() / customers for k in range(10)])


def returns(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Share of purchases in a shop where the customer was before, by how many purchases he had made."""
    number = rows.groupby("customer").cumcount()
    again = rows.duplicated(["customer", "store"])
    upto = np.arange(1, 101)
    return upto, again.groupby(number).mean().reindex(upto).to_numpy()


def _exceeded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of values above each of 200 points."""
    points = np.linspace(0, 6, 200)
    return points, 1 - np.searchsorted(np.sort(values), points, side="right") / len(values)


PICTURES: Mapping[str, tuple[Panel, Panel]] = {
    "customers": (
        ("How much customers differ", "purchases ÷ mean", "share of customers above", purchases_a_customer,
         {"yscale": "log", "ylim": (1e-3, 1)}),
        ("How regular they come", "gap ÷ the customer's mean gap", "share of gaps above", gaps,
         {"yscale": "log", "ylim": (1e-3, 1)}),
    ),
    "amounts": (
        ("What they pay", "amount ÷ median", "density of the logarithm", amounts, {"xscale": "log"}),
        ("How unequal shops are", "share of shops, smallest first", "share of purchases", merchants, {}),
    ),
    "days": (
        ("Days of the week", "Monday … Sunday", "purchases ÷ mean", weekdays, {"ylim": (0, None)}),
        ("Memory of the daily count", "days apart", "autocorrelation", autocorrelation, {}),
    ),
    "choice": (
        ("What they buy", "place of the category", "share of purchases", favourites, {"ylim": (0, None)}),
        ("Where they buy", "purchases before", "share in a known shop", returns, {"ylim": (0, 1)}),
    ),
}  # fmt: skip
