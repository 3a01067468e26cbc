"""A sample that anybody can draw again, and that nobody can foresee without its seed."""

from egnatia.audit.sampling import Sample, drawn

LEAVES = range(100, 600)


def test_the_same_seed_draws_the_same_leaves_in_order() -> None:
    found = drawn(Sample(20, "2026-11"), LEAVES)
    assert found == drawn(Sample(20, "2026-11"), LEAVES)
    assert list(found) == sorted(found)
    assert len(set(found)) == 20
    assert set(found) <= set(LEAVES)


def test_another_seed_draws_others() -> None:
    assert drawn(Sample(20, "2026-11"), LEAVES) != drawn(Sample(20, "2026-12"), LEAVES)


def test_a_longer_log_keeps_most_of_the_choice() -> None:
    before, after = (set(drawn(Sample(50, "x"), range(size))) for size in (1_000, 1_050))
    assert len(before & after) > 40


def test_all_is_all_and_none_is_none() -> None:
    assert drawn(Sample(None), LEAVES) == tuple(LEAVES)
    assert drawn(Sample(10_000, "x"), LEAVES) == tuple(LEAVES)
    assert drawn(Sample(0, "x"), LEAVES) == ()
