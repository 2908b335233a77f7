// What the page says of a card that is being sent: how much of it is there, what stands in the way, and what became of which file.
const MOST_LISTED = 200;
const TENTHS = 10;

/** `say(name, blanks)` gives the page's words, `tell(name, blanks)` shows and speaks them; a line of the list can be taken away. */
export function prepareTold(form) {
  const texts = JSON.parse(form.dataset.words);
  const find = (part) => form.querySelector(`[data-card-${part}]`);
  const told = find("told"), list = find("list"), again = find("again");
  const bar = find("progress"), count = find("count"), spoken = find("spoken");
  const say = (name, blanks = {}) => texts[name].replace(/\{(\w+)\}/g, (_, blank) => blanks[blank] ?? "");

  for (const part of form.querySelectorAll("[data-card-plain]")) part.hidden = true;
  find("drop").hidden = false;

  /** In a box of alarm where somebody should look; the button to try at once stands where trying helps. */
  function tell(text, { isAlarm = false, mayTry = false } = {}) {
    // Said again without a change, it would be read out again.
    if (told.textContent !== text) told.textContent = text;
    told.classList.toggle("waits", isAlarm);
    // Whoever pressed the button that goes away is not left without a place.
    if (!mayTry && document.activeElement === again) told.focus({ preventScroll: true });
    again.hidden = !mayTry;
  }

  /** How many are sent of how many, and `part` (0 to 1) of the one that goes by `name`. Tenths of a card are spoken, not each photo. */
  function show(sent, total, part, name) {
    const text = say(name ? "sending" : "sent", { n: sent, all: total, name });
    bar.hidden = count.hidden = false;
    bar.max = Math.max(total, 1);
    bar.value = sent + part;
    if (count.textContent === text) return;
    count.textContent = text;
    const words = say("sent", { n: sent, all: total });
    bar.setAttribute("aria-valuetext", words);
    if (sent && sent < total && sent % Math.ceil(total / TENTHS) === 0 && spoken.textContent !== words) spoken.textContent = words;
  }

  /** A line for a file; null where there are hundreds of its kind. */
  function line(name, state, why, isKept = false) {
    if (!isKept && list.childElementCount >= MOST_LISTED) return null;
    const item = document.createElement("li"), text = document.createElement("span"), title = document.createElement("b");
    item.className = state;
    title.textContent = name;
    text.append(title, ` ${why}`);
    item.append(form.querySelector(`template[data-card-mark=${state}]`).content.cloneNode(true), text);
    list.append(item);
    return item;
  }

  return { again, say, tell, show, line, clear: (kept) => list.replaceChildren(...kept) };
}

/** The lists below as the server has them now; whoever stands in them by keyboard stays there. */
export async function refreshRegion(isStale) {
  const answer = await fetch(location.pathname, { headers: { "X-Part": "photos" } }).catch(() => null);
  const text = answer?.ok && !answer.redirected ? await answer.text().catch(() => "") : "";
  const region = document.querySelector("[data-card-region]");
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-card-region]");
  if (!fresh || isStale()) return;
  const held = region.contains(document.activeElement) ? document.activeElement.outerHTML : "";
  region.replaceWith(document.adoptNode(fresh));
  if (held) [...fresh.querySelectorAll("a, button")].find((one) => one.outerHTML === held)?.focus({ preventScroll: true });
}
