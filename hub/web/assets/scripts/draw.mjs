// A plot drawn on the map; the corners stand in the form's text, which is what is sent, and which works without any map.
import { CircleMarker, GeoJSON } from "leaflet/dist/leaflet-src.esm.js";
import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode, ValidateNotSelfIntersecting } from "terra-draw";
import { TerraDrawLeafletAdapter } from "terra-draw-leaflet-adapter";
import { loadStyles, makeMap } from "./map.mjs";

export const DIGITS = 7;
const EARTH_M = 6_371_008.8;
export const lib = { circleMarker: (place, options) => new CircleMarker(place, options), geoJSON: (shape, options) => new GeoJSON(shape, options) };

/** The adapter puts a style element into the page, which our content policy forbids: a pane's height is set on the pane. */
export class Adapter extends TerraDrawLeafletAdapter {
  createPaneStyleSheet(name, height) {
    const pane = this._map.createPane(name);
    pane.style.zIndex = String(height + 600);
    return pane;
  }

  /** Never: the last corner tapped twice closes the shape, and must not zoom as well. */
  setDoubleClickToZoom() {
    this._map.doubleClickZoom.disable();
  }
}

function makeDraw(map) {
  const feature = { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } };
  const look = { fillColor: "#115a36", fillOpacity: 0.25, outlineColor: "#115a36", outlineWidth: 4, closingPointWidth: 12 };
  return new TerraDraw({
    adapter: new Adapter({ lib, map, coordinatePrecision: DIGITS }),
    modes: [
      new TerraDrawPolygonMode({ styles: look, pointerDistance: 30 }),
      new TerraDrawSelectMode({ flags: { polygon: { feature } }, pointerDistance: 30, styles: { selectionPointWidth: 10, midPointWidth: 7, selectedPolygonColor: "#115a36", selectedPolygonFillOpacity: 0.25, selectedPolygonOutlineColor: "#115a36", selectedPolygonOutlineWidth: 4 } }),
    ],
  });
}

/** Rings of [lon, lat] in a text of corners; GeoJSON is left to the hub. */
export function readRings(text) {
  const narrow = text.normalize("NFKC");
  if (/^\s*[{[]/.test(narrow)) return null;
  const rings = narrow.trim().split(/\n\s*\n/).map((piece) => piece.split("\n").map((line) => (line.match(/[+-]?\d+(\.\d*)?/g) ?? []).map(Number)).filter((one) => one.length === 2).map(([lat, lon]) => [lon, lat]));
  return rings.every((ring) => ring.length > 2 && ring.every(([lon, lat]) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) ? rings : null;
}

export const writeRings = (polygons) => polygons.map(({ geometry }) => geometry.coordinates[0].slice(0, -1).map(([lon, lat]) => `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`).join("\n")).join("\n\n");

/** On a sphere: what is shown while drawing; the hub computes the area on the ellipsoid. */
export function areaOf(polygons) {
  const ring = (points) => points.slice(0, -1).reduce((sum, [lon, lat], place) => {
    const [next, nextLat] = points[place + 1];
    return sum + ((next - lon) * Math.PI / 180) * (2 + Math.sin(lat * Math.PI / 180) + Math.sin(nextLat * Math.PI / 180));
  }, 0);
  return polygons.reduce((sum, { geometry }) => sum + Math.abs(ring(geometry.coordinates[0]) * EARTH_M ** 2 / 2), 0);
}

/** Whether edges of a shape cross: it is another one then than was meant, and its size says nothing. */
export const isCrossed = (polygons) => polygons.some((one) => !ValidateNotSelfIntersecting(one).valid);

export async function startDrawing(place) {
  await loadStyles(place.dataset.styles);
  const text = document.getElementById(place.dataset.draw);
  const [told, again, done] = ["told", "again", "done"].map((name) => place.querySelector(`[data-draw-${name}]`));
  const map = makeMap(place);
  map.setView([Number(place.dataset.lat), Number(place.dataset.lon)], 16);
  const draw = makeDraw(map);
  draw.start();
  const shapes = () => draw.getSnapshot().filter((one) => one.geometry.type === "Polygon" && one.properties.mode === "polygon");
  const say = () => {
    const polygons = shapes();
    const isDrawing = draw.getMode() === "polygon";
    if (isDrawing || !polygons.length) told.textContent = place.dataset.how;
    else told.textContent = isCrossed(polygons) ? place.dataset.crossed : place.dataset.size.replace("{ha}", (areaOf(polygons) / 10_000).toFixed(3));
    done.hidden = !isDrawing;
    again.hidden = isDrawing;
  };
  const begin = () => { draw.clear(); draw.setMode("polygon"); say(); };
  const show = () => {
    const rings = readRings(text.value);
    if (!rings) return begin();
    draw.clear();
    const added = draw.addFeatures(rings.map((ring) => ({ type: "Feature", properties: { mode: "polygon" }, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]].map((point) => point.map((value) => Number(value.toFixed(DIGITS))))] } })));
    draw.setMode("select");
    // Its corners stand ready to be moved; of several pieces each one is tapped.
    if (added.length === 1 && added[0].valid) draw.selectFeature(added[0].id);
    const corners = shapes().flatMap(({ geometry }) => geometry.coordinates[0].map(([lon, lat]) => [lat, lon]));
    if (corners.length) map.fitBounds(corners, { padding: [30, 30], maxZoom: 18 });
    say();
  };
  const write = () => { text.value = writeRings(shapes()); say(); };
  draw.on("finish", (id, { action }) => {
    // Out of the event first: a mode does not end another within its own.
    if (action === "draw") setTimeout(() => { draw.setMode("select"); draw.selectFeature(id); write(); });
    else write();
  });
  again.addEventListener("click", () => { text.value = ""; begin(); });
  done.addEventListener("click", () => {
    // What Enter does: an outline that has three corners is closed.
    map.getContainer().dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
    say();
  });
  text.addEventListener("change", show);
  show();
}
