"""Sending what waits until the hub's receipt has come: edge.core.backlog decides, this asks the outbox and hands to the
link.
"""

import logging
from collections.abc import Callable

from pydantic import ValidationError

from edge import host
from edge.core.backlog import Policy, Window, decide_again, decide_receipt, decide_sends, next_due_s
from edge.core.clock import Moment
from edge.core.draft import Draft
from edge.keeper import Keeper
from edge.outbox import Outbox
from edge.wire.codec import finish
from edge.wire.messages import Receipt
from edge.wire.topics import source_of, up

__all__ = ["Delivery"]

_LOG = logging.getLogger(__name__)


class Delivery:
    """The sending half of one agent; all methods are called from one thread. `publish` hands one
    message to the link.
    """

    def __init__(
        self,
        agent: str,
        keeper: Keeper,
        policy: Policy,
        now: Callable[[], Moment],
        publish: Callable[[str, bytes], bool],
    ) -> None:
        self._agent, self._keeper, self._policy, self._now, self._publish = agent, keeper, policy, now, publish
        self._windows: dict[str, Window] = {}

    def pump(self) -> float | None:
        """Send what is due; returns the uptime at which to come again even if nothing happens (None: only then)."""
        now = self._now()
        outboxes = self._keeper.outboxes()
        self._windows = {outbox.id: self._windows.get(outbox.id, Window()) for outbox in outboxes}
        dues: list[float] = []
        for outbox in outboxes:
            triggers, readings = self._keeper.waiting(outbox, self._policy.readings_window)
            window, chosen = decide_sends(
                self._windows[outbox.id], triggers, readings, now.uptime_s, self._policy, host.chance(),
                fresh=self._keeper.fresh(outbox),
            )  # fmt: skip
            self._windows[outbox.id] = window
            for sequence in chosen:
                draft = self._keeper.draft(outbox, sequence)
                if draft is not None:
                    self._send(outbox, sequence, draft, now)
            due_s = next_due_s(window, now.uptime_s, self._policy)
            if due_s is not None:
                dues.append(due_s)
        return min(dues, default=None)

    def take_receipt(self, payload: bytes) -> None:
        """Let go of what the hub has committed; a receipt that cannot be read is no receipt."""
        try:
            receipt = Receipt.model_validate_json(payload)
        except ValidationError as error:
            _LOG.warning("a receipt that cannot be read: %s", error.errors(include_url=False)[0]["msg"])
            return
        for outbox in self._keeper.outboxes():
            if outbox.id == receipt.outbox:
                window, settled = decide_receipt(self._windows.get(outbox.id, Window()), receipt.sequences)
                self._windows[outbox.id] = window
                self._keeper.remove(outbox, settled)

    def again(self) -> float:
        """The hub, or the way to it, is back: send again what was sent in vain. Returns the uptime
        at which that is due.
        """
        now_s, chance = self._now().uptime_s, host.chance()
        for outbox, window in self._windows.items():
            self._windows[outbox] = decide_again(window, now_s, self._policy, chance)
        return now_s + chance * self._policy.spread_s

    def _send(self, outbox: Outbox, sequence: int, draft: Draft, now: Moment) -> None:
        uptime_s = now.uptime_s if draft.boot == now.boot else None
        payload = finish(draft.frozen, source_of(self._agent, draft.device), outbox.id, sequence, uptime_s)
        self._publish(up(self._agent, draft.device, draft.kind), payload)
