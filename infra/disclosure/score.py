"""The judge, who alone knows the truth: how near each proved bound comes to the value it bounds."""

import numpy as np
import pandas as pd

from infra.disclosure.persons import ISOLATED_WIDTH
from infra.disclosure.public import PublicKnowledge
from infra.disclosure.published import BASES, Release, groups_of, is_kind, rows_of
from infra.disclosure.sums import Sum

EXACT = 0.0101
"""A ratio known to within this share of itself is known as exactly as it is published."""

Parts = dict[str, float]
SCORED = ["attack", "base", "place", "period", "first", "second", "target", "lower", "upper", "truth", "error"]


class Truth:
    """Each group's part of a sum, from all groups' months."""

    def __init__(self, release: Release, public: PublicKnowledge) -> None:
        self._released = public.released
        self._parts: dict[Sum, Parts] = {}
        months = release.group_months
        keys = list(zip(months["legal_group"], months["city_code"], months["category_code"], strict=True))
        self._values = {
            base: dict(zip(zip(months["release_id"], keys, strict=True), months[column].astype(float), strict=True))
            for base, column in BASES.items()
            if column in months
        }
        self._kinds: dict[tuple[str, int, int], Parts] = {}
        counts = release.mix_counts
        for (kind, release_id, group_id), rows in groups_of(counts, ["kind", "release_id", "peer_group_id"]):
            parts = dict(zip(rows["legal_group"], rows["customer_count"].astype(float), strict=True))
            self._kinds[kind, int(release_id), int(group_id)] = parts

    def parts(self, one: Sum) -> Parts:
        """Empty where no release holds this month's inputs."""
        if self._released[one.vintage][0] != one.period:
            return {}
        if is_kind(one.base):
            return self._kinds[one.base, one.vintage, int(one.place.rsplit("/", 1)[1])]
        if one not in self._parts:
            parts: Parts = {}
            for cell in one.cells:
                parts[cell[0]] = parts.get(cell[0], 0.0) + self._values[one.base].get((one.vintage, cell), 0.0)
            self._parts[one] = parts
        return self._parts[one]


def score_members(bounds: pd.DataFrame, sums: list[Sum], truth: Truth) -> pd.DataFrame:
    """Each bound of `bounds_of_members` against the group outside the coalition that it comes nearest to."""
    bounds = bounds.sort_values("sum", ignore_index=True)
    first, second, number = (bounds[name].to_numpy() for name in ("first", "second", "sum"))
    upper_end, lower_end = bounds["upper"].to_numpy(dtype=float), bounds["lower"].to_numpy(dtype=float)
    error, value = np.full(len(bounds), np.inf), np.full(len(bounds), np.nan)
    target = np.full(len(bounds), "", dtype=object)
    numbers, starts = np.unique(number, return_index=True)
    for at, start, end in zip(numbers, starts, np.append(starts, len(bounds))[1:], strict=True):
        parts = {group: part for group, part in truth.parts(sums[int(at)]).items() if part != 0}
        if not parts:
            continue
        here = slice(start, end)
        groups, values = np.array(list(parts), dtype=object), np.array(list(parts.values()))
        lower, upper = lower_end[here, None], upper_end[here, None]
        errors = np.minimum(np.abs(upper / values - 1), np.where(lower > 0, np.abs(lower / values - 1), np.inf))
        errors[(groups == first[here, None]) | (groups == second[here, None])] = np.inf
        nearest = errors.argmin(axis=1)
        error[here] = errors[np.arange(end - start), nearest]
        value[here], target[here] = values[nearest], groups[nearest]
    scored = bounds[["first", "second", "sum", "lower", "upper"]].assign(
        attack=np.where(bounds["viewers"] == 1, "one member", "two members"),
        base=[sums[int(at)].base for at in number],
        place=[sums[int(at)].place for at in number],
        period=[sums[int(at)].period for at in number],
        target=target,
        truth=value,
        error=error,
    )
    found: pd.DataFrame = scored.loc[np.isfinite(error), [*SCORED, "sum"]]
    return found.reset_index(drop=True)


def score_differences(bounds: pd.DataFrame, sums: list[Sum], truth: Truth) -> pd.DataFrame:
    """A difference that is one group's part, or the one change between two releases, against the truth."""
    found = []
    for row in rows_of(bounds):
        one = sums[int(row.sum)]
        now, before = truth.parts(one), truth.parts(sums[int(row.less)])
        target, base = row.target, one.base
        value = now.get(str(target), 0.0)
        if target is None:
            changes = {group: now.get(group, 0.0) - before.get(group, 0.0) for group in now | before}
            changes = {group: change for group, change in changes.items() if change != 0}
            if len(changes) != 1 or {row.first, row.second} & set(changes):
                continue
            (target, value), base = next(iter(changes.items())), f"{one.base}_change"
        if value == 0:
            continue
        error = min(abs(row.upper / value - 1), abs(row.lower / value - 1))
        found.append(
            (row.attack, base, one.place, one.period, row.first, row.second, target, row.lower, row.upper, value, error)
        )
    return pd.DataFrame(found, columns=SCORED)


