r"""`\conflicts` without a screen."""

from support.headless import Headless


def test_conflicts_of_a_script(headless: Headless) -> None:
    sql = "create schema if not exists lost; create table lost.t (id int primary key, n int); insert into lost.t values (1, 0);\n\\conflicts\n"
    ended = headless.exec("-q", "-f", "-", stdin=sql)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "A (us-east-1): 0 of 3 lost\nB: 0 of 0 lost\n"
