// Links that ask before they do. Without this file they lead to a page that asks
// the same (ui.ConfirmPage).
export function dialogs(): void {
  document.addEventListener("click", (e) => {
    const link = e.target instanceof Element ? e.target.closest<HTMLAnchorElement>("a[data-opens]") : null;
    if (!link || e.metaKey || e.ctrlKey || e.shiftKey) return;
    const dialog = document.getElementById(link.dataset.opens ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    e.preventDefault();
    dialog.showModal();
  });
}

// A second click on a button that saves would send the form twice.
export function sendOnce(): void {
  document.addEventListener("submit", (e) => {
    const form = e.target as HTMLFormElement;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  // The browser's Back brings the page as it was left.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

// What was found wrong is where the reader goes on.
export function toWhatIsWrong(): void {
  document.getElementById("wrong")?.focus();
}
