// How one photo comes to the server: it is asked for by its digest first, and sent where it is not there. A lost connection is one
// thing, which is waited for; a refusal is another, which no trying helps.
const ASK_MS = 15_000;
// So long a sending may stand still at its first try; at each further one so much longer, since there are very slow links.
const STILL_MS = 60_000;
const PASSING = [408, 425, 429];
// What is refused so is not refused of one photo.
const OF_ALL = [401, 403, 404, 405, 410];

/** What the server will not take, however often it is sent. `why` is its reason; `ofAll`: it holds for all photos; status 401: nobody
    is signed in any more. */
export class Refused extends Error {
  constructor(status, why) {
    super(`refused: ${status}`);
    this.status = status;
    this.why = why;
    this.ofAll = OF_ALL.includes(status);
  }
}

/** No answer of the server's; `status` is 0, or what it said instead of one. */
export class Lost extends Error {
  constructor(status = 0) {
    super(`lost: ${status}`);
    this.status = status;
  }
}

/** What the server says of the photo. `tries` counts from 1; `onPart` hears how much is sent, 0 to 1. Raises Refused and Lost. */
export async function bringPhoto(form, name, bytes, tries, onPart) {
  const known = await fetchKnown(form, bytes);
  onPart(0);
  return { ...(known ?? (await send(form, name, bytes, tries * STILL_MS, onPart))), name };
}

async function fetchKnown(form, bytes) {
  // Browsers give digests only to sites with TLS; elsewhere the server tells by the content.
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const stop = new AbortController(), end = endWhen(() => stop.abort(), ASK_MS);
  let answer, text;
  try {
    answer = await fetch(`${form.action}/known?sha256=${hex}`, { headers: { "X-Part": "photo" }, signal: stop.signal, redirect: "manual" });
    text = await answer.text();
  } catch {
    throw new Lost();
  } finally {
    end.never();
  }
  return read(answer.type === "opaqueredirect" ? 401 : answer.status, text, "photo");
}

function send(form, name, bytes, stillMs, onPart) {
  return new Promise((resolve, reject) => {
    const body = new FormData(), request = new XMLHttpRequest();
    body.set("csrf", form.elements.csrf.value);
    body.set("photos", new Blob([bytes]), name);
    const end = endWhen(() => request.abort(), stillMs);
    request.upload.onprogress = ({ loaded, total }) => { end.later(); onPart(total ? loaded / total : 0); };
    request.onload = () => {
      try {
        resolve(read(request.responseURL === form.action ? request.status : 401, request.responseText, "photos")[0]);
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = request.onabort = () => reject(new Lost());
    request.onloadend = () => end.never();
    request.open("POST", form.action);
    request.setRequestHeader("X-Part", "photo");
    request.send(body);
  });
}

/** What the answer says under `name`. Raises Refused and Lost. */
function read(status, text, name) {
  if (status >= 400 && status < 500 && !PASSING.includes(status)) throw new Refused(status, reasonOf(text));
  let answer;
  try { answer = JSON.parse(text); } catch { /* a page of whatever stands in between */ }
  if (status !== 200 || answer?.[name] === undefined) throw new Lost(status);
  return answer[name];
}

/** Why a page of ours says that it refuses; empty on a page of whatever stands in between. */
function reasonOf(text) {
  const main = new DOMParser().parseFromString(text, "text/html").getElementById("main");
  const said = (what) => main?.querySelector(what)?.textContent.trim();
  return said("p.soft:not(.small)") ?? (said("h1 + p") && `${said("h1")}: ${said("h1 + p")}`) ?? "";
}

/** Calls `end` when the browser loses its network, or so long after the last `later()`. */
function endWhen(end, ms) {
  let timer;
  const later = () => { clearTimeout(timer); timer = setTimeout(end, ms); };
  later();
  addEventListener("offline", end);
  return { later, never() { clearTimeout(timer); removeEventListener("offline", end); } };
}
