"""Customers as points: who is near another one buys alike."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.encoder.model import Encoder
from ml_assets.histories.panel import Matrix, Panel, panel_of
from ml_assets.histories.snapshot import check_events
from ml_assets.histories.task import Rows

CUSTOMERS_AT_ONCE = 2_500
"""As they are forecast: beyond, the process comes near 2 GiB."""


def embeddings(model: Encoder, panel: Panel, origin: int, rows: Rows) -> Matrix:
    """The encoder's state at the end of column `origin`, float32, rows × width.

    panel: laid out with the model's categories. No column after `origin` is read, and no customer's number. A customer
    without a visit until then is the state of an empty history.
    """
    return model.states(panel, origin, rows)


def embed(
    model: Encoder, events: pd.DataFrame, as_of: date, customer_ids: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Those of `customer_ids` (ascending) who have events up to as_of, and their embeddings at the end of that day.

    events: as Snapshot.events; rows after as_of are not looked at. Raises BadInput as read_snapshot does.
    """
    events = check_events(events)
    events = events.loc[events["customer_id"].isin(customer_ids) & (events["business_date"] <= pd.Timestamp(as_of))]
    known = np.unique(events["customer_id"].to_numpy())
    points = [np.zeros((0, model.width), np.float32)]
    for start in range(0, len(known), CUSTOMERS_AT_ONCE):
        part = known[start : start + CUSTOMERS_AT_ONCE]
        panel = panel_of(events.loc[events["customer_id"].isin(part)], as_of, model.categories)
        points.append(embeddings(model, panel, panel.days - 1, np.arange(len(part))))
    return known, np.concatenate(points)
