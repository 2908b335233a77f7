// What every page has: times that keep up, menus that close, copying, live regions, and a map where one is asked for.
import { followLive } from "./live.mjs";

// Parts that only some pages have come behind the page, which says by an attribute when all of its own are there.
let coming = 1;
function arrived() {
  coming -= 1;
  if (!coming) document.body.dataset.whole = "";
}
function ask(part) {
  coming += 1;
  part.finally(arrived);
}

/** Ages in words, by the templates that the page brings in its own language. */
function refreshAges() {
  const words = JSON.parse(document.body.dataset.ages);
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const minutes = Math.floor((Date.now() - Date.parse(element.dateTime)) / 60_000);
    if (minutes < 0) continue;
    const [template, n] =
      minutes < 1 ? [words[0], 0] : minutes < 60 ? [words[1], minutes] : minutes < 2880 ? [words[2], Math.floor(minutes / 60)] : [words[3], Math.floor(minutes / 1440)];
    const text = template.replace("{n}", n);
    if (element.textContent !== text) element.textContent = text;
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => (copy.textContent = copy.dataset.copied));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  closeMenus();
  open?.querySelector("summary").focus();
});
const mayKeep = Boolean(document.body.dataset.person && window.indexedDB && document.getElementById("phone-words"));
// A form that is sent twice by a doubting thumb does its work once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  const isAgain = form.dataset.sent;
  // A button that only changes the form ("one more animal") is the server's where no script has taken it.
  const isKept = form.dataset.offline !== undefined && mayKeep && !event.submitter?.formNoValidate;
  if (isAgain || isKept) event.preventDefault();
  form.dataset.sent = "yes";
  if (isKept && !isAgain) keepAndSend(form, event.submitter);
});
addEventListener("pageshow", (event) => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  // Back on a page that has sent its forms: what is sent from now on is another report.
  if (event.persisted) for (const key of document.querySelectorAll('form [name="key"]')) key.value = "";
});

/** A report is kept on the phone before it is sent (submit.mjs); without that script it is sent as any form. */
function keepAndSend(form, submitter) {
  import("./submit.mjs").then(
    (module) => module.submitForm(form, submitter),
    () => {
      delete form.dataset.offline;
      delete form.dataset.sent;
      form.requestSubmit(submitter);
    },
  );
}

/** What can wait: the badge and the sending, what is fetched ahead for the valley, and where it is shown. */
async function prepareOffline() {
  const waiting = document.getElementById("reports");
  // What sends a form comes behind what the page shows, and again when somebody begins to fill the form in: the network may be
  // gone when it is finished.
  const fetchSender = () => { import("./submit.mjs").catch(() => undefined); };
  if (document.querySelector("form[data-offline]")) setTimeout(fetchSender, 1_000);
  document.addEventListener("focusin", (event) => { if (event.target.closest("form[data-offline]")) fetchSender(); });
  if (document.querySelector("input[data-photos]")) ask(import("./photos.mjs").then((module) => module.prepareChoosers(document)));
  if (waiting) ask(import("./waiting.mjs"));
  (await import("./offline.mjs")).start();
}

async function keepAhead() {
  const links = [...document.querySelectorAll("main a, a[data-keep]")].map((link) => new URL(link.href));
  const paths = links.filter((url) => url.origin === location.origin && /^\/(traps|incidents)\/./.test(url.pathname)).map((url) => url.pathname);
  const named = [...document.querySelectorAll("a[data-keep]")].map((link) => link.pathname);
  (await navigator.serviceWorker.ready).active.postMessage({ keep: [...named, location.pathname, ...paths] });
}

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

// Not by scrollIntoView: with it the keyboard would go on from there, past the link that skips all this.
const current = document.querySelector(".nav [aria-current]");
if (current) current.closest(".nav").scrollLeft = current.offsetLeft + current.offsetWidth / 2 - innerWidth / 2;
setInterval(refreshAges, 30_000);
// After the page, so that on a slow line nothing of it waits for what is kept for later.
addEventListener("load", () => {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
  if ("ahead" in document.body.dataset && navigator.serviceWorker) keepAhead();
  if (mayKeep) prepareOffline().catch(() => {});
  arrived();
});
if (document.body.dataset.live) followLive(document.body.dataset, refreshAges);
if (document.querySelector("[data-map]")) ask(import("./map-loader.mjs").then((module) => module.prepareMaps()));
if (document.querySelector("[data-draw], [data-crops]")) ask(import("./plot-form.mjs").then((module) => module.preparePlotForm()));
if (document.getElementById("install")) ask(import("./install.mjs").then((module) => module.prepareInstall(document.getElementById("install"))));
if (document.querySelector("[data-where]")) ask(import("./where.mjs").then((module) => module.prepareWhere()));
if (document.querySelector("[data-nearest]")) ask(import("./patrol.mjs").then((module) => module.preparePatrol()));
if (document.querySelector("[data-locate]")) ask(import("./locate.mjs").then((module) => module.prepareLocate()));
if (document.querySelector("[data-push]")) ask(import("./subscribe.mjs").then((module) => module.prepareSubscribe()));
if (document.querySelector("[data-animal-add]")) ask(import("./report.mjs").then((module) => module.prepareReport()));
for (const place of document.querySelectorAll("[data-survey-map]")) ask(import("./survey-live.mjs").then((module) => module.prepareSurveyMap(place)));
if (document.querySelector("[data-survey-draw]")) ask(import("./survey-form.mjs").then((module) => module.prepareSurveyForm()));
for (const form of document.querySelectorAll("form[data-card]")) ask(import("./survey-photos.mjs").then((module) => module.prepareCard(form)));
