from runtime.clock import never_back, system_clock, system_entropy


def test_time_never_goes_back() -> None:
    times = iter([100, 101, 90, 102, 50])
    clock = never_back(lambda: next(times))
    assert [clock() for _ in range(4)] == [101, 101, 102, 102]


def test_the_real_ones_work() -> None:
    assert system_clock() > 1_700_000_000
    assert len(system_entropy(32)) == 32
    assert system_entropy(32) != system_entropy(32)
