"""The people of a contact point: who they are, what each role may do and may never do, and how they sign in.

The gateway works without this package; casework, API and desk ask it before every act of a person.
"""
