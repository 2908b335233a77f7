// A series with its band from least to greatest. The page brings the columns as JSON; holes in them stay holes.
import uPlot from "uplot";

let drawn;

function sizeOf(place) {
  return { width: place.clientWidth, height: Math.round(Math.min(380, Math.max(230, place.clientWidth * 0.5))) };
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Clock times and dates on the town's clock, short enough for a phone. */
function labels(zone, lang, span) {
  const clock = new Intl.DateTimeFormat(lang, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(lang, { timeZone: zone, month: "numeric", day: "numeric" });
  return (_plot, ticks) => ticks.map((at) => (span === "day" ? clock : day).format(at * 1000));
}

function options(place, data) {
  const axis = { stroke: color("--color-neutral-solid-gray-800"), grid: { stroke: color("--color-neutral-solid-gray-200"), width: 1 }, font: "14px sans-serif" };
  const digits = new Intl.NumberFormat(data.lang, { minimumFractionDigits: data.decimals, maximumFractionDigits: data.decimals });
  const hours = { day: 3600, week: 86400, month: 86400 }[data.span];
  return {
    ...sizeOf(place),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    legend: { live: false, show: false },
    scales: { x: { time: true, range: [data.since, data.until] }, y: { range: (_plot, low, high) => spread(low, high, data.decimals) } },
    axes: [
      { ...axis, values: labels(data.zone, data.lang, data.span), space: data.span === "day" ? 56 : 48, incrs: [hours, hours * 2, hours * 3, hours * 4, hours * 6, hours * 7, hours * 12] },
      { ...axis, size: 62, incrs: steps(data.decimals), values: (_plot, ticks) => ticks.map((value) => digits.format(value)) },
    ],
    series: [
      {},
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: color("--chart-line"), width: 2, points: { show: data.times.length < 60, size: 6, fill: color("--chart-line") } },
    ],
    bands: [{ series: [2, 1], fill: color("--chart-band") }],
    hooks: { setCursor: [(plot) => tell(place, plot, data, digits)] },
  };
}

/** Distances of the lines that the shown digits can tell apart: 1, 2, 5 and their tenfolds. */
function steps(decimals) {
  const least = 10 ** -decimals;
  return Array.from({ length: 24 }, (_, n) => [1, 2, 5][n % 3] * 10 ** Math.floor(n / 3) * least);
}

/** A flat line must not fill the height with noise. */
function spread(low, high, decimals) {
  if (low == null) return [0, 1];
  const least = 10 * 10 ** -decimals;
  const missing = Math.max(0, least - (high - low)) / 2;
  const room = (high - low) * 0.08;
  return [low - missing - room, high + missing + room];
}

/** What lies under the pointer, in words beside the chart. */
function tell(place, plot, data, digits) {
  const output = place.parentElement.querySelector("[data-reading]");
  const index = plot.cursor.idx;
  if (!output || index == null || data.mean[index] == null) return;
  const at = new Intl.DateTimeFormat(data.lang, { timeZone: data.zone, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  output.textContent = data.words.at
    .replace("{time}", at.format(data.times[index] * 1000))
    .replace("{mean}", `${digits.format(data.mean[index])} ${data.unit}`)
    .replace("{min}", digits.format(data.min[index]))
    .replace("{max}", digits.format(data.max[index]));
}

function draw() {
  const place = document.querySelector("[data-chart]");
  const source = document.getElementById("chart-data");
  drawn?.destroy();
  drawn = undefined;
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  if (!data.times.length) return;
  drawn = new uPlot(options(place, data), [data.times, data.min, data.max, data.mean], place);
}

draw();
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  const place = document.querySelector("[data-chart]");
  if (drawn && place) drawn.setSize(sizeOf(place));
});
document.addEventListener("htmx:afterSettle", draw);
document.addEventListener("live:changed", draw);
