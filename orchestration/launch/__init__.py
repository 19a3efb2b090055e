"""A training on the machine that the configuration names, through Dagster Pipes."""

from orchestration.launch.launch import launch
from orchestration.launch.outcome import TrainerLost, TrainingFailed

__all__ = ["TrainerLost", "TrainingFailed", "launch"]
