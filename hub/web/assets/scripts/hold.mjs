// Buttons that stop drones: held for a second, by finger, mouse or key. What was ordered is sent until the hub has it.
const HOLD_MS = 1_000;
const AGAIN_MS = 1_000;
const WAIT_MS = 8_000;

/** `say(text)` tells what became of it; `words` are the page's. */
export function prepareHolds(root, { words, csrf, url, say, afterwards }) {
  let held = null, timer, startedByHand = false;

  function begin(button) {
    if (held) return;
    held = button;
    startedByHand = true;
    button.classList.remove("sent");
    button.classList.add("holding");
    timer = setTimeout(() => { const done = held; end(); send(done); }, HOLD_MS);
  }
  function end() {
    clearTimeout(timer);
    held?.classList.remove("holding");
    held = null;
  }
  function released() {
    if (!held) return;
    end();
    say(words.keep);
  }

  async function send(button) {
    const { hold: how, drone = "", what } = button.dataset;
    button.classList.add("sent");
    navigator.vibrate?.(200);
    say(words.sending.replace("{what}", what));
    // Any number of times: the same stop again changes nothing, and one that is lost changes everything.
    for (;;) {
      const body = new FormData();
      for (const [name, value] of Object.entries({ csrf, how, drone })) body.set(name, value);
      try {
        const answer = await fetch(url, { method: "POST", body, headers: { "X-Part": "stop" }, signal: AbortSignal.timeout(WAIT_MS), redirect: "error" });
        const told = await answer.json().catch(() => ({}));
        if (answer.ok && "ordered" in told) {
          say(words.sent.replace("{what}", what).replace("{clock}", new Date().toLocaleTimeString("ja-JP")));
          break;
        }
        if (answer.status < 500) {
          say(words.refused.replace("{why}", told.refused ?? `${answer.status}`));
          break;
        }
      } catch { /* no network, or the session has ended: tried again, and said so */ }
      say(words.unsent.replace("{what}", what));
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    button.classList.remove("sent");
    afterwards();
  }

  const buttonOf = (event) => event.target.closest?.("[data-hold]");
  root.addEventListener("pointerdown", (event) => {
    const button = event.button === 0 && buttonOf(event);
    if (!button) return;
    button.setPointerCapture?.(event.pointerId);
    begin(button);
  });
  for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, released);
  root.addEventListener("keydown", (event) => {
    const button = buttonOf(event);
    if (!button || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    if (!event.repeat) begin(button);
  });
  root.addEventListener("keyup", (event) => { if (event.key === "Enter" || event.key === " ") released(); });
  // Pressing one button takes the focus from another: only the held one's own loss of it is a release.
  root.addEventListener("focusout", (event) => { if (event.target === held) released(); });
  root.addEventListener("contextmenu", (event) => { if (buttonOf(event)) event.preventDefault(); });
  addEventListener("blur", released);
  // A reader's or switch's press comes as a click alone: it is asked for on the next page.
  root.addEventListener("click", (event) => {
    if (buttonOf(event) && startedByHand) event.preventDefault();
    startedByHand = false;
  });
}
