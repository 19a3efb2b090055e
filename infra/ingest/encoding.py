"""Which encoding a text file is in, where nobody states it: UTF-8 or windows-1251, and never a guess beyond these."""

import codecs
import math
import re
from dataclasses import dataclass

from infra.ingest.report import UnknownFile

FAULTY_SHARE = 0.05
"""So few lines that are no UTF-8 are damaged ones of a UTF-8 file, or, the other way round, strangers in another."""
LOOKED_AT = 1 << 16
"""Bytes of the lines in question by which the encoding is told."""
ENOUGH = 30
"""Letters; of fewer the frequencies say nothing."""
LEAST_LIKELIHOOD, LEAST_OF_FEW = -3.65, -4.4
"""Mean log probability of a letter: Russian has -3.0 to -3.4, Greek read as Russian -3.8, other encodings -4 to -11."""
MARGIN = 0.4

OTHER = ("koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
# Letters of Russian by frequency, in per mille (National Corpus of the Russian Language).
_PER_MILLE = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17,
          17, 16, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 0.4, 0.4),
        strict=True,
    )
)  # fmt: skip
_LOG = {letter: math.log(share / 1000) for letter, share in _PER_MILLE.items()}
_LOG |= dict.fromkeys("іїєґў", math.log(0.01)) | dict.fromkeys("«»№–—“”„’…\u00a0", math.log(0.03))
_STRANGE = math.log(1e-5)

_WIDE_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_UTF8_CYRILLIC = re.compile(rb"[\xd0\xd1][\x80-\xbf]")
_MIXED = re.compile(r"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")


@dataclass
class Encoding:
    """The encoding of a text file: UTF-8 until a block says otherwise, since the first letter may come late."""

    name: str
    is_settled: bool
    file_name: str = "The file"

    @classmethod
    def of(cls, stated: str | None, file_name: str = "The file") -> "Encoding":
        return cls(codecs.lookup(stated or "utf-8").name, is_settled=stated is not None, file_name=file_name)

    def utf8(self, raw: bytes) -> bytes:
        """The bytes as UTF-8; what the encoding does not know becomes U+FFFD, which the checks send to quarantine.

        Raises UnknownFile where it is neither UTF-8 nor windows-1251.
        """
        if raw.isascii():
            return raw
        if self.name == "utf-8":
            try:
                raw.decode()
            except UnicodeDecodeError:
                if self.is_settled or not self._is_cp1251(raw):
                    return raw.decode("utf-8", "replace").encode()
                self.name = "cp1251"
            else:
                self.is_settled = True
                return raw
        self.is_settled = True
        if self.name == "cp1251" and _UTF8_CYRILLIC.search(raw):
            raw = _WIDE_LINE.sub(_without_utf8, raw)
        return raw.decode(self.name, "replace").encode()

    def _is_cp1251(self, raw: bytes) -> bool:
        wide = _WIDE_LINE.findall(raw)
        strange = [line for line in wide if not _is_utf8(line)]
        if len(strange) < (1 - FAULTY_SHARE) * len(wide):
            return False
        sample = b"\n".join(dict.fromkeys(strange))[:LOOKED_AT]
        likely = likelihood(sample, "cp1251")
        letters = sum(byte > 127 for byte in sample)
        is_western = 2 * _mixed_letters(sample) > letters
        if letters < ENOUGH and not is_western and likely >= LEAST_OF_FEW:
            return True
        best = max(OTHER, key=lambda name: likelihood(sample, name))
        is_other = likelihood(sample, best) > max(likely + MARGIN, LEAST_LIKELIHOOD)
        if letters >= ENOUGH and not is_western and is_other:
            self._refuse(f"looks like {best}")
        if not is_western and not is_other and likely >= LEAST_LIKELIHOOD:
            return True
        if len(strange) <= FAULTY_SHARE * raw.count(b"\n"):
            return False
        self._refuse("looks like windows-1252" if is_western else "is in no encoding that can be told")
        return False

    def _refuse(self, what: str) -> None:
        raise UnknownFile(
            f"{self.file_name} {what}: export it as UTF-8 or windows-1251, or state `encoding` under [format] in the "
            "settings of the source."
        )


def likelihood(sample: bytes, encoding: str) -> float:
    """Mean log probability of the letters beyond ASCII, if they are Russian in this encoding."""
    found = [_LOG.get(sign, _STRANGE) for sign in sample.decode(encoding, "replace").lower() if sign > "\x7f"]
    return sum(found) / max(1, len(found))


def _mixed_letters(sample: bytes) -> int:
    """Letters beyond ASCII beside an ASCII letter, as in `Müller`; a Russian word has none."""
    return len(_MIXED.findall(sample.decode("latin-1")))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_utf8(line: re.Match[bytes]) -> bytes:
    """A line of UTF-8 within windows-1251 would be read as other letters: it is marked by the byte that has none."""
    return re.sub(rb"[\x80-\xff]+", b"\x98", line[0]) if _is_utf8(line[0]) else line[0]
