// "Tell me on this device": asks the browser for a push subscription and sends it with the form, as its fields.

function bytesOf(base64url) {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

async function subscribe(registration, key) {
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    // Subscribed with a key that the town has no more: only a new subscription helps.
    const old = error.name === "InvalidStateError" && (await registration.pushManager.getSubscription());
    if (!old) throw error;
    await old.unsubscribe();
    return registration.pushManager.subscribe(options);
  }
}

async function fill(form) {
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const registration = await navigator.serviceWorker.ready;
  const { endpoint, keys } = (await subscribe(registration, form.dataset.push)).toJSON();
  Object.assign(form.elements.endpoint, { value: endpoint });
  Object.assign(form.elements.p256dh, { value: keys.p256dh });
  Object.assign(form.elements.auth, { value: keys.auth });
  return "";
}

/** Shows the form where the browser can do it; elsewhere what stands beside it says what to do. */
export function prepareSubscribe() {
  for (const form of document.querySelectorAll("form[data-push]")) {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) continue;
    form.hidden = false;
    document.getElementById(form.dataset.instead)?.setAttribute("hidden", "");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const status = form.querySelector("[role=status]");
      button.disabled = true;
      status.textContent = form.dataset.asking;
      const failed = await fill(form).catch(() => "failed");
      if (!failed) return form.submit();
      status.textContent = form.dataset[failed];
      button.disabled = false;
      return undefined;
    });
  }
}
