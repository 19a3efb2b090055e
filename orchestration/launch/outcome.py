"""How a training ended: with an answer, with an error of its own, or because its machine was lost."""

from dataclasses import dataclass

from ml_assets.train.host import CUT_OFF
from orchestration.launch.messages import Messages

SSH_FAILED = 255
"""ssh's own exit status: no connection, or a broken one."""


class TrainerLost(RuntimeError):
    """The machine refused, vanished or ended the training: another try may succeed."""


class TrainingFailed(RuntimeError):
    """The training itself failed and would fail again; the message is its reason."""


@dataclass(frozen=True)
class Ended:
    """status: exit status, as a shell says it or negative for a signal; last_words: what stood last on stderr."""

    where: str
    status: int
    last_words: str = ""
    is_lost: bool = False
    """Where more is known than the status tells, such as an eviction."""


def judge(ended: Ended, messages: Messages) -> None:
    """Return where there is an answer, whatever came after it. Raises TrainerLost, TrainingFailed."""
    if messages.is_answered:
        return
    if messages.error and messages.error[0] != "KeyboardInterrupt":
        raise TrainingFailed(f"The training failed on {ended.where}: {messages.error[1]}")
    words = f": {ended.last_words}" if ended.last_words else ""
    told = f"{ended.where} ended without an answer, exit status {ended.status}{words}"
    if ended.is_lost or ended.status in (CUT_OFF, SSH_FAILED) or ended.status < 0 or ended.status > 128:
        raise TrainerLost(f"The machine that trains was lost: {told}")
    raise TrainingFailed(f"The training failed: {told}")
