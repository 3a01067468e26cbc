"""Answers to the vectors of who belongs to a network and what it keeps: mailboxes, statements, keystores."""

from collections.abc import Callable

from tests.oracle.charter import Charter
from tests.oracle.codec import Refused
from tests.oracle.directory import fold
from tests.oracle.entries import ids_of, parse_entry, parse_statement, verify_signer
from tests.oracle.keystore import open_keystore
from tests.oracle.mailbox import verify_page
from tests.oracle.shape import need
from tests.oracle.signed import Identity
from tests.oracle.vector import Vector


def answer_mailbox(vector: Vector) -> bool:
    """Verify a fetch answer."""
    items = verify_page(vector.blob("page"), vector.blob("network"), vector.identity("hub"))
    return vector.agrees("count", items)


def answer_statement(vector: Vector) -> bool:
    """Parse a statement, and verify every signature of an entry."""
    if not vector.has("entry"):
        return vector.agrees("id", parse_statement(vector.blob("payload")).id)
    entry = parse_entry(vector.blob("entry"))
    halves = zip(vector.blobs("signer-ed25519"), vector.blobs("signer-mldsa65"), strict=True)
    identities = [Identity(*pair) for pair in halves]
    need([signer.ids for signer in entry.signers] == [ids_of(one) for one in identities], "UNKNOWN_KEY")
    for signer, identity in zip(entry.signers, identities, strict=True):
        verify_signer(entry, signer, vector.blob("network"), identity)
    return vector.agrees("id", entry.statement.id)


def answer_charter(vector: Vector) -> bool:
    """Parse a charter."""
    statement = parse_statement(vector.blob("payload"))
    if not isinstance(statement.body, Charter):
        raise Refused("MALFORMED")
    return vector.agrees("digest", statement.id)


def answer_directory(vector: Vector) -> bool:
    """Fold a directory from its pinned charter on."""
    state = fold(vector.blob("pin"), vector.blobs("entry"))
    named = vector.fields.get("participant", []) == state.network.participants()
    return vector.agrees("root", state.root()) and named


def answer_keystore(vector: Vector) -> bool:
    """Open a keystore file."""
    return vector.agrees("secrets", open_keystore(vector.blob("file"), vector.text("passphrase")))


ANSWERS: dict[str, Callable[[Vector], bool]] = {
    "mailbox": answer_mailbox,
    "statement": answer_statement,
    "charter": answer_charter,
    "directory": answer_directory,
    "keystore": answer_keystore,
}
