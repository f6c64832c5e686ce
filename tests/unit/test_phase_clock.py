"""Where the time of a computation goes, phase by phase."""

from compute.progress import PhaseClock, ProgressReport


def test_phases_are_told_in_their_order_and_add_up_over_turns():
    heard = []
    clock = PhaseClock("opening", heard.append)
    for phase in ("reading", "reading", "trading", "reading"):
        clock(ProgressReport(phase))
    phases = clock.phases()
    assert [one["name"] for one in phases] == ["opening", "reading", "trading"]
    assert all(one["seconds"] >= 0 for one in phases)
    assert [one.phase for one in heard] == ["reading", "reading", "trading", "reading"]
