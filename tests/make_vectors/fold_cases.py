"""Directories once more: what each statement asks of the ones before it, one rule at a time."""

import hashlib

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.wrap import recipient_key_id
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import DAY, NETWORK, NOW, Cast, Signer, drawn
from tests.make_vectors.charter_cases import charter_map
from tests.make_vectors.directory_cases import WEEK, Founded
from tests.make_vectors.evidence_cases import accepted, leaf_items
from tests.make_vectors.statement_cases import Body, identity

NAMES = ["mk.contact", "rs.contact"]


class Told:
    """Writes vectors in which entries follow those of a founded network."""

    def __init__(self, cast: Cast) -> None:
        self.network = Founded(cast)
        self.out = Cases("directory", pin=self.network.pin, entry=self.network.entries)

    def entry(self, name: str, change: Body, *signers: Signer) -> bytes:
        return self.network.signed(self.network.payload(name, change), *signers)

    def good(self, name: str, comment: str, *entries: bytes, participant: list[str] | None = None) -> None:
        self.out.good(name, comment, entry=[*self.network.entries, *entries], participant=participant or NAMES)

    def bad(self, code: Code, name: str, comment: str, *entries: bytes) -> None:
        self.out.bad(code, name, comment, entry=[*self.network.entries, *entries])


def fold_cases(cast: Cast) -> list[Case]:
    told = Told(cast)
    _endings(told)
    _suspensions(told)
    _recoveries(told)
    _single_nodes(told)
    _keys(told)
    _network(told)
    _charters(told)
    return [*told.out.found, *_charter_alone(cast), *_gone(cast)]


def _endings(told: Told) -> None:
    network, rs = told.network, told.network.cast.rs_signer
    own: Body = {3: 3, 4: [hashlib.sha256(network.agreement).digest()]}
    end = told.entry("revocation", own, rs)
    told.good("agreement-ended", "a party ends its agreement", end)
    again = told.entry("revocation", own | {2: NOW + 1}, rs)
    told.bad(Code.STATEMENT_ORDER, "agreement-ended-twice", "what has ended cannot end", end, again)
    nothing = told.entry("revocation", {3: 3, 4: [drawn("no agreement")]}, rs)
    told.bad(Code.NOT_PERMITTED, "revocation-of-nothing", "an agreement that does not exist", nothing)
    keys: Body = {3: 1, 4: [recipient_key_id(network.cast.rs.public)]}
    foreign = told.entry("revocation", keys | {1: "mk.contact"}, network.cast.sender)
    told.bad(Code.NOT_PERMITTED, "revocation-of-another", "a recipient key of another node", foreign)
    freed = told.entry("revocation", keys, rs)
    previous = hashlib.sha256(network.keys).digest()
    week: list[Item] = [["police", network.cast.ba.public, NOW, NOW + WEEK]]
    anew = told.entry("keys", {3: 2, 4: previous, 5: week}, rs)
    told.good("keys-revoked-week-again", "a revoked key leaves its week to another", freed, anew)


def _suspensions(told: Told) -> None:
    first, second = told.network.registrars
    one = told.entry("suspension", {}, first)
    soon = told.entry("suspension", {2: NOW + 5 * DAY, 3: NOW + 6 * DAY}, second)
    speaks = told.entry("capability", {2: NOW + 5 * DAY}, told.network.cast.rs_signer)
    told.good("suspension-too-soon", "one registrar so soon after the last suspension: it waits", one, soon, speaks)
    later = told.entry("suspension", {2: NOW + 6 * DAY, 3: NOW + 7 * DAY}, second)
    silent = told.entry("capability", {2: NOW + 6 * DAY}, told.network.cast.rs_signer)
    told.bad(Code.NODE_SUSPENDED, "suspension-again", "72 hours after the last one: it stands", one, later, silent)
    lift = told.entry("suspension", {2: NOW + 1, 3: None, 4: True}, first, second)
    told.good("suspension-lifted", "two registrars lift it", one, lift, told.entry("capability", {}, _rs(told)))
    leave = told.entry("revocation", {3: 0, 4: []}, _rs(told))
    told.good("suspended-leaves", "a suspended node may revoke itself", one, leave, participant=NAMES[:1])


def _rs(told: Told) -> Signer:
    return told.network.cast.rs_signer


