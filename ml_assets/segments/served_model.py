"""MLflow's way into saved segments: run from source when a version is loaded, never unpickled."""

from datetime import date
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from ml_assets.segments.model import SegmentModel


class ServedSegments(PythonModel):
    """`predict(events, params={"as_of": "2026-01-31"})` → as_of, customer_id, segment_number, segment_code."""

    def load_context(self, context: PythonModelContext) -> None:
        self.model = SegmentModel.load(Path(context.artifacts["segments"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        as_of = date.fromisoformat((params or {}).get("as_of") or str(model_input["business_date"].max())[:10])
        return self.model.predict(model_input, as_of)


mlflow.models.set_model(ServedSegments())
