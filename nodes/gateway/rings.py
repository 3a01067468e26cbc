"""A node's open keystore with the rings filled from it. Read and written in the database's writer thread only."""

from dataclasses import dataclass, replace

from keys.epochs import EpochRing
from keys.identity_ring import IdentityRing
from keys.keystore import Keystore
from keys.private_keys import Secrets
from keys.recipient_ring import RecipientRing


@dataclass(frozen=True, slots=True)
class Rings:
    """The keystore and the rings that were filled from it and are written back to it."""

    keystore: Keystore
    recipients: RecipientRing
    epochs: EpochRing
    identities: IdentityRing

    def current(self) -> Secrets:
        """Return what the keystore should hold now, with what a command saved into the file since."""
        if self.keystore.refresh():
            self.recipients.add(self.keystore.secrets.recipients)
        return replace(self.keystore.secrets, recipients=self.recipients.seeds(), epochs=self.epochs.epochs())
