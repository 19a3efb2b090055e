"""What can be wrong with a table that a model is given. Few errors; each says what to do."""


class BadInput(ValueError):
    """A table breaks the contract: the message names the column, the first bad rows and what to do."""


class HistoryTooShort(BadInput):
    """The events span too few days to hold out a window, calibrate on an earlier one and still learn something."""


class NoChampion(LookupError):
    """The registry has no model with the alias `champion`: run the contest first."""


class UnusableModel(RuntimeError):
    """No contender forecasts in a clean process what it forecast in training: look at the environment's packages."""


class SnapshotDamaged(RuntimeError):
    """A snapshot changed after it was taken, or was taken or sent in part: nothing is learnt or forecast from it."""
