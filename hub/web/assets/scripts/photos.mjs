// Photos of a form: shrunk on the phone, shown, put in order, taken away.
import { readExif, withExif } from "./exif.mjs";
import { words } from "./words.mjs";

const LONGEST_EDGE_PX = 1600;
const QUALITY = 0.8;
// A photo is of here and now for so long after it was taken.
const FRESH_MS = 15 * 60_000;
const chosen = new WeakMap();
const adding = new WeakMap();

/** The photos of a field, in their order: {file, filename, meta}. */
export function listPhotos(input) {
  return chosen.get(input) ?? [];
}

export function setPhotos(input, photos) {
  chosen.set(input, photos.map(({ file, filename, meta }) => ({ file, filename, meta })));
  show(input);
}

/** Let every `<input type=file data-photos>` below `root` shrink and show what is chosen. */
export function prepareChoosers(root) {
  for (const input of root.querySelectorAll("input[data-photos]")) {
    if (input.dataset.ready && chosen.has(input)) continue;
    input.dataset.ready = "yes";
    input.closest(".photo-field")?.classList.add("ready");
    chosen.set(input, []);
    input.addEventListener("change", () => take(input));
    // What somebody chose before this script came.
    if (input.files.length) take(input);
  }
}

/** The promise that all that was chosen below `root` stands in its list, or undefined where it does: a photo takes its time. */
export function photosComing(root) {
  prepareChoosers(root);
  const all = [...root.querySelectorAll("input[data-photos]")].map((input) => adding.get(input)).filter(Boolean);
  return all.length ? Promise.all(all) : undefined;
}

/** One after the other, in the order of choosing. */
function take(input) {
  const files = [...input.files];
  // The field is emptied: what is chosen stands in the list, and goes out from there.
  input.value = "";
  const done = Promise.resolve(adding.get(input)).then(() => add(input, files)).finally(() => { if (adding.get(input) === done) adding.delete(input); });
  adding.set(input, done);
}

async function add(input, files) {
  const list = listOf(input);
  list.setAttribute("aria-busy", "true");
  for (const file of files) chosen.get(input).push(await prepare(file));
  list.removeAttribute("aria-busy");
  show(input);
  input.form.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true }));
}

/** A photo as it is sent: small, with the original's EXIF; the original itself where that fails. */
async function prepare(file) {
  const head = await readExif(file).catch(() => ({}));
  const meta = { taken_at: null, lat: null, lon: null, accuracy_m: null };
  if (!head.takenAt) meta.taken_at = new Date(file.lastModified).toISOString();
  if (!head.hasPlace && Date.now() - file.lastModified < FRESH_MS) Object.assign(meta, await whereWeAre());
  const small = await shrink(file, head).catch(() => null);
  if (!small || small.size >= file.size) return { file, filename: file.name, meta };
  return { file: small, filename: file.name.replace(/\.\w+$/, "") + ".jpg", meta };
}

function whereWeAre() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({});
    const found = ({ coords }) => resolve({ lat: round(coords.latitude), lon: round(coords.longitude), accuracy_m: Math.ceil(coords.accuracy) });
    return navigator.geolocation.getCurrentPosition(found, () => resolve({}), { enableHighAccuracy: true, timeout: 15_000, maximumAge: 120_000 });
  });
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

/** The pixels turned upright and no longer than LONGEST_EDGE_PX, as JPEG. */
async function shrink(file, head) {
  const picture = await decode(file);
  const scale = Math.min(1, LONGEST_EDGE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close?.();
  const size = { width: canvas.width, height: canvas.height };
  const small = await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no JPEG"))), "image/jpeg", QUALITY);
  });
  canvas.width = canvas.height = 0; // old phones give the memory back only so
  return head.exif ? withExif(small, head.exif, size) : small;
}

async function decode(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    const picture = new Image();
    picture.src = URL.createObjectURL(file);
    try {
      await picture.decode();
    } finally {
      URL.revokeObjectURL(picture.src);
    }
    return picture;
  }
}

function listOf(input) {
  let list = input.closest(".field")?.querySelector("[data-photo-list]");
  if (!list) {
    list = document.createElement("ol");
    list.className = "photos";
    list.dataset.photoList = "";
    (input.closest(".field") ?? input.parentElement).append(list);
  }
  return list;
}

function show(input) {
  const said = words();
  const list = listOf(input);
  const photos = chosen.get(input);
  for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  list.replaceChildren(...photos.map((photo, n) => {
    const item = document.createElement("li");
    const picture = Object.assign(document.createElement("img"), { src: URL.createObjectURL(photo.file), alt: said.photo.replace("{n}", n + 1), width: 96, height: 96 });
    const size = document.createElement("span");
    size.textContent = `${n + 1} (${Math.max(1, Math.round(photo.file.size / 1024))} KB)`;
    const move = (to) => { photos.splice(to, 0, ...photos.splice(n, 1)); show(input); };
    const buttons = [
      n > 0 && button(said.photoEarlier, n, () => move(n - 1)),
      n < photos.length - 1 && button(said.photoLater, n, () => move(n + 1)),
      button(said.photoRemove, n, () => { photos.splice(n, 1); show(input); }),
    ].filter(Boolean);
    item.append(picture, size, ...buttons);
    return item;
  }));
}

function button(text, n, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
  const which = Object.assign(document.createElement("span"), { className: "unseen", textContent: ` ${n + 1}` });
  made.append(which);
  made.addEventListener("click", act);
  return made;
}
