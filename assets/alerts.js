// Urgent items on an open page: sound where somebody switched it on, else a title that changes, and always a line that
// is shown. Nothing here knows what an item is about; the stream says 1 or 0.
const PAUSE_MS = 2500;
const FLASH_MS = 1000;
const REFRESH_MS = 30000;
const LOST_CALLS = 24; // about a minute: long enough to be heard, and then it is the written line that stays
const KEY = "desk-sound";

const state = { waits: false, lost: false, context: null, beep: 0, flash: 0, calls: 0, title: document.title };

export function soundAlerts() {
  const panel = document.querySelector("[data-sound]");
  if (!panel) return;
  const button = panel.querySelector("button");
  button.addEventListener("click", () => (isOn() ? switchOff(panel) : switchOn(panel)));
  if (remembered()) resume(panel);
  document.addEventListener("desk:alert", (event) => {
    state.waits = event.detail;
    render(panel);
  });
  document.addEventListener("desk:heard", () => {
    [state.lost, state.calls, state.waits] = [false, 0, false]; // what waits is said right after this
    render(panel);
  });
  document.addEventListener("desk:lost", () => {
    state.lost = true;
    render(panel);
  });
  render(panel);
}

// While sound is on, the page is not fetched anew: a browser may ask for a click again before it sounds.
export function isOn() {
  return state.context !== null && state.context.state === "running";
}

async function switchOn(panel) {
  state.context = state.context ?? new AudioContext();
  await state.context.resume();
  remember(true);
  if (isOn()) tone(660, 0, 0.12);
  render(panel);
}

function switchOff(panel) {
  state.context?.close();
  state.context = null;
  remember(false);
  render(panel);
}

async function resume(panel) {
  state.context = new AudioContext();
  state.context.addEventListener("statechange", () => render(panel));
}

function render(panel) {
  const [on, words] = [isOn(), panel.dataset];
  const button = panel.querySelector("button");
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? button.dataset.wordsOn : button.dataset.wordsOff;
  const said = state.lost ? words.lost : on ? words.on : remembered() ? words.again : words.off;
  const line = panel.querySelector("[role=status]");
  if (line.textContent !== said) line.textContent = said;
  panel.classList.toggle("desk-sound--on", on && !state.lost);
  panel.classList.toggle("desk-sound--lost", state.lost);
  document.querySelector("[data-alarm]")?.toggleAttribute("hidden", !state.waits);
  document.documentElement.classList.toggle("desk-wall--alarm", state.waits && Boolean(document.body.dataset.wall));
  beep(on && (state.waits || state.lost));
  flash(panel.dataset.title);
}

function beep(wanted) {
  if (!wanted) {
    clearInterval(state.beep);
    state.beep = 0;
  } else if (!state.beep) {
    call();
    state.beep = setInterval(call, PAUSE_MS);
  }
}

function call() {
  if (!isOn() || (!state.waits && (state.calls += 1) > LOST_CALLS)) return;
  for (const [pitch, at] of [[880, 0], [660, 0.22], [880, 0.44]]) tone(pitch, at, 0.2);
}

function tone(pitch, at, length) {
  const [start, voice, loudness] = [state.context.currentTime + at, state.context.createOscillator(), state.context.createGain()];
  voice.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, start);
  loudness.gain.linearRampToValueAtTime(0.6, start + 0.02);
  loudness.gain.linearRampToValueAtTime(0, start + length);
  voice.connect(loudness).connect(state.context.destination);
  voice.start(start);
  voice.stop(start + length);
}

// The title tells it in a row of tabs. It changes to and fro unless the reader asked for less motion.
function flash(words) {
  clearInterval(state.flash);
  document.title = state.waits || state.lost ? `(!) ${words}` : state.title;
  if (!state.waits || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  state.flash = setInterval(() => {
    document.title = document.title === state.title ? `(!) ${words}` : state.title;
  }, FLASH_MS);
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

function remember(on) {
  try {
    sessionStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // a browser that keeps nothing asks again on the next page
  }
}

// The screen of a duty room puts new figures into the page it has, so that it never falls silent.
export function showWall() {
  const path = document.body.dataset.wall;
  if (!path) return;
  const refresh = async () => {
    try {
      const answer = await fetch(path, { cache: "no-store" });
      if (answer.status === 403) return location.reload();
      if (answer.ok) fill(await answer.json());
    } catch {
      document.dispatchEvent(new CustomEvent("desk:lost"));
    }
  };
  document.addEventListener("desk:changed", refresh);
  setInterval(refresh, REFRESH_MS);
}

function fill(board) {
  for (const [name, words] of Object.entries(board.figures)) {
    const place = document.querySelector(`[data-figure="${CSS.escape(name)}"]`);
    if (place) place.textContent = words;
  }
  document.querySelector("[data-clock]").textContent = board.clock;
  const lines = board.due.map((words) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  });
  document.querySelector("[data-lines]").replaceChildren(...lines);
  document.querySelector("[data-lines-none]").toggleAttribute("hidden", lines.length > 0);
  document.dispatchEvent(new CustomEvent("desk:alert", { detail: board.alarm }));
}
