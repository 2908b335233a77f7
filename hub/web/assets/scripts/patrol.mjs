// "Nearest first": sorts the patrol by the way from here, and notes with each visit where the phone was.
const EARTH_M = 6_371_000;

/** Metres between two places; on the scale of a valley the sphere is true enough. */
function metres(here, lat, lon) {
  const rad = Math.PI / 180;
  const x = (lon - here.longitude) * rad * Math.cos(((lat + here.latitude) / 2) * rad);
  return EARTH_M * Math.hypot(x, (lat - here.latitude) * rad);
}

function sayDistance(m) {
  return m < 1000 ? `${Math.round(m / 10) * 10} m` : `${(m / 1000).toFixed(1)} km`;
}

function sortBy(parent, children, weigh) {
  for (const child of [...children].sort((one, other) => weigh(one) - weigh(other))) parent.append(child);
}

function arrange(here) {
  for (const stop of document.querySelectorAll(".stop")) {
    stop.metres = metres(here, Number(stop.dataset.lat), Number(stop.dataset.lon));
    const place = stop.querySelector("[data-distance]");
    place.textContent = place.dataset.template.replace("{n}", sayDistance(stop.metres));
  }
  const isOwed = (stop) => stop.classList.contains("p-open");
  const weigh = (stop) => stop.metres + (isOwed(stop) ? 0 : 1e9);
  const valleys = [...document.querySelectorAll(".valley")];
  for (const valley of valleys) {
    const list = valley.querySelector(".stops");
    sortBy(list, list.children, weigh);
    valley.metres = Math.min(...[...list.children].map(weigh));
  }
  if (valleys.length) sortBy(valleys[0].parentElement, valleys, (valley) => valley.metres);
  for (const form of document.querySelectorAll('form[data-offline="patrol"]')) {
    form.elements.lat.value = here.latitude.toFixed(6);
    form.elements.lon.value = here.longitude.toFixed(6);
  }
}

export function preparePatrol() {
  for (const button of document.querySelectorAll("[data-nearest]")) {
    if (!navigator.geolocation) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          arrange(coords);
          button.disabled = false;
        },
        () => {
          button.textContent = button.dataset.failed;
          button.disabled = false;
        },
        { enableHighAccuracy: true, timeout: 20_000 },
      );
    });
  }
}