def _recoveries(told: Told) -> None:
    other, registrars = told.network.cast.other, told.network.registrars
    gone = told.entry("revocation", {3: 0, 4: []}, _rs(told))
    back = told.entry("recovery", {}, *registrars, other)
    told.good("recovered", "a revoked node gets a new identity", gone, back, told.entry("capability", {}, other))
    former = told.entry("capability", {}, _rs(told))
    told.bad(Code.KEY_REVOKED, "recovered-former", "the identity before the recovery", back, former)
    skipped = told.entry("recovery", {2: 3}, *registrars, other)
    told.bad(Code.STATEMENT_ORDER, "recovery-version-3", "a version is left out", skipped)
    silent = told.entry("recovery", {}, *registrars)
    told.bad(Code.KEY_POP, "recovery-without-possession", "the new identity did not sign", silent)
    same = told.entry("recovery", {4: identity(_rs(told))}, *registrars, _rs(told))
    told.bad(Code.KEY_ALREADY_BOUND, "recovery-same-identity", "the identity that the node has already", same)


def _single_nodes(told: Told) -> None:
    rs, mk, other = _rs(told), told.network.cast.sender, told.network.cast.other
    low = told.entry("capability", {3: 0}, rs)
    told.bad(Code.DOWNGRADE, "capability-wire-0", "wire versions count from 1", low)
    first, earlier = told.entry("capability", {}, rs), told.entry("capability", {2: NOW - 1}, rs)
    told.bad(Code.STATEMENT_ORDER, "capability-earlier", "issued before the last one", first, earlier)
    pins = told.entry("tls", {3: [drawn("pin", mk.name)]}, rs)
    told.bad(Code.KEY_ALREADY_BOUND, "tls-of-another", "the TLS key of another node", pins)
    hub = told.entry("tls", {3: [drawn("hub pin")]}, rs)
    told.bad(Code.KEY_ALREADY_BOUND, "tls-of-the-hub", "the TLS key of the hub", hub)
    first, earlier = told.entry("tls", {}, rs), told.entry("tls", {2: NOW - 1}, rs)
    told.bad(Code.STATEMENT_ORDER, "tls-earlier", "issued before the last one", first, earlier)
    told.good("person", "a personal key of 157 weeks", told.entry("person", {7: NOW + 157 * WEEK}, rs, other))
    long = told.entry("person", {7: NOW + 157 * WEEK + 1}, rs, other)
    told.bad(Code.NOT_PERMITTED, "person-too-long", "a second more than 157 weeks", long)
    bound = told.entry("person", {}, rs, other)
    again = told.entry("person", {2: NOW + 1}, rs, other)
    told.bad(Code.KEY_ALREADY_BOUND, "person-again", "one personal key twice", bound, again)
    told.bad(Code.KEY_POP, "person-without-possession", "the person did not sign", told.entry("person", {}, rs))


def _keys(told: Told) -> None:
    rs, fresh = _rs(told), told.network.cast.ba.public
    body: Body = {3: 2, 4: hashlib.sha256(told.network.keys).digest()}

    def after(name: str, comment: str, window: tuple[int, int], issued: int = NOW) -> None:
        keys: list[Item] = [["police", fresh, *window]]
        told.bad(Code.NOT_PERMITTED, name, comment, told.entry("keys", body | {2: issued, 5: keys}, rs))

    week = NOW + 2 * WEEK, NOW + 3 * WEEK
    after("keys-eight-days", "a window of more than a week", (week[0], week[1] + 1))
    after("keys-ended", "a window that is over", week, week[1])
    after("keys-far-ahead", "beyond the weeks ahead", (NOW + 8 * WEEK + 1, NOW + 9 * WEEK + 1))


