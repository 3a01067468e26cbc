"""The message catalogue: which messages there are, what each field means, and whether a document is one of them.

Types, code lists, forms and words are data (JSON files beside this one); the code here turns their bytes into values
and reads nothing. Begin with ``types``, then ``load``, ``validate``, ``rows`` and ``content``.
"""
