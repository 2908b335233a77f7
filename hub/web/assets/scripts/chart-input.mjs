// Fingers, mouse, wheel and keys on a chart, told as what they want. One finger or the mouse moves it, two fingers zoom.
const TAP_PX = 6;
const FACTOR = 1.5;

/** `wants`: shareAt(clientX), hover(clientX), leave(), pan(share), pinch(start, shares), zoom(factor, share), step(n), page(n), edge(n). */
export function listen(place, wants) {
  const pointers = new Map();
  let held;

  function down(event) {
    if (event.button > 0) return;
    pointers.set(event.pointerId, event.clientX);
    held = { x: event.clientX, moved: false, start: pointers.size === 2 ? wants.hold([...pointers.values()]) : undefined };
  }
  function move(event) {
    if (!pointers.has(event.pointerId)) return wants.hover(event.clientX);
    const before = pointers.get(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size > 1 && held.start) {
      held.moved = true;
      return wants.pinch(held.start, [...pointers.values()].slice(0, 2));
    }
    if (!held.moved && Math.abs(event.clientX - held.x) < TAP_PX) return;
    if (!held.moved) place.setPointerCapture(event.pointerId);
    held.moved = true;
    wants.pan(event.clientX - before);
  }
  function up(event) {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && !held.moved) wants.hover(event.clientX);
    // The finger that stays goes on moving the chart from where it is.
    if (pointers.size) held = { ...held, start: undefined };
  }
  place.addEventListener("pointerdown", down);
  place.addEventListener("pointermove", move);
  place.addEventListener("pointerup", up);
  place.addEventListener("pointercancel", up);
  place.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && !pointers.size) wants.leave(); });
  place.addEventListener("wheel", (event) => wheel(event, place, wants), { passive: false });
  place.addEventListener("keydown", (event) => { if (pressed(event, wants)) event.preventDefault(); });
}

/** The page scrolls as ever, unless the chart has the focus or Ctrl is held (as a touchpad's pinch says). */
function wheel(event, place, wants) {
  if (!event.ctrlKey && !place.contains(document.activeElement)) return;
  event.preventDefault();
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return wants.pan(-(event.deltaX || event.deltaY));
  wants.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), event.clientX);
}

function pressed(event, wants) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const acts = {
    ArrowLeft: () => (event.shiftKey ? wants.page(-0.1) : wants.step(-1)),
    ArrowRight: () => (event.shiftKey ? wants.page(0.1) : wants.step(1)),
    Home: () => wants.edge(-1),
    End: () => wants.edge(1),
    PageUp: () => wants.page(-0.5),
    PageDown: () => wants.page(0.5),
    "+": () => wants.zoom(1 / FACTOR),
    ";": () => wants.zoom(1 / FACTOR), // the key of + on a Japanese keyboard, without Shift
    "=": () => wants.zoom(1 / FACTOR),
    "-": () => wants.zoom(FACTOR),
    Escape: () => wants.leave(),
  };
  acts[event.key]?.();
  return event.key in acts;
}
