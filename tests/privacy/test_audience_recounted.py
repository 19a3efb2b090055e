"""Where customers also shop, counted again in pandas on a random bank; and what stands once it was told."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest

from infra.disclosure import attack_candidate
from infra.settings import Settings
from orchestration.benchmark_releases import DueMonth, Plan, append, write_plan
from tests.conftest import fresh_warehouse
from tests.dbt.recounted import read
from tests.privacy.audience_bank import MONTHS, fill_rows
from tests.privacy.compiled import build_candidate, compiled_models, prepare

VIEWERS = ["chain 0", "chain 1", "corner"]
CATEGORIES = [f"category {number}" for number in range(5)]
CITIES = [f"town {number}" for number in range(3)]
Told = dict[tuple[Any, ...], tuple[int | None, str | None]]
"""Month, viewer, figure, category, city -> count and reason."""


def purchases() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    count = 16_000
    groups = [*VIEWERS, *(f"group {number}" for number in range(14))]
    weights = np.array([4, 4, 0.6, *rng.uniform(0.3, 2, 14)])
    group = rng.choice(groups, count, p=weights / weights.sum())
    customer = rng.integers(1, 420, count)
    return pd.DataFrame(
        {
            "day": rng.choice(np.array(MONTHS), count),
            "customer": customer,
            "group": group,
            "city": np.where(rng.random(count) < 0.75, CITIES[0], rng.choice(CITIES[1:], count)),
            "category": rng.choice(CATEGORIES, count, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "amount": np.round(rng.lognormal(5, 0.5, count), 2) * np.where(rng.random(count) < 0.04, -1, 1),
        }
    )


@pytest.fixture(scope="module")
def bank(cluster: Settings) -> Iterator[tuple[str, pd.DataFrame]]:
    """URL of a warehouse in which the figures were released, and the purchases."""
    rows = purchases()
    with fresh_warehouse(cluster) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            prepare(connection)
            fill_rows(connection, rows, VIEWERS)
            build_candidate(connection, MONTHS)
            report = attack_candidate(connection)
            assert report.passed, report.breaches
            append(connection, "run", {})
        yield url, rows


def few(count: int) -> bool:
    return 0 < count < 30


def reason_of(base: int, buyers: pd.DataFrame) -> str | None:
    """`buyers`: the receipts that the base's customers have from others."""
    count = buyers["customer"].nunique()
    if count < 30:
        return "few_customers"
    if few(base - count):
        return "nearly_all"
    return "few_groups" if buyers["group"].nunique() < 5 else None


def recounted(rows: pd.DataFrame) -> Told:
    told: Told = {}
    receipts = rows[rows["amount"] > 0]
    for viewer in VIEWERS:
        own, others = receipts[receipts["group"] == viewer], receipts[receipts["group"] != viewer]
        for at, month in enumerate(MONTHS):
            base = set(own.loc[own["day"] == month, "customer"])
            buyers = others[(others["day"] == month) & others["customer"].isin(base)]
            if len(base) >= 30:
                for category, here in buyers.groupby("category"):
                    told |= _also_shop((month, viewer), str(category), len(base), here)
            if at < 5:
                continue
            for category in CATEGORIES:
                mine = own[own["category"] == category]
                lapsed = set(mine.loc[mine["day"].isin(MONTHS[at - 5 : at - 2]), "customer"])
                lapsed -= set(mine.loc[mine["day"].isin(MONTHS[at - 2 : at + 1]), "customer"])
                since = others[others["day"].isin(MONTHS[at - 2 : at + 1]) & (others["category"] == category)]
                since = since[since["customer"].isin(lapsed)]
                if len(lapsed) < 30:
                    told |= {(month, viewer, "lapsed", category, "*"): (None, "few_own_customers")} if lapsed else {}
                elif len(since):
                    reason = reason_of(len(lapsed), since)
                    told[month, viewer, "lapsed", category, "*"] = number(since, reason)
    return told


