"""Waiting for a condition instead of for a time."""

import time

SLOWNESS = 15.0  # Seconds that a loaded two-core machine may take for what needs milliseconds.


def until(condition, what, timeout=SLOWNESS, every=0.03):
    """Asks again and again until `condition` answers something true, and returns that."""
    end = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(every)


def stays(condition, what, seconds=0.5, every=0.05):
    """Fails when `condition` turns false within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise AssertionError(f"did not hold for {seconds} s: {what}")
        time.sleep(every)
