// The theme switch: CSS follows the checked radio at once; the cookie lets the
// server send the next page in the same theme, without a flash.
export function themeSwitch(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-theme-switch] input")) {
    input.addEventListener("change", () => {
      const age = input.value === "" ? 0 : 31536000;
      document.cookie = `theme=${input.value}; path=/; max-age=${age}; samesite=lax`;
      if (input.value === "") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = input.value;
    });
  }
}
