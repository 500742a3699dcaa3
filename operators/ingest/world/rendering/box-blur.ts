/**
 * Blurs an RGB picture in place with a box of `2 × radius + 1` pixels per side. A fractional
 * `radius` weights the outermost pixels; edge pixels are repeated.
 */
export function boxBlur(rgb: Uint8Array, width: number, height: number, radius: number): void {
  if (radius <= 0) return;
  const strip = new Float32Array(Math.max(width, height));
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) blurStrip(rgb, y * width * 3 + c, 3, width, radius, strip);
    for (let x = 0; x < width; x++) blurStrip(rgb, x * 3 + c, width * 3, height, radius, strip);
  }
}

/** Blurs one row or column with a running sum: the cost does not depend on the radius. */
function blurStrip(
  rgb: Uint8Array,
  start: number,
  step: number,
  length: number,
  radius: number,
  strip: Float32Array,
): void {
  for (let i = 0; i < length; i++) strip[i] = rgb[start + i * step]!;
  const whole = Math.floor(radius);
  const part = radius - whole;
  const last = length - 1;
  const scale = 1 / (2 * radius + 1);
  let sum = 0;
  for (let i = -whole; i <= whole; i++) sum += strip[Math.min(last, Math.max(0, i))]!;
  for (let i = 0; i < length; i++) {
    const before = strip[Math.max(0, i - whole - 1)]!;
    const after = strip[Math.min(last, i + whole + 1)]!;
    rgb[start + i * step] = (sum + part * (before + after)) * scale + 0.5;
    sum += after - strip[Math.max(0, i - whole)]!;
  }
}
