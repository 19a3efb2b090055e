"""Keyed pseudonyms: the bank's card or client number never enters the warehouse."""

import hmac
from typing import Any

import numpy as np

from infra.ingest.parse import Text

CACHE_LIMIT = 1_000_000
"""About 150 MB of remembered numbers; a file with more distinct customers computes some of them again."""


class Pseudonyms:
    """customer_id = first 63 bits of HMAC-SHA256(key, number), which nobody can undo or repeat without the key."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("The pseudonym key is empty: anybody could compute the customers' pseudonyms.")
        self._key = key
        self._known: dict[str, int] = {}

    def of(self, numbers: Text) -> Any:
        """int64 pseudonyms of a column; computed once per distinct number."""
        encoded = numbers.encoded()
        distinct = np.fromiter(map(self._one, encoded.values.to_pylist()), np.int64, len(encoded.values))
        return encoded.spread(distinct)

    def _one(self, number: str) -> int:
        known = self._known.get(number)
        if known is None:
            if len(self._known) >= CACHE_LIMIT:
                self._known.clear()
            known = int.from_bytes(hmac.digest(self._key, number.encode(), "sha256")[:8]) >> 1
            self._known[number] = known
        return known
