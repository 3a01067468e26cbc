"""The conformance kit: vector files, what each kind of them asks, and the run that compares answers."""
