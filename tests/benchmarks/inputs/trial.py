"""Loads every bad input into a warehouse that holds one good day, and looks at what is left behind."""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from infra.ingest import LoadReport, UnknownFile, load_file
from tests.benchmarks.inputs.bad_input import BadInput, good, row
from tests.benchmarks.inputs.catalogue import bad_inputs
from tests.benchmarks.inputs.deliveries import SMALL_TABLESPACE

KEY = b"only for trials"
GOOD_DAY = "2024-12-24"

_INTERNAL = re.compile(
    r"NoneType|Traceback|Arrow|\w(Error|Exception)\b|[Ee]rrno|object at 0x|codec|psycopg|<class|zlib|parquet::|Thrift"
    r"|0x[0-9a-f]{6}|strptime"
)
"""Words of the machinery, which no message may hold."""

_INCONSISTENT = """
select 'file_days is not what raw holds' where exists (
    (select file_id, business_date, row_count, amount from ingest.file_days
     except select file_id, business_date, count(*), sum(amount) from raw.transactions group by 1, 2)
    union all
    (select file_id, business_date, count(*), sum(amount) from raw.transactions group by 1, 2
     except select file_id, business_date, row_count, amount from ingest.file_days)
)
union all
select format('file %s: rows do not add up', name) from ingest.files
where status <> 'refused' and rows_read <> rows_loaded + rows_quarantined + rows_repeated
union all
select format('file %s is still loading', name) from ingest.files where status = 'loading'
union all
select format('file %s: refused, but it has rows', name) from ingest.files
where status = 'refused' and (exists (select from ingest.file_days where file_days.file_id = files.file_id)
    or exists (select from ingest.quarantine where quarantine.file_id = files.file_id))
union all
select format('file %s has %s rows in quarantine, not %s', name, count(line_number), rows_quarantined)
from ingest.files left join ingest.quarantine using (file_id)
group by file_id, name, rows_quarantined, status
having status <> 'refused' and count(line_number) <> rows_quarantined
union all
select 'a row has a name that is not kept' where exists (
    select from raw.transactions left join raw.store_spellings as kept using (spelling_id)
    where kept.spelling_id is null
)
union all
select 'a transaction is left open' where exists (
    select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and backend_type = 'client backend' and state <> 'idle'
)
"""

_SMALL_TABLES = """
select c.oid::regclass::text from pg_class as c join pg_tablespace as t on t.oid = c.reltablespace
where spcname = %s and relkind = 'r'
"""


@dataclass(frozen=True)
class Result:
    """What became of one bad input; `faults` is empty where it is what it must be."""

    bad_input: BadInput
    outcome: str
    message: str
    faults: tuple[str, ...] = ()


@dataclass
class Trial:
    """A warehouse that `prepared` made ready."""

    dsn: str
    has_small_disk: bool
    good_day: list[tuple[Any, ...]] = field(default_factory=list)

    def of(self, bad_input: BadInput, folder: Path) -> Result:
        """Load one input, made in the empty `folder`."""
        if SMALL_TABLESPACE in bad_input.options and not self.has_small_disk:
            return Result(bad_input, "skipped", "no small disk could be made here")
        outcome, message, codes, rows = self._loaded(bad_input, bad_input.write(folder))
        faults = [*self._wrong_outcome(bad_input, outcome, message, codes, rows), *self._left_behind()]
        return Result(bad_input, outcome, message, tuple(faults))

    def _loaded(self, bad_input: BadInput, path: Path) -> tuple[str, str, dict[str, int], int]:
        """(outcome, message, rows in quarantine by reason, rows in the warehouse)."""
        changes = [bad_input.while_read] if bad_input.while_read else []

        def change(_name: str, _share: float) -> None:
            while changes:
                changes.pop()(path)

        dsn = psycopg.conninfo.make_conninfo(self.dsn, options=bad_input.options)
        try:
            report = load_file(dsn, path, pseudonym_key=KEY, source=bad_input.source, on_progress=change)
        except UnknownFile as error:
            return "unknown", str(error), {}, 0
        except psycopg.Error as error:
            return "failed", str(error), {}, 0
        except Exception as error:  # what the bench is there to find
            return "crashed", repr(error), {}, 0
        outcome = "quarantined" if report.status == "loaded" and report.rows_quarantined else report.status
        return outcome, _message(report), report.quarantine_reasons, report.rows_loaded

    def _wrong_outcome(
        self, bad_input: BadInput, outcome: str, message: str, codes: dict[str, int], rows: int
    ) -> Iterator[str]:
        if outcome not in bad_input.outcomes:
            yield f"{outcome}, and should be {' or '.join(bad_input.outcomes)}"
        elif outcome == "quarantined":
            if bad_input.says and not set(codes) <= set(bad_input.says.split("|")):
                yield f"quarantined as {', '.join(codes)}, and should be {bad_input.says}"
        elif bad_input.says and bad_input.says not in message:
            yield f"the message does not say {bad_input.says!r}"
        if bad_input.good_rows is not None and outcome in ("loaded", "quarantined") and rows != bad_input.good_rows:
            yield f"{rows} rows loaded, and should be {bad_input.good_rows}"
        if outcome in ("unknown", "refused"):
            yield from _unclear(message)

    def _left_behind(self) -> Iterator[str]:
        with psycopg.connect(self.dsn) as connection:
            if _good_day(connection) != self.good_day:
                yield "the good day is not what it was"
            yield from (fault for (fault,) in connection.execute(_INCONSISTENT))


