"""What a merchant can prove from the figures about where its customers also shop.

It sees its own rows, knows how many customers it has and what they spend at it, and the rules. A city is a part of all
cities, so that of each category  max of the cities <= everywhere <= sum of the cities <= everywhere x cities.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infra.disclosure.persons import Relation, bounds_of_counts, isolated
from infra.disclosure.published import Floats, PublishedRules, groups_of, rows_of

CELL = ["period_start", "legal_group", "figure", "city_code", "category_code"]
SYSTEM = ["period_start", "legal_group", "category_code"]
"""All cities of a viewer's category, and everywhere."""
HALF = 2.0
"""A count to the nearest 5 is at most so far from the truth."""
SHARPENED = 40
"""So many of the narrowest systems of cities are solved again by linear programming."""
TELLERS = 3
"""The largest of a wallet's groups: who of them tells its part, leaves least beside the others."""
BOUNDED = ["attack", "figure", "category_code", "city_code", "period_start", "legal_group", "lower", "upper", "truth"]


@dataclass(frozen=True)
class Audiences:
    """`figures` has the columns of benchmarks.audience_figures, of every release of the months in question.

    Of `cells` (those of the candidate's audience_cells) a viewer knows its own base_count and own_amount; the counts of
    customers, and `parts` (spend by other group), only the judge.
    """

    figures: pd.DataFrame
    cells: pd.DataFrame
    parts: pd.DataFrame


@dataclass(frozen=True)
class AudienceReport:
    """`tried`: one row an attack (attack, bounds, best, breaches), where best is the narrowest range of few persons or
    the smallest error of an amount; `breaches` one row each; `contradictions`: ranges that are empty or
    miss the truth, so that the attack read something else than was published."""

    tried: pd.DataFrame
    breaches: pd.DataFrame
    contradictions: int

    @property
    def passed(self) -> bool:
        return self.breaches.empty and not self.contradictions

    def as_dict(self) -> dict[str, Any]:
        """For benchmarks.releases.attack."""
        return {
            "breaches": len(self.breaches),
            "contradictions": self.contradictions,
            "tried": json.loads(self.tried.to_json(orient="records")),
        }


def attack_audiences(audiences: Audiences, rules: PublishedRules, told_minimum: int) -> AudienceReport:
    """`told_minimum`: fewer persons than that are withheld, as everybody is told; 0 where no rule says so.

    The judge's limits are those of `rules`, whatever is told.
    """
    known = _known(audiences, told_minimum)
    bounds = _together(_alone(known), _cities(known))
    misread = (bounds["lower"] > bounds["upper"]) | ~bounds["truth"].between(bounds["lower"], bounds["upper"])
    bounds = _together(bounds, _by_programme(known, bounds, rules.minimum_persons))
    few = bounds[bounds["truth"].between(1, rules.minimum_persons - 1)]
    persons = few.assign(
        value=few["upper"] - few["lower"],
        breach=few.index.isin(isolated(few, few["truth"], rules.minimum_persons).index),
    )
    amounts = _wallets(audiences, rules)
    amounts = amounts.assign(breach=amounts["value"] <= rules.close)
    scored = _together(persons, amounts, _only_competitor(known), _two_releases(audiences.figures))
    breaches = scored[scored["breach"].astype(bool)].sort_values("value", ignore_index=True)
    return AudienceReport(_tried(bounds, scored), breaches, int(misread.sum()))


