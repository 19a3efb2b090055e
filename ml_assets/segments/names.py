"""Names and advice of segments, from how a segment's behaviour lies beside that of all customers."""

from collections.abc import Mapping
from dataclasses import dataclass

Profile = Mapping[str, float]
"""BEHAVIOUR -> median of the segment, or of all customers."""


@dataclass(frozen=True)
class Story:
    """What a merchant reads."""

    code: str
    name_en: str
    name_ru: str
    advice_en: str
    advice_ru: str


_STORIES = {
    ("here", "often", "large"): Story(
        "best", "Best customers", "Лучшие покупатели",
        "They come often and spend much: keep them first. Thank them, and let them see new things before others.",
        "Приходят часто и тратят много: удержите их в первую очередь. Благодарите, показывайте новинки раньше других.",
    ),
    ("here", "often", "small"): Story(
        "regular", "Regulars with small baskets", "Постоянные с небольшим чеком",
        "They come often for little: offer what goes with their usual purchase.",
        "Приходят часто, но берут немного: предложите то, что дополняет обычную покупку.",
    ),
    ("here", "seldom", "large"): Story(
        "occasion", "Large but rare purchases", "Редкие крупные покупки",
        "They spend much but seldom: give a reason to come again sooner, such as a date or a next step.",
        "Тратят много, но редко: дайте повод вернуться раньше, например дату или следующий шаг.",
    ),
    ("here", "seldom", "small"): Story(
        "new_or_rare", "New and occasional", "Новые и случайные",
        "They were here lately, seldom and for little: make the second visit easy, with an offer that ends soon.",
        "Были недавно, редко и с небольшим чеком: облегчите второй визит, предложив короткую выгоду.",
    ),
    ("away", "often", "large"): Story(
        "leaving_best", "Good customers who fell silent", "Ценные, но замолчавшие",
        "They used to come often and spend much, and do not any more: find out why, and win them back by name.",
        "Раньше приходили часто и тратили много, теперь нет: узнайте причину и верните их личным обращением.",
    ),
    ("away", "often", "small"): Story(
        "leaving_regular", "Regulars who fell silent", "Замолчавшие постоянные",
        "They used to come often: remind them of what they bought.",
        "Раньше приходили часто: напомните о том, что они покупали.",
    ),
    ("away", "seldom", "large"): Story(
        "gone_large", "Once came for a large purchase", "Разовые крупные покупки",
        "They bought much once, long ago: write only when there is something as large to offer.",
        "Когда-то купили много: пишите, только если есть что предложить такого же размера.",
    ),
    ("away", "seldom", "small"): Story(
        "gone", "Gone", "Ушедшие",
        "They came seldom and have not come for long: spend nothing on them but a rare reminder.",
        "Приходили редко и давно не были: кроме редкого напоминания, не тратьте на них денег.",
    ),
}  # fmt: skip
ALWAYS_HERE = 14
"""Days: who bought so lately is not away, however busy the others are."""


def story_of(segment: Profile, everybody: Profile) -> Story:
    """The story of a segment: here or away, often or seldom, large or small, beside the median customer."""
    is_here = segment["recency"] <= max(2 * everybody["recency"], ALWAYS_HERE)
    is_often = segment["frequency"] >= everybody["frequency"]
    is_large = segment["amount"] >= everybody["amount"]
    return _STORIES["here" if is_here else "away", "often" if is_often else "seldom", "large" if is_large else "small"]


def stories_of(segments: Mapping[int, Profile], everybody: Profile) -> dict[int, Story]:
    """A story for each segment, no two with one name: of equal ones the more frequent buyers are numbered first."""
    told = {number: story_of(profile, everybody) for number, profile in segments.items()}
    result: dict[int, Story] = {}
    for code in sorted({story.code for story in told.values()}):
        alike = sorted((n for n, story in told.items() if story.code == code), key=lambda n: -segments[n]["frequency"])
        for place, number in enumerate(alike, 1):
            story = told[number]
            end = f" {place}" if len(alike) > 1 else ""
            result[number] = Story(
                f"{story.code}{f'_{place}' if end else ''}", story.name_en + end, story.name_ru + end,
                story.advice_en, story.advice_ru,
            )  # fmt: skip
    return dict(sorted(result.items()))
