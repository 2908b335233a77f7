// What every page has: times that keep up, menus that close, copying, live regions, and a map where one is asked for.
import { followLive } from "./live.mjs";

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
// A form that is sent twice by a doubting thumb does its work once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

document.querySelector(".nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
setInterval(refreshAges, 30_000);
// After the page, so that on a slow line nothing of it waits for what is kept for later.
if ("serviceWorker" in navigator) addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
if (document.body.dataset.live) followLive(document.body.dataset, refreshAges);
if (document.querySelector("[data-map]")) import("./map-loader.mjs").then((module) => module.prepareMaps());
if (document.querySelector("[data-nearest]")) import("./patrol.mjs").then((module) => module.preparePatrol());
if (document.querySelector("[data-locate]")) import("./locate.mjs").then((module) => module.prepareLocate());
if (document.querySelector("[data-push]")) import("./subscribe.mjs").then((module) => module.prepareSubscribe());
