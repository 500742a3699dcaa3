/** A host name, an IPv4 address or an IPv6 address in brackets, and maybe a port. */
const hostAndPort = /^(?:\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::\d{1,5})?$/iu;
/** A scheme and what follows it. */
const address = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is;
/** Characters of credentials and queries, which the names of recordings rarely contain. */
const suspicious = /[@=?&]/;

/**
 * What may be shown of an address or a path: of an address its scheme, host and port, because
 * cameras carry passwords in user info, paths and queries alike; a path as it is.
 *
 * Where it isn't certain which part is the host (`rtsp://admin:a/b@host`), none is shown. A path
 * that looks like an address without a scheme (`admin:a@host/1`) is not shown either.
 */
export function shownAddress(text: string): string {
  const [, scheme, rest] = address.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) {
    return suspicious.test(text) ? '(an address that is not shown)' : text;
  }
  return `${scheme.toLowerCase()}://${shownHost(rest)}`;
}

/** The host and port at the start of `rest`, which follows `scheme://`; `…` if it is uncertain. */
function shownHost(rest: string): string {
  const end = /[/?#\\]/.exec(rest)?.index ?? rest.length;
  const authority = rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  if (at < 0 && mayContinueUserInfo(rest.slice(end))) return '…';
  const host = authority.slice(at + 1);
  return hostAndPort.test(host) ? host.toLowerCase() : '…';
}

/**
 * Whether what follows an authority without `@` may be the rest of a password that contains `/`
 * or `?`. In the query of a path, an `@` is part of a value.
 */
function mayContinueUserInfo(tail: string): boolean {
  const at = tail.indexOf('@');
  if (at < 0) return false;
  const query = tail.indexOf('?');
  return !(tail.startsWith('/') && query > 0 && query < at);
}

/** An address in running text, up to white space: a password may contain quotes and brackets. */
const addressInText = /[a-z][a-z0-9+.-]*:\/\/\S*/gi;

/** A text in which every address is reduced to what {@link shownAddress} shows of it. */
export function withoutSecrets(text: string): string {
  return text.replace(addressInText, (found) => {
    // Punctuation that ends a clause of the text is not part of the address.
    const [ending = ''] = /["'.,;:)\]}>]*$/.exec(found) ?? [];
    return shownAddress(found.slice(0, found.length - ending.length)) + ending;
  });
}
