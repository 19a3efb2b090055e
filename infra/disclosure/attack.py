"""Every attack on a release, and what came of it."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.disclosure.coalitions import coalitions_of
from infra.disclosure.differences import bounds_by_difference
from infra.disclosure.members import bounds_of_members
from infra.disclosure.public import nested, public_knowledge
from infra.disclosure.published import PublishedRules, Release, rows_of
from infra.disclosure.quartiles import values_by_quartiles
from infra.disclosure.ranks import bounds_by_rank
from infra.disclosure.score import (
    EXACT,
    SCORED,
    Truth,
    score_customers,
    score_differences,
    score_members,
    score_ranks,
    score_ratios,
    score_unknown,
)
from infra.disclosure.solve import range_by_programme, ranges_of_sums
from infra.disclosure.sums import Equations, equations_of

ATTACKS = (
    "one member",
    "two members",
    "two members, programme",
    "opened or closed",
    "two peer groups",
    "parent less children",
    "two releases",
    "rank",
    "only competitor",
    "quartiles",
    "persons",
)
OF_RATIOS = ("only competitor", "quartiles")
SHARPENED = 40
"""So many of the nearest bounds are computed again by linear programming over all that the two members see."""


@dataclass(frozen=True)
class AttackReport:
    """`tried`: one row an attack (attack, cells, bounds, best_error, breaches); `breaches`: one row each, nearest
    first.

    `overlaps`: cells that stand in two peer groups. `contradictions`: ranges that are empty, so that the attack read
    something else than was published; then it proves nothing, and the report does not pass.
    """

    tried: pd.DataFrame
    breaches: pd.DataFrame
    overlaps: list[str]
    contradictions: int

    @property
    def best_error(self) -> float:
        """The smallest error, as a share of the truth, that any attack on an amount proves. Infinite where none
        bounds anything."""
        amounts = self.tried[~self.tried["attack"].isin(OF_RATIOS) & (self.tried["attack"] != "persons")]
        return float(amounts["best_error"].min())

    @property
    def passed(self) -> bool:
        return self.breaches.empty and not self.overlaps and not self.contradictions

    def as_json(self) -> str:
        """For benchmarks.releases.attack."""
        return json.dumps(
            {
                "best_error": None if np.isinf(self.best_error) else round(self.best_error, 4),
                "breaches": len(self.breaches),
                "overlaps": len(self.overlaps),
                "contradictions": self.contradictions,
                "tried": json.loads(self.tried.to_json(orient="records")),
            }
        )


def attack(release: Release, rules: PublishedRules | None = None, sharpened: int = SHARPENED) -> AttackReport:
    """All attacks on everything published so far: each release alone, and each beside the others."""
    rules = rules or PublishedRules()
    public = public_knowledge(release)
    truth = Truth(release, public)
    equations = equations_of(release, public, rules)
    ranges = ranges_of_sums(equations, coalitions_of(equations))
    contradictions = int((ranges["low"] > ranges["high"] * (1 + 1e-6) + 1e-6).sum()) if len(ranges) else 0
    members = score_members(bounds_of_members(ranges, equations.sums, rules), equations.sums, truth)
    quartiles = values_by_quartiles(release, rules).merge(
        equations.ratios.drop_duplicates(["release_id", "peer_group_id", "metric"])[
            ["release_id", "peer_group_id", "metric", "top", "bottom"]
        ],
        on=["release_id", "peer_group_id", "metric"],
    )
    scored = _together(
        members[SCORED],
        _sharpened(members, equations, rules, truth, sharpened),
        score_differences(bounds_by_difference(ranges, equations.sums), equations.sums, truth),
        score_ranks(bounds_by_rank(release, public, _own_revenue(equations)), public, truth),
        score_ratios(quartiles.assign(attack="quartiles"), equations.sums, truth),
        score_ratios(_only_competitor(equations, ranges), equations.sums, truth),
        score_customers(ranges, equations.sums, truth, rules.minimum_persons),
        score_unknown(ranges, equations.sums, truth, rules.minimum_persons),
    )
    return AttackReport(_tried(scored, rules), _breaches(scored, rules), nested(public), contradictions)


def _together(*tables: pd.DataFrame) -> pd.DataFrame:
    filled = [table for table in tables if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=SCORED)


def _sharpened(
    members: pd.DataFrame, equations: Equations, rules: PublishedRules, truth: Truth, count: int
) -> pd.DataFrame:
    """The nearest bounds again, by linear programming. Where to look harder may be chosen with the truth; the bound
    may not."""
    nearest = members[members["first"] != members["second"]].nsmallest(count, "error")
    nearest = nearest.drop_duplicates(["first", "second", "sum"])
    own = equations.own.set_index(["viewer", "sum"])["own"]
    rows = []
    for row in rows_of(nearest):
        low, high = range_by_programme(equations, row.first, row.second, row.sum)
        parts = [float(own.get((one, row.sum), np.nan)) for one in (row.first, row.second)]
        parts = [part for part in parts if not np.isnan(part)]
        rows.append((row.first, row.second, row.sum, low, high, sum(parts), max(parts), len(parts)))
    ranges = pd.DataFrame(rows, columns=["first", "second", "sum", "low", "high", "own", "largest", "viewers"])
    if ranges.empty:
        return ranges
    bounds = bounds_of_members(ranges, equations.sums, rules)
    return score_members(bounds, equations.sums, truth)[SCORED].assign(attack="two members, programme")


def _own_revenue(equations: Equations) -> pd.DataFrame:
    """Each viewer's revenue in its peer group, as it enters its average bill."""
    bills = equations.ratios[equations.ratios["metric"] == "average_bill"]
    columns = {"viewer": "legal_group", "own_top": "revenue"}
    return bills.rename(columns=columns)[["release_id", "peer_group_id", "legal_group", "revenue"]]


