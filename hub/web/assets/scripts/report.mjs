// The animals of a report: one more, or one less, without asking the server (which does the same without scripts).
const ATTRIBUTES = ["name", "id", "for", "aria-describedby", "value"];

function number(block, n) {
  for (const element of block.querySelectorAll("*")) {
    for (const attribute of ATTRIBUTES) {
      const text = element.getAttribute(attribute);
      if (text === null || (attribute === "value" && !element.matches("[data-animal-out]"))) continue;
      element.setAttribute(attribute, text.replace(/animals-(\d+|__n__)-/, `animals-${n}-`).replace(/^out-.*/, `out-${n}`));
    }
  }
  block.querySelector("[data-number]").textContent = n + 1;
}

export function prepareReport() {
  const { form } = document.querySelector("[data-animal-add]");
  const list = form.querySelector("[data-animals]");
  const blank = form.querySelector("[data-animal-blank]");
  const count = form.elements.animals;
  const settle = () => {
    const blocks = [...list.children];
    blocks.forEach(number);
    count.value = blocks.length;
  };
  form.addEventListener("click", (event) => {
    const out = event.target.closest("[data-animal-out]");
    if (!out && !event.target.closest("[data-animal-add]")) return;
    event.preventDefault();
    if (out) out.closest("[data-animal]").remove();
    else list.append(blank.content.cloneNode(true));
    settle();
    (out ? form.querySelector("[data-animal-add]") : list.lastElementChild.querySelector("select")).focus();
  });
}
