// Reads codes with the camera where the browser can; everywhere else the line below takes what is typed or scanned.

const FORMATS = ["qr_code", "code_128", "code_39", "ean_13", "data_matrix"];
const BETWEEN = 200;

async function detector() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return null;
  const known = await BarcodeDetector.getSupportedFormats();
  const formats = FORMATS.filter((name) => known.includes(name));
  return formats.length ? new BarcodeDetector({ formats }) : null;
}

class Scanner {
  constructor(form, reads) {
    this.form = form;
    this.reads = reads;
    this.video = form.querySelector("video");
    this.view = form.querySelector("[data-scan-view]");
    this.said = form.querySelector("[data-scan-said]");
    this.button = form.querySelector("[data-scan-camera]");
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.start());
  }

  async start() {
    try {
      const video = { facingMode: "environment" };
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video });
    } catch {
      this.said.textContent = this.said.dataset.denied;
      return;
    }
    this.view.hidden = false;
    this.button.hidden = true;
    this.said.textContent = this.said.dataset.looking;
    await this.video.play();
    this.look();
  }

  async look() {
    const found = await this.reads.detect(this.video).catch(() => []);
    if (!found.length) {
      setTimeout(() => this.look(), BETWEEN);
      return;
    }
    this.form.elements.code.value = found[0].rawValue;
    for (const track of this.video.srcObject.getTracks()) track.stop();
    const again = Object.assign(document.createElement("input"), { type: "hidden", name: "camera", value: "1" });
    this.form.append(again);
    this.form.requestSubmit();
  }
}

const reads = await detector();
for (const form of reads ? document.querySelectorAll("form[data-scan]") : []) {
  const scanner = new Scanner(form, reads);
  if ("scanOn" in form.dataset) scanner.start();
}
