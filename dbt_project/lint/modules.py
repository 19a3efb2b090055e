"""What dbt calls `modules` in its templates, for sqlfluff, which renders templates without dbt."""

import datetime

__all__ = ["datetime"]
