/** Blue, amber and pink are distinct for all kinds of colour blindness; the lines differ too. */
const styles = {
  base: { colour: '#6ea8ff', ink: '#071226', dash: [], width: 2 },
  learned: { colour: '#ffb000', ink: '#1f1400', dash: [], width: 3 },
  unknown: { colour: '#ff5fa2', ink: '#2a0014', dash: [7, 5], width: 2 },
};

/** Lists the objects to draw for a `detections` message: `{kind, box, text, trackId, …}`. */
export function objectsOf(message) {
  if (message === undefined) return [];
  const detections = message.detections.map((detection) => ({
    kind: detection.by === 'learned' ? 'learned' : 'base',
    box: detection.box,
    class: detection.class,
    text: `${detection.class} ${Math.round(detection.score * 100)}%`,
    trackId: detection.trackId,
  }));
  const unknowns = message.unknowns.map(({ box, trackId, clusterId }) => ({
    kind: 'unknown',
    box,
    class: null,
    text: '?',
    trackId,
    clusterId,
  }));
  return [...detections, ...unknowns];
}

/**
 * Draws all boxes, then the labels on top. `scale` converts source pixels to canvas pixels;
 * `ratio` is the number of device pixels per CSS pixel.
 */
export function drawObjects(context, objects, scale, ratio) {
  for (const { kind, box } of objects) drawBox(context, styles[kind], box, scale, ratio);
  for (const { kind, box, text } of objects) {
    drawLabel(context, styles[kind], box, text, scale, ratio);
  }
}

/** Finds the smallest object at a point in source pixels. */
export function objectAt(objects, x, y) {
  const area = ({ box: [x0, y0, x1, y1] }) => (x1 - x0) * (y1 - y0);
  return objects
    .filter(({ box: [x0, y0, x1, y1] }) => x >= x0 && x <= x1 && y >= y0 && y <= y1)
    .sort((a, b) => area(a) - area(b))[0];
}

function drawBox(context, style, [x0, y0, x1, y1], scale, ratio) {
  const rectangle = [x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale];
  context.lineJoin = 'round';
  // A dark outline keeps the box visible on a background of the same colour.
  context.setLineDash([]);
  context.lineWidth = (style.width + 2) * ratio;
  context.strokeStyle = 'rgb(0 0 0 / 55%)';
  context.strokeRect(...rectangle);
  context.setLineDash(style.dash.map((length) => length * ratio));
  context.lineWidth = style.width * ratio;
  context.strokeStyle = style.colour;
  context.strokeRect(...rectangle);
  context.setLineDash([]);
}

function drawLabel(context, style, [x0, y0], text, scale, ratio) {
  const height = 19 * ratio;
  context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const width = context.measureText(text).width + 12 * ratio;
  // The label is above the box, or inside a box at the picture's edge.
  const left = Math.max(0, Math.min(x0 * scale - ratio, context.canvas.width - width));
  const above = y0 * scale - height;
  const top = above < 0 ? Math.max(0, y0 * scale) : above;
  context.fillStyle = style.colour;
  context.beginPath();
  context.roundRect(left, top, width, height, 4 * ratio);
  context.fill();
  context.fillStyle = style.ink;
  context.fillText(text, left + 6 * ratio, top + height / 2 + 0.5 * ratio);
}
