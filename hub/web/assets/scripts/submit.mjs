// Forms that may be sent without a network: `<form data-offline="what it is">`.
import { clearRefusal, readForm, say, showRefusal } from "./forms.mjs";
import { fetchToken, keepReport, onChange, post, readReport, sendReports } from "./outbox.mjs";
import { photosComing } from "./photos.mjs";
import { words } from "./words.mjs";

const SLOW_AFTER_MS = 10_000;

/** Keep a form's report on this phone and send it; what happens is said in the form. */
export async function submitForm(form, submitter) {
  const said = words();
  clearRefusal(form);
  const photos = photosComing(form);
  if (photos) {
    say(form, "", said.making).focus();
    await photos;
  }
  const report = readForm(form, submitter);
  try {
    await keepReport(report);
  } catch {
    return sendUnkept(form, report);
  }
  say(form, "", said.sending).focus();
  const settled = settling(report.key);
  sendReports({ now: true });
  const told = await Promise.race([settled, new Promise((resolve) => { setTimeout(resolve, SLOW_AFTER_MS, {}); })]);
  delete form.dataset.sent;
  if (told.done) return leave(told.to);
  const kept = await readReport(report.key);
  if (kept?.state === "refused") {
    form.dataset.replaces = report.key;
    return showRefusal(form, kept.refusal);
  }
  return showKept(form, report.key, kept?.hold);
}

/** Resolves when the report is sent, refused, or put off until later. */
function settling(key) {
  return new Promise((resolve) => {
    onChange(async (told) => {
      if (told.key !== key) return;
      if (told.done) return resolve(told);
      const report = await readReport(key);
      if (!report || report.state === "refused" || report.hold || report.notBefore) resolve({});
    });
    fetchToken().then((token) => { if (!token) resolve({}); });
  });
}

function leave(to) {
  location.assign(to ?? "/waiting");
}

function showKept(form, key, hold) {
  const said = words();
  const link = Object.assign(document.createElement("a"), { className: "button", href: "/waiting", textContent: said.show });
  const notice = say(form, "warn", hold ? said.keptSignIn : said.kept, link);
  // The form has done its part: what is in it waits, and is changed there.
  for (const part of form.children) if (part !== notice) part.hidden = true;
  notice.focus();
  // Nobody is to wait for what has long arrived.
  onChange((told) => { if (told.key === key && told.done) say(form, "good", said.sent); });
}

/** The phone keeps nothing (full, or a private window): it is sent at once or stays in the form. */
async function sendUnkept(form, report) {
  const said = words();
  say(form, "warn", said.notKept).focus();
  try {
    const token = await fetchToken();
    if (token?.person !== report.person) throw new Error("not signed in");
    const answer = await post(report, token.csrf);
    const receipt = await answer.json();
    delete form.dataset.sent;
    if (receipt.queued !== report.key) throw new Error("no receipt");
    if (answer.ok) return leave(receipt.to);
    form.dataset.replaces = report.key;
    return showRefusal(form, { ...receipt, status: answer.status });
  } catch {
    delete form.dataset.sent;
    // The same key again: perhaps it has arrived, and only the answer was lost.
    form.dataset.replaces = report.key;
    return say(form, "bad", said.notKeptNotSent).focus();
  }
}
