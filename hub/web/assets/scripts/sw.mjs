// The service worker, one classic script at /sw.js for every page. Each module listens for what is its own matter.
import "./push.mjs";
import "./sw-outbox.mjs";
import "./sw-pages.mjs";
import "./sw-shell.mjs";
