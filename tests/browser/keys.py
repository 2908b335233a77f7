"""A person with a keyboard and no mouse: steps with Tab, sees where they stand, presses Enter or Space."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.whole import WHOLE

# Where the focus is: what a person calls it, whether a ring is drawn around it (or around the label that holds it), and
# what lies over its middle, or over as much of it as the window has room for.
STAND = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const ring = at.closest("label.choice") ?? at, style = getComputedStyle(ring), box = at.getBoundingClientRect();
    const words = (named) => {
        const copy = named.cloneNode(true);
        for (const aside of copy.querySelectorAll(".must, .leaflet-control-container")) aside.remove();
        return copy.textContent;
    };
    const middle = (from, to, most) => (Math.max(0, from) + Math.min(most, to)) / 2;
    const x = middle(box.left, box.right, innerWidth);
    const over = document.elementFromPoint(x, middle(box.top, box.bottom, innerHeight));
    const low = document.elementFromPoint(x, Math.min(box.bottom, innerHeight) - 2);
    const isOwn = (hit) => Boolean(hit) && (at.contains(hit) || Boolean(hit.closest("label")?.contains(at)));
    return {
        name: (at.getAttribute("aria-label") ?? words(at.labels?.[0] ?? at)).trim().replace(/\\s+/g, " "),
        html: at.outerHTML.slice(0, 160), tag: at.tagName, isMain: Boolean(at.closest("main")),
        tabindex: at.tabIndex, isRinged: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 3,
        isSeen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
            && (box.height > innerHeight || (box.top >= -1 && box.bottom <= innerHeight + 1)),
        isCovered: !isOwn(over) || !isOwn(low),
        top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right,
    };
}"""
MOST_STEPS = 120


@dataclass
class Keys:
    """Somebody who uses `page` by keys alone; each step is looked at."""

    page: Page
    steps: list[dict[str, Any]] = field(default_factory=list)

    def open(self, name: str, *, key: str = "Enter") -> None:
        """Go to what has this name, press the key, and come to another page, with all of its scripts."""
        self.go_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.page.wait_for_function(WHOLE)
        self.steps.clear()

    def go_to(self, name: str) -> None:
        """Step on until the focus is on what has this name."""
        while stand := self.step():
            if stand["name"] == name:
                return
        raise AssertionError(f"no key leads to “{name}”: {self.names()}")

    def walk(self) -> list[str]:
        """Step to the end of the page; the names of all stops on the way."""
        while self.step():
            pass
        return self.names()

    def names(self) -> list[str]:
        return [step["name"] for step in self.steps]

    def step(self) -> dict[str, Any] | None:
        """One step on; None where the page ends."""
        self.page.keyboard.press("Tab")
        stand: dict[str, Any] | None = self.page.evaluate(STAND)
        if stand is None:
            return None
        assert len(self.steps) < MOST_STEPS, f"the page has no end: {self.names()}"
        assert stand["name"], f"nobody can say what this is: {stand['html']}"
        assert stand["isRinged"], f"nothing shows the focus on {stand['html']}"
        assert stand["isSeen"], f"the focus is out of sight on {stand['html']}"
        assert not stand["isCovered"], f"something lies over {stand['html']}"
        assert stand["tabindex"] == 0, f"its place in the order is made up: {stand['html']}"
        before = self.steps[-1] if self.steps else None
        if before and before["isMain"] and stand["isMain"]:
            is_onward = stand["bottom"] > before["top"] or stand["left"] >= before["right"]
            assert is_onward, f"from {before['html']} back up to {stand['html']}"
        self.steps.append(stand)
        return stand

    def type(self, label: str, text: str) -> None:
        self.go_to(label)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


def expect_focus_on(page: Page, words: str) -> None:
    """What is told stands under the focus, so that whoever hears the page hears it first."""
    expect(page.locator(":focus")).to_contain_text(words)
