/** A path prefix: empty, or segments of letters, digits and `-._~`. */
export const basePathPattern = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/;

/**
 * The path inside the page of a request, for a server whose pages lie under `base`, such as
 * `/lifelens`. A proxy may strip that prefix or leave it, so both are understood. Null for the
 * prefix itself without its slash, from where the page's relative addresses would lead elsewhere.
 */
export function pathInside(base: string, path: string): string | null {
  if (base === '') return path;
  if (path === base) return null;
  return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

/** `base` without a slash at its end. */
export function normaliseBasePath(base: string): string {
  return base.replace(/\/$/, '');
}
