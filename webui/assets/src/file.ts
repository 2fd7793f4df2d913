// A file that is larger than the server takes is refused where it is chosen, and
// not after a gigabyte of it was sent.
export function fileSizes(): void {
  document.addEventListener("change", (e) => {
    const input = e.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.dataset.most) return;
    const most = Number(input.dataset.most);
    const large = [...(input.files ?? [])].some((file) => file.size > most);
    input.setCustomValidity(large ? (input.dataset.says ?? "") : "");
    if (large) input.reportValidity();
  });
}
