// Photos of a drone's card: sent one by one with their progress. A lost network is waited for, and what has arrived is not sent
// again: the server knows each file by its digest.
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const ASK_MS = 15_000;
// So long a sending may stand still.
const STILL_MS = 60_000;
const MOST_LISTED = 200;
const IS_PHOTO = /\.(jpe?g|png|webp)$/i;

/** What the server will not take, however often it is sent; `status` 403: nobody is signed in any more. */
class Refused extends Error {
  constructor(status) {
    super(`refused: ${status}`);
    this.status = status;
  }
}

export function prepareCard(form) {
  const words = JSON.parse(form.dataset.words);
  const say = (name, blanks = {}) => words[name].replace(/\{(\w+)\}/g, (_, blank) => blanks[blank] ?? "");
  const find = (part) => form.querySelector(`[data-card-${part}]`);
  const told = find("told"), list = find("list"), bar = find("progress"), input = form.querySelector("input[type=file]");
  const queue = [];
  let isSending = false, total = 0, finished = 0;
  const counts = { placed: 0, unplaced: 0, refused: 0, again: 0 };

  for (const part of form.querySelectorAll("[data-card-plain]")) part.hidden = true;
  find("drop").hidden = false;

  function show(part) {
    bar.hidden = false;
    bar.max = total;
    bar.value = finished + part;
  }
  function tell(text, waits = false) {
    told.textContent = text;
    told.classList.toggle("waits", waits);
  }
  function note({ name, state, words: why, again }) {
    counts[state] += 1;
    if (again) counts.again += 1;
    // Hundreds that are in their places need no line each.
    if (state === "placed" || list.childElementCount >= MOST_LISTED) return;
    const item = document.createElement("li");
    item.className = state;
    const line = document.createElement("span"), title = document.createElement("b");
    title.textContent = name;
    line.append(title, ` ${why}`);
    item.append(form.querySelector(`template[data-card-mark=${state}]`).content.cloneNode(true), line);
    list.append(item);
  }

  function add(files) {
    if (!files.length) return;
    if (!isSending) {
      list.replaceChildren();
      total = finished = 0;
      for (const name of Object.keys(counts)) counts[name] = 0;
    }
    queue.push(...files);
    total += files.length;
    if (!isSending) sendAll();
  }

  async function sendAll() {
    isSending = true;
    addEventListener("beforeunload", stay);
    try {
      for (let file; (file = queue.shift()); finished += 1) note(await bring(file));
      show(0);
      tell(say("done", counts) + (counts.again ? ` ${say("again", { n: counts.again })}` : ""));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      queue.length = 0;
      tell(say("signed_out"), true);
    } finally {
      isSending = false;
      removeEventListener("beforeunload", stay);
    }
    refresh();
  }

  /** One file to its end, however often the network goes: what became of it. Raises Refused when nobody is signed in. */
  async function bring(file) {
    const refused = (why) => ({ name: file.name, state: "refused", words: why, again: false });
    if (!IS_PHOTO.test(file.name)) return refused(say("no_photo"));
    if (file.size > Number(form.dataset.most)) return refused(say("too_large"));
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        tell(say("sending", { n: finished + 1, all: total, name: file.name }));
        show(0);
        return (await fetchKnown(file)) ?? (await send(file));
      } catch (error) {
        if (error instanceof Refused && error.status === 403) throw error;
        if (error instanceof Refused) return refused(`${error.status}`);
        // The card was pulled out.
        if (error.name === "NotFoundError" || error.name === "NotReadableError") return refused(error.message);
        tell(say("waits", { n: finished, all: total }), true);
        await networkOr(pause);
      }
    }
  }

  async function fetchKnown(file) {
    // Browsers give digests only to sites with TLS; elsewhere the server tells by the content.
    if (!globalThis.crypto?.subtle) return null;
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = await fetch(`${form.action}/known?sha256=${hex}`, { headers: { "X-Part": "photo" }, signal: AbortSignal.timeout(ASK_MS), redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Refused(403);
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    const { photo } = await answer.json();
    return photo && { ...photo, name: file.name };
  }

  function send(file) {
    return new Promise((resolve, reject) => {
      const body = new FormData(), request = new XMLHttpRequest();
      body.set("csrf", form.elements.csrf.value);
      body.set("photos", file, file.name);
      let still;
      const alive = () => { clearTimeout(still); still = setTimeout(() => request.abort(), STILL_MS); };
      request.upload.onprogress = ({ loaded, total: bytes }) => { alive(); show(bytes ? loaded / bytes : 0); };
      request.onload = () => {
        let answer;
        try { answer = JSON.parse(request.responseText); } catch { /* a page of whatever stands in between */ }
        if (request.status === 200 && answer?.photos) return resolve(answer.photos[0]);
        if (request.status === 401 || request.status === 403 || request.responseURL !== form.action) return reject(new Refused(403));
        const isLasting = request.status >= 400 && request.status < 500 && ![408, 425, 429].includes(request.status);
        return reject(isLasting ? new Refused(request.status) : new Error(`answer ${request.status}`));
      };
      request.onerror = request.onabort = () => reject(new Error("no network"));
      request.onloadend = () => clearTimeout(still);
      request.open("POST", form.action);
      request.setRequestHeader("X-Part", "photo");
      alive();
      request.send(body);
    });
  }

  /** The lists below as the server has them now. */
  async function refresh() {
    const region = document.querySelector("[data-card-region]");
    const answer = await fetch(location.pathname, { headers: { "X-Part": "photos" } }).catch(() => null);
    if (!answer?.ok || isSending) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-card-region]");
    if (fresh) region.replaceWith(fresh);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  const take = () => {
    const files = [...input.files];
    input.value = "";
    add(files);
  };
  input.addEventListener("change", take);
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    add(await filesOf(event.dataTransfer));
  });
  // What somebody chose before this script came.
  take();
}

function stay(event) {
  event.preventDefault();
}

function networkOr(pauseMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, pauseMs);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}

/** What was dropped: files, and all files in folders. */
async function filesOf(dropped) {
  // All entries at once: after a pause the browser gives none.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...dropped.files];
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) break;
    for (const one of some) found.push(...(await filesBelow(one)));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}
