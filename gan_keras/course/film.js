// Plays a film: pictures in turn, a button, and a slider that the arrow keys move, too.
function film(root, { frames, names, label, interval, loop, plays }) {
  const img = root.querySelector("img");
  const bar = root.appendChild(document.createElement("div"));
  const button = bar.appendChild(document.createElement("button"));
  const slider = bar.appendChild(document.createElement("input"));
  const name = bar.appendChild(document.createElement("output"));
  const last = frames.push(img.src) - 1; // which stands in the page, for readers without scripts
  bar.style.cssText = `display: flex; gap: 8px; align-items: center; max-width: ${img.width}px`;
  button.style.width = "5em";
  Object.assign(slider, { type: "range", min: 0, max: last, value: 0, style: "flex: 1" });
  slider.setAttribute("aria-label", label);
  let timer;

  function show(k) {
    slider.value = k;
    img.src = frames[k];
    name.value = img.alt = names[k];
    slider.setAttribute("aria-valuetext", names[k]);
  }
  function pause() {
    timer = clearInterval(timer);
    button.textContent = "Play";
  }
  function play() {
    if (+slider.value === last) show(0);
    timer = setInterval(() => {
      if (+slider.value < last) show(+slider.value + 1);
      else if (loop) show(0);
      else pause();
    }, interval);
    button.textContent = "Pause";
  }
  button.onclick = () => (timer ? pause() : play());
  slider.oninput = () => (pause(), show(+slider.value));
  show(0), pause();
  if (plays && !matchMedia("(prefers-reduced-motion: reduce)").matches)
    new IntersectionObserver(([seen], observer) => {
      if (seen.isIntersecting) observer.disconnect(), play(); // starts when it is first seen
    }).observe(img);
}