def _together(*tables: pd.DataFrame) -> pd.DataFrame:
    filled = [table for table in tables if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _known(audiences: Audiences, told_minimum: int) -> pd.DataFrame:
    """One row per cell of a count: low and high as published (in all releases at once), base as the viewer knows it.

    Where a viewer has too few customers nothing is published, so nothing is known that was not before.
    """
    figures = audiences.figures
    counted = figures[(figures["figure"] != "wallet") & (figures["reason_code"] != "few_own_customers")]
    shown = counted["customer_count"].astype(float)
    columns = [*CELL, "base_count", "customer_count", "many_cities_count", "customers_groups"]
    truth = audiences.cells[columns].rename(columns={"customer_count": "truth", "base_count": "base"})
    rows = counted[[*CELL, "status", "reason_code"]].assign(shown=shown).merge(truth, on=CELL)
    base, least = rows["base"].astype(float), max(told_minimum, 1)
    published = rows["status"] == "published"
    low = np.where(published, np.maximum(rows["shown"] - HALF, least), 1.0)
    high = np.where(published, rows["shown"] + HALF, base)
    not_all = published & (rows["shown"] < 5 * np.round(base / 5))
    high = np.where(not_all, np.minimum(high, base - least), high)
    reason = rows["reason_code"].to_numpy(dtype=object) if told_minimum else np.full(len(rows), None)
    high = np.where(reason == "few_customers", least - 1, high)
    low = np.where(reason == "nearly_all", base - least + 1, low)
    high = np.where(reason == "nearly_all", base - 1, high)
    rows = rows.assign(low=low, high=np.minimum(high, base), base=base, shown_count=published.astype(int))
    return rows.groupby(CELL, as_index=False).agg(
        low=("low", "max"),
        high=("high", "min"),
        base=("base", "first"),
        truth=("truth", "first"),
        many_cities_count=("many_cities_count", "first"),
        customers_groups=("customers_groups", "first"),
        shown_count=("shown_count", "max"),
    )


def _alone(known: pd.DataFrame) -> pd.DataFrame:
    """Each count, and those of the viewer's customers who are not in it."""
    rest = known.assign(lower=known["base"] - known["high"], upper=known["base"] - known["low"])
    rest["truth"] = known["base"] - known["truth"]
    return pd.concat(
        [
            known.assign(attack="count", lower=known["low"], upper=known["high"])[BOUNDED],
            rest.assign(attack="complement")[BOUNDED],
        ]
    )


def _systems(known: pd.DataFrame) -> pd.DataFrame:
    """The cities, with what is known of everywhere beside them (all_…)."""
    everywhere = known.loc[known["figure"] == "also_shop", [*SYSTEM, "low", "high", "truth"]]
    everywhere = everywhere.rename(columns={"low": "all_low", "high": "all_high", "truth": "all_truth"})
    return known[known["figure"] == "overlap"].merge(everywhere, on=SYSTEM)


def _cities(known: pd.DataFrame) -> pd.DataFrame:
    """Bounds from everywhere and its cities together: each city, everywhere, everywhere less a city, several cities."""
    rows = _systems(known)
    rows["high"] = np.minimum(rows["high"], rows["all_high"])
    each = rows.groupby(SYSTEM)
    sum_low, sum_high = each["low"].transform("sum"), each["high"].transform("sum")
    rows["all_low"] = np.maximum(rows["all_low"], each["low"].transform("max"))
    rows["all_high"] = np.minimum(rows["all_high"], sum_high)
    rows["low"] = np.maximum(rows["low"], rows["all_low"] - (sum_high - rows["high"]))
    rows["high"] = np.minimum(rows["high"], rows["all_high"])
    city = rows.assign(attack="city", lower=rows["low"], upper=rows["high"])
    outside = rows.assign(
        attack="everywhere less a city",
        lower=np.maximum(rows["all_low"] - rows["high"], 0),
        upper=np.minimum(rows["all_high"] - rows["low"], sum_high - rows["high"]),
        truth=rows["all_truth"] - rows["truth"],
    )
    whole = rows.drop_duplicates(SYSTEM).assign(figure="also_shop", city_code="*")
    everywhere = whole.assign(
        attack="everywhere", lower=whole["all_low"], upper=whole["all_high"], truth=whole["all_truth"]
    )
    others = everywhere.assign(
        attack="outside everywhere",
        lower=whole["base"] - whole["all_high"],
        upper=whole["base"] - whole["all_low"],
        truth=whole["base"] - whole["all_truth"],
    )
    more = (each["city_code"].transform("size") - 1).loc[whole.index]
    several = whole[more > 0].assign(
        attack="several cities",
        lower=np.ceil(np.maximum(sum_low - rows["all_high"], 0) / more.clip(lower=1)),
        upper=sum_high - np.maximum(rows["all_low"], each["high"].transform("max")),
        truth=whole["many_cities_count"],
    )
    return pd.concat([city, outside, everywhere, others, several])[BOUNDED]


def _by_programme(known: pd.DataFrame, bounds: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The narrowest systems again, all relations at once. Where to look may be chosen with the truth, no bound is."""
    few = bounds[bounds["truth"].between(1, minimum - 1) & bounds["figure"].isin(["also_shop", "overlap"])]
    width = bounds["upper"] - bounds["lower"]
    impossible = pd.MultiIndex.from_frame(bounds.loc[width < 0, SYSTEM])
    few = few[~pd.MultiIndex.from_frame(few[SYSTEM]).isin(impossible)]
    nearest = few.assign(width=width).nsmallest(SHARPENED, "width")[SYSTEM].drop_duplicates()
    found = []
    for key, cities in groups_of(_systems(known).merge(nearest, on=SYSTEM), SYSTEM):
        ranges = _solved(cities)
        truth = _truth_of(cities)
        found += [
            ("programme", "overlap", key[2], row.audience, key[0], key[1], row.lower, row.upper, truth[row.audience])
            for row in rows_of(ranges)
        ]
    return pd.DataFrame(found, columns=BOUNDED)


def _solved(cities: pd.DataFrame) -> pd.DataFrame:
    """Columns audience, lower, upper; an audience is a city, '*' (everywhere), 'none', 'not' a city, 'both' cities."""
    known = {str(row.city_code): (float(row.low), float(row.high)) for row in rows_of(cities)}
    first = next(rows_of(cities))
    names, base = list(known), float(first.base)
    known["*"] = float(first.all_low), float(first.all_high)
    relations = [
        Relation({"*": 1.0, "none": 1.0}, base, base),
        Relation({**dict.fromkeys(names, 1.0), "*": -1.0}, 0.0, base * len(names)),
        *(Relation({"*": 1.0, name: -1.0, f"not {name}": -1.0}) for name in names),
    ]
    if len(names) == 2:
        relations.append(Relation({**dict.fromkeys(names, 1.0), "*": -1.0, "both": -1.0}))
    return bounds_of_counts(known, relations)


def _truth_of(cities: pd.DataFrame) -> dict[str, float]:
    first = next(rows_of(cities))
    counts = {str(row.city_code): float(row.truth) for row in rows_of(cities)}
    everywhere = float(first.all_truth)
    return {
        **counts,
        **{f"not {name}": everywhere - count for name, count in counts.items()},
        "*": everywhere,
        "none": float(first.base) - everywhere,
        "both": float(first.many_cities_count),
    }


def _wallets(audiences: Audiences, rules: PublishedRules) -> pd.DataFrame:
    """What the others got of the viewer's customers, by its share and its own sales: each group's part is bounded by
    the viewer alone, and with one of the largest groups that tells its own. How many groups there are is known."""
    wallets = audiences.figures[(audiences.figures["figure"] == "wallet") & audiences.figures["money_share"].notna()]
    also_shop = audiences.cells[audiences.cells["figure"] == "also_shop"]
    wallets = wallets.merge(also_shop[[*SYSTEM, "own_amount"]], on=SYSTEM)
    parts = audiences.parts[audiences.parts["figure"] == "also_shop"]
    spend = {key: rows["spend"].to_numpy(dtype=float) for key, rows in groups_of(parts, SYSTEM)}
    found = []
    for row in rows_of(wallets):
        values = np.sort(spend[row.period_start, row.legal_group, row.category_code])[::-1]
        values = values[values != 0]
        share, own = float(row.money_share), float(row.own_amount)
        low = own * (1 / min(share + 0.005, 1.0) - 1)
        high = own * (1 / (share - 0.005) - 1) if share > 0.005 else np.inf
        lower, upper, truth, error = _nearest(values, low, high, rules.dominance)
        found.append(("wallet", "wallet", row.category_code, "*", row.period_start, row.legal_group, lower, upper,
                      truth, error))  # fmt: skip
    return pd.DataFrame(found, columns=[*BOUNDED, "value"])


def _nearest(values: Floats, low: float, high: float, dominance: float | None) -> tuple[float, float, float, float]:
    """Lower and upper bound of one group, its part, and the error of the nearer bound, where that is smallest."""
    best = (0.0, np.inf, np.nan, np.inf)
    for teller in range(-1, min(TELLERS, len(values))):
        told = values[teller] if teller >= 0 else 0.0
        targets = values if teller < 0 else np.delete(values, teller)
        if not len(targets):
            continue
        least, most = low - told, high - told
        upper = most if dominance is None else min(most, dominance * most)
        lower = max(least - (len(targets) - 1) * upper, 0.0) if np.isfinite(upper) else 0.0
        errors = np.minimum(np.abs(upper / targets - 1), np.abs(lower / targets - 1) if lower > 0 else np.inf)
        at = int(errors.argmin())
        if errors[at] < best[3]:
            best = (lower, upper, float(targets[at]), float(errors[at]))
    return best


def _only_competitor(known: pd.DataFrame) -> pd.DataFrame:
    """A published count of customers whom one other group alone has, is that group's."""
    rows = known[(known["shown_count"] > 0) & (known["customers_groups"] == 1)]
    return rows.assign(attack="only competitor", lower=rows["low"], upper=rows["high"], value=0.0, breach=True)[
        [*BOUNDED, "value", "breach"]
    ]


def _two_releases(figures: pd.DataFrame) -> pd.DataFrame:
    """A month's figure that was told in two ways: what the correction changed, in persons or money."""
    ways = figures.drop_duplicates([*CELL, "customer_count", "money_share", "status"])
    rows = ways[ways.duplicated(CELL)]
    return rows.assign(attack="two releases", lower=np.nan, upper=np.nan, truth=np.nan, value=0.0, breach=True)[
        [*BOUNDED, "value", "breach"]
    ]


def _tried(bounds: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    made = bounds["attack"].value_counts().to_dict()
    rows = []
    for name in dict.fromkeys([*made, "wallet", "only competitor", "two releases"]):
        one = scored[scored["attack"] == name]
        best = float(one["value"].min()) if len(one) else np.inf
        rows.append((name, int(made.get(name, len(one))), best, int(one["breach"].sum())))
    return pd.DataFrame(rows, columns=["attack", "bounds", "best", "breaches"])
