"""The whole chain, tried as its users would: operator, data engineer, ML engineer."""

import datetime
import json
import os
import signal
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path

import pandas as pd
import psutil

from tests.end_to_end.conftest import Stack


def source_rows(stack: Stack) -> pd.DataFrame:
    """Every line of the bank's transaction files, as text, broken lines included."""
    folder = stack.settings.home / "source"
    lines = [
        line.split(";")
        for path in sorted(folder.glob("*/transactions/*.csv"))
        for line in path.read_bytes().decode("windows-1251").splitlines()[1:]
    ]
    return pd.DataFrame({"fields": lines})


def test_everything_that_should_run_is_healthy_and_nothing_is_red(stack: Stack) -> None:
    status = stack.status()
    assert status["is_good"], json.dumps(status, ensure_ascii=False, indent=1)
    assert status["memory_bytes"] < 2.5 * 2**30


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    ports = {stack.settings.port_base + offset for offset in range(5)}
    listening = {
        (connection.laddr.port, connection.laddr.ip)
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port in ports
    }
    assert {port for port, _ in listening} == ports
    assert {address.removeprefix("::ffff:") for _, address in listening} == {"127.0.0.1"}


def test_every_line_of_the_files_is_loaded_or_in_quarantine(stack: Stack) -> None:
    read, loaded, quarantined, repeated = stack.query(
        "select sum(rows_read), sum(rows_loaded), sum(rows_quarantined), sum(rows_repeated) "
        "from ingest.files where kind = 'transactions' and status = 'loaded'"
    )[0]
    assert read == len(source_rows(stack)) == loaded + quarantined + repeated
    assert quarantined > 0
    assert stack.query("select count(*) from raw.transactions") == [(loaded,)]


def test_money_is_the_same_at_every_layer(stack: Stack) -> None:
    sums = stack.query(
        "select (select sum(amount_loaded) from ingest.files where kind = 'transactions' and status = 'loaded'), "
        "(select sum(amount) from raw.transactions), (select sum(amount) from staging.stg_bank__transactions), "
        "(select sum(amount) from marts.fct_transactions)"
    )[0]
    assert len(set(sums)) == 1, sums


def test_the_published_revenue_is_that_of_the_facts(stack: Stack) -> None:
    published = stack.query(
        "select t.legal_group, m.value from serving.overview_metrics m join security.tenants t using (tenant_id) "
        "where metric_code = 'revenue' and period_en = 'Last 90 days' and city_en = 'All cities' "
        "and category_en = 'All categories' and store_name_en = 'All stores' and status = 'published'"
    )
    assert len(published) >= 3
    for group, value in published:
        expected = stack.query(
            "select sum(f.amount) from marts.fct_transactions f join marts.dim_stores s using (store_id) "
            "where s.legal_group = %s "
            "and f.business_date > (select max(business_date) from marts.fct_transactions) - 90",
            group,
        )[0][0]
        assert value == expected, group


def test_the_champion_scored_every_customer_and_its_run_is_in_mlflow(stack: Stack) -> None:
    champion = stack.query(
        "select model_version, run_id, metrics from predictions.deployments "
        "where model_name = 'purchasing-power' and alias = 'champion' order by deployment_id desc limit 1"
    )
    assert len(champion) == 1
    version, run_id, metrics = champion[0]
    assert metrics["mae_30"] > 0
    scored = stack.query(
        "select horizon_days, count(distinct customer_id), count(*), bool_and(p10_amount <= p50_amount "
        "and p50_amount <= p90_amount) from predictions.purchasing_power where model_version = %s "
        "group by 1 order by 1",
        version,
    )
    assert [(horizon, customers == rows, ordered) for horizon, customers, rows, ordered in scored] == [
        (30, True, True),
        (90, True, True),
    ]
    answer = mlflow_get(stack, f"runs/get?run_id={run_id}")
    assert {"mae_30", "wape_30", "spearman_30", "gini_30"} <= {m["key"] for m in answer["run"]["data"]["metrics"]}
    experiment = answer["run"]["info"]["experiment_id"]
    learners = mlflow_post(stack, "runs/search", {"experiment_ids": [experiment], "max_results": 50})
    tags = [{tag["key"]: tag["value"] for tag in run["data"]["tags"]} for run in learners["runs"]]
    assert {"rate", "lightgbm", "encoder"} <= {tag["learner"] for tag in tags if "learner" in tag}
    assert any("dagster.run_id" in tag for tag in tags)


