"""The bank's 27 service categories: which customers hold which card.

Their names and income tiers are reference data of the bank, `infra/ingest/reference/bank_categories.csv`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CardHolders:
    """Who holds a card: a weight, an age range in years, an income centre and the segments it is sold to."""

    code: str
    weight: float
    ages: tuple[int, int]
    income: float
    """Standardised log income at which the card is likeliest."""
    segments: tuple[str, ...] = ()
    """Empty: all."""


BANK_CATEGORIES: tuple[CardHolders, ...] = (
    CardHolders("SOC", 2, (30, 90), -1.5),
    CardHolders("PEN", 14, (58, 95), -0.8, ("pensioner",)),
    CardHolders("PNG", 2, (45, 95), 0.2, ("pensioner",)),
    CardHolders("STU", 10, (17, 26), -1.0, ("student",)),
    CardHolders("YTH", 5, (14, 24), -1.0, ("student",)),
    CardHolders("JUN", 2, (14, 17), -1.5, ("student",)),
    CardHolders("UNE", 1, (18, 60), -1.8),
    CardHolders("BAS", 5, (18, 95), -1.2),
    CardHolders("STD", 12, (18, 95), -0.2),
    CardHolders("CLS", 9, (21, 95), 0.1),
    CardHolders("VRT", 3, (16, 45), -0.8),
    CardHolders("SAL", 14, (19, 66), 0.0, ("young_professional", "family", "motorist", "minimal")),
    CardHolders("SAB", 7, (21, 66), -0.2, ("family", "motorist", "minimal")),
    CardHolders("SAM", 2, (19, 55), 0.2, ("family", "motorist")),
    CardHolders("SAG", 5, (24, 66), 0.9),
    CardHolders("SAP", 3, (27, 66), 1.4),
    CardHolders("CRS", 4, (21, 70), -0.1),
    CardHolders("CRG", 2, (25, 70), 0.8),
    CardHolders("CRP", 1.5, (28, 70), 1.3),
    CardHolders("INS", 3, (20, 65), -0.9),
    CardHolders("MTG", 4, (24, 60), 0.3, ("family", "young_professional", "motorist")),
    CardHolders("SLF", 4, (20, 60), 0.1),
    CardHolders("ENT", 3, (25, 65), 0.9),
    CardHolders("GLD", 4, (25, 80), 1.0),
    CardHolders("PRM", 3, (28, 80), 1.6, ("affluent", "family", "young_professional")),
    CardHolders("PRV", 1, (32, 85), 2.4, ("affluent",)),
    CardHolders("NRE", 1, (18, 75), 0.2),
)
