"""Whether the hub has been looking long enough to call anything silent. Pure.

While the hub was down it heard nothing, which is nobody's silence: after a pause it looks away for as long as everybody
has to speak again. Otherwise each restart would report a whole town as silent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Watch", "decide_watch"]

# Sweeps come each few seconds; what is longer than this is no hiccup but a pause.
_LONGEST_PAUSE = timedelta(minutes=1)
_SHORTEST_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Watch:
    """When the hub last looked, and from when on it may call something silent."""

    looked_at: datetime | None
    resumes_at: datetime | None


def decide_watch(watch: Watch, now: datetime, silent_after: timedelta) -> tuple[Watch, bool]:
    """The watch from now on, and whether to sweep now."""
    pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, silent_after / 2))
    resumes_at = watch.resumes_at
    if watch.looked_at is not None and now - watch.looked_at > pause:
        resumes_at = now + silent_after
    elif resumes_at is not None and resumes_at > now + silent_after:
        # The clock went back: never look away for longer than the rule says.
        resumes_at = now + silent_after
    if resumes_at is not None and resumes_at > now:
        return Watch(now, resumes_at), False
    return Watch(now, None), True
