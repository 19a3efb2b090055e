"""Customer-base analysis: how often a customer buys, whether he still does, and for how much, by probability models."""

from ml_assets.customer_base.purchases import BgNbd, MbgNbd
from ml_assets.customer_base.spend import GammaGamma
from ml_assets.customer_base.summary import SUMMARY_COLUMNS, summarise

__all__ = ["SUMMARY_COLUMNS", "BgNbd", "GammaGamma", "MbgNbd", "summarise"]
