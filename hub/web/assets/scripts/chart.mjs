// The chart of a page: drawn from the JSON that the page brings; zoomed and moved windows are fetched when they stand still.
import { listen } from "./chart-input.mjs";
import { columns, drawPanels, formatter, heightOf } from "./chart-panels.mjs";
import { allowed, between, moved, summed, zoomed } from "./chart-window.mjs";

const STILL_MS = 120;
// The table, the totals and the picture for paper follow later: they need the page itself.
const SETTLED_MS = 700;

let chart;

class Chart {
  constructor(place, data, source) {
    this.place = place;
    this.source = source;
    this.take(data);
    this.window = [data.since, data.until];
    // Whole days may be asked for up to the end of today.
    this.newest = data.newest;
    this.index = undefined;
    this.plots = [];
    this.fill();
    place.classList.add("drawn");
    place.tabIndex = 0;
    place.setAttribute("role", "application");
    place.setAttribute("aria-roledescription", data.words.role);
    place.setAttribute("aria-label", data.words.chart);
  }

  take(data) {
    const { words, zone, lang } = this.data ?? data;
    this.data = { ...data, words, zone, lang, times: summed(data.times) };
    for (const one of this.data.series) one.numbers = formatter(lang, one.decimals);
  }

  /** Give the panels their columns. Those of another shape (a band more or less, another panel) are drawn anew. */
  fill() {
    const shape = JSON.stringify([this.data.panels, this.data.series.map((one) => Boolean(one.min))]);
    if (shape === this.shape) {
      for (const plot of this.plots) plot.chart = this.data;
      this.plots.forEach((plot, number) => plot.setData(columns(this.data, this.data.panels[number]), true));
      return;
    }
    for (const plot of this.plots) plot.destroy();
    this.shape = shape;
    this.plots = drawPanels(this.place, this.data, () => this.window);
  }

  destroy() {
    clearTimeout(this.still);
    clearTimeout(this.settled);
    this.asking?.abort();
    for (const plot of this.plots) plot.destroy();
  }

  resize() {
    this.plots.forEach((plot, number) => plot.setSize({ width: this.place.clientWidth, height: heightOf(this.place, number, number === this.plots.length - 1) }));
  }

  // --- the window ---------------------------------------------------------------------------------------------------

  show(window) {
    if (!window) return;
    this.window = allowed(window, this.newest);
    this.unsettled = true;
    this.redraw();
    history.replaceState(history.state, "", this.address());
    clearTimeout(this.still);
    clearTimeout(this.settled);
    this.still = setTimeout(() => this.fetch(), STILL_MS);
  }

  redraw() {
    for (const plot of this.plots) plot.setScale("x", { min: this.window[0], max: this.window[1] });
  }

  /** The page's own address with this window. */
  address() {
    const url = new URL(this.data.page, location.href);
    for (const name of ["span", "from", "to"]) url.searchParams.delete(name);
    url.searchParams.set("from", String(Math.round(this.window[0])));
    url.searchParams.set("to", String(Math.round(this.window[1])));
    return url.pathname + url.search;
  }

  async fetch() {
    this.asking?.abort();
    this.asking = new AbortController();
    const [from, to] = this.window.map(Math.round);
    try {
      const answer = await fetch(`${this.data.source}&from=${from}&to=${to}`, { headers: { Accept: "application/json" }, signal: this.asking.signal });
      if (!answer.ok) return this.say(this.data.words.failed);
      const { source, page } = this.data;
      this.take({ ...(await answer.json()), source, page });
    } catch (error) {
      return error.name === "AbortError" ? undefined : this.say(this.data.words.failed);
    }
    this.fill();
    this.index = undefined;
    performance.mark("chart-drawn");
    this.place.dispatchEvent(new CustomEvent("chart:drawn", { bubbles: true }));
    this.say(this.data.words.window.replace("%(first)s", this.when(from)).replace("%(last)s", this.when(to)), true);
    this.settled = setTimeout(() => this.settle(), SETTLED_MS);
  }

  /** Bring what stands around the chart up to the window: its title, links, totals, table, how it is to be read and the picture for paper. */
  async settle() {
    const answer = await fetch(this.address(), { headers: { Accept: "text/html", "X-Part": "chart" }, signal: this.asking.signal }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["chart-window", "chart-spans", "chart-form", "chart-picture", "chart-hints", "chart-notes", "chart-data", "totals", "table"]) {
      // Whoever points at a value meanwhile goes on reading it.
      if (id === "chart-hints" && this.index !== undefined) continue;
      const other = fresh.getElementById(id);
      const own = document.getElementById(id);
      if (!own || !other || own.contains(document.activeElement)) continue;
      own.replaceWith(document.adoptNode(other));
      globalThis.htmx?.process(other);
    }
    this.source = document.getElementById("chart-data");
    this.unsettled = false;
    document.dispatchEvent(new CustomEvent("chart:settled"));
  }

  // --- the cursor ---------------------------------------------------------------------------------------------------

  point(index, spoken) {
    this.index = index;
    for (const plot of this.plots) plot.setCursor({ left: plot.valToPos(this.data.times[index], "x"), top: 1 });
    this.say(this.words(index), spoken);
  }

