// Panels of a chart, one below the other, with one time axis and one cursor. Colours and dash patterns tell lines apart.
import uPlot from "uplot";
import { labelKind } from "./chart-window.mjs";

// The same as .s0 to .s5 in farmer.css.
const DASHES = [[], [9, 4], [2, 4], [12, 4, 2, 4], [5, 3, 2, 3, 2, 3], [1, 3]];
const LONELY = 7;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** One uPlot for each panel within `place`. `view()` gives the shown window. */
export function drawPanels(place, data, view) {
  const axisWidth = place.clientWidth < 600 ? 48 : 62;
  const right = data.panels.some((panel) => panel.axes.length > 1) ? axisWidth : 20;
  return data.panels.map((panel, number) => {
    const last = number === data.panels.length - 1;
    const settings = { axisWidth, right, first: number === 0, last, height: heightOf(place, number, last), view };
    return new uPlot(options(place, data, panel, settings), columns(data, panel), place);
  });
}

/** The columns of a panel as uPlot wants them, after new ones came. */
export function columns(data, panel) {
  const of = (trace) => data.series[trace.series];
  // Bands first: no band may hide a line.
  const banded = panel.traces.filter((trace) => hasBand(of(trace), trace));
  return [data.times, ...banded.flatMap((trace) => [of(trace).min, of(trace).max]), ...panel.traces.map((trace) => of(trace).mean)];
}

export function heightOf(place, number, last) {
  if (number) return 132 + (last ? 40 : 0);
  return Math.round(Math.min(340, Math.max(210, place.clientWidth * 0.45))) + (last ? 40 : 0);
}

function hasBand(series, trace) {
  return trace.band && Boolean(series.min);
}

function options(place, data, panel, settings) {
  const axis = { stroke: color("--color-neutral-solid-gray-800"), grid: { stroke: color("--color-neutral-solid-gray-200"), width: 1 }, font: "14px sans-serif" };
  const { series, bands } = lines(data, panel);
  return {
    width: place.clientWidth,
    height: settings.height,
    padding: [24, panel.axes.length > 1 ? 0 : settings.right, settings.last ? 0 : 8, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 }, bind: ignored() },
    legend: { show: false },
    scales: { x: { time: true, range: () => settings.view() }, ...scales(panel) },
    axes: [
      { ...axis, size: settings.last ? 40 : 0, space: 58, values: settings.last ? timeLabels(data) : () => [] },
      ...panel.axes.map((one, number) => valueAxis(axis, one, number, data, settings)),
    ],
    series,
    bands,
    hooks: { draw: [units(data, panel, settings), target(data, panel), ...(settings.first ? [notes(data)] : [])] },
  };
}

/** The chart hears pointers itself (chart-input.mjs): all panels follow one finger. */
function ignored() {
  const none = () => null;
  return { mousedown: none, mouseup: none, click: none, dblclick: none, mousemove: none, mouseleave: none, mouseenter: none };
}

function scales(panel) {
  return Object.fromEntries(panel.axes.map((axis, number) => [`y${number}`, { range: (_plot, low, high) => spread(low, high, axis) }]));
}

/** A flat line must not fill the height with noise. */
function spread(low, high, axis) {
  if (axis.circle) return [0, 360];
  if (axis.target != null) high = Math.max(high ?? 0, axis.target);
  if (high == null) return [0, 1];
  const least = 10 * 10 ** -axis.decimals;
  if (axis.from_zero) return [0, Math.max(high * 1.08, least)];
  const missing = Math.max(0, least - (high - low)) / 2;
  const room = (high - low) * 0.08;
  return [low - missing - room, high + missing + room];
}

function valueAxis(axis, one, number, data, settings) {
  const digits = formatter(data.lang, one.decimals);
  const values = (_plot, ticks) => ticks.map((value) => digits.format(value));
  return { ...axis, scale: `y${number}`, side: number ? 1 : 3, size: settings.axisWidth, space: 34, incrs: one.circle ? [90, 180, 360] : steps(one.decimals), values, grid: { ...axis.grid, show: !number }, label: undefined };
}

