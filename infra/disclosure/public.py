"""What everybody can know: who belongs to which peer group, which shops sold in which month, what was released when."""

from dataclasses import dataclass
from functools import cache

import pandas as pd

from infra.disclosure.published import Release, groups_of, rows_of

Cell = tuple[str, str, str]
Cells = frozenset[Cell]
"""(legal group, city, category)."""


@dataclass(frozen=True, eq=False)
class PublicKnowledge:
    """`members` by (assignment, peer group); `moved`: by month the cells with any movement; `sold`: by (assignment,
    peer group, month) the groups that took in more than they gave back; by release its month and assignment. No
    amounts: that a shop is open can be seen from the street."""

    members: dict[tuple[pd.Timestamp, int], Cells]
    moved: dict[pd.Timestamp, Cells]
    sold: dict[tuple[pd.Timestamp, int, pd.Timestamp], frozenset[str]]
    released: dict[int, tuple[pd.Timestamp, pd.Timestamp]]

    @cache  # noqa: B019  # one report long
    def cells(self, release_id: int, group_id: int, month: pd.Timestamp, also: pd.Timestamp | None = None) -> Cells:
        """The peer group's cells with movement in the month; with `also`, those of groups that sold in both months."""
        assignment = self.released[release_id][1]
        cells = self.members[assignment, group_id] & self.moved.get(month, frozenset())
        if also is None:
            return cells
        now, then = (self.sold.get((assignment, group_id, one), frozenset()) for one in (month, also))
        return frozenset(cell for cell in cells if cell[0] in now & then)

    def vintage(self, month: pd.Timestamp, release_id: int) -> int | None:
        """The release from which `release_id` took a month: the newest of that month that was there or made with it."""
        known = [one for one, (period, _) in self.released.items() if period == month and one <= release_id]
        return max(known, default=None)


def public_knowledge(release: Release) -> PublicKnowledge:
    members = {
        (pd.Timestamp(key[0]), int(key[1])): frozenset(
            zip(rows["legal_group"], rows["city_code"], rows["member_category_code"], strict=True)
        )
        for key, rows in groups_of(release.members, ["assignment_start", "peer_group_id"])
    }
    released = {
        int(row.release_id): (pd.Timestamp(row.period_start), pd.Timestamp(row.assignment_start))
        for row in rows_of(release.releases)
    }
    months = release.group_months.merge(release.releases[["release_id", "period_start"]], on="release_id")
    moved = {
        pd.Timestamp(month): frozenset(
            zip(cells["legal_group"], cells["city_code"], cells["category_code"], strict=True)
        )
        for month, cells in groups_of(months, "period_start")
    }
    return PublicKnowledge(members, moved, _sold(release.member_cells, months), released)


def _sold(cells: pd.DataFrame, months: pd.DataFrame) -> dict[tuple[pd.Timestamp, int, pd.Timestamp], frozenset[str]]:
    newest = months[months["release_id"] == months.groupby("period_start")["release_id"].transform("max")]
    cells = cells.merge(newest, on=["legal_group", "city_code", "category_code"])
    revenue = (
        cells.groupby(["assignment_start", "peer_group_id", "period_start", "legal_group"])["revenue_amount"]
        .sum()
        .reset_index()
    )
    return {
        (pd.Timestamp(key[0]), int(key[1]), pd.Timestamp(key[2])): frozenset(rows["legal_group"])
        for key, rows in groups_of(
            revenue[revenue["revenue_amount"] > 0], ["assignment_start", "peer_group_id", "period_start"]
        )
    }


def nested(public: PublicKnowledge) -> list[str]:
    """Cells that stand in two peer groups of one assignment: parent and child could be subtracted. None, by
    construction."""
    faults = []
    seen: dict[tuple[pd.Timestamp, Cell], int] = {}
    for (assignment, group_id), cells in public.members.items():
        for cell in cells:
            other = seen.setdefault((assignment, cell), group_id)
            if other != group_id:
                faults.append(f"{'/'.join(cell)} is in the peer groups {other} and {group_id} of {assignment:%Y-%m-%d}")
    return faults
