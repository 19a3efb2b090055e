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
    """`members` by (assignment, peer group); by month the cells with any movement and those that `sold`; by release
    its month and assignment. No amounts: that a shop is open can be seen from the street."""

    members: dict[tuple[pd.Timestamp, int], Cells]
    moved: dict[pd.Timestamp, Cells]
    sold: dict[pd.Timestamp, Cells]
    released: dict[int, tuple[pd.Timestamp, pd.Timestamp]]

    @cache  # noqa: B019  # one report long
    def cells(self, release_id: int, group_id: int, month: pd.Timestamp, also: pd.Timestamp | None = None) -> Cells:
        """The peer group's cells with movement in the month; with `also`, those of groups that sold in both months."""
        members = self.members[self.released[release_id][1], group_id]
        cells = members & self.moved.get(month, frozenset())
        if also is None:
            return cells
        now, then = ({cell[0] for cell in members & self.sold.get(one, frozenset())} for one in (month, also))
        return frozenset(cell for cell in cells if cell[0] in now & then)

    def vintage(self, month: pd.Timestamp, release_id: int) -> int:
        """The release from which `release_id` took a month: the newest of that month that was there."""
        known = [one for one, (period, _) in self.released.items() if period == month and one <= release_id]
        return max(known, default=release_id)


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
    sold = months["revenue_amount"] > 0
    return PublicKnowledge(members, _by_month(months), _by_month(months[sold]), released)


def _by_month(rows: pd.DataFrame) -> dict[pd.Timestamp, Cells]:
    return {
        pd.Timestamp(month): frozenset(
            zip(cells["legal_group"], cells["city_code"], cells["category_code"], strict=True)
        )
        for month, cells in groups_of(rows, "period_start")
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
