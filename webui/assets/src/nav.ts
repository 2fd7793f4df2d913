// The groups of the navigation open and close by themselves; the cookie lets the
// server send the next page with the same ones open. The one that holds the page
// itself is open in any case and is not kept for that.
export function navGroups(): void {
  const kept = new Set<string>();
  for (const group of document.querySelectorAll<HTMLDetailsElement>("details[data-nav]")) {
    const name = group.dataset.nav ?? "";
    if (group.dataset.kept !== undefined) kept.add(name);
    group.querySelector("summary")?.addEventListener("click", () => {
      if (group.open) kept.delete(name);
      else kept.add(name);
      document.cookie = `nav=${[...kept].join(".")}; path=/; max-age=31536000; samesite=lax`;
    });
  }
  // On a low window the page's own entry may stand below the others.
  document.querySelector("details[data-nav] [aria-current]")?.scrollIntoView({ block: "nearest" });
}
