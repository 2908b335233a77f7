// "Put it among your apps": offered where the browser offers it, explained where it does not (iOS), and never again when declined.
const DECLINED = "wanamori-install-declined";

export function prepareInstall(place) {
  const isInstalled = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  let declined = false;
  try {
    declined = localStorage.getItem(DECLINED) !== null;
  } catch { /* a browser that keeps nothing */ }
  if (isInstalled || declined) return;
  const show = (name) => {
    for (const part of place.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== name;
    place.hidden = false;
  };
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    show("prompt");
    place.querySelector("[data-install]").onclick = () => {
      place.hidden = true;
      event.prompt();
    };
  });
  place.querySelector("[data-decline]").addEventListener("click", () => {
    place.hidden = true;
    try {
      localStorage.setItem(DECLINED, "yes");
    } catch { /* asked again next time */ }
  });
  if (navigator.standalone === false) show("ios");
}
