"""The second verifier of evidence bundles, written from docs/wire.md alone, in pieces that make one file.

It shares no code with the project. ``egnatia evidence verifier`` joins the pieces, in the order of ``PIECES``, into a
program that needs Python, cryptography and PyNaCl and nothing else.
"""

from typing import Final

PIECES: Final = ("codec", "signatures", "logs", "registers", "files", "told")
"""The modules of the verifier, each after those it uses."""
