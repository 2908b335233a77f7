// A form as data and back: what was typed, and what the server says about it.
import { listPhotos, setPhotos } from "./photos.mjs";
import { words } from "./words.mjs";

export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** What waits on the phone for a form: its fields, its photos, and the form itself, so that it can be changed later. */
export function readForm(form, submitter) {
  const fields = [], files = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") {
      if (!["csrf", "key", "written_at", "photo_meta"].includes(name)) fields.push([name, value]);
    } else if (value.size && !form.querySelector(`input[data-photos][name="${CSS.escape(name)}"]`)) {
      files.push({ name, file: value, filename: value.name });
    }
  }
  if (submitter?.name) fields.push([submitter.name, submitter.value]);
  const photos = [...form.querySelectorAll("input[data-photos]")].flatMap((input) => listPhotos(input).map((photo) => ({ name: input.name, ...photo })));
  files.push(...photos.map(({ name, file, filename, meta }) => ({ name, file, filename, meta })));
  if (form.querySelector("input[data-photos]")) fields.push(["photo_meta", JSON.stringify(photos.map(({ meta }) => meta))]);
  return {
    key: form.dataset.replaces ?? newKey(),
    person: document.body.dataset.person,
    personName: document.body.dataset.personName,
    action: new URL(form.action).pathname,
    label: form.dataset.label ?? form.dataset.offline,
    page: form.dataset.page ?? location.pathname,
    writtenAt: form.dataset.writtenAt ?? new Date().toISOString(),
    fields,
    files,
    html: cleanHtml(form),
    state: "waiting",
  };
}

/** The form without what belongs to this moment. */
function cleanHtml(form) {
  const copy = form.cloneNode(true);
  for (const part of copy.querySelectorAll('[name="csrf"], [name="key"], [data-told], .error')) part.remove();
  for (const field of copy.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const part of copy.querySelectorAll("[data-photo-list]")) part.replaceChildren();
  for (const name of ["data-sent", "data-replaces", "hidden"]) copy.removeAttribute(name);
  return copy.outerHTML;
}

/** The form of a report again, with all that was typed. */
export function restoreForm(report) {
  const form = new DOMParser().parseFromString(report.html, "text/html").querySelector("form");
  const left = new Map();
  for (const [name, value] of report.fields) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    const values = left.get(field.name) ?? [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (field.type !== "file" && field.type !== "submit" && values.length) field.value = values.shift();
  }
  form.dataset.replaces = report.key;
  form.dataset.page = report.page;
  form.dataset.writtenAt = report.writtenAt;
  return document.adoptNode(form);
}

/** Its photos, once the form stands in the page. */
export function restorePhotos(form, report) {
  for (const input of form.querySelectorAll("input[data-photos]")) setPhotos(input, report.files.filter(({ name }) => name === input.name));
}

/** A notice at the head of a form; there is one at a time. */
export function say(form, kind, text, ...more) {
  form.querySelector("[data-told]")?.remove();
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  notice.dataset.told = "";
  notice.tabIndex = -1;
  notice.setAttribute("role", kind === "bad" ? "alert" : "status");
  const line = document.createElement("p");
  line.textContent = text;
  notice.append(line, ...more);
  form.prepend(notice);
  return notice;
}

/** A refusal's words: the whole at the head, each field's beside it. */
export function showRefusal(form, refusal) {
  const { refused, tooLarge } = words();
  const places = new Map(Object.entries(refusal.fields ?? {}));
  for (const [name, text] of places) {
    const field = form.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!field) continue;
    const told = document.createElement("span");
    told.className = "error";
    told.id = `e-${name}`;
    told.textContent = text;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", told.id);
    const choices = field.closest("fieldset")?.querySelector(".choices");
    (choices ?? field).before(told);
  }
  const whole = refusal.words?.length ? refusal.words : [refusal.status === 413 ? tooLarge : ""];
  say(form, "bad", [refused, ...whole].filter(Boolean).join(" ")).focus();
}

/** Take the words of an earlier try away. */
export function clearRefusal(form) {
  for (const told of form.querySelectorAll("[data-told], .error")) told.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}
