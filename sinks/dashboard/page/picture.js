import { byId, clock, setText } from './dom.js';
import { drawObjects, objectAt, objectsOf } from './boxes.js';

/** Frames whose detections are kept until their picture arrives. */
const framesKept = 90;
/** What a frame's time is the time of. */
const bases = {
  capture: 'when the camera took the picture',
  arrival: 'when the picture arrived',
  media: 'time in the recording',
};

/** The live picture of the selected camera with its boxes; handles clicks and drawn boxes. */
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

  /** `onPick(object, camera)`: a clicked object, or a drawn box as `{kind: 'box', box, frame}`. */
  constructor(onPick) {
    this.#onPick = onPick;
    this.#canvas.addEventListener('pointerdown', (event) => this.#press(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#move(event));
    this.#canvas.addEventListener('pointerup', (event) => this.#release(event));
    this.#canvas.addEventListener('pointercancel', () => this.#endDrag());
    new ResizeObserver(() => this.#redraw()).observe(this.#stage);
  }

  /** Switches the drawing of boxes on or off. */
  set marking(on) {
    this.#marking = on;
    this.#stage.classList.toggle('marking', on);
  }

  show(camera) {
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.reset();
    this.#bitmap?.close();
    this.#bitmap = null;
    delete this.#canvas.dataset.frame;
    this.note('Waiting for the first picture…');
    this.#canvas.setAttribute('aria-label', `Live picture of ${camera ?? 'the camera'}`);
    this.#redraw();
  }

  /** Discards all detections; the picture stays until the next one arrives. */
  reset() {
    this.#messages.clear();
    this.#shown = null;
    this.#next = null;
  }

  /** Shows a text over the picture; null removes it. */
  note(text) {
    const note = byId('stage-note');
    note.hidden = text === null;
    if (text !== null) setText(note, text);
  }

  updateDetections(message) {
    if (message.camera !== this.#camera) return;
    this.#messages.set(message.frame, message);
    if (this.#messages.size > framesKept) {
      this.#messages.delete(this.#messages.keys().next().value);
    }
    this.#stage.style.setProperty('--shape', String(message.width / message.height));
    if (this.#shown === null || message.frame === this.#shown.frame) this.#redraw();
  }

  updatePicture(picture) {
    if (picture.camera !== this.#camera) return;
    // Of the pictures that arrive during decoding, only the newest is decoded next.
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
        // Skip a picture that cannot be decoded; the next one follows.
      }
    }
    this.#decoding = false;
  }

  /** The detections of the shown picture, or the newest ones before it. */
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
    if (this.#shown !== null) this.#tellFrame(this.#shown, message);
  }

  #tellFrame({ frame, timestampMs }, message) {
    const note = byId('frame-number');
    setText(note, `frame ${frame}`);
    if (message === undefined) return;
    note.title = `${clock(timestampMs)}, ${bases[message.timeBasis]}; frame id ${message.frameId}`;
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

  /** Converts a pointer's position to source pixels. */
  #positionOf(event) {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    const perPixel = (this.#message?.width ?? width) / width;
    return [(event.clientX - left) * perPixel, (event.clientY - top) * perPixel];
  }

  #press(event) {
    const message = this.#message;
    if (message === undefined || event.button !== 0) return;
    this.#drag = { from: this.#positionOf(event), message };
    if (this.#marking) this.#canvas.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const [x, y] = this.#positionOf(event);
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
    this.#endDrag();
    if (drag === null) return;
    const { message, box } = drag;
    if (this.#marking && box !== undefined && box[2] - box[0] >= 8 && box[3] - box[1] >= 8) {
      const clipped = [
        Math.max(0, box[0]),
        Math.max(0, box[1]),
        Math.min(message.width, box[2]),
        Math.min(message.height, box[3]),
      ].map((value) => Math.round(value));
      this.#onPick({ kind: 'box', box: clipped, frame: message.frame }, this.#camera);
      return;
    }
    // The frame at the time of the press counts: objects move before the release.
    const object = objectAt(objectsOf(message), ...this.#positionOf(event));
    if (object !== undefined && !this.#marking) this.#onPick(object, this.#camera);
  }

  #endDrag() {
    this.#drag = null;
    this.#redraw();
  }
}
