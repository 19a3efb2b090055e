"""Merchant name and city as the bank spelt them: kept once, referred to by a key that needs no database to make."""

from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from infra.ingest.parse import Text

CACHE_LIMIT = 300_000
"""About 50 MB of remembered pairs."""
_FIELDS = pa.schema([("spelling_id", pa.int64()), ("merchant_name", pa.string()), ("city", pa.string())])


class Spellings:
    """spelling_id = first 63 bits of BLAKE2b over merchant name, zero byte and city: equal whatever was loaded when."""

    def __init__(self) -> None:
        self._merchants, self._cities = _Numbered(), _Numbered()
        self._pairs, self._keys = pd.Index([], dtype="int64"), np.array([], dtype=np.int64)
        self._new: list[pa.Table] = [_FIELDS.empty_table()]

    def of(self, merchants: Text, cities: Text) -> Any:
        """int64 keys of two columns; computed once per distinct pair."""
        merchant, city = merchants.encoded(), cities.encoded()
        if len(self._pairs) > CACHE_LIMIT:
            self._merchants, self._cities = _Numbered(), _Numbered()
            self._pairs, self._keys = self._pairs[:0], self._keys[:0]
        merchant_number, city_number = self._merchants.of(merchant.values), self._cities.of(city.values)
        place, distinct = pd.factorize((merchant_number << 32)[merchant.place] + city_number[city.place])
        fresh = distinct[self._pairs.get_indexer(distinct) < 0]
        if len(fresh):
            names, towns = self._merchants.texts(fresh >> 32), self._cities.texts(fresh & 0xFFFFFFFF)
            keys = np.fromiter(map(spelling_id, names.to_pylist(), towns.to_pylist()), np.int64, len(fresh))
            self._pairs, self._keys = self._pairs.append(pd.Index(fresh)), np.concatenate([self._keys, keys])
            self._new.append(pa.table([pa.array(keys), names, towns], schema=_FIELDS))
        return self._keys[self._pairs.get_indexer(distinct)][place]

    def take_new(self) -> Any:
        """The spellings (spelling_id, merchant_name, city) that were met since the last call."""
        found = pa.concat_tables(self._new).combine_chunks()
        self._new = [_FIELDS.empty_table()]
        return found


class _Numbered:
    """Distinct texts and their numbers, in the order in which they were met."""

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())

    def of(self, texts: Any) -> Any:
        """int64 numbers of the texts."""
        place = pc.index_in(texts, self._known)
        if place.null_count:
            self._known = pa.concat_arrays([self._known, pc.unique(texts.filter(pc.is_null(place)))])
            place = pc.index_in(texts, self._known)
        return place.to_numpy().astype(np.int64)

    def texts(self, numbers: Any) -> Any:
        return self._known.take(pa.array(numbers))


def spelling_id(merchant: str, city: str) -> int:
    text = f"{merchant}\0{city}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1
