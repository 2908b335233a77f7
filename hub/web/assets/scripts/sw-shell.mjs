// The shell: bundles and icons that any page may ask for, kept when the service worker is installed. Their names carry
// hashes, so what is kept is always right. build.mjs puts in the names.
/* global SHELL_NAME, SHELL_FILES */
const PREFIX = "shell-";
// Pages that were kept before an update ask for the scripts of then.
const FORMER_SHELLS = 2;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(PREFIX + SHELL_NAME).then((cache) => cache.addAll(SHELL_FILES)).then(() => self.skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(dropFormer().then(() => self.clients.claim()));
});

async function dropFormer() {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + SHELL_NAME);
  await Promise.all(shells.slice(0, -FORMER_SHELLS).map((name) => caches.delete(name)));
}

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !/^\/static\/(build|icons)\//.test(url.pathname)) return;
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});
