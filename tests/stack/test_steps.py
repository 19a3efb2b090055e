"""Steps run when what they wait for is done, several at once; a failure ends the rest."""

import threading
import time

import pytest

from infra.local.steps import Step, StepFailed, Tell, run_all


def nothing(_tell: Tell) -> str:
    return ""


def test_a_step_waits_for_those_it_names_and_independent_ones_overlap() -> None:
    both_running = threading.Barrier(2, timeout=5)
    order: list[str] = []

    def meet(_tell: Tell) -> str:
        both_running.wait()
        return ""

    def last(_tell: Tell) -> str:
        order.append("last")
        return ""

    steps = [Step("last", "Last", last, after=("a", "b", "not there")), Step("a", "A", meet), Step("b", "B", meet)]
    run_all(steps, lambda step: order.append(step.name) if step.status == "done" else None, lambda: None)
    assert order[2:] == ["last", "last"]
    assert set(order[:2]) == {"a", "b"}


def test_a_failing_step_is_named_and_what_waits_for_it_does_not_run() -> None:
    ended, ran = threading.Event(), []

    def fail(_tell: Tell) -> str:
        raise ValueError("the disk is full")

    def long_work(_tell: Tell) -> str:
        assert ended.wait(5)
        return ""

    steps = [
        Step("bad", "Bad step", fail),
        Step("after", "After", lambda tell: str(ran.append(1)), after=("bad",)),
        Step("other", "Other", long_work),
    ]
    begun = time.monotonic()
    with pytest.raises(StepFailed, match="Bad step: the disk is full"):
        run_all(steps, lambda step: None, ended.set)
    assert ran == []
    assert time.monotonic() - begun < 3


def test_what_a_step_tells_is_heard() -> None:
    heard: list[str] = []

    def talk(tell: Tell) -> str:
        tell("half")
        return "whole"

    run_all([Step("talk", "Talk", talk)], lambda step: heard.append(f"{step.status} {step.detail}"), lambda: None)
    assert heard == ["running ", "running half", "done whole"]
