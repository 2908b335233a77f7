// "Use where I am" beside a pair of coordinate fields.
export function prepareLocate() {
  for (const button of document.querySelectorAll("[data-locate]")) {
    if (!navigator.geolocation) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          button.form.elements.lat.value = coords.latitude.toFixed(6);
          button.form.elements.lon.value = coords.longitude.toFixed(6);
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
