"""Attacks on a release of peer figures: what they tell about one competitor, or about fewer than 30 persons.

Knows nothing of how the figures were decided: it gets what each viewer sees, the attackers' own months, and what
everybody knows.
"""

from infra.disclosure.attack import AttackReport, attack
from infra.disclosure.audience_candidate import attack_candidate
from infra.disclosure.audiences import AudienceReport
from infra.disclosure.candidate import attack_release
from infra.disclosure.published import PublishedRules, Release

__all__ = [
    "AttackReport",
    "AudienceReport",
    "PublishedRules",
    "Release",
    "attack",
    "attack_candidate",
    "attack_release",
]
