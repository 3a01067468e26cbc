// One stream for the page: "changed" says that something is new, never what. The page then fetches itself again under
// the reader's own rights; while somebody types or has opened something, a line with a link is shown instead.
export function listen() {
  const path = document.body.dataset.changes;
  const live = document.querySelector("[data-live]");
  if (!path || !live || !window.EventSource) return;
  const source = new EventSource(path);
  source.addEventListener("changed", () => {
    if (isBusy()) document.querySelector("[data-live-note]")?.removeAttribute("hidden");
    else location.reload();
  });
  window.addEventListener("pagehide", () => source.close());
}

function isBusy() {
  const active = document.activeElement;
  const typing = active && active.matches("input, select, textarea, button, summary, a");
  const chosen = document.querySelector("input:checked, details[open]");
  const written = [...document.querySelectorAll("main textarea, main input[type=text]")].some((each) => each.value !== each.defaultValue);
  return Boolean(typing || chosen || written);
}
