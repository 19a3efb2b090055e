"""MLflow's way into a ranking: run from source when a version is loaded, never unpickled."""

from datetime import date
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from ml_assets.category_priority.model import RankingModel


class ServedRanking(PythonModel):
    """`predict(events, params={"as_of": "2026-01-31"})` → the rows of predictions.category_priority."""

    def load_context(self, context: PythonModelContext) -> None:
        self.model = RankingModel.load(Path(context.artifacts["contender"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        as_of = date.fromisoformat((params or {}).get("as_of") or str(model_input["business_date"].max())[:10])
        return self.model.predict(model_input, as_of)


mlflow.models.set_model(ServedRanking())