def _also_shop(at: tuple[date, str], category: str, base: int, here: pd.DataFrame) -> Told:
    reason, everywhere = reason_of(base, here), here["customer"].nunique()
    told: Told = {(*at, "also_shop", category, "*"): number(here, reason)}
    cities = {str(city): rows for city, rows in here.groupby("city")}
    counts = {city: rows["customer"].nunique() for city, rows in cities.items()}
    withheld = {
        city for city, rows in cities.items() if reason or reason_of(base, rows) or few(everywhere - counts[city])
    }
    several = int((here.groupby("customer")["city"].nunique() > 1).sum())
    hidden = sum(counts[city] for city in withheld)
    left = sorted(set(cities) - withheld, key=lambda city: (counts[city], city))
    if left and (few(hidden) or (not hidden and few(several))):
        withheld.add(left[0])
    return told | {
        (*at, "overlap", category, city): number(rows, "complement" if city in withheld else None)
        for city, rows in cities.items()
    }


def number(buyers: pd.DataFrame, reason: str | None) -> tuple[int | None, str | None]:
    return (None if reason else 5 * round(buyers["customer"].nunique() / 5)), reason


def test_every_count_is_that_of_pandas_and_every_reason_too(bank: tuple[str, pd.DataFrame]) -> None:
    url, rows = bank
    found = read(url, "select * from benchmarks.audience_figures where figure <> 'wallet' and category_code <> '*'")
    told = {
        (row.period_start, row.legal_group, row.figure, row.category_code, row.city_code): (
            None if pd.isna(row.customer_count) else int(row.customer_count),
            row.reason_code if row.status == "withheld" else None,
        )
        for row in found.itertuples()
    }
    assert told == recounted(rows)
    kinds = Counter((key[2], reason) for key, (_, reason) in told.items())
    assert min(kinds["also_shop", None], kinds["overlap", None], kinds["lapsed", None]) > 0, kinds
    assert {"few_customers", "complement", None} <= {reason for _, reason in kinds}


def test_the_wallet_is_the_own_share_of_what_these_customers_spend(bank: tuple[str, pd.DataFrame]) -> None:
    url, rows = bank
    found = read(url, "select * from benchmarks.audience_figures where figure = 'wallet' and status = 'published'")
    assert len(found) > 5
    for row in found.itertuples():
        month = rows[rows["day"] == row.period_start]
        base = month.loc[(month["group"] == row.legal_group) & (month["amount"] > 0), "customer"]
        spent = month[month["customer"].isin(set(base)) & (month["category"] == row.category_code)]
        own = spent.loc[spent["group"] == row.legal_group, "amount"].sum()
        assert float(row.money_share) == pytest.approx(own / spent["amount"].sum(), abs=0.005001)


def test_a_correction_repeats_what_was_told(bank: tuple[str, pd.DataFrame]) -> None:
    url, _ = bank
    columns = "legal_group, figure, city_code, category_code, base_count, customer_count, money_share, status"
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction(force_rollback=True):
        release, month = connection.execute(
            "select release_id, period_start from benchmarks.releases order by 1 desc limit 1"
        ).fetchone() or (0, MONTHS[-1])
        before = connection.execute(
            f"select {columns} from benchmarks.audience_figures where release_id = %s order by 1, 2, 3, 4",  # type: ignore[arg-type]
            [release],
        ).fetchall()
        connection.execute("delete from marts.fct_transactions where customer_id < 50")
        write_plan(connection, Plan((DueMonth(month, date(2025, 7, 1), None, None, release),)))
        for name, query in compiled_models():
            if name.startswith("audience_"):
                connection.execute(f"drop table benchmark_candidate.{name}")  # type: ignore[arg-type]
                connection.execute(f"create table benchmark_candidate.{name} as {query}")  # type: ignore[arg-type]
        again = connection.execute(
            f"select {columns} from benchmark_candidate.audience_figures order by 1, 2, 3, 4"  # type: ignore[arg-type]
        ).fetchall()
        assert again == before
        assert attack_candidate(connection).passed
