"use strict";
document.getElementById("sorting").hidden = false;
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, body = head.closest("table").tBodies[0];
    const value = ({ cells }) => cells[head.cellIndex].dataset.value ?? cells[head.cellIndex].textContent;
    const rises = head.ariaSort ? head.ariaSort === "descending" : isNaN(value(body.rows[0]));
    const order = (a, b) => isNaN(a - b) ? isNaN(a) - isNaN(b) || a.localeCompare(b) * sign : (a - b) * sign;
    const sign = rises ? 1 : -1;
    for (const other of head.parentElement.cells) other.ariaSort = null;
    head.ariaSort = rises ? "ascending" : "descending";
    body.append(...[...body.rows].sort((a, b) => order(value(a), value(b))));
  });
}
const slider = document.getElementById("slider");
if (slider) {
  const curves = JSON.parse(document.getElementById("curves").textContent);
  const run = document.getElementById("run"), position = document.getElementById("position");
  const show = () => {
    const point = curves[run.value].points[position.value];
    ["threshold", "recall", "precision", "alerts", "cost"].forEach((name, i) => {
      const output = document.getElementById(`at-${name}`);
      if (output) output.textContent = point[i].toLocaleString("en", { maximumSignificantDigits: 3 });
    });
  };
  const choose = () => {
    position.max = curves[run.value].points.length - 1;
    position.value = curves[run.value].start;
    show();
  };
  run.addEventListener("change", choose);
  position.addEventListener("input", show);
  slider.hidden = false;
  choose();
}
