// Web push in the service worker: shows what the hub sends (hub/alerts/channels/push_form.py), and answers from within it.

/** An address of ours; whatever a payload says, it leads nowhere else. */
function ownUrl(path) {
  const url = new URL(path || "/", self.location.origin);
  return url.origin === self.location.origin ? url.href : `${self.location.origin}/`;
}

function readPayload(data) {
  try {
    return data.json();
  } catch {
    // A browser takes the right to send away from whoever shows nothing.
    return { title: "罠守", body: "", tag: "unreadable", path: "/", actions: [] };
  }
}

function show(message, title, body) {
  return self.registration.showNotification(title, {
    body,
    tag: message.tag,
    lang: message.lang,
    renotify: true,
    requireInteraction: Boolean(message.urgent),
    icon: "/static/icons/mark-192.png",
    data: message,
    actions: (message.actions || []).map(({ action, title: label }) => ({ action, title: label })),
  });
}

async function openPage(path) {
  const url = ownUrl(path);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((client) => client.url === url);
  return there ? there.focus() : self.clients.openWindow(url);
}

/** Posts a signed link: it says who answers, so no cookie goes with it. */
async function answer(message, chosen) {
  let taken = false;
  try {
    const response = await fetch(ownUrl(chosen.path), {
      method: "POST",
      credentials: "omit",
      redirect: "error",
      body: new URLSearchParams(chosen.fields),
    });
    taken = response.ok;
  } catch {
    // No signal: the notification comes back with its buttons.
  }
  if (taken) return show({ ...message, actions: [], urgent: false }, message.done, message.title);
  return show(message, message.failed, message.title);
}

self.addEventListener("push", (event) => {
  const message = readPayload(event.data);
  event.waitUntil(show(message, message.title, message.body));
});

self.addEventListener("notificationclick", (event) => {
  const message = event.notification.data || {};
  const chosen = (message.actions || []).find(({ action }) => action === event.action);
  event.notification.close();
  event.waitUntil(chosen ? answer(message, chosen) : openPage(message.path));
});
