"""Small stores on a real database: numbers and gaps, sealed items, postings, alarms, facts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from keys.epochs import EpochKey, EpochRing
from nodes.gateway import postings, sequences
from nodes.gateway.alarms import alarms, clear_alarm, raise_alarm
from nodes.gateway.conversations import Circle, find_conversation, is_of_circle, put_conversation
from nodes.gateway.evidences import Proof, find_proof, proofs, put_proof
from nodes.gateway.postings import Kind, Posting, PostState
from nodes.gateway.replica_store import find_fact, put_fact
from nodes.gateway.search import SearchKey, items_with, put_tags
from nodes.gateway.sequences import Arrival
from nodes.gateway.vault import Vault, erase_item, items_of_old_epochs, put_rewrapped
from nodes.schema import inbox, metadata, search_tag
from protocol.errors import Code
from protocol.ids import Channel, MessageId, NodeId, Reference
from runtime.operator import OperatorError
from tests.simulators.party import CountingEntropy, Party, send

POLICE, MK = Channel("police"), NodeId("mk.ilecu")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    metadata.create_all(engine)
    with engine.connect() as found:
        yield found
    engine.dispose()


def test_gaps_open_close_and_split(connection: Connection) -> None:
    arrivals = [(1, Arrival.NEXT), (2, Arrival.NEXT), (7, Arrival.AFTER_GAP), (5, Arrival.LATE), (5, Arrival.TAKEN)]
    for number, expected in arrivals:
        assert sequences.take(connection, MK, POLICE, number, 9) is expected
    assert [(gap.low, gap.high) for gap in sequences.gaps(connection)] == [(3, 4), (6, 6)]
    for number in (3, 4, 6):
        assert sequences.take(connection, MK, POLICE, number, 9) is Arrival.LATE
    assert not sequences.gaps(connection)
    assert sequences.take(connection, MK, Channel("system"), 1, 9) is Arrival.NEXT


def test_an_own_number_is_used_once(connection: Connection) -> None:
    assert sequences.last_used(connection, MK, POLICE) == 0
    sequences.use(connection, MK, POLICE, 1)
    sequences.use(connection, MK, POLICE, 65)
    assert sequences.last_used(connection, MK, POLICE) == 65
    with pytest.raises(ValueError, match="once"):
        sequences.use(connection, MK, POLICE, 65)


def test_an_item_opens_until_its_epoch_is_gone(connection: Connection) -> None:
    entropy = CountingEntropy()
    ring = EpochRing((EpochKey(1, b"k" * 32, 0),), entropy)
    vault = Vault(ring, entropy)
    kept, erased = vault.put(connection, b"kept"), vault.put(connection, b"erased")
    assert vault.get(connection, kept) == b"kept"
    assert vault.get(connection, None) is None
    ring.begin(1)
    erase_item(connection, erased)
    (old,) = items_of_old_epochs(connection, 0, ring.current, 9)
    put_rewrapped(connection, [vault.rewrap(old)])
    ring.destroy(1)
    assert not items_of_old_epochs(connection, 0, ring.current, 9)
    assert vault.get(connection, kept) == b"kept"
    assert vault.get(connection, erased) is None
    with pytest.raises(OperatorError):
        vault.open(old)


def test_an_item_is_bound_to_its_id(connection: Connection) -> None:
    entropy = CountingEntropy()
    vault = Vault(EpochRing((EpochKey(1, b"k" * 32, 0),), entropy), entropy)
    one, other = vault.seal(b"one"), vault.seal(b"other")
    assert b"one" not in one.content
    for swapped in (
        type(one)(other.id, one.epoch, one.wrapped_key, one.content),
        type(one)(one.id, one.epoch, other.wrapped_key, one.content),
        type(one)(one.id, one.epoch, one.wrapped_key, other.content),
        type(one)(one.id, one.epoch, one.wrapped_key, one.content[:20]),
    ):
        with pytest.raises(OperatorError):
            vault.open(swapped)
    assert connection


def test_tags_need_their_key_and_go_with_the_item(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    entropy = CountingEntropy()
    vault = Vault(EpochRing((EpochKey(1, b"k" * 32, 0),), entropy), entropy)
    key = SearchKey(b"s" * 32)
    item = vault.put(connection, b"content")
    put_tags(connection, item, key.tags_of(["Ђорђевић Ohrid", 12345]))
    put_tags(connection, vault.put(connection, b"nothing"), ())
    assert connection.scalars(items_with(key.query("djordjevic OHRID 12345"))).all() == [item]
    assert not connection.scalars(items_with(key.query("djordjevic skopje"))).all()
    assert not connection.scalars(items_with(SearchKey(b"t" * 32).query("ohrid"))).all()
    assert not connection.scalars(items_with(frozenset())).all()
    erase_item(connection, item)
    assert connection.execute(select(search_tag)).all() == []


def posted(number: int, event: int, subject: bytes = b"m" * 32) -> Posting:
    return Posting(bytes([number]) * 32, Kind.RECEIPT, subject, event, b"raw")


def test_a_statement_waits_for_the_one_before_it(connection: Connection) -> None:
    postings.put_posting(connection, posted(1, 1), 10)
    postings.put_posting(connection, posted(2, 2), 11)
    postings.put_posting(connection, posted(3, 1, b"n" * 32), 12)
    postings.postpone(connection, b"\x01" * 32, 99, Code.NOT_READY)
    assert [row.posting.id[0] for row in postings.due(connection, 20, 9)] == [3]
    assert postings.next_due(connection) == 11
    assert [row.posting.id[0] for row in postings.due(connection, 99, 9)] == [1, 2, 3]
    postings.finish(connection, b"\x01" * 32, PostState.LOGGED)
    assert [row.posting.id[0] for row in postings.due(connection, 20, 9)] == [2, 3]


def test_a_repeat_offers_the_same_statement_again(connection: Connection) -> None:
    postings.put_posting(connection, posted(1, 1), 10)
    postings.finish(connection, b"\x01" * 32, PostState.REFUSED, Code.UNKNOWN_MESSAGE)
    assert postings.offer_again(connection, b"m" * 32, 30) == 1
    postings.put_posting(connection, posted(1, 1), 31)
    (row,) = postings.about(connection, b"m" * 32)
    assert (row.state, row.created_at, row.attempts) == (PostState.READY, 10, 0)
    assert postings.count_since(connection, 1, 10) == 1
    assert postings.count_since(connection, 1, 11) == 0
    assert postings.next_due(connection) == 31


def test_the_first_evidence_stays(connection: Connection) -> None:
    first = Proof(b"m" * 32, "rs.ilecu", 1, b"raw", b"", 5, 6)
    assert put_proof(connection, first)
    assert not put_proof(connection, Proof(b"m" * 32, "rs.ilecu", 1, b"other", b"", 7, 8))
    assert find_proof(connection, b"m" * 32, "rs.ilecu", 1) == first
    assert list(proofs(connection, MessageId(b"m" * 32))) == [first]


def test_findings_are_counted_and_cleared(connection: Connection) -> None:
    for at in (1, 2):
        raise_alarm(connection, "SPLIT_VIEW", "hub" * 100, at)
    (found,) = alarms(connection)
    assert (found.first_at, found.last_at, found.times, len(found.subject)) == (1, 2, 2, 200)
    clear_alarm(connection, "SPLIT_VIEW", "hub" * 100)
    assert not alarms(connection)


def test_facts_and_conversations(connection: Connection) -> None:
    assert find_fact(connection, "x") is None
    for value in (-5, 7):
        put_fact(connection, "x", value)
    assert find_fact(connection, "x") == 7
    one = put_conversation(connection, POLICE, [MK, NodeId("al.ilecu")], Reference(b"a" * 16))
    again = put_conversation(connection, POLICE, [NodeId("al.ilecu"), MK], Reference(b"b" * 16))
    assert one == again == find_conversation(connection, POLICE, [MK, NodeId("al.ilecu")])
    assert find_conversation(connection, Channel("system"), [MK, NodeId("al.ilecu")]) is None


def test_a_conversation_that_was_seen_elsewhere_is_of_no_circle(connection: Connection) -> None:
    """A peer that reuses an id elsewhere cannot make this node link the two."""
    me, skopje, tirana = Party("rs.ilecu"), Party("mk.ilecu"), Party("al.ilecu")
    known, circle = Reference(b"c" * 16), Circle(POLICE, frozenset({skopje.node}))
    assert not is_of_circle(connection, known, circle, me.node), "nothing is known of it"
    for number, to in enumerate(((me,), (me, tirana)), 1):
        sealed = send(skopje, *to, conversation=known, entropy=CountingEntropy(str(number)))
        row = {"channel": POLICE, "number": number, "message": sealed.id, "state": "accepted", "logged_at": 1}
        row |= {"raw": sealed.signed.raw, "received_at": 1, "out_of_order": False, "random": bytes([number]) * 16}
        connection.execute(insert(inbox).values(row | {"conversation": known, "sender": skopje.node}))
        assert is_of_circle(connection, known, circle, me.node) is (number == 1)
    assert not is_of_circle(connection, known, Circle(Channel("system"), circle.peers), me.node)


def test_a_conversation_begun_here_is_of_its_own_circle(connection: Connection) -> None:
    begun = put_conversation(connection, POLICE, [MK], Reference(b"a" * 16))
    assert is_of_circle(connection, begun, Circle(POLICE, frozenset({MK})), NodeId("rs.ilecu"))
    assert not is_of_circle(connection, begun, Circle(POLICE, frozenset({NodeId("al.ilecu")})), NodeId("rs.ilecu"))
