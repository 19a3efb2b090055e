"""Who the customers are: segments with names and advice, the same from run to run."""

from ml_assets.segments.config import SegmentConfig
from ml_assets.segments.model import SegmentModel, fit_segments, movements

__all__ = ["SegmentConfig", "SegmentModel", "fit_segments", "movements"]
