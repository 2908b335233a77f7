// htmx, for pages on which people act a lot: parts of a page change without a reload, and every link and form works without it.
import htmx from "htmx.org";

// No eval, no injected styles: the content security policy allows neither.
Object.assign(htmx.config, { allowEval: false, includeIndicatorStyles: false, selfRequestsOnly: true, historyCacheSize: 0, scrollIntoViewOnBoost: false });
window.htmx = htmx;
document.addEventListener("htmx:responseError", () => location.reload());
