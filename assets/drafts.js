// Saves a draft while somebody types, and renews what stands beside the form: the verdict, and what is known here.
// Everything is decided by the same page of the desk that the button "Save draft" asks; without this file nothing else
// changes. A request that found no way is repeated; a session that has ended is left to the button.
const PAUSE = 1200; // ms without a key before a save
const LONGEST = 8000; // ms of unbroken typing before one all the same
const PATIENCE = 15000; // ms for an answer
const AGAIN = [2000, 4000, 8000, 15000, 30000]; // ms between tries

export function keepDraft() {
  const form = document.querySelector("form[data-draft]");
  if (form) new Keeper(form).listen();
}

class Keeper {
  constructor(form) {
    this.form = form;
    this.saved = form.querySelector("[data-draft-saved]");
    this.trouble = form.querySelector("[data-draft-trouble]");
    this.kept = this.written();
    this.timer = 0;
    this.waiting = 0; // since when something typed waits to be saved
    this.tries = 0;
    this.request = null;
    this.over = false; // nothing more is saved from here: the button decides
    this.leaving = null;
  }

  listen() {
    for (const kind of ["input", "change"]) this.form.addEventListener(kind, () => this.soon());
    this.form.addEventListener("submit", (event) => this.submit(event));
    window.addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.now());
    window.addEventListener("beforeunload", (event) => this.tries && this.changed() && !this.leaving && event.preventDefault());
  }

  written() {
    const typed = new URLSearchParams(new FormData(this.form));
    for (const name of ["csrf", "version", "window"]) typed.delete(name);
    return typed.toString();
  }

  changed() {
    return this.written() !== this.kept;
  }

  soon() {
    if (this.over || this.tries) return;
    this.waiting ||= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), Math.max(0, Math.min(PAUSE, this.waiting + LONGEST - Date.now())));
  }

  now() {
    clearTimeout(this.timer);
    if (this.over || this.request || this.leaving || !this.changed()) return;
    this.waiting = 0;
    const sent = this.written();
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", `${this.form.dataset.draft}/keep`);
    request.responseType = "document"; // the browser's own parser; nothing in it runs
    request.timeout = PATIENCE;
    request.addEventListener("load", () => this.answered(request, sent));
    for (const kind of ["error", "timeout"]) request.addEventListener(kind, () => this.lost());
    request.send(new URLSearchParams(new FormData(this.form)));
  }

  answered(request, sent) {
    this.request = null;
    const body = request.response?.body;
    if (body && "draftKept" in body.dataset) return this.keptAs(body, sent);
    if (request.status >= 500 || request.status === 429) return this.lost();
    this.over = true;
    this.say({ 404: "gone", 413: "large" }[request.status] ?? "ended");
    if (request.status === 413) this.form.addEventListener("input", () => (this.over = false), { once: true });
    return this.go();
  }

  keptAs(body, sent) {
    this.tries = 0;
    this.kept = sent;
    this.move(body.dataset.draftKept);
    this.form.elements.version.value = body.dataset.version;
    this.say("");
    this.saved.textContent = body.dataset.said;
    this.saved.hidden = false;
    const parts = ["[data-draft-beside]", "#rules", "[data-draft-known]"];
    for (const part of parts) renew(document.querySelector(part), body.querySelector(part));
    if (this.leaving) this.go();
    else if (this.changed()) this.soon();
  }

  move(path) {
    const before = this.form.dataset.draft;
    if (path === before) return;
    for (const each of document.querySelectorAll("form")) {
      const action = each.getAttribute("action") ?? "";
      if (action.startsWith(before)) each.setAttribute("action", path + action.slice(before.length));
    }
    this.form.dataset.draft = path;
    history.replaceState(null, "", path);
  }

  lost() {
    this.request = null;
    this.say("lost");
    if (this.leaving) return this.go();
    const wait = AGAIN[Math.min(this.tries, AGAIN.length - 1)];
    this.tries += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), wait);
  }

  // A save under way ends before the form goes, so that the older of the two never comes last.
  submit(event) {
    clearTimeout(this.timer);
    if (!this.request) {
      this.leaving = { form: this.form };
      setTimeout(() => (this.leaving = null), PATIENCE);
      return;
    }
    event.preventDefault();
    this.leaving = { form: this.form, by: event.submitter };
  }

  go() {
    const asked = this.leaving;
    this.leaving = null;
    if (asked) this.form.requestSubmit(asked.by);
  }

  say(what) {
    const words = what ? this.trouble.dataset[what] : "";
    if (this.trouble.textContent !== words) this.trouble.textContent = words;
  }
}

// Puts the new part in the place of the old one only where it says something else: who listens is not told twice.
function renew(old, fresh) {
  if (!old || !fresh || old.textContent.replace(/\s+/g, " ") === fresh.textContent.replace(/\s+/g, " ")) return;
  old.replaceChildren(...[...fresh.childNodes].map((each) => document.importNode(each, true)));
}
