"""The predicates that rules are made of, one family per file; ``table`` lists them all."""