  words(index) {
    const { words, series, times } = this.data;
    const told = series.map((one) => valueWords(one, index, words)).filter(Boolean);
    return words.at.replace("%(when)s", this.when(times[index])).replace("%(what)s", told.join(words.and) || words.nothing);
  }

  when(seconds) {
    this.clock ??= new Intl.DateTimeFormat(this.data.lang, { timeZone: this.data.zone, year: "numeric", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return this.clock.format(seconds * 1000);
  }

  /** Words beside the chart; those that a key brought are spoken too. */
  say(text, spoken = false) {
    const section = this.place.parentElement;
    const shown = section.querySelector("[data-reading]");
    if (shown && !(spoken && this.index === undefined)) shown.textContent = text;
    if (spoken) section.querySelector("[data-spoken]").textContent = text;
  }

  seen() {
    const { times } = this.data;
    const known = [];
    times.forEach((at, index) => { if (at >= this.window[0] && at <= this.window[1]) known.push(index); });
    return known;
  }

  // --- what hands want (chart-input.mjs) ----------------------------------------------------------------------------

  wants() {
    const plot = () => this.plots[0];
    const share = (x) => { const box = plot().over.getBoundingClientRect(); return (x - box.left) / box.width; };
    const at = (x) => this.window[0] + share(x) * (this.window[1] - this.window[0]);
    const length = () => this.window[1] - this.window[0];
    return {
      hover: (x) => {
        const known = this.seen();
        if (!known.length || share(x) < -0.02 || share(x) > 1.02) return;
        const wanted = at(x);
        this.point(known.reduce((best, one) => (Math.abs(this.data.times[one] - wanted) < Math.abs(this.data.times[best] - wanted) ? one : best)));
      },
      leave: () => { for (const one of this.plots) one.setCursor({ left: -10, top: -10 }); this.index = undefined; },
      pan: (px) => this.show(moved(this.window, (-px / plot().over.clientWidth) * length())),
      hold: (xs) => xs.map(at),
      pinch: ([a, b], [x, y]) => this.show(between(a, b, share(x), share(y))),
      zoom: (factor, x) => {
        const anchor = x !== undefined ? at(x) : this.index !== undefined ? this.data.times[this.index] : (this.window[0] + this.window[1]) / 2;
        this.show(zoomed(this.window, factor, anchor));
      },
      step: (n) => {
        const known = this.seen();
        if (!known.length) return;
        const now = known.indexOf(this.index);
        const next = now < 0 ? known.length - 1 : now + n;
        if (known[next] === undefined) return this.show(moved(this.window, n * length() * 0.25));
        this.point(known[next], true);
      },
      edge: (side) => { const known = this.seen(); if (known.length) this.point(known.at(side < 0 ? 0 : -1), true); },
      page: (part) => this.show(moved(this.window, part * length())),
    };
  }
}

/** What a series says at a point; undefined where it says nothing. */
function valueWords(one, index, words) {
  if (one.all_sides?.includes(index)) return words.all_sides.replace("%(name)s", one.name);
  if (one.mean[index] == null) return undefined;
  const mean = `${one.numbers.format(one.mean[index])} ${one.unit}`;
  if (one.kind === "dots") {
    const point = words.points[Math.round(one.mean[index] / 22.5) % 16];
    return words.direction.replace("%(name)s", one.name).replace("%(value)s", mean).replace("%(point)s", point);
  }
  if (!one.min) return words.value.replace("%(name)s", one.name).replace("%(value)s", mean);
  return words.band
    .replace("%(name)s", one.name)
    .replace("%(mean)s", mean)
    .replace("%(min)s", one.numbers.format(one.min[index]))
    .replace("%(max)s", one.numbers.format(one.max[index]));
}

/** Draw what the page holds now, unless that is drawn already or somebody is just moving the chart. */
function draw() {
  const place = document.querySelector("[data-chart]");
  const source = document.getElementById("chart-data");
  if (chart && chart.place === place && (chart.source === source || chart.unsettled)) return;
  const focused = chart?.place === document.activeElement;
  const same = chart?.place === place;
  chart?.destroy();
  chart = undefined;
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  if (!data.panels.length) return;
  chart = new Chart(place, data, source);
  if (!same) listen(place, forward());
  if (focused) place.focus({ preventScroll: true });
  performance.mark("chart-drawn");
  place.dispatchEvent(new CustomEvent("chart:drawn", { bubbles: true }));
}

/** Live pages draw the chart anew in the same place: hands always meet the newest one. */
function forward() {
  return new Proxy({}, { get: (_none, name) => (...words) => chart?.wants()[name](...words) });
}

draw();
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  chart?.resize();
});
// A part that htmx brings has its details closed; those that were open stay open.
let open = [];
document.addEventListener("htmx:beforeSwap", () => { open = [...document.querySelectorAll("details.more[id][open]")].map((one) => one.id); });
document.addEventListener("htmx:afterSettle", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  draw();
});
document.addEventListener("live:changed", draw);
