// htmx, for pages on which people act a lot: parts of a page change without a reload, and every link works without it.
// Its settings stand in the page (meta htmx-config), since it may begin before any line of ours runs.
import htmx from "htmx.org";

window.htmx = htmx;
// A session that has ended, or a page that is not there: let the browser show what the server says.
document.addEventListener("htmx:responseError", () => location.reload());
