"""Ends of consents came with tables of their own: a withdrawal from before still counts, content of then is locked."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from nodes.gateway.consent_store import CONSENT_TYPE, ConsentRow, Phase, current_matrix, put_consent
from nodes.gateway.contents import encode_document
from nodes.gateway.vault import Vault
from nodes.gateway.withdrawal_store import EndKind, NewEnd, ends_of, put_end
from nodes.schema import inbox, metadata
from protocol.catalogue.rows import flatten
from protocol.ids import MessageId, NodeId, Reference
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade
from tests.simulators.consents import RECORD
from tests.simulators.party import CountingEntropy

CONSENT = Reference(bytes.fromhex(RECORD["consent_id"]))
WITHDRAWAL = {
    "case_ref": "L7K2-NA",
    "phase": "withdraw",
    "consent_id": RECORD["consent_id"],
    "version": 1,
    "withdrawal": {
        "scope": "part",
        "categories": ["HE"],
        "at": "2026-10-02T17:15:00Z",
        "channel": "phone",
        "told": "Yes.",
    },
}


class _Epochs:
    current = 1
    oldest = 1

    def wrap(self, item_id: bytes, key: bytes) -> bytes:
        del item_id
        return key

    def unwrap(self, epoch: int, item_id: bytes, wrapped: bytes) -> bytes:
        del epoch, item_id
        return wrapped


def test_consents_from_before_mean_what_they_meant(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0006").after == "0006"
    engine, vault = create_engine(settings.url), Vault(_Epochs(), CountingEntropy("old"))

    def row(phase: Phase, item: bytes) -> ConsentRow:
        return ConsentRow(
            id=CONSENT,
            version=1,
            phase=phase,
            holder=NodeId("lotse.at"),
            item=item,
            recorded_at=5,
            expires_at=9,
        )

    with engine.begin() as connection:
        put_consent(connection, row(Phase.RECORD, vault.put(connection, encode_document(flatten(RECORD)))))
        put_consent(connection, row(Phase.WITHDRAW, vault.put(connection, encode_document(flatten(WITHDRAWAL)))))
        connection.execute(
            insert(inbox).values(
                channel="cso",
                number=1,
                message=MessageId(b"m" * 32),
                state="accepted",
                type=CONSENT_TYPE,
                raw=b"r",
                logged_at=1,
                received_at=2,
                out_of_order=False,
            )
        )
    assert upgrade(settings, migrations_of("nodes")).before == "0006"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        matrix = current_matrix(connection, vault, CONSENT)
        assert matrix is not None
        assert "HE" not in {each.category for each in matrix.grants}, "the withdrawal of then still counts"
        assert len(matrix.grants) == sum(each["category"] != "HE" for each in RECORD["record"]["grants"])
        end = NewEnd(
            consent=CONSENT, version=1, holder=NodeId("lotse.at"), kind=EndKind.WITHDRAWN, whole=True, at=7,
            message=MessageId(b"w" * 32),
        )  # fmt: skip
        assert put_end(connection, end) == 1
        assert put_end(connection, end) is None, "a message tells an end once"
        assert [each.number for each in ends_of(connection, CONSENT)] == [1]
        matrix = current_matrix(connection, vault, CONSENT)
        assert matrix is not None
        assert matrix.withdrawn_at == 7
    engine.dispose()
