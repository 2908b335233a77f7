// A survey on the map: area, planned ways, what was photographed, where drones are. A late drone is hollow and says its age.
import { CircleMarker, LayerGroup, Polygon, Polyline } from "leaflet/dist/leaflet-src.esm.js";
import { loadStyles, makeMap } from "./map.mjs";

const COLOURS = ["#0017c1", "#a03800", "#6b0080", "#005a5a", "#7a1f3d"];
const colourOf = (number) => COLOURS[(number + 4) % 5];

/** Text, never HTML: names are typed by people. */
function tag(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

const flip = (ring) => ring.map(([lon, lat]) => [lat, lon]);
/** GeoJSON polygons as Leaflet has them: [lat, lon]. */
const pieces = (shape) => (!shape ? [] : shape.type === "Polygon" ? [shape.coordinates.map(flip)] : shape.coordinates.map((rings) => rings.map(flip)));

/** Draws a plan once; returns what a live page changes. `agesOf(drone)` gives {state, text}. */
export async function showSurvey(place, plan) {
  await loadStyles(place.dataset.styles);
  const picture = place.querySelector("svg.survey-picture");
  const map = makeMap(place, picture?.querySelector("title").textContent);
  picture?.remove();
  const still = { interactive: false };
  const outline = new Polygon(pieces(plan.area), { color: "#115a36", weight: 3, fillOpacity: 0.08, ...still }).addTo(map);
  for (const one of plan.keep_out) new Polygon(pieces(one), { color: "#ce0000", weight: 3, dashArray: "8 6", fillOpacity: 0.12, ...still }).addTo(map);
  if (plan.gaps) new Polygon(pieces(plan.gaps), { color: "#a03800", weight: 3, dashArray: "4 4", fillColor: "#fb8a2e", fillOpacity: 0.35, ...still }).addTo(map);
  const seen = new LayerGroup().addTo(map), tracks = new Map(), shown = new Set(), drones = new Map();
  const bounds = outline.getBounds(), pins = [];
  for (const { number, way, home } of plan.legs) {
    new Polyline(flip(way), { color: colourOf(number), weight: 2, opacity: 0.8, dashArray: "8 5", ...still }).addTo(map);
    if (!home) continue;
    bounds.extend(home);
    new CircleMarker(home, { radius: 8, color: "#1a1a1a", weight: 3, fillColor: "#fff", fillOpacity: 1, ...still }).bindTooltip(tag(`${number}`), { permanent: true, direction: "bottom", className: "tag" }).addTo(map);
  }
  for (const { lat, lon, name, path } of plan.pins ?? []) {
    const pin = new CircleMarker([lat, lon], { radius: 10, color: "#1a1a1a", weight: 3, fillColor: "#ffd43d", fillOpacity: 1 }).bindTooltip(tag(name), { permanent: true, direction: "top", className: "tag" }).addTo(map);
    pins.push(pin);
    if (path) pin.on("click", () => location.assign(path));
  }
  for (const { lat, lon, path } of plan.photos ?? []) {
    const look = { radius: 6, color: "#1a1a1a", weight: 2, fillColor: path ? "#1a1a1a" : "#fff", fillOpacity: 1, interactive: Boolean(path) };
    const dot = new CircleMarker([lat, lon], look).addTo(map);
    if (path) dot.on("click", () => location.assign(path));
    pins.push(dot);
  }
  map.fitBounds(bounds, { padding: [20, 20], maxZoom: 18 });

  function addTracks(found) {
    for (const [sortie, { number, points }] of Object.entries(found)) {
      const known = tracks.get(sortie) ?? { line: new Polyline([], { color: colourOf(number), weight: 5, opacity: 0.9, ...still }).addTo(map), places: new Map() };
      tracks.set(sortie, known);
      for (const [lat, lon, at] of points) known.places.set(at, [lat, lon]);
      // By when it was there: what came late finds its place on the way.
      known.line.setLatLngs([...known.places].sort(([a], [b]) => a - b).map(([, where]) => where));
    }
  }
  function addSeen(found) {
    for (const [key, ring] of Object.entries(found)) {
      if (shown.has(key)) continue;
      shown.add(key);
      seen.addLayer(new Polygon(ring, { color: "#008570", weight: 1, opacity: 0.5, fillOpacity: 0.22, ...still }));
    }
    for (const pin of pins) pin.bringToFront();
  }
  function moveDrones(found, ageOf) {
    for (const drone of found) {
      if (drone.lat == null || drone.lon == null) continue;
      const { state, short } = ageOf(drone);
      const isHollow = state === "late" || state === "lost" || state === "none";
      const look = isHollow
        ? { color: "#ce0000", weight: 4, dashArray: "5 5", fillColor: "#fff", fillOpacity: 0.3 }
        : { color: "#fff", weight: 3, dashArray: null, fillColor: state === "rest" ? "#666" : colourOf(drone.number), fillOpacity: 1 };
      let marker = drones.get(drone.id);
      if (!marker) {
        marker = new CircleMarker([drone.lat, drone.lon], { radius: 13, ...look, ...still }).bindTooltip(tag(""), { permanent: true, direction: "auto", offset: [12, 0] }).addTo(map);
        drones.set(drone.id, marker);
      }
      marker.setLatLng([drone.lat, drone.lon]).setStyle(look);
      const height = drone.height_m == null ? "" : ` ${Math.round(drone.height_m)} m`;
      const words = isHollow ? `${drone.number}: ${short}` : `${drone.number}:${height}`;
      marker.getTooltip().setContent(tag(words));
      const element = marker.getTooltip().getElement();
      if (element) element.className = element.className.replace(/ ?\b(tag|late)\b/g, "") + (isHollow ? " tag late" : " tag");
      marker.bringToFront();
    }
  }
  return { map, addTracks, addSeen, moveDrones };
}
