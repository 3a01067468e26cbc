// Keys for lists: j and k go to the next and the one before, x chooses; Enter opens, because a link has the focus.
// They work only while something in the list has the focus, so that no letter spoken or typed elsewhere does anything.
export function walkRows() {
  for (const list of document.querySelectorAll("[data-rows]")) {
    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
      const links = [...list.querySelectorAll("[data-row] [data-open]")];
      const row = event.target.closest("[data-row]");
      const at = row ? links.findIndex((each) => row.contains(each)) : -1;
      if (event.key === "j") links[Math.min(at + 1, links.length - 1)]?.focus();
      else if (event.key === "k") links[Math.max(at - 1, 0)]?.focus();
      else if (event.key === "x") row?.querySelector("input[type=checkbox]")?.click();
      else return;
      event.preventDefault();
    });
  }
}
