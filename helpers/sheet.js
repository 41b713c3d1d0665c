// A sheet of 32 x 32 dots and a pen of 5 x 5. Each stroke is sent when it ends, and so are
// pictures; what the kernel makes of them comes back and is shown beside the sheet.
const SIDE = 32, PEN = 5, LONGEST = 1024, LARGEST = 1_000_000;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function drawDots(canvas, dots) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  dots.forEach((dot, k) => image.data.set(dot ? [0, 0, 0, 255] : [255, 255, 255, 255], 4 * k));
  context.putImageData(image, 0, 0);
}

function stamp(dots, x, y) {
  const reach = (PEN - 1) / 2;
  for (let row = Math.max(y - reach, 0); row <= Math.min(y + reach, SIDE - 1); row++)
    for (let column = Math.max(x - reach, 0); column <= Math.min(x + reach, SIDE - 1); column++)
      dots[row * SIDE + column] = 1;
}

function drawLine(dots, [fromX, fromY], [toX, toY]) {
  const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1);
  for (let k = 0; k <= steps; k++)
    stamp(dots, Math.round(fromX + (k * (toX - fromX)) / steps),
      Math.round(fromY + (k * (toY - fromY)) / steps));
}

function showReading(reading, name) {
  const steps = reading.steps.map((step) =>
    element("figure", {},
      element("img", { src: step.url, alt: step.alternative }),
      element("figcaption", { textContent: step.name })));
  return element("div", { className: "sheet-reading" },
    ...(name ? [element("p", { textContent: name, className: "sheet-name" })] : []),
    element("div", { className: "sheet-steps" }, ...steps),
    element("p", { textContent: reading.said, className: "sheet-said" }));
}

// A telephone's photograph has megabytes: it is made smaller here, and turned as it was held.
async function packed(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = element("canvas", {
      width: Math.max(1, Math.round(bitmap.width * scale)),
      height: Math.max(1, Math.round(bitmap.height * scale)),
    });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    return await blob.arrayBuffer();
  } catch {
    return await file.slice(0, LARGEST).arrayBuffer(); // the kernel says what is wrong with it
  }
}

function render({ model, el }) {
  let dots = new Uint8Array(SIDE * SIDE), earlier = [], last = null;
  const canvas = element("canvas", { width: SIDE, height: SIDE, className: "sheet-canvas" });
  canvas.setAttribute("role", "img");
  const undo = element("button", { textContent: "Undo", type: "button" });
  const clear = element("button", { textContent: "Clear", type: "button" });
  const files = element("input", { type: "file", accept: "image/png,image/jpeg", multiple: true });
  const upload = element("label", {}, "Pictures of digits, PNG or JPEG: ", files);
  const answer = element("div", { className: "sheet-answer" });
  answer.setAttribute("role", "status");
  const photos = element("div", { className: "sheet-photos" });
  photos.setAttribute("role", "status");

  function show() {
    drawDots(canvas, dots);
    const strokes = earlier.length;
    canvas.setAttribute("aria-label",
      `Sheet of ${SIDE} by ${SIDE} dots to draw a digit on, ` +
      (dots.some(Boolean) ? `${strokes} step${strokes === 1 ? "" : "s"} so far` : "empty"));
    undo.disabled = strokes === 0;
    clear.disabled = !dots.some(Boolean);
  }
  function send() {
    answer.replaceChildren(element("p", { textContent: "The kernel is asked …" }));
    model.set("dots", new DataView(dots.slice().buffer));
    model.save_changes();
  }
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [Math.floor(((event.clientX - box.left) / box.width) * SIDE),
      Math.floor(((event.clientY - box.top) / box.height) * SIDE)];
  }
  function keep() {
    earlier.push(dots.slice());
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    keep();
    last = place(event);
    drawLine(dots, last, last);
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const here = place(event);
    drawLine(dots, last, here);
    last = here;
    show();
  });
  function lift() {
    if (last === null) return;
    last = null;
    send();
  }
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  undo.addEventListener("click", () => {
    dots = earlier.pop() ?? dots;
    show();
    send();
  });
  clear.addEventListener("click", () => {
    keep();
    dots = new Uint8Array(SIDE * SIDE);
    show();
    send();
  });
  files.addEventListener("change", async () => {
    const chosen = [...files.files];
    photos.replaceChildren(element("p", { textContent: `${chosen.length} pictures are read …` }));
    const buffers = await Promise.all(chosen.map(packed));
    model.send({ names: chosen.map((file) => file.name) }, undefined, buffers);
    files.value = "";
  });

  function showAnswer() {
    answer.replaceChildren(showReading(model.get("reading")));
  }
  function showPhotos() {
    photos.replaceChildren(
      ...model.get("photos").map((reading) => showReading(reading, reading.name)));
  }
  model.on("change:reading", showAnswer);
  model.on("change:photos", showPhotos);
  // a page that is opened again: what was drawn is still in the kernel
  const sent = model.get("dots");
  if (sent?.byteLength === dots.length)
    dots = new Uint8Array(sent.buffer.slice(sent.byteOffset, sent.byteOffset + dots.length));
  el.classList.add("sheet");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // Enter presses a button, and edits no cell
  el.append(
    element("div", { className: "sheet-drawing" }, canvas, element("p", {}, undo, " ", clear)),
    answer, element("div", { className: "sheet-upload" }, upload, photos));
  show();
  showAnswer();
  showPhotos();
  return () => {
    model.off("change:reading", showAnswer);
    model.off("change:photos", showPhotos);
  };
}

export default { render };
