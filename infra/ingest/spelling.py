"""Merchant name and city as the bank spelt them: kept once, referred to by a key that needs no database to make."""

from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from infra.ingest.parse import Text

CACHE_LIMIT = 300_000
"""About 100 MB of remembered pairs."""


class Spellings:
    """spelling_id = first 63 bits of BLAKE2b over merchant name, zero byte and city: equal whatever was loaded when."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}
        self._new: list[tuple[int, str, str]] = []

    def of(self, merchants: Text, cities: Text) -> Any:
        """int64 keys of two columns; computed once per distinct pair."""
        merchant, city = merchants.encoded(), cities.encoded()
        count = max(1, len(city.values))
        place, distinct = pd.factorize(merchant.place.astype(np.int64) * count + city.place)
        names, towns = merchant.values.to_pylist(), city.values.to_pylist()
        pairs = list(
            zip(
                [names[number] for number in (distinct // count).tolist()],
                [towns[number] for number in (distinct % count).tolist()],
                strict=True,
            )
        )
        self._learn(pairs)
        return np.fromiter(map(self._known.__getitem__, pairs), np.int64, len(pairs))[place]

    def take_new(self) -> Any:
        """The spellings (spelling_id, merchant_name, city) that were met since the last call."""
        rows, self._new = self._new, []
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        types = (pa.int64(), pa.string(), pa.string())
        return pa.table(
            [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)],
            names=["spelling_id", "merchant_name", "city"],
        )

    def _learn(self, pairs: list[tuple[str, str]]) -> None:
        if len(self._known) > CACHE_LIMIT:
            self._known.clear()
        fresh = [pair for pair in pairs if pair not in self._known]
        for merchant, city in fresh:
            key = spelling_id(merchant, city)
            self._known[merchant, city] = key
            self._new.append((key, merchant, city))


def spelling_id(merchant: str, city: str) -> int:
    text = f"{merchant}\0{city}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1
