"""Wake-ups reach who listens there, and nobody else."""

from hub.wakeups import WakeUps
from protocol.ids import Channel, NodeId

HERE = (NodeId("rs.contact"), Channel("police"))
THERE = (NodeId("mk.contact"), Channel("police"))


def test_a_ring_wakes_the_listeners_of_its_mailbox() -> None:
    wakeups = WakeUps()
    with wakeups.listen(HERE) as here, wakeups.listen(HERE) as too, wakeups.listen(THERE) as there:
        wakeups.ring([HERE])
        assert (here.is_set(), too.is_set(), there.is_set()) == (True, True, False)
        assert wakeups.waiting() == 3
    assert wakeups.waiting() == 0


def test_a_ring_nobody_hears_is_lost() -> None:
    wakeups = WakeUps()
    wakeups.ring([HERE])
    with wakeups.listen(HERE) as here:
        assert not here.is_set()


def test_all_are_woken_at_once() -> None:
    wakeups = WakeUps()
    with wakeups.listen(HERE) as here, wakeups.listen(THERE) as there:
        wakeups.ring_all()
        assert here.is_set()
        assert there.is_set()
