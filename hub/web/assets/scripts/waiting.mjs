// The page of what waits on this phone. It needs no network: all of it is in the phone.
import { prepareChoosers } from "./photos.mjs";
import { restoreForm, restorePhotos, showRefusal } from "./forms.mjs";
import { isMine } from "./offline.mjs";
import { dropReport, onChange, readReports, sendReports } from "./outbox.mjs";
import { counted, words } from "./words.mjs";

const list = document.getElementById("reports");
const pattern = document.getElementById("report-item");

/** What became of a report, in words. */
function stateOf(report) {
  if (report.state === "refused") return [said.stateRefused, report.refusal.words.join(" ") || (report.refusal.status === 413 ? said.tooLarge : "")].join(" ");
  if (report.hold === "sign-in") return said.stateSignIn;
  if (report.hold === "person") return said.statePerson;
  return said.stateWaiting;
}

function typed(report) {
  const lines = report.fields.filter(([name, value]) => value && name !== "photo_meta").map(([name, value]) => labelOf(report, name, value));
  return lines.join("\n");
}

/** A field as its form names it: "Note: …", "Captured". */
function labelOf(report, name, value) {
  const form = new DOMParser().parseFromString(report.html, "text/html").querySelector("form");
  const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  const field = fields.find((one) => one.value === value && (one.type === "radio" || one.type === "checkbox")) ?? fields[0];
  if (!field || field.type === "hidden") return "";
  const label = (field.closest("label") ?? form.querySelector(`label[for="${CSS.escape(field.id)}"]`))?.textContent.trim();
  if (field.type === "radio" || field.type === "checkbox") return label ?? value;
  const chosen = field instanceof HTMLSelectElement ? [...field.options].find((one) => one.value === value)?.text.trim() : "";
  return label ? `${label}: ${chosen || value}` : chosen || value;
}

/** What an item shows that may change. */
function looksOf(report) {
  return JSON.stringify([report.state, report.hold ?? "", report.refusal ?? "", report.fields]);
}

function draw(report, sure = false) {
  const item = pattern.content.firstElementChild.cloneNode(true);
  const at = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  item.dataset.key = report.key;
  item.dataset.looks = looksOf(report);
  item.dataset.state = report.state;
  item.querySelector("h2").textContent = report.label;
  item.querySelector("[data-written]").textContent = at.format(new Date(report.writtenAt));
  item.querySelector("[data-state]").textContent = stateOf(report);
  item.querySelector("[data-typed]").textContent = typed(report);
  item.querySelector("[data-photos-count]").textContent = report.files.length ? counted(said.photos, report.files.length) : "";
  item.classList.toggle("bad", report.state === "refused");
  item.querySelector("[data-edit]").addEventListener("click", () => edit(item, report));
  prepareDiscard(item.querySelector("[data-discard]"), report.key, sure);
  return item;
}

/** Asked once more on the button itself: what is thrown away is gone. `sure`: it was asked before the item changed. */
function prepareDiscard(button, key, sure) {
  const ask = () => {
    button.dataset.sure = "yes";
    button.textContent = said.discardSure;
  };
  if (sure) ask();
  button.addEventListener("click", () => (button.dataset.sure ? dropReport(key) : ask()));
}

function edit(item, report) {
  const form = restoreForm(report);
  item.replaceChildren(item.querySelector("h2"), form);
  item.dataset.editing = "yes";
  prepareChoosers(form);
  if (form.querySelector("[data-animal-add]")) import("./report.mjs").then((module) => module.prepareReport());
  restorePhotos(form, report);
  if (report.refusal) showRefusal(form, report.refusal);
  else (form.querySelector("input:not([type=hidden]), textarea") ?? form).focus();
}

const said = { ...words(), ...JSON.parse(document.getElementById("waiting-words").textContent) };

async function show() {
  let reports = [];
  try {
    reports = await readReports();
  } catch {
    document.getElementById("no-storage").hidden = false;
  }
  const mine = reports.filter(isMine);
  const others = new Set(reports.filter((report) => !isMine(report)).map((report) => report.personName));
  document.getElementById("none-wait").hidden = reports.length > 0;
  document.getElementById("send-now").hidden = !mine.some((report) => report.state === "waiting");
  const told = document.getElementById("others-wait");
  told.hidden = !others.size;
  told.querySelector("p").textContent = counted(said.others, reports.length - mine.length).replace("{names}", [...others].join("、"));
  // What looks the same stays as it is, under a thumb that is about to press it; so does what is being changed.
  const drawn = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const isFit = (item, report) => item && !item.dataset.done && (item.dataset.editing || item.dataset.looks === looksOf(report));
  const isSure = (item) => Boolean(item?.querySelector("[data-discard]")?.dataset.sure);
  const items = mine.map((report) => {
    const item = drawn.get(report.key);
    return isFit(item, report) ? item : draw(report, isSure(item));
  });
  for (const item of drawn.values()) if (!items.includes(item)) item.remove();
  items.forEach((item, n) => { if (list.children[n] !== item) list.insertBefore(item, list.children[n] ?? null); });
}

onChange(({ key, done }) => {
  // An item whose form was sent again is drawn anew once it is gone or refused again.
  const item = done && list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (item) item.dataset.done = "yes";
  show();
});
document.getElementById("send-now").addEventListener("click", () => sendReports({ now: true }));
show();
