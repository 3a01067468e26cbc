"""Tokens of programs and answers under keys came with tables of their own; a node from before has neither."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.schema import item, metadata
from nodes.token_tables import api_answer, api_token
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade


def test_a_node_from_before_takes_tokens_and_keys(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0014").after == "0014"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(item).values(id=b"i", epoch=1, wrapped_key=b"k", content=b"c"))
    assert upgrade(settings, migrations_of("nodes")).before == "0014"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        assert connection.execute(select(item.c.content)).scalars().all() == [b"c"]
        token = {"digest": b"t", "scopes": "read", "item": b"i", "made_at": 1, "ends_at": 2}
        connection.execute(insert(api_token).values(token))
        connection.execute(insert(api_answer).values(key=b"k", digest=b"d", begun_at=1))
        assert connection.execute(select(api_token.c.number, api_token.c.ended_at)).one() == (1, None)
        assert connection.execute(select(api_answer.c.status, api_answer.c.item)).one() == (None, None)
    engine.dispose()
