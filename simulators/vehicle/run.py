"""Vehicles in one process: one thread that gives each its time, and carries messages between them and their sockets."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Lock, Thread
from typing import Any

from simulators import clock
from simulators.errors import Unsuitable
from simulators.vehicle.autopilot import STEP_S, Autopilot
from simulators.vehicle.links import Links
from simulators.vehicle.options import Endpoint, Spec
from simulators.vehicle.orders import Order, Radio, Target, carry_out, parse_order
from simulators.vehicle.values import Message, Received

__all__ = ["Vehicles"]

_TICK_S = 0.05
_FURTHEST_BEHIND_S = 1.0  # of the wall: what a stopped process missed beyond this is not flown


class _Vehicle:
    """One copter with its sockets."""

    def __init__(self, spec: Spec, selector: DefaultSelector, now_s: float) -> None:
        self.system_id = spec.config.system_id
        self.autopilot = Autopilot(spec.config)
        self.radio = Radio(spec.faults, spec.config.seed * 104729 + self.system_id)
        self._later = list(spec.orders)
        self._behind_s = 0.0
        self._at_s = now_s
        self.links = Links(
            spec.endpoint,
            self.system_id,
            selector,
            came=self.autopilot.connect,
            went=self.autopilot.disconnect,
            heard=self._hear,
        )

    def _hear(self, link: int, system: int, component: int, message: Message) -> None:
        now_s = clock.monotonic()
        for _ in range(self.radio.copies(now_s)):
            self.autopilot.receive(Received(link, system, component, message), now_s)
        self._send(now_s)

    def tick(self, now_s: float, speedup: float) -> None:
        """Give the copter the time that has passed, in steps that are short enough to fly."""
        self._behind_s += min(now_s - self._at_s, _FURTHEST_BEHIND_S) * speedup
        self._at_s = now_s
        unix_s = clock.now().timestamp()
        copter = self.autopilot.copter
        while self._behind_s >= STEP_S:
            idle = not copter.armed and not copter.aloft and copter.has_position
            dt_s = self._behind_s if idle else STEP_S
            self._behind_s -= dt_s
            self.autopilot.step(dt_s, now_s, unix_s)
            self._due_orders(now_s)
        self.autopilot.tick(now_s)
        self._send(now_s)

    def _due_orders(self, now_s: float) -> None:
        for item in [item for item in self._later if item[0] <= self.autopilot.copter.elapsed_s]:
            self._later.remove(item)
            self.order(item[1], now_s)

    def order(self, order: Order, now_s: float) -> str:
        """Carry out an order."""
        target = Target(self.autopilot, self.radio, now_s, self._later)
        answer = carry_out(order, target)
        if target.close:
            self.links.close_links()
        return answer

    def _send(self, now_s: float) -> None:
        out = self.autopilot.take()
        if not out:
            return
        for outgoing in out:
            for link in self.links.numbers() if outgoing.link is None else [outgoing.link]:
                copies = self.radio.copies(now_s)
                if copies:
                    self.links.send(link, outgoing.message, copies)
        self.links.flush()


class Vehicles:
    """Several vehicles, flown by a thread from `start` to `stop`; orders may be given meanwhile from any thread."""

    def __init__(self, specs: Sequence[Spec], speedup: float = 1.0) -> None:
        if not specs:
            raise Unsuitable("At least one vehicle.")
        if len({spec.config.system_id for spec in specs}) != len(specs):
            raise Unsuitable("Two vehicles have the same system id.")
        self.speedup = speedup
        self._selector = DefaultSelector()
        self._orders: SimpleQueue[tuple[Order, Future[dict[int, str]]]] = SimpleQueue()
        self._stop = Event()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        # Guards the pipe's end: the thread closes it, and its number may be somebody else's file at once.
        self._wake_lock = Lock()
        self._is_closed = False
        self._selector.register(self._wake_read, EVENT_READ, self._woken)
        now_s = clock.monotonic()
        self._vehicles: list[_Vehicle] = []
        try:
            for spec in specs:
                self._vehicles.append(_Vehicle(spec, self._selector, now_s))
        except BaseException:
            self._close()
            raise
        self._thread = Thread(target=self._fly, name="vehicles", daemon=True)

    @property
    def speedup(self) -> float:
        """How many times as fast as the wall's their clock goes, 0.1 to 100; may be changed while they fly."""
        return self._speedup

    @speedup.setter
    def speedup(self, times: float) -> None:
        if not 0.1 <= times <= 100:
            raise Unsuitable("A speed-up goes from 0.1 to 100.")
        self._speedup = times

    @property
    def endpoints(self) -> list[Endpoint]:
        """Where each is met; a port that was asked for as 0 is a real one here."""
        return [vehicle.links.endpoint for vehicle in self._vehicles]

    @property
    def urls(self) -> list[str]:
        """The same, as a ground station is told it."""
        return [str(endpoint) for endpoint in self.endpoints]

    def start(self) -> None:
        """Begin to fly."""
        self._thread.start()

    def stop(self) -> None:
        """End, and close all sockets."""
        self._stop.set()
        if self._thread.ident is not None:
            self._wake()
            self._thread.join(10)
        else:
            self._close()

    def __enter__(self) -> Vehicles:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def order(self, line: str, timeout_s: float = 5.0) -> dict[int, str]:
        """Give an order (`orders` has them all); the answer of each vehicle that it is for, by its system id."""
        order = parse_order(line)
        if order.vehicle is not None and order.vehicle not in {vehicle.system_id for vehicle in self._vehicles}:
            raise Unsuitable(f"There is no vehicle {order.vehicle}.")
        answer: Future[dict[int, str]] = Future()
        self._orders.put((order, answer))
        if not self._wake():
            raise Unsuitable("The vehicles have been stopped.")
        return answer.result(timeout_s)

    def status(self, vehicle: int = 1) -> dict[str, Any]:
        """What is true of one vehicle, whatever it tells its ground stations."""
        return json.loads(self.order(f"{vehicle} status")[vehicle])

    def _wake(self) -> bool:
        """Let the thread look up; False when it has ended."""
        with self._wake_lock:
            if not self._is_closed:
                os.write(self._wake_write, b".")
            return not self._is_closed

    def _woken(self, _mask: int) -> None:
        os.read(self._wake_read, 4096)
        while True:
            try:
                order, answer = self._orders.get_nowait()
            except Empty:
                return
            now_s = clock.monotonic()
            meant = [vehicle for vehicle in self._vehicles if order.vehicle in (None, vehicle.system_id)]
            answer.set_result({vehicle.system_id: vehicle.order(order, now_s) for vehicle in meant})

    def _fly(self) -> None:
        try:
            due_s = clock.monotonic()
            while not self._stop.is_set():
                for key, mask in self._selector.select(max(0.0, due_s - clock.monotonic())):
                    key.data(mask)
                now_s = clock.monotonic()
                if now_s >= due_s:
                    due_s = max(due_s + _TICK_S, now_s)
                    for vehicle in self._vehicles:
                        vehicle.tick(now_s, self._speedup)
        finally:
            self._close()

    def _close(self) -> None:
        for vehicle in self._vehicles:
            vehicle.links.close()
        self._selector.close()
        with self._wake_lock:
            self._is_closed = True
            os.close(self._wake_read)
            os.close(self._wake_write)
