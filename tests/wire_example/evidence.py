"""The worked example's mailbox page, receipt, token, refusal and keystore."""

import hashlib

from keys.identity import IdentitySeeds
from keys.private_keys import Role, Secrets, encode_secrets
from keys.sealed_store import Cost, new_lock, open_secrets, seal_secrets
from protocol import domains
from protocol.api import Problem, encode_problem
from protocol.cbor import encode
from protocol.decision import Decision, Finding, Verdict, encode_decision
from protocol.errors import Code
from protocol.evidence import Event, Receipt, encode_receipt, parse_receipt
from protocol.ids import MessageId, PolicyDigest, Reference
from protocol.mailbox import ItemKind, MailboxItem, Page, encode_page, parse_page
from protocol.tokens import Token, TokenKind, parse_token
from tests.wire_example.book import Book
from tests.wire_example.logs import ACCEPTED, SEALED, Logged
from tests.wire_example.message import Message
from tests.wire_example.parties import ADVICE, HUB, NOW, SENDER, SHELTER, Identity, seed
from tests.wire_example.signing import sign_short


def write_page(book: Book, message: Message, logged: Logged) -> None:
    """Add what the first recipient fetches."""
    book.step("Mailbox page (4.1)", "What `ngo.kuca.rs` fetches: item 4 of its `cso` mailbox is the delivery.")
    head = encode([SHELTER.node, "cso", 4, logged.tree.size])
    signed = sign_short(book, "head", head, HUB, domains.MAILBOX)
    item = MailboxItem(4, ItemKind.MESSAGE, logged.inclusion, message.deliveries[0])
    raw = book.put("page", encode_page(Page(signed, logged.checkpoint, (item,))))
    parse_page(raw)


def write_signed(book: Book, message: Message) -> None:
    """Add a receipt and a token."""
    book.step("Receipt (4.4)", "`ngo.kuca.rs` confirms that it holds the opened message.")
    receipt = Receipt(
        event=Event.CONTENT_HANDOVER, message=MessageId(message.id), recipient=SHELTER.node, at=SEALED + 30
    )
    signed = sign_short(book, "receipt", encode_receipt(receipt), SHELTER.identity, domains.EVIDENCE)
    if parse_receipt(signed).receipt != receipt:
        raise ValueError("the receipt says something else")
    book.step("Token (4.5)", "The consent that the core names, logged by its holder before the message was sent.")
    reference = Reference(book.values()["core.consent"])
    token = Token(TokenKind.CONSENT, reference, SENDER, SENDER, SHELTER.node, NOW + 80 * 86_400)
    payload = encode(
        [int(token.kind), reference, token.holder, token.sender, token.recipient, token.expires_at],
    )
    holder: Identity = sender_identity()
    if parse_token(sign_short(book, "token", payload, holder, domains.TOKEN)).token != token:
        raise ValueError("the token says something else")


def sender_identity() -> Identity:
    """Return the identity of the sender."""
    return Identity("sender")


def write_problem(book: Book) -> None:
    """Add a refusal with its decision."""
    book.step("Refusal (8.2)", "What the hub would have answered had the second recipient had no key: status 409.")
    finding = Finding(
        "hub.no-valid-key", "docs/wire.md", "hub.no-valid-key", Verdict.DENY, ADVICE.node, (("reason", "unknown-key"),)
    )
    decision = Decision(Verdict.DENY, PolicyDigest(book.values()["core.policy"]), (finding,))
    raw = book.put("decision", encode_decision(decision))
    book.put("problem", encode_problem(Problem(Code.NO_VALID_KEY, ACCEPTED, 5, raw)))


def write_keystore(book: Book) -> None:
    """Add a registrar's keystore."""
    book.step("Keystore (13.1)", "A registrar's keystore with an identity and nothing else.")
    passphrase = book.given("keystore.passphrase", b"correct horse battery staple")
    salt, nonce = (
        book.given("keystore.salt", seed("salt")[:16]),
        book.given("keystore.nonce", seed("keystore nonce")[:12]),
    )
    identity = IdentitySeeds(seed("registrar ed25519"), seed("registrar ml-dsa"))
    secrets = Secrets(role=Role.REGISTRAR, name="Registrar 1", identity=identity)
    lock = new_lock(passphrase, lambda _size: salt, Cost())
    book.put("keystore.key", lock.key)
    book.put("keystore.commitment", lock.commitment)
    book.put("keystore.secrets", encode_secrets(secrets))
    raw = book.put("keystore", seal_secrets(secrets, lock, lambda _size: nonce))
    if open_secrets(raw, passphrase)[0] != secrets:
        raise ValueError("the keystore holds something else")
    book.put("keystore.sha256", hashlib.sha256(raw).digest())
