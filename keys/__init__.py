"""Who is who: identities, signed statements, and the directory folded from them. Code only, never key files.

Read the records first, then the fold that turns them into a directory, then the charter that says who may
sign what; the keystore, certificates and the ceremony come last, being the only part that touches a disk.
"""
