"""What is known of a coming day beforehand: its weekday, its place in the month, public holidays."""

from datetime import date

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.errors import BadInput

FAR = 30
"""Days to a holiday that count as far away."""


def calendar_of(first: np.datetime64, days: int, country: str | None) -> pd.DataFrame:
    """One row a day from `first` on: weekday (0 Monday), day_of_month, is_holiday, is_eve, days_to_holiday,
    days_since_holiday (both at most FAR). Raises BadInput for a country that the package `holidays` does not know.
    """
    dates = first + np.arange(days)
    stamps = pd.DatetimeIndex(dates)
    free = _holidays(first - np.timedelta64(FAR, "D"), dates[-1] + np.timedelta64(FAR, "D"), country)
    place = np.searchsorted(free, dates)
    ahead = np.append(free, dates[-1] + np.timedelta64(10 * FAR, "D"))[place]
    behind = np.insert(free, 0, first - np.timedelta64(10 * FAR, "D"))[np.searchsorted(free, dates, side="right")]
    to_next = np.minimum((ahead - dates).astype(np.int64), FAR)
    return pd.DataFrame(
        {
            "weekday": stamps.day_of_week.to_numpy(),
            "day_of_month": stamps.day.to_numpy(),
            "is_holiday": (to_next == 0).astype(np.int64),
            "is_eve": (to_next == 1).astype(np.int64),
            "days_to_holiday": to_next,
            "days_since_holiday": np.minimum((dates - behind).astype(np.int64), FAR),
        },
        index=stamps,
    )


def _holidays(first: np.datetime64, last: np.datetime64, country: str | None) -> npt.NDArray[np.datetime64]:
    """Public holidays between the two days, in order."""
    if country is None:
        return np.array([], dtype="datetime64[D]")
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    try:
        named = holidays.country_holidays(country, years=years)
    except NotImplementedError as error:
        raise BadInput(f"There is no calendar of holidays for {country!r}: name a country by ISO 3166.") from error
    found = [day for day in named if date.fromisoformat(str(first)) <= day <= date.fromisoformat(str(last))]
    return np.array(sorted(found), dtype="datetime64[D]")
