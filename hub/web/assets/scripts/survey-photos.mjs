// Photos of a drone's card: sent one by one with their progress. A lost network is waited for, and what has arrived is not sent
// again: the server knows each file by its digest. A card that is pulled out is asked for.
import { filesOf, isFolder, isPhoto } from "./survey-photos-files.mjs";
import { Lost, Refused, bringPhoto } from "./survey-photos-sending.mjs";
import { prepareTold, refreshRegion } from "./survey-photos-told.mjs";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export function prepareCard(form) {
  const input = form.querySelector("input[type=file]");
  const card = new Card(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  const take = () => {
    const files = [...input.files];
    input.value = "";
    card.add(files);
  };
  input.addEventListener("change", take);
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    card.add(await filesOf(event.dataTransfer));
  });
  // What somebody chose before this script came.
  take();
}

/** The photos that are being sent, and what became of those that were. */
class Card {
  constructor(form) {
    this.form = form;
    this.told = prepareTold(form);
    this.queue = [];
    this.isSending = false;
    // What the server said instead of an answer, 0 where nothing came; null while all is well.
    this.lost = null;
    // Photos, and those of them whose end is known; files that are no photos are in neither.
    this.total = this.settled = 0;
    // Lines of photos that could not be read, by their names.
    this.unread = new Map();
    addEventListener("beforeunload", (event) => {
      if (this.total === this.settled && !this.unread.size) return;
      event.preventDefault();
      // Browsers before 2023 ask only so.
      event.returnValue = true;
    });
  }

  add(files) {
    if (!files.length) return;
    if (!this.isSending) this.begin();
    for (const file of files) this.take(file);
    if (!this.isSending) this.sendAll();
  }

  /** What was told is of the card before, but for photos that are still missing. */
  begin() {
    this.told.clear(this.unread.values());
    this.total = this.settled = this.unread.size;
    this.counts = { placed: 0, unplaced: 0, refused: 0, again: 0 };
  }

  take(file) {
    const why = !isPhoto(file) ? "no_photo" : file.size > Number(this.form.dataset.most) ? "too_large" : "";
    if (why) return this.note(file.name, { state: "refused", words: this.told.say(why) });
    for (const name of this.unread.keys()) {
      if (name === file.name || isFolder(name)) this.forget(name);
    }
    this.queue.push(file);
    this.total += 1;
  }

  /** A photo that could not be read was chosen again. */
  forget(name) {
    this.unread.get(name).remove();
    this.unread.delete(name);
    this.total -= 1;
    this.settled -= 1;
  }

  async sendAll() {
    const { say, tell } = this.told;
    this.isSending = true;
    tell(say("goes"));
    try {
      while (this.queue.length) {
        const file = this.queue.shift();
        const became = await this.bring(file);
        this.note(file.name, became);
        // As with what is refused here: it is in the list, and none of those that can be sent.
        if (became.state === "refused") this.total -= 1;
        else this.settled += 1;
        this.show();
      }
      this.tellEnd();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.queue.length = 0;
      this.show();
      const why = error.status === 404 ? say("gone") : this.reason(error);
      tell(say(error.status === 401 ? "signed_out" : "stopped", { why, left: this.left() }), { isAlarm: true });
    } finally {
      this.isSending = false;
      this.lost = null;
    }
    refreshRegion(() => this.isSending);
  }

  /** One photo to its end, however often the network goes: what became of it. Raises Refused when no photo is taken any more. */
  async bring(file) {
    const onPart = (part) => {
      if (part) this.tellGoing();
      this.show(part, file.name);
    };
    this.show(0, file.name);
    // Read once and whole: what is sent is what was asked for, and a card may go while the network is away.
    const bytes = await file.arrayBuffer().catch(() => null);
    if (!bytes) return { state: "unread", words: this.told.say("unread_one") };
    for (let pause = FIRST_PAUSE_MS, tries = 1; ; tries += 1) {
      try {
        const became = await bringPhoto(this.form, file.name, bytes, tries, onPart);
        this.tellBack();
        return became;
      } catch (error) {
        if (error instanceof Refused && !error.ofAll) {
          this.tellBack();
          return { state: "refused", words: this.reason(error) };
        }
        if (!(error instanceof Lost)) throw error;
        this.tellLost(error.status);
        pause = (await this.comesBack(pause)) ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  }

  /** Whether the network is said to be back, or somebody wants to try now; false after so long. */
  comesBack(ms) {
    return new Promise((resolve) => {
      const over = new AbortController(), { signal } = over;
      const end = (isBack) => {
        clearTimeout(timer);
        over.abort();
        resolve(isBack);
      };
      const timer = setTimeout(() => end(false), ms);
      addEventListener("online", () => end(true), { signal });
      // A phone that was laid aside has slept through its pauses.
      document.addEventListener("visibilitychange", () => { if (!document.hidden) end(true); }, { signal });
      this.told.again.addEventListener("click", () => {
        this.told.tell(this.told.say("trying"), { isAlarm: true, mayTry: true });
        end(true);
      }, { signal });
    });
  }

  note(name, { state, words, again }) {
    if (state === "unread") {
      this.unread.get(name)?.remove();
      this.unread.set(name, this.told.line(name, "refused", words, true));
      this.told.tell(this.unreadWords(), { isAlarm: true });
      return;
    }
    this.counts[state] += 1;
    if (again) this.counts.again += 1;
    // Hundreds that are in their places need no line each.
    if (state !== "placed") this.told.line(name, state, words);
  }

  reason({ why, status }) {
    return why || this.told.say("refused", { status });
  }

  left() {
    return this.total - this.settled;
  }

  sent() {
    return this.counts.placed + this.counts.unplaced;
  }

  show(part = 0, name = "") {
    this.told.show(this.sent(), this.total, part, name);
  }

  /** `status`: what the server says; 0 where nothing comes. */
  tellLost(status) {
    this.lost = status;
    const { say, tell } = this.told;
    this.show();
    tell(say(status >= 500 ? "trouble" : "lost", { n: this.sent(), left: this.left() }), { isAlarm: true, mayTry: true });
  }

  /** A part of a photo went out again, so there is a network. Whoever stands on the button stays there until all of it has arrived. */
  tellGoing() {
    const { say, tell, again } = this.told;
    if (this.lost !== null && this.lost < 500) tell(say("back"), { mayTry: document.activeElement === again });
  }

  tellBack() {
    if (this.lost === null) return;
    this.lost = null;
    this.told.tell(this.told.say("back"));
  }

  unreadWords() {
    return this.told.say("unread", { n: this.unread.size });
  }

  tellEnd() {
    const { say, tell } = this.told;
    const parts = [say("done", this.counts)];
    if (this.counts.again) parts.push(say("again", { n: this.counts.again }));
    if (this.unread.size) parts.push(this.unreadWords());
    tell(parts.join(" "), { isAlarm: this.unread.size > 0 });
  }
}
