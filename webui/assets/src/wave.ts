// A recording's picture shows how far it has been played, and a click goes there.
// The player below it does the same by keyboard.
export function waves(): void {
  for (const picture of document.querySelectorAll<SVGSVGElement>("svg.wave")) {
    const sound = picture.parentElement?.querySelector("audio");
    const heard = picture.querySelector<SVGGElement>(".heard");
    const needle = picture.querySelector<SVGPathElement>(".needle");
    if (!sound || !heard || !needle) continue;
    picture.classList.add("played");
    const draw = (): void => {
      const share = sound.duration > 0 ? sound.currentTime / sound.duration : 0;
      heard.style.clipPath = `inset(0 ${100 * (1 - share)}% 0 0)`;
      needle.setAttribute("transform", `translate(${share * picture.viewBox.baseVal.width})`);
      if (!sound.paused) requestAnimationFrame(draw);
    };
    for (const event of ["play", "seeked", "ended"]) sound.addEventListener(event, draw);
    draw();
    picture.addEventListener("click", (e) => {
      const box = picture.getBoundingClientRect();
      const share = (e.clientX - box.left) / box.width;
      const there = (): void => { sound.currentTime = share * sound.duration; };
      if (sound.readyState > 0) there(); else sound.addEventListener("loadedmetadata", there, { once: true });
      void sound.play();
    });
  }
}