def mlflow_get(stack: Stack, path: str) -> dict:
    return _mlflow(stack, urllib.request.Request(f"{stack.url('mlflow')}/api/2.0/mlflow/{path}"))


def mlflow_post(stack: Stack, path: str, body: dict) -> dict:
    return _mlflow(
        stack,
        urllib.request.Request(
            f"{stack.url('mlflow')}/api/2.0/mlflow/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        ),
    )


def _mlflow(stack: Stack, request: urllib.request.Request) -> dict:
    import base64

    login = f"admin:{stack.settings.secrets['mlflow_admin_password']}".encode()
    request.add_header("Authorization", f"Basic {base64.b64encode(login).decode()}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_mlflow_and_superset_show_nothing_without_a_login(stack: Stack) -> None:
    for url in (
        f"{stack.url('mlflow')}/api/2.0/mlflow/experiments/search?max_results=1",
        f"{stack.url('superset')}/api/v1/dashboard/",
    ):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                code = answer.status
        except urllib.error.HTTPError as error:
            code = error.code
        assert code in (401, 403), url


def test_a_second_up_redoes_nothing(stack: Stack) -> None:
    before = stack.query("select count(*), max(published_at) from monitor.releases"), stack.status()["services"]
    begun = time.monotonic()
    stack.lyra("up")
    seconds = time.monotonic() - begun
    after = stack.query("select count(*), max(published_at) from monitor.releases"), stack.status()["services"]
    assert before[0] == after[0]
    assert [s["pid"] for s in before[1]] == [s["pid"] for s in after[1]]
    print(f"second up: {seconds:.1f} s")


def test_a_killed_service_is_seen_and_the_next_up_starts_it(stack: Stack) -> None:
    pid = next(s["pid"] for s in stack.status()["services"] if s["name"] == "mlflow")
    os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    status = stack.status()
    assert not status["is_good"]
    assert next(s["state"] for s in status["services"] if s["name"] == "mlflow") == "down"
    stack.lyra("up")
    assert stack.status()["is_good"]


def group_revenue(stack: Stack) -> Decimal:
    return stack.query(
        "select sum(value) from serving.overview_metrics where metric_code = 'revenue' "
        "and period_en = 'Last 30 days' and city_en = 'All cities' and category_en = 'All categories' "
        "and store_name_en = 'All stores'"
    )[0][0]


def last_day(stack: Stack) -> datetime.date:
    return stack.query("select max(business_date) from marts.fct_transactions")[0][0]


def test_a_corrected_file_replaces_its_days_on_the_dashboard_and_loading_it_again_changes_nothing(
    stack: Stack, tmp_path: Path
) -> None:
    day = last_day(stack)
    merchant, city, customer_file = busiest_tenant_store(stack, day)
    folder = stack.settings.home / "source"
    original = next(folder.glob(f"*/transactions/*{day.isoformat()}*.csv"))
    corrected = tmp_path / original.name
    header, *lines = original.read_bytes().decode("windows-1251").splitlines()
    lines.append(";".join([day.isoformat(), "1234567.89", "5411", city, merchant, customer_file]))
    corrected.write_bytes(("\r\n".join([header, *lines]) + "\r\n").encode("windows-1251"))
    before = group_revenue(stack)
    stack.lyra("load", str(corrected))
    assert group_revenue(stack) == before + Decimal("1234567.89")
    rows = stack.query("select count(*), sum(amount) from raw.transactions")
    stack.lyra("load", str(corrected))
    assert stack.query("select count(*), sum(amount) from raw.transactions") == rows
    assert group_revenue(stack) == before + Decimal("1234567.89")


def busiest_tenant_store(stack: Stack, day: datetime.date) -> tuple[str, str, str]:
    """Merchant name and city as the bank spells them, of a tenant's store, and any customer identifier of the file."""
    merchant, city = stack.query(
        "select p.merchant_name, p.city from raw.transactions r join raw.store_spellings p using (spelling_id) "
        "join marts.dim_stores s on s.merchant_name = p.merchant_name "
        "join security.tenants t on t.legal_group = s.legal_group and t.is_active "
        "where r.business_date = %s group by 1, 2 order by count(*) desc limit 1",
        day,
    )[0]
    folder = stack.settings.home / "source"
    path = next(folder.glob(f"*/transactions/*{day.isoformat()}*.csv"))
    header, first, *_ = path.read_bytes().decode("windows-1251").splitlines()
    return merchant, city, first.split(";")[header.split(";").index("cnum")]


def test_a_failing_check_publishes_nothing_and_the_dashboards_stay(stack: Stack) -> None:
    day = last_day(stack)
    before = group_revenue(stack), stack.query("select max(published_at) from monitor.releases")
    [(file_id, line_number, amount)] = stack.query(
        "select file_id, line_number, amount from raw.transactions where business_date = %s and amount > 0 limit 1", day
    )
    with_amount = "update raw.transactions set amount = %s where file_id = %s and line_number = %s returning amount"
    stack.query(with_amount, amount + 1000, file_id, line_number)
    try:
        result = stack.lyra("run", "--date", day.isoformat(), check=False)
        assert result.returncode != 0
        assert group_revenue(stack) == before[0]
        assert stack.query("select max(published_at) from monitor.releases") == before[1]
        assert not stack.status()["is_good"]
    finally:
        stack.query(with_amount, amount, file_id, line_number)
    stack.lyra("run", "--date", day.isoformat())
    assert group_revenue(stack) == before[0]
    assert stack.status()["is_good"]


def test_a_file_in_the_landing_folder_is_found_and_loaded(stack: Stack) -> None:
    day = last_day(stack) + datetime.timedelta(days=1)
    merchant, city, customer = busiest_tenant_store(stack, last_day(stack))
    landed = stack.settings.landing / f"transactions_{day.isoformat()}.csv"
    landed.parent.mkdir(exist_ok=True)
    landed.write_bytes(
        f"purchdate;amount;mcc;mrchcity;mrchname;cnum\r\n{day};99.50;5411;{city};{merchant};{customer}\r\n".encode(
            "windows-1251"
        )
    )
    deadline = time.monotonic() + 600
    while stack.status()["loaded_until"] != day.isoformat():
        assert time.monotonic() < deadline, stack.lyra("logs", "dagster-daemon", check=False).stdout[-3000:]
        time.sleep(5)


def test_a_new_merchant_gets_a_page_and_a_disabled_one_no_login(stack: Stack) -> None:
    [(group,)] = stack.query(
        "select s.legal_group from marts.dim_stores s left join security.tenants t using (legal_group) "
        "where t.tenant_id is null group by 1 order by count(*) desc, 1 limit 1"
    )
    stack.lyra("tenant", "add", "Новичок", "--group", group, "--login", "novichok", "--language", "ru")
    stack.lyra("run", "--only-serving")
    assert stack.query("select count(*) from serving.overview_metrics where tenant_name = 'Новичок'")[0][0] > 0
    can_log_in = (
        "select rolcanlogin from pg_roles join security.tenants on role_name = rolname where login = 'novichok'"
    )
    assert stack.query(can_log_in) == [(True,)]
    stack.lyra("tenant", "disable", "novichok")
    assert stack.query(can_log_in) == [(False,)]
    assert stack.status()["is_good"]


def test_the_operator_puts_another_model_in_charge_and_goes_back(stack: Stack) -> None:
    deployed = "select model_version, learner, deployed_by from predictions.deployments "
    deployed += "where alias = 'champion' and model_name = %s"
    champion, learner, _ = stack.query(f"{deployed} order by deployment_id desc limit 1", "retention")[0]
    listed = stack.lyra("model", "list").stdout
    assert {"purchasing-power", "retention", "demand"} <= set(listed.split())
    assert "champion" in listed
    other = 1 if champion != 1 else 2
    compared = stack.lyra("model", "compare", "retention", str(champion), str(other)).stdout
    assert "brier_30" in compared
    stack.lyra("model", "promote", "retention", str(other), "--reason", "tried by hand")
    assert stack.query(f"{deployed} order by deployment_id desc limit 1", "retention")[0][0] == other
    stack.lyra("model", "rollback", "retention", "--reason", "back again")
    assert stack.query(f"{deployed} order by deployment_id desc limit 1", "retention")[0][:2] == (champion, learner)
    refused = stack.lyra("model", "promote", "retention", "999", "--reason", "no such", check=False)
    assert refused.returncode == 2
    assert "no version 999" in refused.stderr
