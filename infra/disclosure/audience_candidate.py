"""The candidate's figures about where customers also shop, beside what was released of the same months before."""

import pandas as pd
import psycopg
from psycopg.types.numeric import FloatLoader

from infra.disclosure.audiences import AudienceReport, Audiences, attack_audiences
from infra.disclosure.published import PublishedRules

FIGURES = (
    "period_start, legal_group, figure, city_code, category_code, base_count, customer_count, money_share, status, "
    "reason_code"
)
QUERIES = {
    "figures": f"select {FIGURES} from benchmark_candidate.audience_figures union all "
    f"select {FIGURES} from benchmarks.audience_figures "
    "where period_start in (select period_start from benchmarks.due_months)",
    "cells": "select * from benchmark_candidate.audience_cells",
    "parts": "select * from benchmark_candidate.audience_parts",
}


def attack_candidate(connection: psycopg.Connection, rules: PublishedRules | None = None) -> AudienceReport:
    """Attacks what schema `benchmark_candidate` tells of customers; it alone reads how many they really are."""
    told = connection.execute(
        "select threshold from staging.disclosure_rules where rule_code = 'minimum_customers'"
    ).fetchone()
    audiences = Audiences(**{name: _read(connection, query) for name, query in QUERIES.items()})
    return attack_audiences(audiences, rules or PublishedRules(), int(told[0]) if told else 0)


def _read(connection: psycopg.Connection, query: str) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("numeric", FloatLoader)
        cursor.execute(query)
        names = [column.name for column in cursor.description or []]
        return pd.DataFrame(cursor.fetchall(), columns=names)
