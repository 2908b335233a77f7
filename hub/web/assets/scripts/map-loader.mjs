// Leaflet is 42 KB: it comes when somebody asks for the map, or by itself where the screen has room and the line is not slow.
const connection = navigator.connection;
const isSlow = connection?.saveData || /2g|3g/.test(connection?.effectiveType ?? "");

async function show(place) {
  place.querySelector("button")?.remove();
  const { drawMap } = await import("./map.mjs");
  drawMap(place);
}

export function prepareMaps() {
  for (const place of document.querySelectorAll("[data-map]")) {
    const button = place.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => show(place), { once: true });
    if (matchMedia("(min-width: 62em)").matches && !isSlow) show(place);
  }
}
