import { byId, duration, mebibytes, setText, whole } from './dom.js';

/** Points of a sparkline, one per second. */
const pointsMax = 60;

/** Frame rate, latency, drops and memory of the selected camera, with the last minute as lines. */
export class Figures {
  #camera = null;
  #series = { fps: [], latency: [], drops: [] };
  #lastDropped = null;

  show(camera) {
    this.#camera = camera;
    this.#series = { fps: [], latency: [], drops: [] };
    this.#lastDropped = null;
    for (const name of Object.keys(this.#series)) this.#drawLine(name);
  }

  update(metrics) {
    this.#updateMemory(metrics.memory);
    const figures = metrics.cameras.find(({ camera }) => camera === this.#camera);
    if (figures === undefined) return;
    const { captured, detected, captureFps, detectFps, latencyMs, detectMs, tracks } = figures;
    setText(byId('fps'), detectFps.toFixed(1));
    setText(byId('fps-note'), `of ${captureFps.toFixed(1)} captured · ${tracks} tracks`);
    setText(byId('latency'), latencyMs.p50.toFixed(0));
    setText(
      byId('latency-note'),
      `p99 ${duration(latencyMs.p99)} · detector ${duration(detectMs.p50)}`,
    );
    const reasons = Object.entries(figures.dropped).filter(([, count]) => count > 0);
    const dropped = reasons.reduce((sum, [, count]) => sum + count, 0);
    setText(byId('drops'), whole(dropped));
    setText(byId('drops-share'), `${((100 * dropped) / Math.max(1, captured)).toFixed(1)}%`);
    setText(
      byId('drops-note'),
      reasons.map(([reason, count]) => `${reason} ${whole(count)}`).join(' · ') ||
        `none of ${whole(captured)}`,
    );
    this.#push('fps', detectFps);
    this.#push('latency', latencyMs.p50);
    this.#push('drops', dropped - (this.#lastDropped ?? dropped));
    this.#lastDropped = dropped;
    byId('fps').dataset.detected = String(detected);
  }

  #updateMemory({ bytes, bytesMax, samples, unlabelled, evicted }) {
    setText(byId('memory'), mebibytes(bytes));
    setText(byId('memory-max'), `of ${mebibytes(bytesMax)}`);
    setText(byId('memory-note'), `${whole(samples)} samples · ${whole(evicted)} evicted`);
    byId('memory-note').title = `${whole(unlabelled)} of them without a label`;
    const meter = byId('memory-meter');
    const share = bytesMax > 0 ? Math.min(1, bytes / bytesMax) : 0;
    meter.setAttribute('aria-valuemax', String(bytesMax));
    meter.setAttribute('aria-valuenow', String(bytes));
    meter.setAttribute('aria-valuetext', `${mebibytes(bytes)} of ${mebibytes(bytesMax)}`);
    meter.firstElementChild.style.width = `${100 * share}%`;
  }

  #push(name, value) {
    const series = this.#series[name];
    series.push(value);
    if (series.length > pointsMax) series.shift();
    this.#drawLine(name);
  }

  #drawLine(name) {
    const series = this.#series[name];
    const [area, line] = byId(`${name}-line`).children;
    const top = Math.max(...series, 1e-9);
    const points = series.map(
      (value, i) =>
        `${((i * 120) / (pointsMax - 1)).toFixed(1)},${(26 - (24 * value) / top).toFixed(1)}`,
    );
    const path = points.length > 1 ? `M${points.join('L')}` : '';
    line.setAttribute('d', path);
    const end = (((series.length - 1) * 120) / (pointsMax - 1)).toFixed(1);
    area.setAttribute('d', path === '' ? '' : `${path}L${end},28L0,28Z`);
  }
}
