// Where the phone is, and the way from there: distance and direction in words, an arrow where the phone has a compass.
// Needs neither network nor map; the map draws the place too when it is shown.
const EARTH_M = 6_371_000;
const RAD = Math.PI / 180;
const POINTS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

/** The last place that was found, as GeolocationCoordinates; the map may come later. */
export let here = null;
let heading = null;

/** Metres and degrees from north to a place; in a valley the flat earth is true enough. */
export function wayTo(from, lat, lon) {
  const east = (lon - from.longitude) * RAD * Math.cos(((lat + from.latitude) / 2) * RAD) * EARTH_M;
  const north = (lat - from.latitude) * RAD * EARTH_M;
  return { metres: Math.hypot(east, north), bearing: (Math.atan2(east, north) / RAD + 360) % 360 };
}

function sayMetres(metres) {
  return metres < 1000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}

/** "About 420 m to the north-east (your place: within 12 m)". */
function sayWay(words, { metres, bearing }, accuracy) {
  if (metres <= Math.max(15, accuracy)) return words.there.replace("{accuracy}", Math.ceil(accuracy));
  const point = words[POINTS[Math.round(bearing / 45) % 8]];
  return words.way.replace("{distance}", sayMetres(metres)).replace("{direction}", point).replace("{accuracy}", Math.ceil(accuracy));
}

function tell() {
  const words = JSON.parse(document.querySelector("[data-where]").dataset.where);
  for (const place of document.querySelectorAll("[data-way]")) {
    const way = wayTo(here, Number(place.dataset.lat), Number(place.dataset.lon));
    place.querySelector("[data-way-words]").textContent = sayWay(words, way, here.accuracy);
    const arrow = place.querySelector("[data-way-arrow]");
    if (!arrow) continue;
    // Without a compass the arrow would point with the phone: it stays away.
    arrow.hidden = heading === null;
    if (heading !== null) arrow.style.transform = `rotate(${way.bearing - heading}deg)`;
  }
  document.dispatchEvent(new CustomEvent("where:found", { detail: here }));
}

async function watchCompass() {
  const { DeviceOrientationEvent } = window;
  if (!DeviceOrientationEvent) return;
  // iOS and newer Chromium ask the person, iOS only on a press.
  if (DeviceOrientationEvent.requestPermission && (await DeviceOrientationEvent.requestPermission().catch(() => "")) !== "granted") return;
  const turn = (event) => {
    const isTrue = event.webkitCompassHeading !== undefined || event.absolute;
    if (!isTrue || (event.webkitCompassHeading ?? event.alpha) === null) return;
    const turned = Math.round(event.webkitCompassHeading ?? 360 - event.alpha + (screen.orientation?.angle ?? 0));
    if (turned === heading) return;
    heading = turned;
    if (here) tell();
  };
  addEventListener("ondeviceorientationabsolute" in window ? "deviceorientationabsolute" : "deviceorientation", turn);
}

export function prepareWhere() {
  for (const button of document.querySelectorAll("[data-where]")) {
    if (!navigator.geolocation) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const words = JSON.parse(button.dataset.where);
      const told = document.getElementById(button.dataset.told);
      button.hidden = true;
      told.textContent = words.asking;
      const found = ({ coords }) => { here = coords; told.textContent = ""; tell(); };
      const failed = () => { if (!here) told.textContent = words.failed; button.hidden = Boolean(here); };
      navigator.geolocation.watchPosition(found, failed, { enableHighAccuracy: true, timeout: 30_000, maximumAge: 10_000 });
      watchCompass();
    });
  }
  // Apple's phones do not know geo: addresses.
  if (!/iPhone|iPad|iPod/.test(navigator.userAgent)) return;
  for (const link of document.querySelectorAll('a[href^="geo:"]')) link.href = `https://maps.apple.com/?daddr=${link.href.match(/^geo:([^?]+)/)[1]}`;
}
