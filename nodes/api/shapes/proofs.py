"""Evidence bundles: what comes along beside what proves a message."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.shapes.common import Bytes64


class Prove(TypedDict):
    """What comes along beside the proof; nothing of the content if both are left out."""

    sealed: NotRequired[Annotated[bool, Meta(description="with the ciphertext, as far as it is kept here")]]
    disclosures: NotRequired[
        Annotated[list[Bytes64], Meta(description="disclosures of these messages that this node made", max_length=64)]
    ]
