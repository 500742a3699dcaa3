/** An XML file as CVAT writes it, with the contents of `<annotations>`. */
export function cvatXml(meta: string, contents: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n${meta}\n${contents}\n</annotations>\n`;
}

/** The part of a task that lists its labels and, for videos, its frames. */
export function cvatLabels(...names: string[]): string {
  return cvatTask(names, '');
}

export function cvatTask(names: readonly string[], frames: string): string {
  const labels = names.map(
    (name) =>
      `<label><name>${name}</name><color>#c06060</color><type>any</type><attributes></attributes></label>`,
  );
  return `<meta><task><id>1</id><name>t</name>${frames}<labels>${labels.join('')}</labels><segments></segments></task><dumped>2024-05-01</dumped></meta>`;
}

export interface TrackBox {
  readonly frame: number;
  readonly box: readonly number[];
  readonly outside?: boolean;
  readonly keyframe?: boolean;
  readonly degrees?: number;
}

/** A track of boxes. */
export function cvatTrack(id: number, label: string, boxes: readonly TrackBox[]): string {
  const parts = boxes.map(({ frame, box, outside = false, keyframe = true, degrees }) => {
    const [xtl, ytl, xbr, ybr] = box.map((side) => side.toFixed(2));
    const rotation = degrees === undefined ? '' : ` rotation="${degrees.toFixed(2)}"`;
    return `<box frame="${frame}" keyframe="${Number(keyframe)}" outside="${Number(outside)}" occluded="0" xtl="${xtl}" ytl="${ytl}" xbr="${xbr}" ybr="${ybr}" z_order="0"${rotation}></box>`;
  });
  return `<track id="${id}" label="${label}" source="manual">\n${parts.join('\n')}\n</track>`;
}