def try_inputs(
    dsn: str,
    folder: Path,
    on_progress: Callable[[Result, int, int], None] | None = None,
    inputs: Sequence[BadInput] | None = None,
    *,
    admin_url: str | None = None,
) -> list[Result]:
    """Load each input (default: all) into the empty migrated warehouse `dsn`; files are made below `folder`.

    `on_progress` gets each result, how many are done, and of how many. With `admin_url` a full disk is tried, too.
    """
    chosen = bad_inputs() if inputs is None else inputs
    results: list[Result] = []
    with prepared(dsn, folder, admin_url) as trial:
        for number, bad_input in enumerate(chosen, start=1):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                results.append(trial.of(bad_input, Path(place)))
            if on_progress:
                on_progress(results[-1], number, len(chosen))
    return results


def counts(results: Sequence[Result]) -> dict[str, Counter[str]]:
    """Of each group: how many inputs were tried, had which outcome, and were not what they must be (`faulty`)."""
    groups: dict[str, Counter[str]] = {}
    for result in results:
        group = groups.setdefault(result.bad_input.group, Counter())
        group.update(["tried", result.outcome, *(["faulty"] if result.faults else [])])
    return groups


@contextmanager
def prepared(dsn: str, folder: Path, admin_url: str | None = None) -> Iterator[Trial]:
    """The warehouse with one good day in it, and, for an administrator on Linux, a disk that is soon full."""
    path = folder / f"transactions_{GOOD_DAY}.csv"
    path.write_text(
        "\n".join(
            [
                "purchdate;amount;mcc;mrchcity;mrchname;cnum",
                *(line.replace("2025-03-01", GOOD_DAY) for line in good(20)),
                row(GOOD_DAY),
                "",
            ]
        )
    )
    load_file(dsn, path, pseudonym_key=KEY)
    with psycopg.connect(dsn) as connection:
        good_day = _good_day(connection)
    assert len(good_day) == 21
    with _small_disk(dsn, admin_url) as has_small_disk:
        yield Trial(dsn, has_small_disk, good_day)


@contextmanager
def _small_disk(dsn: str, admin_url: str | None) -> Iterator[bool]:
    """A tablespace on a disk of 4 MiB in memory; False where none can be made."""
    if admin_url is None or os.geteuid() != 0 or shutil.which("mount") is None:
        yield False
        return
    place = Path(tempfile.mkdtemp(prefix="lyra-small-"))
    place.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        place.rmdir()
        yield False
        return
    try:
        data = place / "data"
        data.mkdir(mode=0o700)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            shutil.chown(data, Path(_one(admin, "show data_directory")).stat().st_uid)
            admin.execute(f"create tablespace {SMALL_TABLESPACE} owner lyra_pipeline location '{data}'")
        yield True
    finally:
        with psycopg.connect(dsn, autocommit=True) as owner:
            for (table,) in owner.execute(_SMALL_TABLES, [SMALL_TABLESPACE]).fetchall():
                owner.execute(f"drop table {table}")
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(f"drop tablespace if exists {SMALL_TABLESPACE}")
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def _one(connection: psycopg.Connection, statement: str) -> str:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


def _message(report: LoadReport) -> str:
    return f"{report.file}: {report.reason or report.status}"


def _unclear(message: str) -> Iterator[str]:
    if found := _INTERNAL.search(message):
        yield f"the message holds {found[0]!r}"
    if "othing was changed" not in message:
        yield "the message does not say that nothing was changed"
    if not message.replace("\n", "").isprintable():
        yield "the message holds signs that cannot be shown"


def _good_day(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select rows.*, merchant_name, city, status, row_count, file_days.amount from raw.transactions as rows "
        "join raw.store_spellings using (spelling_id) join ingest.files using (file_id) "
        "join ingest.file_days using (file_id, business_date) where business_date = %s order by line_number",
        [GOOD_DAY],
    ).fetchall()
