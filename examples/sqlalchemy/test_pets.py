"""SQLAlchemy with AWS's dialect (aurora-dsql-sqlalchemy), against a simulator of Aurora DSQL."""

from collections.abc import Iterator

import pytest
from aurora_dsql_sqlalchemy import create_dsql_engine
from sqlalchemy import Engine, String, Uuid, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from dsqltui.testing import Dsql


class Base(DeclarativeBase):
    pass


class Pet(Base):
    __tablename__ = "pet"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()"))
    name: Mapped[str] = mapped_column(String(30))


@pytest.fixture(scope="session")
def engine(dsql_environ: Dsql) -> Iterator[Engine]:
    at = dsql_environ.endpoint
    engine = create_dsql_engine(
        host=at.host,
        user="admin",
        driver="psycopg",
        connect_args={"port": at.port, "sslrootcert": dsql_environ.ca_file, "sslmode": "verify-full"},
    )
    with engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        Base.metadata.create_all(autocommit)
    yield engine
    engine.dispose()


def test_rows_are_there(engine: Engine) -> None:
    with Session(engine) as session:
        session.add_all([Pet(name="Andy"), Pet(name="Belle")])
        session.commit()
        assert session.scalar(select(func.count()).select_from(Pet)) == 2


def test_rows_are_gone_again(engine: Engine) -> None:
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Pet)) == 0


def test_the_first_committer_wins(engine: Engine) -> None:
    with Session(engine) as one, Session(engine) as two:
        one.add(Pet(name="Andy"))
        one.commit()
        one.execute(update(Pet).values(name="Anna"))
        two.execute(update(Pet).values(name="Anton"))
        one.commit()
        with pytest.raises(OperationalError, match="OC000"):
            two.commit()
