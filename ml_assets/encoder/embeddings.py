"""Customers as points: who is near another one visits alike."""

from ml_assets.encoder.model import Encoder
from ml_assets.histories.panel import Matrix, Panel
from ml_assets.histories.task import Rows


def embeddings(model: Encoder, panel: Panel, origin: int, rows: Rows) -> Matrix:
    """The encoder's state at the end of column `origin`, float32, rows × units; each value lies in (−1, 1).

    panel: laid out with the model's categories. No column after `origin` is read, and no customer's number. A customer
    without a visit until then is the state of an empty history.
    """
    return model.states(panel, origin, rows)
