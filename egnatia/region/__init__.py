"""A network of a region from two files: who takes part, and what they agreed on."""
