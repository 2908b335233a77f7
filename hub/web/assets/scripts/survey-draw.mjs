// The area of a survey and its keep-outs, drawn on one map. Both stand as corners in the form's texts.
import { CircleMarker } from "leaflet/dist/leaflet-src.esm.js";
import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { Adapter, DIGITS, areaOf, isCrossed, lib, readRings, writeRings } from "./draw.mjs";
import { loadStyles, makeMap } from "./map.mjs";

const GREEN = "#115a36", RED = "#ce0000";
const KINDS = ["area", "keepout"];
const lookOf = (colour) => ({ fillColor: colour, fillOpacity: 0.2, outlineColor: colour, outlineWidth: 4, closingPointWidth: 12 });

function makeDraw(map) {
  const feature = { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } };
  return new TerraDraw({
    adapter: new Adapter({ lib, map, coordinatePrecision: DIGITS }),
    modes: [
      new TerraDrawPolygonMode({ modeName: "area", styles: lookOf(GREEN), pointerDistance: 30 }),
      new TerraDrawPolygonMode({ modeName: "keepout", styles: lookOf(RED), pointerDistance: 30 }),
      new TerraDrawSelectMode({ flags: { area: { feature }, keepout: { feature } }, pointerDistance: 30, styles: { selectionPointWidth: 10, midPointWidth: 7, selectedPolygonFillOpacity: 0.2, selectedPolygonOutlineWidth: 4 } }),
    ],
  });
}

function showHomes(map, homes) {
  for (const { lat, lon, name } of homes) {
    const words = document.createElement("span");
    words.textContent = name;
    new CircleMarker([lat, lon], { radius: 9, color: "#1a1a1a", weight: 3, fillColor: "#fff", fillOpacity: 1, interactive: false }).bindTooltip(words, { permanent: true, direction: "bottom", className: "tag" }).addTo(map);
  }
}

export async function startSurveyDrawing(place) {
  await loadStyles(place.dataset.styles);
  const texts = { area: document.getElementById(place.dataset.surveyDraw), keepout: document.getElementById(place.dataset.keepOut) };
  const [told, done, again, more, keep, drop] = ["told", "done", "again", "more", "keep", "drop"].map((name) => place.querySelector(`[data-draw-${name}]`));
  const map = makeMap(place);
  const homes = JSON.parse(place.dataset.homes);
  map.setView([Number(place.dataset.lat), Number(place.dataset.lon)], 15);
  showHomes(map, homes);
  const draw = makeDraw(map);
  draw.start();
  const shapes = (kind) => draw.getSnapshot().filter((one) => one.geometry.type === "Polygon" && one.properties.mode === kind);
  const say = () => {
    const isDrawing = KINDS.includes(draw.getMode());
    const areas = shapes("area"), keeps = shapes("keepout");
    const parts = [];
    if (isDrawing || !areas.length) parts.push(place.dataset.how);
    else if (isCrossed([...areas, ...keeps])) parts.push(place.dataset.crossed);
    else parts.push(place.dataset.size.replace("{ha}", (areaOf(areas) / 10_000).toFixed(1)));
    if (keeps.length && !isDrawing) parts.push(place.dataset.kept.replace("{n}", keeps.length));
    told.textContent = parts.join(" ");
    done.hidden = !isDrawing;
    again.hidden = isDrawing || !areas.length;
    more.hidden = keep.hidden = isDrawing || !areas.length;
    drop.hidden = isDrawing || !keeps.length;
  };
  const write = () => { for (const kind of KINDS) texts[kind].value = writeRings(shapes(kind)); say(); };
  const begin = (kind) => { draw.setMode(kind); say(); };
  const clear = (kind) => { const ids = shapes(kind).map(({ id }) => id); draw.setMode("select"); if (ids.length) draw.removeFeatures(ids); };
  const show = () => {
    draw.clear();
    const corners = [];
    for (const kind of KINDS) {
      const rings = texts[kind].value.trim() ? readRings(texts[kind].value) : [];
      if (!rings?.length) continue;
      draw.addFeatures(rings.map((ring) => ({ type: "Feature", properties: { mode: kind }, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]].map((point) => point.map((value) => Number(value.toFixed(DIGITS))))] } })));
      corners.push(...rings.flat().map(([lon, lat]) => [lat, lon]));
    }
    if (corners.length) map.fitBounds(corners, { padding: [30, 30], maxZoom: 17 });
    if (shapes("area").length) draw.setMode("select"); else draw.setMode("area");
    say();
  };
  draw.on("finish", (id, { action }) => {
    // Out of the event first: a mode does not end another within its own.
    if (action === "draw") setTimeout(() => { draw.setMode("select"); draw.selectFeature(id); write(); });
    else write();
  });
  done.addEventListener("click", () => {
    // What Enter does: an outline that has three corners is closed.
    map.getContainer().dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
    say();
  });
  again.addEventListener("click", () => { clear("area"); texts.area.value = ""; begin("area"); });
  more.addEventListener("click", () => begin("area"));
  keep.addEventListener("click", () => begin("keepout"));
  drop.addEventListener("click", () => { clear("keepout"); write(); });
  for (const text of Object.values(texts)) text.addEventListener("change", show);
  show();
}
