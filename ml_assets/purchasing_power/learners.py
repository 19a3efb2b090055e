"""The contenders by name. To add one: a module with `fit` and `load`, a line here, a name in the config."""

from ml_assets.contest.learner import Learner
from ml_assets.purchasing_power import boosting, embedded, encoder, linear, probability, rate

LEARNERS: dict[str, Learner] = {
    "rate": rate,
    "mbg_nbd": probability,
    "linear": linear,
    "lightgbm": boosting,
    "encoder": encoder,
    "lightgbm_embedded": embedded,
}
