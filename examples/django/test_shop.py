"""What the shop does, each test on the tables alone."""

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F, Sum

from dsqltui.testing import Dsql


def retried(work, attempts: int = 5):
    """Run work in a transaction until it commits; how many attempts that took."""
    for attempt in range(1, attempts + 1):
        try:
            with transaction.atomic():
                work()
        except OperationalError as lost:
            if "OC00" not in str(lost) or attempt == attempts:
                raise
        else:
            return attempt
    return attempts


def test_orders_are_counted(dsql: Dsql) -> None:
    from shop.models import Customer

    andy = Customer.objects.create(name="Andy")
    for cents in (100, 250):
        andy.orders.create(cents=cents)
    assert andy.orders.aggregate(Sum("cents"))["cents__sum"] == 350


def test_nothing_is_left_of_it(dsql: Dsql) -> None:
    from shop.models import Customer, Order

    assert (Customer.objects.count(), Order.objects.count()) == (0, 0)


@pytest.mark.dsql(conflict_every=2)
def test_points_in_spite_of_conflicts(dsql: Dsql) -> None:
    from shop.models import Customer

    retried(lambda: Customer.objects.create(name="Belle"))
    took = [retried(lambda: Customer.objects.update(points=F("points") + 1)) for _ in range(3)]
    assert sum(took) > 3
    assert Customer.objects.get().points == 3


def test_it_is_aurora_dsql(dsql: Dsql) -> None:
    assert connection.vendor == "dsql"
    with connection.cursor() as cursor:
        cursor.execute("select sys.dsql_major_version()")
        assert cursor.fetchone() == (1,)
