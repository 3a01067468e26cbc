"""Replaces this node's signing keys and its TLS key while it works, and finishes what a crash or a hub cut short.

Order everywhere: first the keystore, then the world. The next key is saved before a statement names it, and the present
one goes only when the directory shows that the next is in force. Nothing waits for it: what was signed with the present
keys and is refused after the change is signed again (``nodes.gateway.resign``), and two TLS keys are admitted at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from keys.ceremony import change_identity, new_tls_key, settle_identity, signer_of
from keys.exchange_files import Party, party_of
from keys.identity import PrivateIdentity, private_identity
from nodes.gateway.here import Here
from nodes.gateway.rings import Rings
from nodes.gateway.stores import Network, Store
from protocol.cose import identity_kid
from protocol.errors import Code, Fault
from protocol.ports import IdentitySigner
from protocol.statement_nodes import IdentityChange, TlsPins
from protocol.statements import Body, encode_entry, encode_statement, sign_statement, statement_id

_T = TypeVar("_T")


class Succession:
    """Changes the keys of one node; one change at a time."""

    def __init__(self, here: Here, network: Network, store: Store, rings: Rings) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._rings = rings
        self._lock = asyncio.Lock()

    async def change_identity(self) -> bytes:
        """Return the id of the new identity once the directory names it and the old keys are out of the keystore.

        Raises the hub's troubles and what the fold refuses; the change then goes on at the next ``settle``.
        """
        async with self._lock:
            coming = await self._write(self._prepare_identity)
            await self._offer_identity(coming)
            await self._settle_identity()
            return identity_kid(coming.public)

    async def change_tls(self) -> Party:
        """Return the public keys with the next TLS key, for the authority, once the directory admits it beside ours.

        It serves from the first start with a certificate for it; the present one is given up then.
        """
        async with self._lock:
            party, pins = await self._write(self._prepare_tls)
            if set(pins) != set(self._network.replica.directory.tls_pins(self._here.node)):
                await self._publish_pins(pins)
            return party

    async def settle(self) -> None:
        """Return when no change is left half done, as far as the hub allows. Raises as the two changes do."""
        async with self._lock:
            if not self._is_enrolled():
                return
            await self._settle_identity()
            secrets = await self._write(self._rings.current)
            if secrets.next_identity is not None:
                coming = private_identity(secrets.next_identity)
                self._rings.identities.prepare(coming)
                await self._offer_identity(coming)
                await self._settle_identity()
            if secrets.tls is not None and secrets.next_tls is None:
                await self._drop_other_pins(secrets.tls.pin)

    async def _drop_other_pins(self, mine: bytes) -> None:
        """Give up a TLS key that nothing uses any more: this very connection was made with the one that stays."""
        pins = self._network.replica.directory.tls_pins(self._here.node)
        if mine in pins and len(pins) > 1:
            await self._publish_pins((mine,))

    def _prepare_identity(self) -> PrivateIdentity:
        self._check_enrolled()
        directory, here = self._network.replica.directory, self._here
        secrets, _, (_, coming) = change_identity(self._rings.current(), directory, here.clock(), here.entropy)
        self._rings.keystore.save(secrets)
        self._rings.identities.prepare(coming)
        return coming

    def _prepare_tls(self) -> tuple[Party, tuple[bytes, ...]]:
        self._check_enrolled()
        secrets, body = new_tls_key(self._rings.current(), self._here.clock())
        self._rings.keystore.save(secrets)
        return party_of(replace(secrets, tls=secrets.next_tls)), body.pins

    async def _offer_identity(self, coming: PrivateIdentity) -> None:
        directory, here = self._network.replica.directory, self._here
        body = IdentityChange(
            node=here.node,
            version=directory.version(here.node) + 1,
            issued_at=here.clock(),
            identity=coming.public,
        )
        await self._publish(body, here.signer, coming)

    async def _settle_identity(self) -> None:
        directory = self._network.replica.directory

        def save() -> None:
            settled = settle_identity(self._rings.current(), directory)
            if settled is not None:
                self._rings.keystore.save(settled)
                self._rings.identities.settle(signer_of(settled))

        await self._write(save)

    async def _publish_pins(self, pins: tuple[bytes, ...]) -> None:
        await self._publish(TlsPins(node=self._here.node, issued_at=self._here.clock(), pins=pins), self._here.signer)

    async def _publish(self, body: Body, *signers: IdentitySigner) -> None:
        network = self._here.network
        signed = [await asyncio.to_thread(sign_statement, body, each, network) for each in signers]
        await self._network.hub.put_statement(statement_id(encode_statement(body)), encode_entry(signed))
        await self._network.sync.run()

    def _check_enrolled(self) -> None:
        if not self._is_enrolled():
            raise Fault(Code.NOT_PERMITTED, "this node is not enrolled")

    def _is_enrolled(self) -> bool:
        me = self._network.replica.directory.participant(self._here.node)
        return me is not None and not me.revoked

    async def _write(self, work: Callable[[], _T]) -> _T:
        return await self._store.database.write(lambda _: work())
