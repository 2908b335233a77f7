// One place on a map. Without tiles (no network) it still shows the place, a scale, north and the distance of the grid.
import { Circle, CircleMarker, Control, DomUtil, Map as LeafletMap, TileLayer, Tooltip } from "leaflet/dist/leaflet-src.esm.js";

const TILES = "https://cyberjapandata.gsi.go.jp/xyz/std/{z}/{x}/{y}.png";

/** Leaflet's sheet is a file of its own, loaded with the module. */
async function loadStyles(href) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => { link.onload = link.onerror = resolve; });
  document.head.append(link);
  await loaded;
}

const North = Control.extend({
  options: { position: "topright" },
  onAdd() {
    const arrow = DomUtil.create("div", "map-north");
    arrow.textContent = "N ↑";
    arrow.setAttribute("aria-hidden", "true");
    return arrow;
  },
});

export async function drawMap(place) {
  const { lat, lon, styles, zoomIn, zoomOut } = place.dataset;
  await loadStyles(styles);
  const canvas = document.createElement("div");
  canvas.className = "map-canvas";
  place.prepend(canvas);
  const map = new LeafletMap(canvas, { center: [lat, lon], zoom: 15, minZoom: 5, maxZoom: 18, zoomControl: false, scrollWheelZoom: false });
  map.addControl(new Control.Zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }));
  map.addControl(new Control.Scale({ imperial: false }));
  map.addControl(new North());
  const tiles = new TileLayer(TILES, { maxZoom: 18, attribution: '<a href="https://maps.gsi.go.jp/development/ichiran.html">地理院タイル</a>' });
  tiles.on("tileerror", () => { place.querySelector("[data-no-tiles]").hidden = false; });
  tiles.on("tileload", () => { place.querySelector("[data-no-tiles]").hidden = true; });
  tiles.addTo(map);
  map.attributionControl.setPrefix("");
  // Rings say how far things are, tiles or not.
  for (const [metres, label] of [[100, "100 m"], [300, "300 m"], [1000, "1 km"]]) {
    const ring = new Circle([lat, lon], { radius: metres, color: "#333", weight: 1.5, dashArray: "5 5", fill: false, interactive: false }).addTo(map);
    const top = [ring.getBounds().getNorth(), Number(lon)];
    new Tooltip({ permanent: true, direction: "top", className: "ring", opacity: 1 }).setLatLng(top).setContent(label).addTo(map);
  }
  new CircleMarker([lat, lon], { radius: 11, color: "#1a1a1a", weight: 3, fillColor: "#ffd43d", fillOpacity: 1, interactive: false }).addTo(map);
}
