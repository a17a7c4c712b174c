"""Growth to ten million orders; make bench-big alone."""

from .growth import HUGE, compare


def measure(stage, report):
    compare(stage, report, HUGE)
