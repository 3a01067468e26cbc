"""The desk: the web pages on which a contact point works. It asks casework and people, and decides nothing itself."""