def _only_competitor(equations: Equations, ranges: pd.DataFrame) -> pd.DataFrame:
    """Where one group is left outside the coalition, the others' ratio is that group's own."""
    groups = pd.Series([len({cell[0] for cell in one.cells}) for one in equations.sums], dtype=float)
    ratios = equations.ratios
    alone = ratios[ratios["top"].map(groups) == 2]
    alone = alone.assign(first=alone["viewer"], second=alone["viewer"], lower=alone["low"], upper=alone["high"])
    kinds = ratios.drop_duplicates(["metric", "top", "bottom"])[["metric", "top", "bottom"]]
    kinds = kinds[kinds["top"].map(groups) == 3]
    both = ranges[ranges["viewers"] == 2]
    pairs = kinds.merge(both, left_on="top", right_on="sum").merge(
        both[["coalition", "sum", "low", "high", "own"]],
        left_on=["coalition", "bottom"],
        right_on=["coalition", "sum"],
        suffixes=("", "_bottom"),
    )
    pairs = pairs[pairs["low_bottom"] > pairs["own_bottom"]]
    pairs = pairs.assign(
        lower=(pairs["low"] - pairs["own"]) / (pairs["high_bottom"] - pairs["own_bottom"]),
        upper=(pairs["high"] - pairs["own"]) / (pairs["low_bottom"] - pairs["own_bottom"]),
    )
    columns = ["metric", "top", "bottom", "first", "second", "lower", "upper"]
    return pd.concat([alone[columns], pairs[columns]]).assign(attack="only competitor")


def _tried(scored: pd.DataFrame, rules: PublishedRules) -> pd.DataFrame:
    limits = _limits(scored, rules)
    rows = []
    for name in ATTACKS:
        one = scored["attack"] == name
        cells = scored.loc[one].groupby(["place", "period"]).ngroups
        best = float(scored.loc[one, "error"].min()) if one.any() else np.inf
        rows.append((name, cells, int(one.sum()), best, int((scored["error"] <= limits)[one].sum())))
    return pd.DataFrame(rows, columns=["attack", "cells", "bounds", "best_error", "breaches"])


def _breaches(scored: pd.DataFrame, rules: PublishedRules) -> pd.DataFrame:
    return scored[scored["error"] <= _limits(scored, rules)].sort_values("error", ignore_index=True)


def _limits(scored: pd.DataFrame, rules: PublishedRules) -> pd.Series:
    """An amount must not be estimated closely; a ratio, which is alike in a market of equals, must not be known
    exactly."""
    of_ratio = scored["attack"].isin(OF_RATIOS)
    return pd.Series(np.where(of_ratio, EXACT, rules.close), index=scored.index)
