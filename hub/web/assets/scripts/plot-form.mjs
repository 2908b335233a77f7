// The form of a plot: what a crop brings stands as grey text in the fields that may differ, and the map comes when it is wanted.

function prepareCrops(select) {
  const crops = JSON.parse(select.dataset.crops);
  const fill = () => {
    const crop = crops[select.value];
    for (const name of ["base_temperature_c", "target_degree_days"]) {
      const field = document.getElementById(`f-${name}`);
      field.placeholder = crop?.[name] ?? "";
    }
  };
  select.addEventListener("change", () => {
    fill();
    const paddy = document.querySelector('input[name="is_paddy"]');
    if (crops[select.value]?.is_paddy) paddy.checked = true;
  });
  fill();
}

function prepareDrawing(place) {
  const button = place.querySelector("[data-draw-start]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.remove();
    const { startDrawing } = await import("./draw.mjs");
    await startDrawing(place);
  }, { once: true });
}

export function preparePlotForm() {
  for (const select of document.querySelectorAll("select[data-crops]")) prepareCrops(select);
  for (const place of document.querySelectorAll("[data-draw]")) prepareDrawing(place);
}
