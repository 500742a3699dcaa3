/** Fixed headers of every response. */
const fixedHeaders: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * The headers that forbid browsers to load, run or frame what the page does not need.
 *
 * `frameAncestors` are the pages that may show this one in a frame: origins, or `'self'`. Old
 * browsers read `X-Frame-Options` instead, which has no word for a foreign origin; it is left out
 * where one may frame the page, as newer browsers would ignore it anyway.
 */
export function securityHeaders(
  frameAncestors: readonly string[],
): Readonly<Record<string, string>> {
  const ancestors = frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ');
  const isSelfOnly = frameAncestors.every((ancestor) => ancestor === "'self'");
  return {
    ...fixedHeaders,
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
      `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}; ` +
      "require-trusted-types-for 'script'",
    ...(frameAncestors.length === 0 && { 'x-frame-options': 'DENY' }),
    ...(frameAncestors.length > 0 && isSelfOnly && { 'x-frame-options': 'SAMEORIGIN' }),
  };
}

/** Whether a text is `'self'` or an origin that may frame the page; `*.` stands for any subdomain. */
export function isFrameAncestor(text: string): boolean {
  return (
    text === "'self'" ||
    /^https?:\/\/(\*\.)?[a-z0-9.-]+(:(\d{1,5}|\*))?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/i.test(
      text,
    )
  );
}