export function formatter(lang, decimals) {
  return new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Distances of the lines that the shown digits can tell apart: 1, 2, 5 and their tenfolds. */
function steps(decimals) {
  const least = 10 ** -decimals;
  return Array.from({ length: 24 }, (_, n) => [1, 2, 5][n % 3] * 10 ** Math.floor(n / 3) * least);
}

/** Clock times, days, months or years on the town's calendar, by how far the lines are apart. */
function timeLabels(data) {
  const format = (parts) => new Intl.DateTimeFormat(data.lang, { timeZone: data.zone, ...parts });
  const kinds = {
    clock: format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    day: format({ month: "numeric", day: "numeric" }),
    month: format({ year: "numeric", month: "2-digit" }),
    year: format({ year: "numeric" }),
  };
  return (_plot, ticks, _axis, _space, step) => ticks.map((at) => {
    const clock = kinds.clock.format(at * 1000);
    const kind = labelKind(step);
    // Midnight bears its day, so that a chart of two days can be read.
    return kind === "clock" && clock === "00:00" ? kinds.day.format(at * 1000) : kind === "clock" ? clock : kinds[kind].format(at * 1000);
  });
}

function lines(data, panel) {
  const bands = [];
  const series = [{}];
  const drawn = panel.traces.map((trace) => {
    const one = data.series[trace.series];
    const scale = `y${trace.axis}`;
    const gaps = (plot) => holesIn(plot, data, trace.series);
    if (hasBand(one, trace)) {
      const unseen = { scale, stroke: "transparent", points: { show: false }, gaps };
      series.push({ ...unseen }, { ...unseen });
      bands.push({ series: [series.length - 1, series.length - 2], fill: color(`--band-${trace.dash}`) });
    }
    return line(one, trace, scale, gaps, panel.traces.length > 1);
  });
  return { series: [...series, ...drawn], bands };
}

function line(one, trace, scale, gaps, hasOthers) {
  const stroke = color(`--series-${trace.dash}`);
  if (one.kind === "bars") return { scale, stroke, fill: stroke, width: 1, points: { show: false }, paths: uPlot.paths.bars({ size: [0.8, 60] }) };
  if (one.kind === "dots") return { scale, stroke, paths: () => null, points: { show: true, size: 5, fill: stroke } };
  return {
    // The unbroken line lies under the others and is wider: of equal values both are seen.
    scale, stroke, width: hasOthers && !trace.dash ? 5 : 2, dash: DASHES[trace.dash], gaps,
    points: { show: true, size: LONELY, fill: stroke, filter: (plot, index, show, holes) => pointsOf(plot, index, holes) },
  };
}

/** A point for each value where there are few; else only for what stands alone between two holes. */
function pointsOf(plot, index, holes) {
  const values = plot.data[index];
  const known = [];
  for (let at = 0; at < values.length; at++) if (values[at] != null) known.push(at);
  if (known.length < 40) return known;
  const edges = (holes ?? []).map(([, end]) => end);
  const pixel = (at) => Math.round(plot.valToPos(plot.data[0][at], "x", true));
  return known.filter((at, n) => {
    const before = n && edges.some((edge) => edge > pixel(known[n - 1]) && edge <= pixel(at) + 1);
    const after = n < known.length - 1 && edges.some((edge) => edge > pixel(at) + 1 && edge <= pixel(known[n + 1]) + 1);
    return before && after;
  });
}

/** Where a series was not measured, in the canvas's own pixels: there the line and its band are cut. */
function holesIn(plot, data, number) {
  const { series, width } = plot.chart ?? data;
  const pixel = (at) => Math.round(plot.valToPos(at, "x", true));
  return series[number].holes.map(([since, until]) => [pixel(since - width / 2), pixel(until + width / 2)]).filter(([from, to]) => to > from);
}

/** What each scale measures, above it: its letters in the legend, where there are several lines, and its unit. */
function units(data, panel, settings) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = color("--color-neutral-solid-gray-800");
    ctx.font = `${14 * devicePixelRatio}px sans-serif`;
    ctx.textBaseline = "bottom";
    panel.axes.forEach((axis, number) => {
      const letters = panel.traces.filter((trace) => trace.axis === number).map((trace) => "ABCDEF"[trace.series]);
      ctx.textAlign = number ? "right" : "left";
      const x = number ? bbox.left + bbox.width + settings.axisWidth * devicePixelRatio : 2;
      ctx.fillText(`${data.series.length > 1 ? `${letters.join(" ")} ` : ""}${axis.unit}`, x, bbox.top - 4 * devicePixelRatio);
    });
    ctx.restore();
  };
}

/** A value that is to be reached, as long dashes across the panel, with its name. */
function target(data, panel) {
  return (plot) => {
    const number = panel.axes.findIndex((axis) => axis.target != null);
    if (number < 0) return;
    const { ctx, bbox } = plot;
    const { target: value, unit, decimals } = panel.axes[number];
    const y = plot.valToPos(value, `y${number}`, true);
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color("--color-neutral-solid-gray-800");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.setLineDash([14, 6].map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${14 * devicePixelRatio}px sans-serif`;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    ctx.fillText(data.words.target.replace("%(value)s", `${formatter(data.lang, decimals).format(value)} ${unit}`), bbox.left + 6 * devicePixelRatio, y + 4 * devicePixelRatio);
    ctx.restore();
  };
}

/** What is to be known of a time, at the foot of the first panel, with the number of its words below the chart. */
function notes(data) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const px = devicePixelRatio;
    const bottom = bbox.top + bbox.height;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color("--color-neutral-solid-gray-900");
    ctx.font = `bold ${14 * px}px sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    (plot.chart ?? data).notes.forEach(([kind, since, until], number) => {
      const left = Math.max(plot.valToPos(since, "x", true), bbox.left);
      const right = Math.min(plot.valToPos(until, "x", true), bbox.left + bbox.width);
      if (right < left) return;
      SHAPES[kind](ctx, left, Math.max(right, left + 4 * px), bottom, px);
      ctx.setLineDash([]);
      ctx.fillText(String(number + 1), kind === "work" ? left : (left + right) / 2, bottom - 10 * px);
    });
    ctx.restore();
  };
}

// The same shapes as in picture.py.
const SHAPES = {
  trouble(ctx, left, right, bottom, px) {
    ctx.lineWidth = 1.5 * px;
    ctx.beginPath();
    for (let x = left; x < right; x += 5 * px) { ctx.moveTo(x, bottom - px); ctx.lineTo(x + 4 * px, bottom - 8 * px); }
    ctx.moveTo(left, bottom - 8 * px);
    ctx.lineTo(right, bottom - 8 * px);
    ctx.stroke();
  },
  late(ctx, left, right, bottom, px) {
    ctx.lineWidth = 6 * px;
    ctx.setLineDash([2 * px, 3 * px]);
    ctx.beginPath();
    ctx.moveTo(left, bottom - 4 * px);
    ctx.lineTo(right, bottom - 4 * px);
    ctx.stroke();
  },
  work(ctx, left, _right, bottom, px) {
    ctx.beginPath();
    ctx.moveTo(left, bottom - 10 * px);
    ctx.lineTo(left + 5 * px, bottom);
    ctx.lineTo(left - 5 * px, bottom);
    ctx.fill();
  },
};
