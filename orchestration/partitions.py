"""Days: Dagster's daily partitions, and the windows of days that a run works on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from infra.settings import Settings

daily = dg.DailyPartitionsDefinition(
    start_date=Settings().history_start,
    timezone=Settings().time_zone,
    end_offset=1,  # a bank may send today's file before midnight
)

ONE_RUN = dg.BackfillPolicy.single_run()
"""A range of days is one run: one COPY, one dbt invocation, however many days."""

LONGEST_GAP = 31
"""Days between two changed days that are cheaper to compute again than a second run: about 4 s of dbt start-up."""


class DaysOutsideHistory(ValueError):
    """A day for which Dagster has no partition."""


@dataclass(frozen=True, order=True)
class Window:
    """The business dates from `start` up to and including the day before `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"The window from {self.start} to {self.end} (exclusive) has no day.")

    @classmethod
    def of_days(cls, first: date, last: date) -> "Window":
        """Both days belong to the window."""
        return cls(first, last + timedelta(days=1))

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def as_dbt_vars(self) -> dict[str, str]:
        return {"window_start": self.start.isoformat(), "window_end": self.end.isoformat()}

    def as_run_tags(self) -> dict[str, str]:
        """What makes Dagster run all days of the window in one run. Raises DaysOutsideHistory."""
        known = daily.get_first_partition_key(), daily.get_last_partition_key()
        if not (known[0] and known[1] and known[0] <= self.start.isoformat() and self.last_day.isoformat() <= known[1]):
            raise DaysOutsideHistory(
                f"{self} is not within {known[0]} … {known[1]}: for older days set LYRA_HISTORY_START, "
                "and a purchase of the future is an error of the bank's file."
            )
        return {
            "dagster/asset_partition_range_start": self.start.isoformat(),
            "dagster/asset_partition_range_end": self.last_day.isoformat(),
        }

    def __str__(self) -> str:
        return f"{self.start}" if self.start == self.last_day else f"{self.start} … {self.last_day}"


def window_of(context: dg.AssetExecutionContext) -> Window:
    """The days of the running partition or range of partitions."""
    keys = context.partition_key_range
    return Window.of_days(date.fromisoformat(keys.start), date.fromisoformat(keys.end))


def windows_of(days: Iterable[date], longest_gap: int = LONGEST_GAP) -> list[Window]:
    """The fewest windows that hold all days and no gap of more than `longest_gap` untouched days; oldest first."""
    windows: list[Window] = []
    for day in sorted(set(days)):
        if windows and (day - windows[-1].end).days <= longest_gap:
            windows[-1] = Window.of_days(windows[-1].start, day)
        else:
            windows.append(Window.of_days(day, day))
    return windows
