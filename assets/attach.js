// Sends files one after the other as soon as they are chosen or dropped, each with its progress, a way to stop it and
// a way to try again. The desk takes them in as it takes the form's; without this file the form sends them.
const PATIENCE = 60000; // ms in which nothing moved

export function takeFiles() {
  const form = document.querySelector("form[data-attach]");
  if (form) new Taker(form).listen();
}

class Taker {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.list = form.querySelector("[data-uploads]");
    this.said = form.querySelector("[data-upload-said]");
    this.drop = form.querySelector("[data-drop]");
    this.queue = [];
    this.running = null;
  }

  listen() {
    const picker = this.form.elements.files;
    this.form.querySelector("[data-attach-button]").hidden = true; // what is chosen goes at once
    picker.addEventListener("change", () => {
      this.add(picker.files);
      picker.value = "";
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const kind of ["dragenter", "dragover"]) this.drop.addEventListener(kind, (event) => this.over(event, true));
    for (const kind of ["dragleave", "drop"]) this.drop.addEventListener(kind, (event) => this.over(event, false));
    this.drop.addEventListener("drop", (event) => this.add(event.dataTransfer.files));
    window.addEventListener("beforeunload", (event) => this.running && event.preventDefault());
  }

  over(event, is) {
    event.preventDefault();
    this.drop.classList.toggle("desk-drop--over", is);
  }

  add(files) {
    for (const file of files) {
      const one = new Upload(file, this);
      this.list.append(one.row);
      this.list.hidden = false;
      if (file.size > Number(this.words.largest)) one.fail(this.words.large);
      else this.wait(one);
    }
    this.next();
  }

  wait(one) {
    one.show(this.words.waiting, "cancel");
    this.queue.push(one);
  }

  next() {
    if (this.running) return;
    this.running = this.queue.shift() ?? null;
    this.running?.send();
  }

  done(one) {
    if (this.running === one) this.running = null;
    this.queue = this.queue.filter((each) => each !== one);
    this.next();
  }

  tell(words) {
    this.said.textContent = words;
  }

  // The list of the page as the desk told it, built by the browser's own parser: nothing in it runs.
  renew(body) {
    const fresh = body.querySelector("[data-file-list]");
    const old = document.querySelector("[data-file-list]");
    if (fresh && old) old.replaceChildren(...[...fresh.childNodes].map((each) => document.importNode(each, true)));
  }
}

class Upload {
  constructor(file, taker) {
    this.file = file;
    this.taker = taker;
    this.request = null;
    this.row = document.createElement("li");
    this.name = element("span", "desk-uploads__name", file.name);
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.button = element("button", "desk-link", "");
    this.button.type = "button";
    this.button.addEventListener("click", () => this[this.act]());
    this.words = element("p", "desk-uploads__said desk-quiet", "");
    this.row.append(this.name, this.bar, this.button, this.words);
  }

  send() {
    const body = new FormData();
    for (const name of ["csrf", "category"]) body.append(name, this.taker.form.elements[name].value);
    body.append("files", this.file, this.file.name); // behind the fields, as the desk reads them
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", this.taker.words.attach);
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => this.moved(event));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.fail(this.taker.words.lost));
    this.show(this.taker.words.sending, "cancel");
    this.watch();
    request.send(body);
  }

  watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.request?.abort();
      this.fail(this.taker.words.lost);
    }, PATIENCE);
  }

  moved(event) {
    this.watch();
    if (event.lengthComputable) this.bar.value = Math.floor((100 * event.loaded) / event.total);
  }

  answered(request) {
    const body = request.response?.body;
    if (!body || !("filesNow" in body.dataset)) {
      this.fail(request.status >= 500 ? this.taker.words.lost : this.taker.words.ended);
      return;
    }
    this.taker.renew(body);
    const refused = body.querySelector("[data-refused]");
    if (refused) return this.fail(refused.textContent);
    this.end();
    this.bar.value = 100;
    this.show(this.taker.words.ready, "away");
    this.taker.tell(`${this.file.name}: ${this.taker.words.ready}`);
    this.taker.done(this);
  }

  fail(words) {
    this.end();
    this.row.classList.add("desk-uploads--trouble");
    this.show(words, "again");
    this.taker.tell(`${this.file.name}: ${words}`);
    this.taker.done(this);
  }

  end() {
    clearTimeout(this.timer);
    this.request = null;
  }

  cancel() {
    this.request?.abort();
    this.end();
    this.show(this.taker.words.stopped, "again");
    this.taker.done(this);
  }

  again() {
    this.row.classList.remove("desk-uploads--trouble");
    this.bar.value = 0;
    this.taker.wait(this);
    this.taker.next();
  }

  away() {
    const list = this.taker.list;
    this.row.remove();
    list.hidden = list.childElementCount === 0;
    this.taker.form.elements.files.focus();
  }

  show(words, act) {
    this.act = act;
    this.words.textContent = words;
    this.button.textContent = this.taker.words[act];
    this.button.setAttribute("aria-label", `${this.taker.words[act]}: ${this.file.name}`);
  }
}

function element(kind, classes, text) {
  const made = document.createElement(kind);
  made.className = classes;
  made.textContent = text;
  return made;
}
