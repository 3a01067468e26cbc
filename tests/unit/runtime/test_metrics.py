from collections.abc import Callable

import pytest

from runtime.metrics import DEFINITIONS, Metric, Metrics, sample_lag


def test_everything_in_the_table_is_exposed_under_the_services_name() -> None:
    text = Metrics("hub").exposition().decode()
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    for metric in Metric:
        assert names & {f"hub_{metric}", f"hub_{metric}_total"}, metric
    assert set(DEFINITIONS) == set(Metric)


def test_two_services_in_one_process_do_not_share_numbers() -> None:
    hub, node = Metrics("hub"), Metrics("node", [Metric.ACCEPT])
    hub.count(Metric.ACCEPT, result="OK")
    node.count(Metric.ACCEPT, 3, result="OK")
    assert b'hub_accept_total{result="OK"} 1.0' in hub.exposition()
    assert b'node_accept_total{result="OK"} 3.0' in node.exposition()
    assert b"node_ack" not in node.exposition()


def test_gauges_and_histograms_take_values() -> None:
    metrics = Metrics("hub")
    metrics.set(Metric.OLDEST_UNDELIVERED, 17, node="rs.cp")
    metrics.follow(Metric.QUEUE_DEPTH, lambda: 5)
    metrics.observe(Metric.BATCH_SIZE, 3)
    text = metrics.exposition().decode()
    assert 'hub_oldest_undelivered_seconds{node="rs.cp"} 17.0' in text
    assert "hub_queue_depth 5.0" in text
    assert 'hub_batch_size_bucket{le="4.0"} 1.0' in text


@pytest.mark.parametrize("value", ["", "two words", "a\nb", "x" * 65, 'q"', "Ž"])
def test_a_label_holds_no_more_than_an_id(value: str) -> None:
    with pytest.raises(TypeError):
        Metrics("hub").count(Metric.ACCEPT, result=value)


def test_the_wrong_label_or_kind_is_refused() -> None:
    metrics = Metrics("hub")
    wrongs: tuple[Callable[[], None], ...] = (
        lambda: metrics.count(Metric.ACCEPT),
        lambda: metrics.count(Metric.ACCEPT, node="x"),
        lambda: metrics.count(Metric.QUEUE_DEPTH),
        lambda: metrics.set(Metric.DUPLICATES, 1),
        lambda: metrics.observe(Metric.QUEUE_DEPTH, 1),
        lambda: metrics.follow(Metric.DUPLICATES, lambda: 1),
    )
    for wrong in wrongs:
        with pytest.raises(TypeError):
            wrong()


async def test_the_lag_of_the_loop_is_observed() -> None:
    metrics = Metrics("hub")
    await sample_lag(metrics, 0)
    assert b"hub_loop_lag_seconds_count 1.0" in metrics.exposition()
