"""The overview as the bank's staff see it: the same charts, of one merchant that they choose first."""

from dataclasses import replace

from lyra_superset.dashboards.datasets import FRESHNESS
from lyra_superset.dashboards.model import Filter, Text
from lyra_superset.dashboards.overview import CATEGORY, CITY, MODEL, OVERVIEW, PERIOD, STORE
from lyra_superset.tenancy.scope import STAFF

MERCHANT = Filter("merchant", Text("Клиент", "Merchant"), FRESHNESS, "tenant_name", order_metric=None, default=None)

# The choices are the chosen merchant's own. Its first is "all" (see the orders in datasets.py): with a fixed default, a
# city of the merchant before would stay chosen, and every number would be "no data".
OF_MERCHANT = tuple(replace(one, default=None, parents=(MERCHANT.key, *one.parents)) for one in (CATEGORY, CITY, STORE))

OVERVIEW_BANK = replace(
    OVERVIEW,
    slug="overview-bank",
    title=Text("Обзор клиента", "Merchant overview"),
    description=Text("Обзор одного клиента для сотрудников банка", "One merchant's overview, for the bank's staff"),
    readers=(STAFF,),
    filters=(MERCHANT, PERIOD, *OF_MERCHANT, MODEL),
    charts_of=OVERVIEW.slug,
)
