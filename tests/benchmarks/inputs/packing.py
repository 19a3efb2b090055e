"""gzip and zstd that are cut off, damaged or endless, and files of other programs under the name of a CSV."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq

from tests.benchmarks.inputs.bad_input import GOOD_COUNT, HEADER, BadInput, Outcome, good, raw

CSV = "\n".join([HEADER, *good(), ""]).encode()
CUTS = (3, 5, 9, 12, 20, 50, 100, 150, -40, -9, -8, -4, -1)
FLIPS = (0, 1, 2, 3, 5, 8, 10, 14, 30, 70, 120, -20, -8, -5, -1)
# gzip has a checksum: what is loaded is whole. zstd may have none, and then a changed letter is a letter.
MAY_BE_SEEN: dict[str, tuple[Outcome, ...]] = {
    "gz": ("unknown", "loaded"),
    "zst": ("unknown", "loaded", "refused", "quarantined"),
}


def bad_inputs() -> Iterator[BadInput]:
    packers: dict[str, Callable[[bytes], bytes]] = {"gz": lambda data: gzip.compress(data, mtime=0), "zst": _zstd}
    for name, pack in packers.items():
        packed, file = pack(CSV), f"bad.csv.{name}"
        for cut in CUTS:
            says = "" if abs(cut) < 5 and cut > 0 else "cut off"
            yield BadInput(f"{name} cut off", f"at byte {cut}", raw(packed[:cut], file), ("unknown",), says)
        for place in FLIPS:
            for bit in (1, 128):
                yield BadInput(
                    f"{name} damaged",
                    f"bit {bit} of byte {place}",
                    raw(flipped(packed, place, bit), file),
                    MAY_BE_SEEN[name],
                    good_rows=GOOD_COUNT if name == "gz" else None,
                )
        yield BadInput(
            f"{name} packing",
            "two members",
            raw(pack(CSV[:900]) + pack(CSV[900:]), file),
            ("loaded",),
            good_rows=GOOD_COUNT,
        )
        yield BadInput(f"{name} packing", "garbage behind it", raw(packed + b"garbage", file), ("unknown",), "cut off")
        yield BadInput(f"{name} packing", "nothing in it", raw(pack(b""), file), ("unknown",), "empty")
        yield BadInput(
            f"{name} packing",
            "named .csv",
            raw(pack(CSV.replace(b"SHOP", name.encode()))),
            ("loaded",),
            good_rows=GOOD_COUNT,
        )
        yield BadInput(
            f"{name} packing",
            "in its name only",
            raw(CSV.replace(b"SHOP", f"PLAIN {name}".encode()), file),
            ("loaded",),
            good_rows=GOOD_COUNT,
        )
        for inner, pack_inner in packers.items():
            yield BadInput(
                f"{name} packing", f"{inner} within", raw(pack(pack_inner(CSV)), file), ("unknown",), "packed twice"
            )
        yield BadInput(f"{name} packing", "Parquet within", raw(pack(_parquet()), file), ("unknown",), "Parquet")
        yield BadInput(f"{name} packing", "tar within", raw(pack(_tar()), file), ("unknown",), "tar")
        for sign in (b"\n", b"x"):
            bomb = raw(lambda pack=pack, sign=sign: pack(CSV + sign * (300 << 20)), file)  # type: ignore[misc]
            yield BadInput(
                f"{name} packing", f"300 MiB of {sign!r}", bomb, ("unknown",), "unpacks to more", is_slow=True
            )
    for name, content in _others().items():
        yield BadInput("other formats", name, raw(content), ("unknown",))


def flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= bit
    return bytes(changed)


def _zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd", asbytes=True))


def _table() -> pa.Table:
    columns = zip(*(line.split(";") for line in good()), strict=True)
    return pa.table(dict(zip(HEADER.split(";"), (pa.array(column) for column in columns), strict=True)))


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(_table(), sink)
    return sink.getvalue()


def _tar() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("bad.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return sink.getvalue()


def _zip(names: tuple[str, ...]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, CSV)
    return sink.getvalue()


def _others() -> dict[str, bytes]:
    feather, orc = io.BytesIO(), io.BytesIO()
    pyarrow.feather.write_feather(_table(), feather)
    pyarrow.orc.write_table(_table(), orc)
    database = sqlite3.connect(":memory:")
    database.execute("create table t (a)")
    records = [dict(zip(HEADER.split(";"), line.split(";"), strict=True)) for line in good()]
    return {
        "zip": _zip(("bad.csv",)),
        "xlsx": _zip(("[Content_Types].xml", "xl/workbook.xml")),
        "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n",
        "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(50),
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(50),
        "program": b"\x7fELF\x02\x01\x01" + bytes(50),
        "rar": b"Rar!\x1a\x07\x01\x00" + bytes(50),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(50),
        "bzip2": bz2.compress(CSV),
        "xz": lzma.compress(CSV),
        "tar": _tar(),
        "JSON": json.dumps(records).encode(),
        "JSON lines": "\n".join(map(json.dumps, records)).encode(),
        "XML": b'<?xml version="1.0"?>\n<rows><row amount="1"/></rows>\n',
        "HTML": b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>\n",
        "SQL": b"insert into transactions values ('2025-03-01', 10.00);\n",
        "SQLite": database.serialize(),
        "Avro": b"Obj\x01\x04\x14avro.codec\x08null" + bytes(20),
        "ORC": orc.getvalue(),
        "Feather": feather.getvalue(),
        "pickle": pickle.dumps(records),
        "a mail": b"From: bank@example.org\nSubject: the file\n\nPlease find attached.\n",
        "an error message": b"ORA-00942: table or view does not exist\n",
        "noise": random.Random(7).randbytes(5000),
        "noise of letters": bytes(random.Random(7).choices(b"abcdefgh ", k=5000)),
        "a Parquet name without content": b"PAR1",
        "Parquet's two marks only": b"PAR1PAR1",
    }
