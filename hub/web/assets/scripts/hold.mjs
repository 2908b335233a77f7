// Buttons that stop drones: held for a second, by finger, mouse or key. What was ordered is sent until the hub has it.
const HOLD_MS = 1_000;
const AGAIN_MS = 1_000;
const WAIT_MS = 8_000;
const CLICK_MS = 500;

/** `say(text)` tells what became of it; `words` are the page's. The class `holds` says that the buttons are held now. */
export function prepareHolds(root, { words, csrf, url, say, afterwards }) {
  let held = null, heldSince = 0, timer, clearing, startedByHand = false;
  const pending = new Set();

  function begin(button, event) {
    if (held) return;
    held = button;
    heldSince = event.timeStamp;
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
  // Let go of, by thumb or key. A busy page may hear of it before its own timer is served: how long it was held counts.
  function letGo(event) {
    const done = held;
    if (!done || event.timeStamp - heldSince < HOLD_MS) return released();
    end();
    send(done);
  }

  async function send(button) {
    const { hold: how, drone = "", what } = button.dataset;
    const stop = { button, drone, again: [] };
    overtake(stop);
    button.classList.add("sent");
    navigator.vibrate?.(200);
    say(words.sending.replace("{what}", what));
    // Any number of times: the same stop again changes nothing, and one that is lost changes everything.
    while (pending.has(stop)) {
      stop.call = new AbortController();
      const tooLate = setTimeout(() => stop.call.abort(), WAIT_MS);
      const body = new FormData();
      for (const [name, value] of Object.entries({ csrf, how, drone })) body.set(name, value);
      try {
        const answer = await fetch(url, { method: "POST", body, headers: { "X-Part": "stop" }, signal: stop.call.signal, redirect: "error" });
        const told = await answer.json().catch(() => ({}));
        if (!pending.has(stop)) break;
        if (answer.ok && "ordered" in told) {
          say(words.sent.replace("{what}", what).replace("{clock}", new Date().toLocaleTimeString("ja-JP")));
          break;
        }
        if (answer.status < 500) {
          say(words.refused.replace("{why}", told.refused ?? `${answer.status}`));
          break;
        }
      } catch { /* no network, or the session has ended: tried again, and said so */ } finally { clearTimeout(tooLate); }
      if (!pending.has(stop)) break;
      say(words.unsent.replace("{what}", what));
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    if (!pending.delete(stop)) return;
    button.classList.remove("sent");
    afterwards();
    for (const newer of stop.again) send(newer);
  }
  // The newest word counts: what is still on its way to the same drone is given up, lest it arrive later. One to all
  // stays for the others; the newer one to a single drone is sent once more behind it.
  function overtake(stop) {
    for (const older of pending) {
      if (!stop.drone || older.drone === stop.drone) {
        pending.delete(older);
        older.call?.abort();
        older.button.classList.remove("sent");
      } else if (!older.drone) {
        older.again = [...older.again.filter((button) => button.dataset.drone !== stop.drone), stop.button];
      }
    }
    pending.add(stop);
  }

  const buttonOf = (event) => event.target.closest?.("[data-hold]");
  root.addEventListener("pointerdown", (event) => {
    const button = event.button === 0 && buttonOf(event);
    if (!button) return;
    button.setPointerCapture?.(event.pointerId);
    clearTimeout(clearing);
    startedByHand = true;
    begin(button, event);
  });
  for (const [name, ended] of [["pointerup", letGo], ["pointercancel", released]]) {
    root.addEventListener(name, (event) => {
      ended(event);
      // The press's own click comes at once, if at all; a later one is another's.
      clearing = setTimeout(() => { startedByHand = false; }, CLICK_MS);
    });
  }
  root.addEventListener("keydown", (event) => {
    const button = buttonOf(event);
    if (!button || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    if (!event.repeat) begin(button, event);
  });
  root.addEventListener("keyup", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (buttonOf(event)) event.preventDefault();
    letGo(event);
  });
  // Pressing one button takes the focus from another: only the held one's own loss of it is a release.
  root.addEventListener("focusout", (event) => { if (event.target === held) released(); });
  root.addEventListener("contextmenu", (event) => { if (buttonOf(event)) event.preventDefault(); });
  addEventListener("blur", released);
  // A reader's or switch's press comes as a click alone: it is asked for on the next page.
  root.addEventListener("click", (event) => {
    if (buttonOf(event) && startedByHand) event.preventDefault();
    startedByHand = false;
  });
  root.classList.add("holds");
}
