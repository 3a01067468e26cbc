from runtime.checkpoints import CheckpointPlan, Mode

PAGE = 4096


def test_commits_are_counted_until_the_threshold() -> None:
    plan = CheckpointPlan(100, 1 << 30)
    assert [plan.due(6, 0, 0) for _ in range(10)] == [None] * 9 + [Mode.PASSIVE]


def test_bytes_count_as_pages() -> None:
    assert CheckpointPlan(100, 1 << 30).due(1, 100 * PAGE, 0) is Mode.PASSIVE


def test_growth_of_the_file_is_certain_whatever_was_counted() -> None:
    plan = CheckpointPlan(100, 1 << 30)
    assert plan.due(0, 0, 99 * PAGE) is None
    assert plan.due(0, 0, 100 * PAGE) is Mode.PASSIVE
    plan.learn(100, 100)
    assert plan.due(0, 0, 199 * PAGE) is None
    assert plan.due(0, 0, 200 * PAGE) is Mode.PASSIVE


def test_a_long_log_is_started_anew() -> None:
    plan = CheckpointPlan(100, 150 * PAGE)
    assert plan.due(146, 0, 149 * PAGE) is Mode.PASSIVE
    plan.learn(149, 0)  # a reader held on
    assert plan.due(0, 0, 160 * PAGE) is None
    assert plan.due(92, 0, 249 * PAGE) is Mode.RESTART


def test_the_count_learns_from_what_was_found() -> None:
    plan = CheckpointPlan(1000, 1 << 30)
    while plan.due(96, 0, 0) is None:
        pass
    plan.learn(100, 100)  # a tenth of what was counted
    steps = 1
    while plan.due(96, 0, 0) is None:
        steps += 1
    assert 15 < steps < 25
    plan.learn(0, 0)  # nothing to learn from an empty log
    assert plan.due(1, 0, 0) is None
