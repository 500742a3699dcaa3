/** Folders and files that say how a set is laid out, not which one it is. */
const layout = /^(annotations|images|jpegimages|(train|test|instances)(-\d+)?(\.json)?)$/i;

/**
 * What a set is called on a page: the folder that its files lie in. `spec` is a set as the
 * command line takes it, such as `voc:data/fod-a/Annotations:data/fod-a/JPEGImages:list.txt`.
 */
export function setName(spec: string): string {
  const [, path = spec] = spec.split(':');
  const parts = path.split('/').filter((part) => part !== '');
  return parts.findLast((part) => !layout.test(part)) ?? spec;
}

/** The same specification with the place where data lies taken out, so that others can put in theirs. */
export function portableSpec(spec: string): string {
  const name = setName(spec);
  const [kind = '', ...paths] = spec.split(':');
  return [
    kind,
    ...paths.map((path) => {
      if (!path.includes('/')) return path;
      // Pictures may lie with another set of which this one is a part.
      const own = path.includes(`/${name}/`) ? name : setName(`${kind}:${path}`);
      const at = path.lastIndexOf(`/${own}`);
      return `$DATA/${at < 0 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(at + 1)}`;
    }),
  ].join(':');
}