def score_ranks(bounds: pd.DataFrame, public: PublicKnowledge, truth: Truth) -> pd.DataFrame:
    """Bounds by rank against the group outside the coalition that they come nearest to."""
    found = []
    for row in rows_of(bounds):
        release_id, group_id = int(row.release_id), int(row.peer_group_id)
        period, assignment = public.released[release_id]
        place = f"{assignment:%Y-%m}/{group_id}"
        parts = truth.parts(Sum("revenue", period, release_id, public.cells(release_id, group_id, period), place))
        for target, value in parts.items():
            if target in (row.first, row.second) or value == 0:
                continue
            ends = [end for end in (row.lower, row.upper) if end is not None and not np.isnan(end)]
            error = min(abs(end / value - 1) for end in ends)
            found.append(
                ("rank", "revenue", place, period, row.first, row.second, target, row.lower, row.upper, value, error)
            )
    return pd.DataFrame(found, columns=SCORED)


def score_ratios(claims: pd.DataFrame, sums: list[Sum], truth: Truth) -> pd.DataFrame:
    """Ranges said to hold one competitor's value: the error is that of the range's farther end, since a point in it
    is a guess."""
    found = []
    for row in rows_of(claims):
        one = sums[int(row.top)]
        bottom = truth.parts(sums[int(row.bottom)])
        for target, value in truth.parts(one).items():
            if target in (row.first, row.second) or bottom.get(target, 0.0) <= 0 or value <= 0:
                continue
            value /= bottom[target]
            if row.lower <= value <= row.upper:
                error = max(row.upper / value - 1, 1 - row.lower / value)
                found.append(
                    (
                        *(row.attack, row.metric, one.place, one.period, row.first, row.second),
                        *(target, row.lower, row.upper, value, error),
                    )
                )
    return pd.DataFrame(found, columns=SCORED)


def score_customers(ranges: pd.DataFrame, sums: list[Sum], truth: Truth, minimum: int) -> pd.DataFrame:
    """The customers of a viewer's others, or those of a kind, where they are fewer than the minimum: isolated if the
    range is narrow (error 0)."""
    counted = [at for at, one in enumerate(sums) if one.base == "customers" or is_kind(one.base)]
    totals = {at: sum(truth.parts(sums[at]).values()) for at in counted}
    rows = ranges[ranges["sum"].isin(totals)]
    count = rows["sum"].map(totals) - rows["largest"]
    low = np.ceil(rows["low"] - rows["largest"] - 1e-6)
    high = np.floor(rows["high"] - rows["largest"] + 1e-6)
    rows = rows[count.between(1, minimum - 1) & (high - low <= ISOLATED_WIDTH)]
    found: pd.DataFrame = rows[["first", "second"]].assign(
        attack="persons",
        base=[sums[at].base for at in rows["sum"]],
        place=[sums[at].place for at in rows["sum"]],
        period=[sums[at].period for at in rows["sum"]],
        target="others",
        lower=low.loc[rows.index],
        upper=high.loc[rows.index],
        truth=count.loc[rows.index],
        error=0.0,
    )
    return found[SCORED]


def score_unknown(ranges: pd.DataFrame, sums: list[Sum], truth: Truth, minimum: int) -> pd.DataFrame:
    """Customers of whom a dimension is not known, all but the coalition's: the difference of all customers and of those
    of whom it is. Isolated as in `score_customers`, where it is proved that there are any: they are no group of which
    anything is told, and "at most nine" says of nobody that he is one."""
    at = {(one.period, one.vintage, one.cells): number for number, one in enumerate(sums) if one.base == "customers"}
    found = []
    for number, one in enumerate(sums):
        whole = at.get((one.period, one.vintage, one.cells))
        if not one.base.endswith(":*") or whole is None:
            continue
        known, everybody = truth.parts(one), truth.parts(sums[whole])
        missing = {group: count - known.get(group, 0.0) for group, count in everybody.items()}
        both = ranges[ranges["sum"] == number].merge(
            ranges[ranges["sum"] == whole], on="coalition", suffixes=("", "_w")
        )
        for row in rows_of(both):
            own = sum(missing.get(group, 0.0) for group in {row.first, row.second})
            count = sum(missing.values()) - own
            low, high = np.ceil(row.low_w - row.high - own - 1e-6), np.floor(row.high_w - row.low - own + 1e-6)
            if 1 <= count < minimum and low >= 1 and high - low <= ISOLATED_WIDTH:
                found.append(("persons", one.base, one.place, one.period, row.first, row.second, "others", low, high,
                              count, 0.0))  # fmt: skip
    return pd.DataFrame(found, columns=SCORED)
