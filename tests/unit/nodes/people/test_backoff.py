"""How long the next attempt waits."""

from nodes.people.backoff import ALL, HERE, NAME, Failures, Patience

PATIENCE = Patience(free=2, cap_s=10, forget_s=100)


def test_the_wait_doubles_up_to_its_cap() -> None:
    waits = [Failures(times, 1_000).next_at(PATIENCE) - 1_000 for times in range(9)]
    assert waits == [0, 0, 1, 2, 4, 8, 10, 10, 10]
    assert Failures(10**6, 0).next_at(PATIENCE) == 10


def test_failures_are_forgotten_after_a_quiet_time() -> None:
    assert Failures(5, 0).after(99, PATIENCE) == Failures(6, 99)
    assert Failures(5, 0).after(100, PATIENCE) == Failures(1, 100)
    assert Failures().after(7, PATIENCE) == Failures(1, 7)


def test_a_day_of_guessing_gets_nowhere() -> None:
    for patience, most in ((HERE, 120), (NAME, 1_520), (ALL, 18_000)):
        failures, tries = Failures(), 0
        for now in range(0, 86_400, 1):
            if now >= failures.next_at(patience):
                failures, tries = failures.after(now, patience), tries + 1
        assert tries <= most
