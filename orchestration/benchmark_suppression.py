"""What no rule foresaw and the attack still tells: withheld in the candidate, which is then attacked again."""

from datetime import date

import pandas as pd
import psycopg
from psycopg import sql

from infra.disclosure import AttackReport, attack_release
from infra.disclosure.published import PublishedRules, is_kind
from orchestration.months import month_of

ROUNDS = 6
MOST_WITHHELD = 0.05
"""Share of the published peer groups' months. Where the attack tells more, a rule is broken, and nothing is mended."""

GROWTH = ("growth", "growth_last_year")
REASON = "estimable"
Place = tuple[int, date]
"""A peer group in a month."""


def withhold_told(connection: psycopg.Connection, rules: PublishedRules) -> list[Place]:
    """Withhold in the candidate what the attack tells: first who the customers are, then growth, which sets two months
    side by side, then all of the peer group's month. Returns what was withheld; what stands in earlier releases cannot
    be."""
    published = set(
        connection.execute(
            "select distinct peer_group_id, period_start from benchmark_candidate.peer_figures "
            "where status = 'published'"
        ).fetchall()
    )
    limit = max(MOST_WITHHELD * len(published), 1)
    withheld: set[Place] = set()
    for _ in range(ROUNDS):
        told = _places(attack_release(connection, rules)) & published
        if not told or len(withheld | told) > limit:
            break
        if not (
            _withhold_mix(connection, told) or _withhold(connection, told, GROWTH) or _withhold(connection, told, None)
        ):
            break
        withheld |= told
    return sorted(withheld)


def _places(report: AttackReport) -> set[Place]:
    """Where the breaches are: peer group, and the months whose figures are of the month that is told: growth looks
    back, the mix of customers does not."""
    places = set()
    for place, period, base in report.breaches[["place", "period", "base"]].itertuples(index=False):
        group = int(str(place).rsplit("/", 1)[1])
        month = pd.Timestamp(period).date()
        places |= {(group, month_of(month, later)) for later in ((0,) if is_kind(str(base)) else (0, 1, 12))}
    return places


def _withhold(connection: psycopg.Connection, places: set[Place], metrics: tuple[str, ...] | None) -> int:
    """Takes these metrics' numbers out of the candidate, or with None whole rows; returns the rows that had some."""
    whole = metrics is None
    metrics = metrics or _metrics(connection)
    numbers = [f"{side}_{metric}_index" for metric in metrics for side in ("peer", "lower_quartile", "upper_quartile")]
    bands = ["peer_count_band", "rank_band", "market_share_band", "price_position"] if whole else []
    changes = [sql.SQL("{} = null").format(sql.Identifier(name)) for name in (*numbers, *bands)]
    changes += [
        sql.SQL("{status} = {reason}").format(status=sql.Identifier(f"{metric}_status"), reason=sql.Literal(REASON))
        for metric in metrics
    ]
    if whole:
        changes.append(sql.SQL("status = 'withheld', reason_code = {}").format(sql.Literal(REASON)))
    shown = [sql.SQL("{} is not null").format(sql.Identifier(name)) for name in (*numbers, *bands)]
    query = sql.SQL(
        "update benchmark_candidate.peer_figures set {changes} "
        "where (peer_group_id, period_start) in (select * from unnest(%s::bigint[], %s::date[])) and ({shown})"
    ).format(changes=sql.SQL(", ").join(changes), shown=sql.SQL(" or ").join(shown))
    groups, months = zip(*sorted(places), strict=True)
    return connection.execute(query, [list(groups), list(months)]).rowcount


def _withhold_mix(connection: psycopg.Connection, places: set[Place]) -> int:
    """Takes the shares of kinds of customers out of the candidate; returns the rows that had some. What an earlier
    release told stays told."""
    groups, months = zip(*sorted(places), strict=True)
    return connection.execute(
        "with told as (delete from benchmark_candidate.peer_mix using benchmarks.due_months "
        "where due_months.period_start = peer_mix.period_start and supersedes is null and status = 'published' "
        "and (peer_group_id, peer_mix.period_start) in (select * from unnest(%s::bigint[], %s::date[])) "
        "returning peer_mix.*) "
        "insert into benchmark_candidate.peer_mix "
        "(period_start, legal_group, peer_group_id, dimension_code, member_code, status, reason_code) "
        "select distinct period_start, legal_group, peer_group_id, dimension_code, 'all', 'withheld', %s from told",
        [list(groups), list(months), REASON],
    ).rowcount


def _metrics(connection: psycopg.Connection) -> tuple[str, ...]:
    rows = connection.execute(
        "select left(column_name, -7) from information_schema.columns where table_schema = 'benchmark_candidate' "
        "and table_name = 'peer_figures' and column_name like '%\\_status' order by ordinal_position"
    )
    return tuple(str(name) for (name,) in rows)
