"""Django with AWS's adapter (aurora-dsql-django): settings made from the simulator, tables made once.

Django's own isolation makes a test database and rolls back to savepoints, neither of which Aurora DSQL has. The fixture
`dsql` puts the data back instead, so nothing of django.test is needed.
"""

import django
import pytest
from django.conf import settings

from dsqltui.testing import Dsql


@pytest.fixture(scope="session", autouse=True)
def django_on_dsql(dsql_environ: Dsql) -> None:
    at = dsql_environ.endpoint
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "aurora_dsql_django",
                "HOST": at.host,
                "PORT": at.port,
                "USER": "admin",
                "NAME": "postgres",
                "OPTIONS": {"sslmode": "verify-full", "sslrootcert": dsql_environ.ca_file},
            }
        },
        INSTALLED_APPS=["shop"],
        USE_TZ=True,
    )
    django.setup()
    from django.db import connection
    from shop.models import Customer, Order

    with connection.schema_editor() as editor:
        for model in (Customer, Order):
            editor.create_model(model)
    connection.close()


@pytest.fixture(autouse=True)
def closed_connections(dsql: Dsql):
    """Django keeps a connection for each thread; a snapshot needs that no transaction is open on it."""
    yield
    from django.db import connections

    connections.close_all()
