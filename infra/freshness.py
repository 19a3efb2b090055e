"""How far each source is loaded, whether its day is overdue, and where its history has holes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import psycopg


@dataclass(frozen=True)
class Hole:
    """Neighbouring days without a purchase, both ends included."""

    first: date
    last: date
    day_count: int

    def __str__(self) -> str:
        return f"{self.first}" if self.day_count == 1 else f"{self.first} … {self.last} ({self.day_count} days)"


@dataclass(frozen=True)
class SourceFreshness:
    """One source of transactions at a moment."""

    source: str
    loaded_until: date | None
    """None: every file of it was refused, or its days are older than what is kept."""
    due_day: date | None
    """The newest day that must have come by now; None: a closed history, which has no age."""
    is_overdue: bool
    holes: tuple[Hole, ...]

    @property
    def missing_day_count(self) -> int:
        return sum(hole.day_count for hole in self.holes)


_SOURCES = """
select source, due_time, time_zone, coalesce((select is_live from ingest.bank), false), array(
    select distinct business_date from ingest.file_days join ingest.files using (file_id)
    where files.source = sources.source order by business_date
)
from ingest.sources
where exists (select from ingest.files where files.source = sources.source and kind = 'transactions')
order by source
"""


def sources_at(connection: psycopg.Connection, now: datetime) -> list[SourceFreshness]:
    """Every source that ever sent transactions, in the order of names; `now` is a moment with a zone."""
    return [
        freshness_of(source, days, due_day(now, due_time, ZoneInfo(time_zone)) if is_live else None)
        for source, due_time, time_zone, is_live, days in connection.execute(_SOURCES)
    ]


def freshness_of(source: str, days: Sequence[date], due: date | None) -> SourceFreshness:
    """`days`: the loaded ones, ascending; `due`: the day that must be one of them, None where none must."""
    return SourceFreshness(
        source,
        loaded_until=days[-1] if days else None,
        due_day=due,
        is_overdue=due is not None and due not in days,
        holes=holes_in(days),
    )


def due_day(now: datetime, due_time: time, zone: ZoneInfo) -> date:
    """Yesterday from the due time on, until then the day before, by the calendar of `zone`.

    Moments are compared, not clock faces: where a clock is put back over the due time, a day stays due.
    """
    today = now.astimezone(zone).date()
    due_at = datetime.combine(today, due_time, zone)
    return today - timedelta(days=1 if now.astimezone(UTC) >= due_at.astimezone(UTC) else 2)


def holes_in(days: Sequence[date]) -> tuple[Hole, ...]:
    """What lies between the first and the last of `days` (ascending) and is none of them."""
    one = timedelta(days=1)
    return tuple(
        Hole(before + one, after - one, (after - before).days - 1)
        for before, after in pairwise(days)
        if after - before > one
    )


def parted_ends(sources: Sequence[SourceFreshness]) -> str | None:
    """A sentence where sources end on different days: the days behind the first end are not complete."""
    ends = {source.source: source.loaded_until for source in sources if source.loaded_until}
    if len(set(ends.values())) < 2:
        return None
    complete = min(ends.values())
    behind = ", ".join(source for source, end in ends.items() if end == complete)
    return f"Complete until {complete} only: {behind} ends there, others reach {max(ends.values())}."
