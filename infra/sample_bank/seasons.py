"""When people buy: weekday, week of the year, holidays, payday and trend."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

Week = Literal["flat", "groceries", "workdays", "weekend", "evening_out"]
Season = Literal["flat", "summer", "winter", "new_year", "womens_day", "school", "garden"]

PAYDAYS = (0, 5, 10, 15, 20, 25)
"""Day of the month when the salary comes; 0: no regular income."""

_YEARLY_GROWTH = 0.05
_WEEKDAY = np.array([0.92, 0.93, 0.97, 1.0, 1.22, 1.14, 0.82])  # from Monday

_WEEKS: dict[Week, tuple[float, ...]] = {
    "flat": (1, 1, 1, 1, 1, 1, 1),
    "groceries": (0.92, 0.92, 0.95, 0.98, 1.1, 1.2, 1.05),
    "workdays": (1.12, 1.12, 1.12, 1.1, 1.1, 0.78, 0.62),
    "weekend": (0.8, 0.8, 0.85, 0.9, 1.1, 1.45, 1.3),
    "evening_out": (0.7, 0.75, 0.85, 0.95, 1.45, 1.5, 0.95),
}

_HOLIDAYS: dict[tuple[int, int], float] = {
    **{(1, day): 0.55 for day in range(1, 9)},
    (12, 29): 1.25, (12, 30): 1.4, (12, 31): 1.3,
    (2, 22): 1.15, (2, 23): 0.85, (3, 7): 1.3, (3, 8): 0.95,
    (5, 1): 0.8, (5, 9): 0.75, (6, 12): 0.8, (11, 4): 0.85,
}  # fmt: skip

_PEAKS: dict[Season, tuple[tuple[float, float, float], ...]] = {
    "flat": (),
    "summer": ((195, 45, 0.45),),
    "winter": ((15, 50, 0.35), (380, 50, 0.35)),
    "new_year": ((357, 12, 1.3), (-8, 12, 0.6)),
    "womens_day": ((65, 4, 3.0), (243, 3, 0.8), (357, 8, 0.5)),
    "school": ((237, 14, 0.9),),
    "garden": ((125, 28, 0.6),),
}
"""(day of the year, width in days, height above 1) of each season's peaks."""


@dataclass(frozen=True)
class Calendar:
    """The days of the sample bank, first to last inclusive; arrays have one entry a day."""

    first_day: date
    last_day: date

    @property
    def day_count(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        return np.datetime64(self.first_day, "D") + np.arange(self.day_count)

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        """0 = Monday."""
        return np.asarray((self.days.astype(np.int64) + 3) % 7)

    @property
    def day_of_year(self) -> npt.NDArray[np.int64]:
        return np.asarray((self.days - self.days.astype("datetime64[Y]")).astype(np.int64) + 1)

    @property
    def day_of_month(self) -> npt.NDArray[np.int64]:
        return np.asarray((self.days - self.days.astype("datetime64[M]")).astype(np.int64) + 1)

    @property
    def month(self) -> npt.NDArray[np.int64]:
        """Months since the first."""
        months = self.days.astype("datetime64[M]").astype(np.int64)
        return np.asarray(months - months[0])

    @property
    def years_since_start(self) -> npt.NDArray[np.float64]:
        return np.arange(self.day_count) / 365.25

    def index(self, day: date) -> int:
        return (day - self.first_day).days

    def day(self, index: int) -> date:
        return self.first_day + timedelta(days=int(index))

    @classmethod
    def of_months(cls, months: int, last_day: date) -> "Calendar":
        """`months` calendar months, the month of `last_day` included."""
        count = last_day.year * 12 + last_day.month - months
        return cls(date(count // 12, count % 12 + 1, 1), last_day)


def activity(calendar: Calendar) -> npt.NDArray[np.float64]:
    """How much is bought on each day in all; 1 on an ordinary day."""
    holidays = np.array([_HOLIDAYS.get((day.month, day.day), 1.0) for day in calendar.days.tolist()])
    week_of_year = 1 + 0.05 * np.sin(2 * np.pi * (calendar.day_of_year - 80) / 365.25)
    growth = (1 + _YEARLY_GROWTH) ** calendar.years_since_start
    return np.asarray(_WEEKDAY[calendar.weekday] * holidays * week_of_year * growth)


def payday_lift(calendar: Calendar) -> npt.NDArray[np.float64]:
    """(payday, day): spending jumps when the salary comes and decays over a week; `PAYDAYS` names the rows."""
    since = (calendar.day_of_month[None, :] - np.array(PAYDAYS)[:, None]) % 30
    lift = 1 + 0.55 * np.exp(-since / 3.5) - 0.08
    lift[0] = 1.0
    return np.asarray(lift)


def category_lift(calendar: Calendar, week: Week, season: Season) -> npt.NDArray[np.float64]:
    """How much more one category is bought on each day than it would be on an ordinary one."""
    lift = np.array(_WEEKS[week])[calendar.weekday]
    for centre, width, height in _PEAKS[season]:
        lift = lift * (1 + height * np.exp(-(((calendar.day_of_year - centre) / width) ** 2)))
    return np.asarray(lift, dtype=np.float64)