def _network(told: Told) -> None:
    network, registrars = told.network, told.network.registrars
    first = told.entry("policy", {}, *registrars)
    same = told.entry("policy", {3: NOW + 61}, *registrars)
    told.bad(Code.STATEMENT_ORDER, "policy-same-bundle", "the bundle that is in force already", first, same)
    sooner = told.entry("policy", {1: drawn("other policy"), 3: NOW + 59}, *registrars)
    told.bad(Code.STATEMENT_ORDER, "policy-sooner", "it acts before the one before it", first, sooner)
    closed = told.entry("agreement", {2: "cso"}, network.cast.sender, _rs(told))
    told.bad(Code.NOT_PERMITTED, "agreement-channel-not-joined", "a channel that the parties are not in", closed)
    told.good("restart", "a log goes on after a loss", told.entry("restart", {}, *registrars))
    earlier = told.entry("restart", {2: NOW - 1}, *registrars)
    restarted = told.entry("restart", {}, *registrars)
    told.bad(Code.STATEMENT_ORDER, "restart-earlier", "issued before the last one", restarted, earlier)
    half = told.entry("policy", {}, registrars[0])
    told.bad(Code.STATEMENT_ORDER, "gathered-nothing-new", "the same signer once more", half, half)
    kind = network.enrolment(network.cast.other, _4="court")
    told.bad(Code.NOT_PERMITTED, "enrolment-court-in-police", "a kind that its family does not have", kind)
    channel = network.enrolment(network.cast.other, _8=["cso"])
    told.bad(Code.NOT_PERMITTED, "enrolment-channel-of-another-family", "a channel of another family", channel)


def _charters(told: Told) -> None:
    network, cast, registrars = told.network, told.network.cast, told.network.registrars

    def charter(change: Body, *signers: Signer) -> bytes:
        return network.signed(encode([0, charter_map(cast) | {1: 2, 5: network.pin} | change]), *signers)

    told.good("charter-next", "a later charter", charter({8: drawn("next hub pin")}, *registrars))
    coming = charter({17: drawn("pin", "rs.contact")}, *registrars)
    told.bad(Code.KEY_ALREADY_BOUND, "charter-next-pin-of-a-node", "a node's TLS key is to become the hub's", coming)
    named = charter({17: drawn("next hub pin")}, *registrars)
    taken = told.entry("tls", {3: [drawn("next hub pin")]}, _rs(told))
    told.bad(Code.KEY_ALREADY_BOUND, "tls-of-the-next-hub", "the TLS key that the hub will have", named, taken)
    told.bad(Code.STATEMENT_ORDER, "charter-earlier", "created before the last one", charter({4: NOW - 1}, *registrars))
    pinned = charter({8: drawn("pin", "rs.contact")}, *registrars)
    told.bad(Code.KEY_ALREADY_BOUND, "charter-pin-of-a-node", "a node's TLS key becomes the hub's", pinned)
    taken = charter({6: identity(_rs(told))}, *registrars, _rs(told))
    told.bad(Code.KEY_ALREADY_BOUND, "charter-key-of-a-node", "a node's keys become the hub's", taken)
    new = charter({6: identity(cast.other)}, *registrars)
    told.bad(Code.KEY_POP, "charter-hub-without-possession", "the new hub identity did not sign", new)


def _charter_alone(cast: Cast) -> list[Case]:
    out = Cases("charter")
    good, log = charter_map(cast), cast.log.keys
    witness: list[Item] = ["witness-0", cast.witnesses[0].keys.ed25519, cast.witnesses[0].keys.mldsa44]
    for name, comment, change in (
        ("hub-is-registrar", "the hub has a registrar's keys", {6: identity(cast.registrars[0])}),
        ("witness-has-log-half", "a witness has half of the log's keys", {7: [log.ed25519, witness[2]]}),
        (
            "hub-has-log-half",
            "the hub signs messages and logs with one key",
            {7: [cast.hub.public.ed25519, log.mldsa44]},
        ),
    ):
        out.bad(Code.KEY_ALREADY_BOUND, name, comment, payload=encode([0, good | change]))
    out.good("next-pin", "the hub's next TLS key is named", payload=encode([0, good | {17: drawn("next hub pin")}]))
    for name, comment, pin in (
        ("next-pin-short", "a pin of 31 bytes", bytes(31)),
        ("next-pin-present", "the key that follows is the present one", drawn("hub pin")),
    ):
        out.bad(Code.MALFORMED, name, comment, payload=encode([0, good | {17: pin}]))
    return out.found


def _gone(cast: Cast) -> list[Case]:
    inclusion, checkpoint = accepted(cast, encode(leaf_items()))
    head = sign(cast.hub, domains.MAILBOX, NETWORK, encode(["rs.contact", "police", 9, 7]))
    page = encode({1: head, 2: checkpoint, 3: [[9, 3, inclusion, b"kept"]]})
    out = Cases("mailbox", page=page, network=NETWORK, **cast.hub.fields("hub"))
    out.bad(Code.MALFORMED, "gone-with-content", "an item that is gone has no content")
    return out.found
