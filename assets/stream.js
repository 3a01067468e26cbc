// One stream for the page: "changed" says that something is new, never what. The page then fetches itself again under
// the reader's own rights; while somebody types or has opened something, a line with a link is shown instead.
import { isOn } from "./alerts.js";

const AGAIN_MS = 5000;

export function listen() {
  const path = document.body.dataset.changes;
  const live = document.querySelector("[data-live], [data-sound]");
  if (!path || !live || !window.EventSource) return;
  const source = new EventSource(path);
  source.addEventListener("changed", () => {
    if (document.body.dataset.wall) tell("desk:changed");
    else if (isBusy() || isOn()) document.querySelector("[data-live-note]")?.removeAttribute("hidden");
    else location.reload();
  });
  source.addEventListener("open", () => tell("desk:heard"));
  source.addEventListener("alert", (event) => tell("desk:alert", event.data === "1"));
  source.addEventListener("error", () => {
    tell("desk:lost");
    if (source.readyState === EventSource.CLOSED && document.body.dataset.wall) setTimeout(() => location.reload(), AGAIN_MS);
  });
  window.addEventListener("pagehide", () => source.close());
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function isBusy() {
  const active = document.activeElement;
  const typing = active && active.matches("input, select, textarea, button, summary, a");
  const chosen = document.querySelector("input:checked, details[open]");
  const written = [...document.querySelectorAll("main textarea, main input[type=text]")].some((each) => each.value !== each.defaultValue);
  return Boolean(typing || chosen || written);
}
