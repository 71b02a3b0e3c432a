"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const viewer = find("viewer"), above = find("above"), below = find("below");
  const swipe = find("swipe"), opacity = find("opacity"), stage = find("stage");
  const choices = [...viewer.querySelectorAll("input[name=map]")];
  const article = (key) => document.querySelector(`article[data-map="${CSS.escape(key)}"]`);
  const picture = (key) => article(key).querySelector("img");
  let chosen = "";

  function place() {
    const to = swipe ? swipe.value : 100;
    above.style.clipPath = `inset(0 ${100 - to}% 0 0)`;
    above.style.opacity = opacity.value / 100;
    const divider = find("divider");
    divider.hidden = !swipe || to === "0" || to === "100";
    divider.style.left = `${to}%`;
  }

  function say() {
    const title = article(chosen).querySelector("h3").firstChild.textContent.trim();
    const over = swipe && swipe.value < 100 ? `, the left ${swipe.value} % over the true colours` : "";
    const faint = opacity.value < 100 ? `, opacity ${opacity.value} %` : "";
    find("said").textContent = `${title}${over}${faint}`;
    for (const slider of [swipe, opacity].filter(Boolean)) {
      slider.setAttribute("aria-valuetext", `${slider.value} %`);
    }
  }

  function show(key) {
    chosen = key;
    const shown = picture(key);
    above.src = shown.src;
    above.alt = shown.alt;
    find("legend").replaceChildren(...[...article(key).querySelector(".legend").children].map(
      (part) => part.cloneNode(true)));
    place();
    say();
  }

  function moved() {
    place();
    say();
  }

  function dragged(event) {
    if (!swipe || !(event.buttons & 1)) return;
    const box = stage.getBoundingClientRect();
    swipe.value = Math.round(100 * (event.clientX - box.left) / box.width);
    moved();
  }

  function light(key, on) {
    for (const line of document.querySelectorAll("svg path")) {
      if (line.dataset.from === key || line.dataset.to === key) line.classList.toggle("lit", on);
    }
  }

  if (below) {
    const colours = picture("true_colour");
    below.src = colours.src;
    below.alt = colours.alt;
  }
  for (const choice of choices) {
    choice.addEventListener("change", () => show(choice.value));
  }
  for (const slider of [swipe, opacity].filter(Boolean)) {
    slider.addEventListener("input", moved);
  }
  stage.addEventListener("pointerdown", dragged);
  stage.addEventListener("pointermove", dragged);
  for (const node of document.querySelectorAll("svg a[data-node]")) {
    for (const [event, on] of [["pointerenter", true], ["focus", true], ["pointerleave", false], ["blur", false]]) {
      node.addEventListener(event, () => light(node.dataset.node, on));
    }
  }
  viewer.hidden = false;
  choices[0].checked = true;
  show(choices[0].value);
})();
