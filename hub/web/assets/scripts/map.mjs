// Places on a map, and where the phone is. Without tiles (no network) the places, a scale and north are still right.
import { Circle, CircleMarker, Control, DomUtil, LatLngBounds, Map as LeafletMap, Polyline, Rectangle, TileLayer, Tooltip } from "leaflet/dist/leaflet-src.esm.js";
import { here } from "./where.mjs";

const TILES = "https://cyberjapandata.gsi.go.jp/xyz/std/{z}/{x}/{y}.png";

/** Leaflet's sheet is a file of its own, loaded with the module. */
export async function loadStyles(href) {
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

// A state is a word at the point, and only then a colour.
const FILLS = { sprung: "#e60000", sprung_silent: "#e60000", silent: "#fb8a2e", disarmed: "#b3b3b3" };
const POINT = { radius: 11, color: "#1a1a1a", weight: 3, fillOpacity: 1 };

/** `name` says what the map shows to whoever hears the page: the map is a stop of the keyboard, and arrows move it. */
export function makeMap(place, name = "") {
  const { zoomIn, zoomOut } = place.dataset;
  const canvas = document.createElement("div");
  canvas.className = "map-canvas";
  if (name) {
    canvas.setAttribute("role", "group");
    canvas.setAttribute("aria-label", name);
  }
  place.prepend(canvas);
  const map = new LeafletMap(canvas, { minZoom: 5, maxZoom: 18, zoomControl: false, scrollWheelZoom: false });
  map.addControl(new Control.Zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }));
  map.addControl(new Control.Scale({ imperial: false }));
  map.addControl(new North());
  const tiles = new TileLayer(TILES, { maxZoom: 18, attribution: '<a href="https://maps.gsi.go.jp/development/ichiran.html">地理院タイル</a>' });
  tellMissing(tiles, map, place.querySelector("[data-no-tiles]"));
  tiles.addTo(map);
  map.attributionControl.setPrefix("");
  return map;
}

/** Say it when tiles cannot be loaded. The map gives the words their room: what stands below it stays under the thumb. */
function tellMissing(tiles, map, note) {
  const place = note.parentElement;
  // By their zoom: those of another are no matter of what is seen, and go some time later.
  const missing = new Set();
  const nameOf = ({ x, y, z }) => `${z}/${x}/${y}`;
  const tell = () => {
    const isMissing = [...missing].some((name) => name.startsWith(`${map.getZoom()}/`));
    if (note.hidden !== isMissing) return;
    const height = () => place.getBoundingClientRect().height, before = height();
    note.hidden = !isMissing;
    // Whole pixels: where something ends between two, a browser that scrolls to it stops a little short.
    map.getContainer().style.setProperty("--told", isMissing ? `${Math.round(height() - before)}px` : "0px");
    map.invalidateSize({ animate: false });
  };
  tiles.on("tileerror", ({ coords }) => { missing.add(nameOf(coords)); tell(); });
  tiles.on("tileload tileunload", ({ coords }) => missing.delete(nameOf(coords)));
  tiles.on("load", tell);
}

/** Rings say how far things are, tiles or not. */
function addRings(map, { lat, lon }) {
  for (const [metres, label] of [[100, "100 m"], [300, "300 m"], [1000, "1 km"]]) {
    const ring = new Circle([lat, lon], { radius: metres, color: "#333", weight: 1.5, dashArray: "5 5", fill: false, interactive: false }).addTo(map);
    const top = [ring.getBounds().getNorth(), lon];
    new Tooltip({ permanent: true, direction: "top", className: "ring", opacity: 1 }).setLatLng(top).setContent(label).addTo(map);
  }
}

/** Text, never HTML: names are typed by people. */
function label(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

function addPoints(map, points) {
  for (const { lat, lon, name, state, said, path } of points) {
    const point = new CircleMarker([lat, lon], { ...POINT, fillColor: FILLS[state] ?? "#ffd43d", interactive: Boolean(path) }).addTo(map);
    if (name) point.bindTooltip(label(said ? `${name} ${said}` : name), { permanent: state in FILLS && state !== "disarmed", direction: "top", className: "ring" });
    if (path) point.on("click", () => location.assign(path));
  }
}

/** The phone's place with its uncertainty, and the line to the one point that the map is about. */
function followMe(map, points, words) {
  let drawn = [];
  const draw = ({ latitude, longitude, accuracy }) => {
    const isFirst = !drawn.length;
    for (const one of drawn) one.remove();
    const me = [latitude, longitude];
    drawn = [
      new Circle(me, { radius: accuracy, color: "#0017c1", weight: 1, fillOpacity: 0.15, interactive: false }),
      new CircleMarker(me, { radius: 8, color: "#fff", weight: 3, fillColor: "#0017c1", fillOpacity: 1, interactive: false }).bindTooltip(label(words.me), { permanent: true, direction: "bottom", className: "ring" }),
      ...(points.length === 1 ? [new Polyline([me, [points[0].lat, points[0].lon]], { color: "#0017c1", weight: 4, dashArray: "2 8", interactive: false })] : []),
    ];
    for (const one of drawn) one.addTo(map);
    if (isFirst) map.fitBounds(new LatLngBounds([me, ...points.map(({ lat, lon }) => [lat, lon])]), { padding: [40, 40], maxZoom: 17 });
  };
  document.addEventListener("where:found", (event) => draw(event.detail));
  if (here) draw(here);
}

/** Cells of the mesh with their numbers; the darker the more. They stand in a table beside the map, too. */
function drawCells(map, cells) {
  const most = Math.max(...cells.map((cell) => cell.heads));
  map.fitBounds(cells.flatMap((cell) => cell.bounds), { maxZoom: 13, padding: [20, 20] });
  for (const { bounds, heads, code } of cells) {
    const fillOpacity = 0.1 + 0.4 * (heads / most);
    const cell = new Rectangle(bounds, { color: "#115a36", weight: 2, fillColor: "#115a36", fillOpacity, interactive: false }).addTo(map);
    new Tooltip({ permanent: true, direction: "center", className: "ring", opacity: 1 }).setLatLng(cell.getBounds().getCenter()).setContent(label(`${code}: ${heads}`)).addTo(map);
  }
}

export async function drawMap(place) {
  await loadStyles(place.dataset.styles);
  const map = makeMap(place);
  if (place.dataset.cells) return drawCells(map, JSON.parse(document.getElementById(place.dataset.cells).textContent));
  const points = JSON.parse(place.dataset.points);
  if (points.length === 1) {
    map.setView([points[0].lat, points[0].lon], 15);
    addRings(map, points[0]);
  } else {
    map.fitBounds(new LatLngBounds(points.map(({ lat, lon }) => [lat, lon])), { padding: [40, 40], maxZoom: 16 });
  }
  addPoints(map, points);
  followMe(map, points, place.dataset);
}
