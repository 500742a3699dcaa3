import { byId, setText } from './dom.js';
import { drawObjects, objectAt, objectsOf } from './boxes.js';

/** Detections of this many frames wait for the picture that they belong to. */
const FRAMES_KEPT = 90;

/** The live picture of the chosen camera, with its boxes, and what a pointer does on it. */
export class PictureView {
  #canvas = byId('picture');
  #context = this.#canvas.getContext('2d', { alpha: false });
  #stage = byId('stage');
  #camera = null;
  #messages = new Map();
  #bitmap = null;
  #shown = null;
  #decoding = false;
  #next = null;
  #queued = false;
  #drag = null;
  #marking = false;
  #onPick;

  /** `onPick(object, camera)` for a click on an object; `{kind: 'box', box, frame}` for one drawn by hand. */
  constructor(onPick) {
    this.#onPick = onPick;
    this.#canvas.addEventListener('pointerdown', (event) => this.#press(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#move(event));
    this.#canvas.addEventListener('pointerup', (event) => this.#release(event));
    this.#canvas.addEventListener('pointercancel', () => this.#dropDrag());
    new ResizeObserver(() => this.#redraw()).observe(this.#stage);
  }

  /** Turns drawing a box by hand on and off. */
  set marking(on) {
    this.#marking = on;
    this.#stage.classList.toggle('marking', on);
  }

  show(camera) {
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.forget();
    this.#bitmap?.close();
    this.#bitmap = null;
    delete this.#canvas.dataset.frame;
    this.note('Waiting for the first picture…');
    this.#canvas.setAttribute('aria-label', `Live picture of ${camera ?? 'the camera'}`);
    this.#redraw();
  }

  /** Lets go of all that is known of frames; the picture stays until there is another. */
  forget() {
    this.#messages.clear();
    this.#shown = null;
    this.#next = null;
  }

  /** Words over the picture; null takes them away. */
  note(text) {
    const note = byId('stage-note');
    note.hidden = text === null;
    if (text !== null) setText(note, text);
  }

  takeDetections(message) {
    if (message.camera !== this.#camera) return;
    this.#messages.set(message.frame, message);
    if (this.#messages.size > FRAMES_KEPT) {
      this.#messages.delete(this.#messages.keys().next().value);
    }
    this.#stage.style.setProperty('--shape', String(message.width / message.height));
    if (this.#shown === null || message.frame === this.#shown.frame) this.#redraw();
  }

  takePicture(picture) {
    if (picture.camera !== this.#camera) return;
    // Decoding takes a moment; of the pictures that come meanwhile only the newest is worth it.
    this.#next = picture;
    if (!this.#decoding) void this.#decode();
  }

  async #decode() {
    this.#decoding = true;
    while (this.#next !== null) {
      const picture = this.#next;
      this.#next = null;
      try {
        const bitmap = await createImageBitmap(picture.jpeg);
        if (picture.camera !== this.#camera) {
          bitmap.close();
          continue;
        }
        this.#bitmap?.close();
        this.#bitmap = bitmap;
        this.#shown = picture;
        this.#canvas.dataset.frame = String(picture.frame);
        this.#redraw();
      } catch {
        // A picture that cannot be decoded is skipped; the next one is on its way.
      }
    }
    this.#decoding = false;
  }

  /** The detections that belong to the picture, or the newest ones before it. */
  get #message() {
    if (this.#shown === null) return [...this.#messages.values()].at(-1);
    let best;
    for (const message of this.#messages.values()) {
      if (message.frame <= this.#shown.frame) best = message;
    }
    return best;
  }

  #redraw() {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      this.#draw();
    });
  }

  #draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.#canvas;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const message = this.#message;
    const context = this.#context;
    context.fillStyle = '#05070b';
    context.fillRect(0, 0, width, height);
    if (this.#bitmap !== null) context.drawImage(this.#bitmap, 0, 0, width, height);
    const objects = objectsOf(message);
    if (message !== undefined) drawObjects(context, objects, width / message.width, ratio);
    this.#drawDrag(ratio);
    this.#count(objects);
    if (this.#shown !== null) setText(byId('frame-number'), `frame ${this.#shown.frame}`);
  }

  #drawDrag(ratio) {
    if (this.#drag?.box === undefined) return;
    const [x0, y0, x1, y1] = this.#drag.box.map((value) => value * this.#scale());
    this.#context.strokeStyle = '#ffffff';
    this.#context.lineWidth = 2 * ratio;
    this.#context.setLineDash([4 * ratio, 4 * ratio]);
    this.#context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    this.#context.setLineDash([]);
  }

  #count(objects) {
    for (const item of byId('legend').children) {
      const count = objects.filter(({ kind }) => kind === item.dataset.kind).length;
      setText(item.querySelector('b'), String(count));
    }
  }

  #scale() {
    return this.#canvas.width / (this.#message?.width ?? this.#canvas.width);
  }

  /** A pointer's place in source pixels. */
  #place(event) {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    const perPixel = (this.#message?.width ?? width) / width;
    return [(event.clientX - left) * perPixel, (event.clientY - top) * perPixel];
  }

  #press(event) {
    const message = this.#message;
    if (message === undefined || event.button !== 0) return;
    this.#drag = { from: this.#place(event), message };
    if (this.#marking) this.#canvas.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const [x, y] = this.#place(event);
    if (this.#drag === null || !this.#marking) {
      const over = objectAt(objectsOf(this.#message), x, y) !== undefined;
      this.#canvas.classList.toggle('over', over);
      return;
    }
    const [fromX, fromY] = this.#drag.from;
    this.#drag.box = [
      Math.min(fromX, x),
      Math.min(fromY, y),
      Math.max(fromX, x),
      Math.max(fromY, y),
    ];
    this.#redraw();
  }

  #release(event) {
    const drag = this.#drag;
    this.#dropDrag();
    if (drag === null) return;
    const { message, box } = drag;
    if (this.#marking && box !== undefined && box[2] - box[0] >= 8 && box[3] - box[1] >= 8) {
      const inside = [
        ...[Math.max(0, box[0]), Math.max(0, box[1])],
        ...[Math.min(message.width, box[2]), Math.min(message.height, box[3])],
      ].map((value) => Math.round(value));
      this.#onPick({ kind: 'box', box: inside, frame: message.frame }, this.#camera);
      return;
    }
    // The frame that was pressed on counts: objects move on while a finger is down.
    const object = objectAt(objectsOf(message), ...this.#place(event));
    if (object !== undefined && !this.#marking) this.#onPick(object, this.#camera);
  }

  #dropDrag() {
    this.#drag = null;
    this.#redraw();
  }
}
