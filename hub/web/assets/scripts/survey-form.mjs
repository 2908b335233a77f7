// The form of a survey: the map comes when it is wanted, and what is drawn stands in the form's text, which is what is sent.
export function prepareSurveyForm() {
  for (const place of document.querySelectorAll("[data-survey-draw]")) {
    const button = place.querySelector("[data-draw-start]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.remove();
      const { startSurveyDrawing } = await import("./survey-draw.mjs");
      await startSurveyDrawing(place);
    }, { once: true });
  }
  // A form that is too large is refused before it is read, with all that was typed in it: it is not even sent.
  for (const file of document.querySelectorAll("input[data-most-bytes]")) {
    file.addEventListener("change", () => {
      const large = [...file.files].some((one) => one.size > Number(file.dataset.mostBytes));
      file.setCustomValidity(large ? file.dataset.tooLarge : "");
      file.reportValidity();
    });
  }
}
