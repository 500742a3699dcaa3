/** Names of folders and files that belong to a set's layout and do not identify it. */
const layout = /^(annotations|images|jpegimages|(train|test|instances)(-\d+)?(\.json)?)$/i;

/**
 * Names a set after its folder. `spec` is a set specification as on the command line, such as
 * `voc:data/fod-a/Annotations:data/fod-a/JPEGImages:list.txt`.
 */
export function setName(spec: string): string {
  const [, path = spec] = withoutTracks(spec)[0].split(':');
  const parts = path.split('/').filter((part) => part !== '');
  return parts.findLast((part) => !layout.test(part)) ?? spec;
}

/** Replaces the data folder in a specification by `$DATA`. */
export function portableSpec(spec: string): string {
  const name = setName(spec);
  const [set, option, tracks] = withoutTracks(spec);
  const [kind = '', ...paths] = set.split(':');
  const portable = (path: string): string => {
    if (!path.includes('/')) return path;
    // The images may belong to another set of which this one is a part.
    const folder = path.includes(`/${name}/`) ? name : setName(`${kind}:${path}`);
    const at = path.lastIndexOf(`/${folder}`);
    return `$DATA/${at < 0 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(at + 1)}`;
  };
  return [kind, ...paths.map(portable)].join(':') + option + portable(tracks);
}

/** A set, the start of its options with a `tracks` among them, and that file; empty without one. */
function withoutTracks(spec: string): readonly [set: string, option: string, tracks: string] {
  const [, set = spec, option = '', tracks = ''] =
    /^(.*)(#(?:[^#\\/:]*,)?tracks=)(.+)$/s.exec(spec) ?? [];
  return [set, option, tracks];
}
